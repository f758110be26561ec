"""Durations and cycles read and written as ISO 8601 says, and added on the calendar."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.calendar import CalendarFault, Cycle, Duration, add_calendar
from engine.calendar.durations import add_months, read_moment

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P2D", Duration(days=2)),
        ("PT8H", Duration(clock=timedelta(hours=8))),
        ("P1M", Duration(months=1)),
        ("P1Y2M3W4DT5H6M7.5S", Duration(14, 3, 4, timedelta(hours=5, minutes=6, seconds=7.5))),
        ("PT0,5S", Duration(clock=timedelta(milliseconds=500))),
        ("-P2D", Duration(days=-2)),
        ("+PT30M", Duration(clock=timedelta(minutes=30))),
        (" P10D ", Duration(days=10)),
        ("PT0S", Duration()),
    ],
)
def test_reading_a_duration(text: str, duration: Duration) -> None:
    assert Duration.read(text) == duration


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P2", "2D", "p2d", "P1DT", "P1H", "PT1D", "P1.5D", "P-2D", "deux jours"]
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(CalendarFault, match="n’est pas une durée : écrivez par exemple P2D"):
        Duration.read(text)


@pytest.mark.parametrize("text", ["P101Y", "P999999999W", "P36601D", "PT999999999H", "-P1201M"])
def test_more_than_a_century_is_refused(text: str) -> None:
    with pytest.raises(CalendarFault, match="dépasse un siècle"):
        Duration.read(text)


def test_parts_of_both_signs_are_refused() -> None:
    with pytest.raises(CalendarFault, match="positives et négatives"):
        Duration(days=2, clock=timedelta(hours=-1))


_PARTS = st.tuples(
    st.integers(0, 1200),
    st.integers(0, 2000),
    st.integers(0, 20_000),
    st.timedeltas(timedelta(), timedelta(days=30_000)),
)
_DURATIONS = st.builds(lambda parts, back: -Duration(*parts) if back else Duration(*parts), _PARTS, st.booleans())


@given(_DURATIONS)
def test_what_is_written_is_read_back(duration: Duration) -> None:
    assert Duration.read(str(duration)) == duration


@given(st.text("PTYMWDHS0123456789.,-+R/ ", max_size=24))
def test_any_text_gives_a_value_or_our_fault(text: str) -> None:
    for read in (Duration.read, Cycle.read, read_moment):
        with suppress(CalendarFault):
            read(text)


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        # A month ends on the same day of the month, or on its last day (code de procédure civile, art. 641).
        ("2026-01-31T09:00+01:00", "P1M", "2026-02-28T09:00+01:00"),
        ("2028-01-31T09:00+01:00", "P1M", "2028-02-29T09:00+01:00"),
        ("2028-02-29T09:00+01:00", "P1Y", "2029-02-28T09:00+01:00"),
        # Months first, then days (third paragraph): 31 January, 28 February, 1 March.
        ("2026-01-31T09:00+01:00", "P1M1D", "2026-03-01T09:00+01:00"),
        # A day keeps the time on the wall: 23 hours in March, 25 in October; hours are real.
        ("2026-03-28T12:00+01:00", "P1D", "2026-03-29T12:00+02:00"),
        ("2026-03-28T12:00+01:00", "PT24H", "2026-03-29T13:00+02:00"),
        ("2026-10-24T12:00+02:00", "P1D", "2026-10-25T12:00+01:00"),
        ("2026-10-24T12:00+02:00", "PT24H", "2026-10-25T11:00+01:00"),
        # Landing in the hour that does not exist, and passing through the one that comes twice.
        ("2026-03-28T02:30+01:00", "P1D", "2026-03-29T03:00+02:00"),
        ("2026-10-25T02:30+02:00", "PT1H", "2026-10-25T02:30+01:00"),
        ("2026-10-25T02:30+01:00", "P0D", "2026-10-25T02:30+01:00"),
        ("2026-12-10T09:00+01:00", "-P2D", "2026-12-08T09:00+01:00"),
        ("2026-12-10T09:00+01:00", "-PT10H", "2026-12-09T23:00+01:00"),
    ],
)
def test_adding_on_the_calendar_of_paris(start: str, text: str, end: str) -> None:
    found = add_calendar(datetime.fromisoformat(start), Duration.read(text), PARIS)
    assert found == datetime.fromisoformat(end)
    assert found.tzinfo is UTC


_STARTS = st.integers(0, 18_000_000).map(lambda minutes: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(_STARTS, _STARTS, _DURATIONS)
def test_a_later_start_never_ends_earlier(one: datetime, other: datetime, duration: Duration) -> None:
    first, second = sorted((one, other))
    assert add_calendar(first, duration, PARIS) <= add_calendar(second, duration, PARIS) + timedelta(hours=1)


@given(_STARTS, st.integers(0, 4000), st.sampled_from(["Europe/Paris", "America/Miquelon", "Indian/Reunion"]))
def test_days_back_undo_days_forth(start: datetime, days: int, zone_name: str) -> None:
    """Except where clocks change: the time on the wall of the other day may not exist, or exist twice."""
    zone = ZoneInfo(zone_name)
    there = add_calendar(start, Duration(days=days), zone)
    assume(there.astimezone(zone).time() == start.astimezone(zone).time())
    back = add_calendar(there, Duration(days=-days), zone)
    assert back == start or start.astimezone(zone).fold


def test_a_month_outside_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarFault, match="sort du calendrier"):
        add_months(date(9999, 12, 1), 1)
    with pytest.raises(CalendarFault, match="sort du calendrier"):
        add_calendar(datetime(9999, 12, 1, tzinfo=UTC), Duration(days=60), PARIS)
    with pytest.raises(CalendarFault, match="sort du calendrier"):
        add_calendar(datetime(9999, 12, 30, tzinfo=UTC), Duration(clock=timedelta(days=9)), PARIS)


@pytest.mark.parametrize(
    ("text", "cycle"),
    [
        ("R3/P1D", Cycle(Duration(days=1), 3)),
        ("R/PT8H", Cycle(Duration(clock=timedelta(hours=8)))),
        ("R2/2026-12-01T09:00:00+01:00/P1W", Cycle(Duration(weeks=1), 2, datetime(2026, 12, 1, 8, tzinfo=UTC))),
    ],
)
def test_reading_a_cycle_and_writing_it(text: str, cycle: Cycle) -> None:
    assert Cycle.read(text) == cycle
    assert str(Cycle.read(text)) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("R0/P1D", "zéro fois"),
        ("R3/PT0S", "doit avancer"),
        ("R3/-P1D", "doit avancer"),
        ("R3", "n’est pas un cycle"),
        ("R3/P1D/2026-12-01", "n’est pas un cycle"),
        ("R-1/P1D", "n’est pas un cycle"),
        ("R3/jour", "n’est pas une durée"),
        ("R3/2026-12-01T09:00:00/P1D", "ne dit pas son fuseau"),
        ("R3/2026-13-01T09:00:00Z/P1D", "n’est pas une date"),
    ],
)
def test_what_is_no_cycle_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(CalendarFault, match=sentence):
        Cycle.read(text)
