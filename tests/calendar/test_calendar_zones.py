"""The hour that is skipped and the hour that comes twice, in Paris and overseas."""

# ruff: noqa: DTZ001, DTZ901 a time on the wall carries no zone

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import TERRITORIES, CalendarFault
from engine.calendar.zones import WallTime, at_minute, local_of, moment_of, wall_time, zone_named

PARIS = ZoneInfo("Europe/Paris")
MIQUELON = ZoneInfo("America/Miquelon")
_ZONES = st.sampled_from(sorted({facts.zone for facts in TERRITORIES.values()})).map(ZoneInfo)
_LOCALS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31))


@pytest.mark.parametrize(
    ("local", "kind"),
    [
        (datetime(2026, 3, 29, 1, 59, 59), WallTime.ONCE),
        (datetime(2026, 3, 29, 2), WallTime.NEVER),
        (datetime(2026, 3, 29, 2, 59), WallTime.NEVER),
        (datetime(2026, 3, 29, 3), WallTime.ONCE),
        (datetime(2026, 10, 25, 1, 59), WallTime.ONCE),
        (datetime(2026, 10, 25, 2), WallTime.TWICE),
        (datetime(2026, 10, 25, 2, 59), WallTime.TWICE),
        (datetime(2026, 10, 25, 3), WallTime.ONCE),
    ],
)
def test_how_often_a_time_exists_in_paris_in_2026(local: datetime, kind: WallTime) -> None:
    assert wall_time(local, PARIS) is kind


def test_a_time_that_does_not_exist_stands_for_the_moment_of_the_change() -> None:
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert moment_of(datetime(2026, 3, 29, 2), PARIS) == change
    assert moment_of(datetime(2026, 3, 29, 2, 17, 30, 5), PARIS) == change
    assert moment_of(datetime(2026, 3, 29, 3), PARIS) == change


def test_a_time_that_exists_twice_is_the_first_unless_the_later_is_asked_for() -> None:
    local = datetime(2026, 10, 25, 2, 30)
    assert moment_of(local, PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment_of(local, PARIS, later=True) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    once = datetime(2026, 10, 25, 12)
    assert moment_of(once, PARIS) == moment_of(once, PARIS, later=True)


def test_saint_pierre_changes_on_the_american_dates_and_la_reunion_never() -> None:
    assert wall_time(datetime(2026, 3, 8, 2, 30), MIQUELON) is WallTime.NEVER
    assert wall_time(datetime(2026, 11, 1, 1, 30), MIQUELON) is WallTime.TWICE
    assert wall_time(datetime(2026, 3, 29, 2, 30), ZoneInfo("Indian/Reunion")) is WallTime.ONCE


def test_the_same_day_begins_sixteen_hours_apart_from_wallis_to_martinique() -> None:
    day = date(2026, 12, 1)
    wallis, martinique = (at_minute(day, 0, ZoneInfo(name)) for name in ("Pacific/Wallis", "America/Martinique"))
    assert martinique - wallis == timedelta(hours=16)


def test_midnight_at_the_end_of_a_day_is_the_next_day() -> None:
    assert at_minute(date(2026, 12, 1), 1440, PARIS) == at_minute(date(2026, 12, 2), 0, PARIS)


@given(_LOCALS, _LOCALS, _ZONES)
def test_later_on_the_wall_is_never_earlier_in_time(one: datetime, other: datetime, zone: ZoneInfo) -> None:
    first, second = sorted((one, other))
    assert moment_of(first, zone) <= moment_of(second, zone)


@given(_LOCALS, _ZONES)
def test_a_time_that_exists_comes_back_from_its_moment(local: datetime, zone: ZoneInfo) -> None:
    back = local_of(moment_of(local, zone), zone).replace(tzinfo=None, fold=0)
    if wall_time(local, zone) is WallTime.NEVER:
        assert timedelta() < back - local <= timedelta(hours=1)
    else:
        assert back == local


@pytest.mark.parametrize("name", ["", "Paris", "Europe", "../etc/passwd", "/etc/passwd", "Europe/Paris\0", "x" * 500])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(CalendarFault, match="n’existe pas : indiquez un nom comme Europe/Paris"):
        zone_named(name)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(CalendarFault, match="sans fuseau"):
        local_of(datetime(2026, 12, 1, 9), PARIS)


def test_the_ends_of_time_are_refused() -> None:
    with pytest.raises(CalendarFault, match="hors du calendrier"):
        moment_of(datetime.min, PARIS)
    with pytest.raises(CalendarFault, match="hors du calendrier"):
        local_of(datetime.max.replace(tzinfo=UTC), PARIS)
    with pytest.raises(CalendarFault, match="hors du calendrier"):
        at_minute(date.max, 1440, PARIS)
