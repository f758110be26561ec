"""Holidays fall when the texts say, in every territory; Easter agrees with another computation."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.easter import easter

from engine.calendar import TERRITORIES, CalendarFault, Feast, Territory, easter_sunday, public_holidays


def test_easter_agrees_with_the_rule_of_oudin_over_all_its_years() -> None:
    assert [year for year in range(1583, 4100) if easter_sunday(year) != easter(year)] == []


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (1818, date(1818, 3, 22)),  # the earliest Easter can be
        (1943, date(1943, 4, 25)),  # the latest
        (1954, date(1954, 4, 18)),  # where the epact 24 rule matters
        (1981, date(1981, 4, 19)),  # where the epact 25 rule matters
        (2000, date(2000, 4, 23)),
        (2026, date(2026, 4, 5)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter_on_known_dates(year: int, day: date) -> None:
    assert easter_sunday(year) == day


def test_the_eleven_days_of_the_labour_code_in_2026() -> None:
    assert [(holiday.day, holiday.name) for holiday in public_holidays(2026)] == [
        (date(2026, 1, 1), "Jour de l’an"),
        (date(2026, 4, 6), "Lundi de Pâques"),
        (date(2026, 5, 1), "Fête du Travail"),
        (date(2026, 5, 8), "Victoire de 1945"),
        (date(2026, 5, 14), "Ascension"),
        (date(2026, 5, 25), "Lundi de Pentecôte"),
        (date(2026, 7, 14), "Fête nationale"),
        (date(2026, 8, 15), "Assomption"),
        (date(2026, 11, 1), "Toussaint"),
        (date(2026, 11, 11), "Armistice de 1918"),
        (date(2026, 12, 25), "Noël"),
    ]


def _own(territory: Territory, year: int) -> set[tuple[int, int]]:
    common = {holiday.day for holiday in public_holidays(year)}
    return {(holiday.day.day, holiday.day.month) for holiday in public_holidays(year, territory)} - {
        (day.day, day.month) for day in common
    }


@pytest.mark.parametrize(
    ("territory", "year", "days"),
    [
        (Territory.METROPOLE, 2026, set()),
        (Territory.ALSACE_MOSELLE, 2026, {(3, 4), (26, 12)}),
        (Territory.ALSACE_MOSELLE_WITHOUT_GOOD_FRIDAY, 2026, {(26, 12)}),
        (Territory.MAYOTTE, 2026, {(27, 4)}),
        (Territory.MARTINIQUE, 2026, {(22, 5)}),
        (Territory.GUADELOUPE, 2026, {(27, 5)}),
        (Territory.GUYANE, 2026, {(10, 6)}),
        (Territory.REUNION, 2026, {(20, 12)}),
        (Territory.SAINT_BARTHELEMY, 2026, {(9, 10)}),
        (Territory.SAINT_MARTIN, 2017, {(27, 5)}),
        (Territory.SAINT_MARTIN, 2026, {(28, 5)}),
        (Territory.SAINT_PIERRE_ET_MIQUELON, 2026, set()),
        (Territory.POLYNESIE, 2025, {(5, 3), (18, 4), (29, 6)}),
        (Territory.POLYNESIE, 2026, {(5, 3), (3, 4), (20, 11)}),
        (Territory.NOUVELLE_CALEDONIE, 2026, {(24, 9)}),
        (Territory.WALLIS_ET_FUTUNA, 2026, {(28, 4), (29, 7)}),
    ],
)
def test_what_each_territory_adds(territory: Territory, year: int, days: set[tuple[int, int]]) -> None:
    assert _own(territory, year) == days


def test_two_feasts_on_one_day_are_both_named() -> None:
    """In 2008 Ascension was on 1 May: ten days off, eleven names."""
    names = {holiday.name for holiday in public_holidays(2008) if holiday.day == date(2008, 5, 1)}
    assert names == {"Ascension", "Fête du Travail"}


@pytest.mark.parametrize("territory", list(Territory))
def test_movable_feasts_keep_their_weekday_in_every_territory(territory: Territory) -> None:
    weekdays = {Feast.GOOD_FRIDAY: 4, Feast.EASTER_MONDAY: 0, Feast.ASCENSION: 3, Feast.WHIT_MONDAY: 0}
    for year in range(1982, 2100):
        found = public_holidays(year, territory)
        assert list(found) == sorted(found)
        assert all(h.day.weekday() == weekdays[h.feast] for h in found if h.feast in weekdays)


@pytest.mark.parametrize("territory", list(Territory))
def test_every_territory_has_a_french_name_and_a_zone_that_exists(territory: Territory) -> None:
    facts = TERRITORIES[territory]
    assert facts.name[0].isupper()
    assert ZoneInfo(facts.zone).key == facts.zone


@pytest.mark.parametrize("year", [1981, 3000, 0])
def test_years_without_a_known_list_are_refused(year: int) -> None:
    with pytest.raises(CalendarFault, match=f"l’année {year} ne sont pas connus"):
        public_holidays(year)


def test_easter_is_a_sunday_between_22_march_and_25_april() -> None:
    for year in range(1583, 3000):
        day = easter_sunday(year)
        assert day.weekday() == 6
        assert timedelta() <= day - date(year, 3, 22) <= timedelta(days=34)
