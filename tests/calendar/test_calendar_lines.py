"""Special days as a person types them, one a line."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import (
    CalendarFault,
    Closure,
    OpenRange,
    SpecialDay,
    Territory,
    WorkingCalendar,
    YearlyClosure,
    lines_of,
    said_of,
    town_calendar,
    with_days,
)

TOWN = WorkingCalendar()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("24/12/2026", {"closures": (Closure(date(2026, 12, 24), date(2026, 12, 24)),)}),
        ("24/12/2026 : pont", {"closures": (Closure(date(2026, 12, 24), date(2026, 12, 24), "pont"),)}),
        (
            "24/12/2026 au 2/1/2027 : fin d’année : fermé",
            {"closures": (Closure(date(2026, 12, 24), date(2027, 1, 2), "fin d’année : fermé"),)},
        ),
        ("  21/07:  ", {"yearly": (YearlyClosure(7, 21),)}),
        ("21/07 : fête patronale", {"yearly": (YearlyClosure(7, 21, "fête patronale"),)}),
        ("5/12/2026 9h-12h : marché", {"special": (SpecialDay(date(2026, 12, 5), (OpenRange(540, 720),), "marché"),)}),
        (
            "05/12/2026 09:00-12:00, 14:00-16:30",
            {"special": (SpecialDay(date(2026, 12, 5), (OpenRange(540, 720), OpenRange(840, 990))),)},
        ),
        ("05/12/2026 09:00-12:00 : à 9:30", {
            "special": (SpecialDay(date(2026, 12, 5), (OpenRange(540, 720),), "à 9:30"),)
        }),
        ("05/12/2026 fermé : marché", {"special": (SpecialDay(date(2026, 12, 5), (), "marché"),)}),
        ("\n  \n", {}),
    ],
)  # fmt: skip
def test_a_line_says_one_day(line: str, found: dict[str, Any]) -> None:
    assert with_days(TOWN, line) == WorkingCalendar(**found)


@pytest.mark.parametrize("line", ["demain", "24-12-2026", "24/12/2026 au lundi", "31/02/2026", "31/02", "24/12 9h-12h"])
def test_what_is_no_day_is_told_with_the_line(line: str) -> None:
    with pytest.raises(CalendarFault):
        with_days(TOWN, line)


_DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
_LABELS = st.text(st.characters(categories=["L", "N"], include_characters=" ’-"), max_size=20).map(
    lambda text: " ".join(text.split())
)
_RANGES = st.sampled_from([(), (OpenRange(540, 720),), (OpenRange(0, 360), OpenRange(840, 1440))])
_CALENDARS = st.builds(
    WorkingCalendar,
    territory=st.sampled_from(Territory),
    closures=st.lists(
        st.builds(lambda one, two, label: Closure(*sorted((one, two)), label), _DAYS, _DAYS, _LABELS), max_size=3
    ).map(tuple),
    yearly=st.lists(st.builds(YearlyClosure, st.integers(1, 12), st.integers(1, 28), _LABELS), max_size=3).map(tuple),
    special=st.lists(st.builds(SpecialDay, _DAYS, _RANGES, _LABELS), max_size=3, unique_by=lambda one: one.day).map(
        tuple
    ),
)


@given(_CALENDARS)
def test_what_is_shown_is_read_back(calendar: WorkingCalendar) -> None:
    assert with_days(calendar, lines_of(calendar)) == calendar


@given(_CALENDARS)
def test_what_is_kept_of_a_calendar_gives_it_back(calendar: WorkingCalendar) -> None:
    assert town_calendar(calendar.zone_name, said_of(calendar)) == calendar


@given(st.text("0123456789/ :-hauàfermé,\n", max_size=60))
def test_any_text_gives_days_or_a_french_sentence(text: str) -> None:
    said = "."
    try:
        with_days(TOWN, text)
    except CalendarFault as fault:
        said = str(fault)
    assert said.endswith(".")
