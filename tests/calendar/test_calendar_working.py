"""Working days and hours of a town, by hand and by their laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import (
    CalendarFault,
    Closure,
    Feast,
    OpenRange,
    SpecialDay,
    Territory,
    WeekHours,
    WorkingCalendar,
    YearlyClosure,
    add_working_days,
    add_working_time,
    calendar_from_data,
    calendar_to_data,
    is_open,
    is_working_day,
    next_opening,
    read_ranges,
    working_day_from,
    working_days_between,
    working_time_between,
)

#: Monday to Friday, 8:30 to 12:00 and 13:30 to 17:30: seven and a half hours a day.
TOWN = WorkingCalendar()
#: Open on Saturday mornings, closed on Wednesday afternoons, in La Réunion.
SAINT_DENIS = WorkingCalendar(
    WeekHours(
        (
            read_ranges("08:00-12:00, 13:00-16:00"),
            read_ranges("08:00-12:00, 13:00-16:00"),
            read_ranges("08:00-12:00"),
            read_ranges("08:00-12:00, 13:00-16:00"),
            read_ranges("08:00-15:00"),
            read_ranges("08:00-11:30"),
            (),
        )
    ),
    Territory.REUNION,
    "Indian/Reunion",
)
HOURS = timedelta(hours=1)


def at(text: str) -> datetime:
    """``2026-11-27 15:00`` on the wall in Paris, away from the hours that change."""
    return datetime.fromisoformat(text).replace(tzinfo=TOWN.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-25 15:00", 2, "2026-11-27 15:00"),  # Wednesday to Friday
        ("2026-11-27 15:00", 2, "2026-12-01 15:00"),  # over a weekend
        ("2026-11-28 10:00", 2, "2026-12-02 00:00"),  # from a Saturday: Monday and Tuesday, whole
        ("2026-11-27 22:00", 1, "2026-11-30 22:00"),  # after closing, the day still counts as the start's
        ("2026-04-03 10:00", 1, "2026-04-07 10:00"),  # over Easter Monday
        ("2026-05-07 10:00", 1, "2026-05-11 10:00"),  # over Friday 8 May
        ("2026-12-24 10:00", 5, "2027-01-04 10:00"),  # over Christmas and New Year, both on a Friday
        ("2026-12-01 15:00", -2, "2026-11-27 15:00"),
        ("2026-11-29 10:00", -2, "2026-11-26 00:00"),  # back from a Sunday: Friday and Thursday, whole
        ("2026-11-28 10:00", 0, "2026-11-28 10:00"),
        ("2026-10-23 15:00", 1, "2026-10-26 15:00"),  # clocks change in between
    ],
)
def test_working_days_by_hand(start: str, days: int, end: str) -> None:
    assert add_working_days(TOWN, at(start), days) == at(end)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-26 08:30", 7.5, "2026-11-26 17:30"),  # a day ends at its closing
        ("2026-11-26 09:00", 8, "2026-11-27 09:30"),  # 3 h, 4 h, then one hour on Friday
        ("2026-11-27 16:00", 8, "2026-11-30 16:30"),  # 1.5 h, then 6.5 h on Monday
        ("2026-11-28 10:00", 8, "2026-12-01 09:00"),  # from a Saturday: all Monday and half an hour
        ("2026-11-26 12:45", 1, "2026-11-26 14:30"),  # from the lunch break
        ("2026-11-26 12:00", 0, "2026-11-26 12:00"),
        ("2026-11-27 09:30", -8, "2026-11-26 09:00"),
        ("2026-11-30 08:30", -1, "2026-11-27 16:30"),
    ],
)
def test_working_hours_by_hand(start: str, hours: float, end: str) -> None:
    assert add_working_time(TOWN, at(start), hours * HOURS) == at(end)
    assert working_time_between(TOWN, at(start), at(end)) == hours * HOURS


def test_the_week_before_easter_holds_twenty_hours_less_than_two_plain_days() -> None:
    """Thursday 2 April 2026 at 8:30 to Wednesday 8 April at 8:30: Thursday, Friday and Tuesday are worked."""
    assert working_time_between(TOWN, at("2026-04-02 08:30"), at("2026-04-08 08:30")) == 22.5 * HOURS


def test_saturdays_and_the_local_holiday_count_in_la_reunion() -> None:
    assert is_working_day(SAINT_DENIS, date(2026, 11, 28))
    start = datetime(2026, 12, 18, 14, tzinfo=SAINT_DENIS.zone)  # Friday, one hour before closing
    # One hour on Friday, three and a half on Saturday, nothing on Sunday 20 December, then Monday.
    assert add_working_time(SAINT_DENIS, start, 5 * HOURS) == datetime(2026, 12, 21, 8, 30, tzinfo=SAINT_DENIS.zone)
    monday = replace(SAINT_DENIS, week=WeekHours.usual())
    assert not is_working_day(monday, date(2027, 12, 20))
    assert is_working_day(TOWN, date(2027, 12, 20))


def test_special_hours_win_over_closures_holidays_and_the_week() -> None:
    friday, saturday = date(2026, 7, 10), date(2026, 7, 11)
    town = replace(
        TOWN,
        closures=(Closure(date(2026, 7, 6), date(2026, 7, 17), "semaines d’été"),),
        special=(
            SpecialDay(saturday, read_ranges("09:00-12:00")),
            SpecialDay(date(2026, 7, 14), read_ranges("9h-10h")),
        ),
        yearly=(YearlyClosure(7, 21, "Victor Schœlcher"), YearlyClosure(2, 29)),
    )
    assert not is_working_day(town, friday)
    assert is_working_day(town, saturday)
    assert is_working_day(town, date(2026, 7, 14))
    assert not is_working_day(town, date(2026, 7, 21))
    assert not is_working_day(town, date(2028, 2, 29))
    assert working_day_from(town, date(2026, 7, 15)) == date(2026, 7, 20)
    closed = replace(TOWN, special=(SpecialDay(date(2026, 11, 26), ()),))
    assert not is_working_day(closed, date(2026, 11, 26))


def test_a_town_may_work_on_whit_monday_but_only_where_its_feast_is_alone() -> None:
    town = replace(TOWN, worked=frozenset({Feast.WHIT_MONDAY, Feast.LABOUR_DAY}))
    assert is_working_day(town, date(2026, 5, 25))
    assert not is_working_day(TOWN, date(2026, 5, 25))
    assert not is_working_day(town, date(2008, 5, 1))  # also Ascension that year


def test_open_from_opening_until_just_before_closing() -> None:
    assert not is_open(TOWN, at("2026-11-26 08:29"))
    assert is_open(TOWN, at("2026-11-26 08:30"))
    assert not is_open(TOWN, at("2026-11-26 12:00"))
    assert next_opening(TOWN, at("2026-11-26 12:00")) == at("2026-11-26 13:30")
    assert next_opening(TOWN, at("2026-11-26 14:07")) == at("2026-11-26 14:07")
    assert next_opening(TOWN, at("2026-11-27 17:30")) == at("2026-11-30 08:30")


def test_a_night_service_works_one_hour_less_in_march_and_one_more_in_october() -> None:
    night = WorkingCalendar(WeekHours((read_ranges("00:00-06:00"),) * 7))
    for day, hours in (("2026-03-29", 5), ("2026-10-25", 7), ("2026-11-29", 6)):
        midnight, noon = at(f"{day} 00:00"), at(f"{day} 12:00")
        assert working_time_between(night, midnight, noon) == hours * HOURS
    swallowed = WorkingCalendar(WeekHours((read_ranges("02:00-03:00, 14:00-15:00"),) * 7))
    assert next_opening(swallowed, at("2026-03-29 00:00")) == at("2026-03-29 14:00")


# Laws ---------------------------------------------------------------------------------------------------------------

_CALENDARS = st.sampled_from(
    [
        TOWN,
        SAINT_DENIS,
        WorkingCalendar(WeekHours((read_ranges("00:00-24:00"),) * 7)),
        WorkingCalendar(WeekHours(((), (), read_ranges("02:15-02:45, 23:00-24:00"), (), (), (), read_ranges("1h-4h")))),
        replace(TOWN, closures=(Closure(date(2026, 3, 1), date(2026, 8, 31)),), territory=Territory.ALSACE_MOSELLE),
    ]
)
_MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda m: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=m))
_AMOUNTS = st.integers(-60 * 24 * 30, 60 * 24 * 30).map(lambda minutes: timedelta(minutes=minutes))


@given(_CALENDARS, _MOMENTS, _AMOUNTS)
def test_time_between_undoes_time_added(calendar: WorkingCalendar, start: datetime, amount: timedelta) -> None:
    assert working_time_between(calendar, start, add_working_time(calendar, start, amount)) == amount


@given(_CALENDARS, _MOMENTS, _MOMENTS)
def test_time_added_reaches_back_no_further(calendar: WorkingCalendar, one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    amount = working_time_between(calendar, first, second)
    assert add_working_time(calendar, first, amount) <= second
    assert add_working_time(calendar, second, -amount) >= first


@given(_CALENDARS, _MOMENTS, _MOMENTS, _AMOUNTS)
def test_starting_later_never_ends_earlier(
    calendar: WorkingCalendar, one: datetime, other: datetime, amount: timedelta
) -> None:
    first, second = sorted((one, other))
    assert add_working_time(calendar, first, amount) <= add_working_time(calendar, second, amount)


@given(_CALENDARS, _MOMENTS, _MOMENTS, st.integers(-40, 40))
def test_working_days_from_a_later_start_never_end_earlier(
    calendar: WorkingCalendar, one: datetime, other: datetime, days: int
) -> None:
    """But for the hour repeated in autumn, of which one passage is chosen."""
    first, second = sorted((one, other))
    gap = add_working_days(calendar, second, days) - add_working_days(calendar, first, days)
    assert gap >= -HOURS
    if first.astimezone(calendar.zone).date() != second.astimezone(calendar.zone).date():
        assert gap >= timedelta()


@given(_CALENDARS, _MOMENTS, _MOMENTS, _MOMENTS)
def test_time_between_adds_up(calendar: WorkingCalendar, one: datetime, two: datetime, three: datetime) -> None:
    parts = working_time_between(calendar, one, two) + working_time_between(calendar, two, three)
    assert parts == working_time_between(calendar, one, three)


@given(_CALENDARS, _MOMENTS, st.integers(1, 60))
def test_days_counted_are_days_added(calendar: WorkingCalendar, start: datetime, days: int) -> None:
    first = start.astimezone(calendar.zone).date()
    if is_working_day(calendar, first):
        last = add_working_days(calendar, start, days).astimezone(calendar.zone).date()
        assert working_days_between(calendar, first, last) == days
        assert working_days_between(calendar, last, first) == -days


@given(_CALENDARS, _MOMENTS)
def test_the_next_opening_is_open_and_nothing_was_open_before(calendar: WorkingCalendar, moment: datetime) -> None:
    opening = next_opening(calendar, moment)
    assert is_open(calendar, opening)
    assert working_time_between(calendar, moment, opening) == timedelta()


# Plain data and bad input -------------------------------------------------------------------------------------------

_RANGES = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(
    lambda points: tuple(OpenRange(*pair) for pair in zip(sorted(points)[::2], sorted(points)[1::2], strict=False))
)
_DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
_ANY_CALENDAR = st.builds(
    WorkingCalendar,
    week=st.tuples(*[_RANGES] * 7).filter(any).map(WeekHours),
    territory=st.sampled_from(Territory),
    zone_name=st.sampled_from(["Europe/Paris", "Pacific/Marquesas"]),
    closures=st.lists(st.builds(Closure, _DAYS, st.just(date(2100, 1, 1)), st.text(max_size=5)), max_size=3).map(tuple),
    yearly=st.lists(st.builds(YearlyClosure, st.integers(1, 12), st.integers(1, 28), st.text()), max_size=3).map(tuple),
    special=st.lists(st.builds(SpecialDay, _DAYS, _RANGES), max_size=3, unique_by=lambda item: item.day).map(tuple),
    worked=st.frozensets(st.sampled_from(Feast), max_size=3),
)


@given(_ANY_CALENDAR)
def test_plain_data_give_the_same_calendar_back(calendar: WorkingCalendar) -> None:
    assert calendar_from_data(calendar_to_data(calendar)) == calendar


def test_missing_data_are_the_usual_week_of_a_metropolitan_town() -> None:
    assert calendar_from_data({}) == TOWN


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"hours": {}}, "ne connaît pas « hours » : les rubriques sont"),
        ({"zone": "Paris"}, "Le fuseau horaire « Paris » n’existe pas"),
        ({"zone": 1}, "« zone » doit être un texte"),
        ({"territory": "CORSE"}, "« CORSE » n’est pas une valeur de « territory »"),
        ({"worked": ["NOEL"]}, "« NOEL » n’est pas une valeur de « worked »"),
        ({"worked": "CHRISTMAS"}, "« worked » doit être une liste"),
        ({"week": []}, "« week » n’est pas une table"),
        ({"week": {"monday": "9h-12h"}}, "« monday » n’est pas un jour : indiquez les horaires de lundi"),
        ({"week": {"lundi": "fermé"}}, "aucune heure ouverte"),
        ({"week": {"lundi": "12:00-09:00"}}, "La plage 12:00-09:00 n’est pas possible"),
        ({"week": {"lundi": "22:00-24:30"}}, "n’est pas possible"),
        ({"week": {"lundi": "9-12"}}, "« 9-12 » n’est pas une plage horaire"),
        ({"week": {"lundi": "9:-12:"}}, "n’est pas une plage horaire"),
        ({"week": {"lundi": "08:00-12:00, 11:00-13:00"}}, "Les plages 08:00-12:00 et 11:00-13:00 se chevauchent"),
        ({"closures": [{"first": "2026-12-31", "last": "2026-12-24", "label": "Noël"}]}, "« Noël » finit avant"),
        ({"closures": [{"first": "2026-12-31", "last": "2026-12-24"}]}, "Une fermeture finit avant"),
        ({"closures": [{"first": "24/12/2026", "last": "2026-12-31"}]}, r"« 24/12/2026 » \(closures.first\)"),
        ({"closures": ["2026-12-24"]}, "Chaque entrée de « closures » doit être une table"),
        ({"closures": [{}] * 401}, "une liste d’au plus 400 entrées"),
        ({"yearly": [{"day": "30/02"}]}, "Le 30/2 n’est pas une date"),
        ({"yearly": [{"day": "juillet"}]}, "« juillet » n’est pas une date"),
        ({"special": [{"day": "2026-07-14"}, {"day": "2026-07-14"}]}, "Le 14/07/2026 a deux horaires"),
    ],
)
def test_bad_settings_are_told_in_french(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CalendarFault, match=sentence):
        calendar_from_data(data)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(CalendarFault, match="sept jours"):
        WeekHours((read_ranges("9h-12h"),) * 5)


def test_a_calendar_that_never_opens_again_answers_instead_of_searching_for_ever() -> None:
    closed = replace(TOWN, closures=(Closure(date(2026, 1, 1), date(2999, 12, 31)),))
    with pytest.raises(CalendarFault, match="vérifiez le délai, les horaires et les fermetures"):
        next_opening(closed, at("2026-11-26 09:00"))
    with pytest.raises(CalendarFault, match="dépassent un siècle"):
        add_working_days(TOWN, at("2026-11-26 09:00"), 40_000)
    with pytest.raises(CalendarFault, match="plus d’un siècle"):
        working_time_between(TOWN, at("1990-11-26 09:00"), at("2126-11-26 09:00"))
    with pytest.raises(CalendarFault, match="plus d’un siècle"):
        working_days_between(TOWN, date(1990, 1, 1), date(2126, 1, 1))
