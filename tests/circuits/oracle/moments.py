"""ISO 8601 durations, dates and cycles of timers, read by a few lines of their own."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


@dataclass(frozen=True)
class Cycle:
    """How often and how far apart; ``times`` is ``None`` when without end."""

    times: int | None
    period: str


def after(moment: datetime, duration: str) -> datetime:
    """The moment that comes ``duration`` after ``moment``; months are those of the calendar, shortened when needed."""
    found = _DURATION.fullmatch(duration)
    assert found, duration
    part = {name: int(value or 0) for name, value in found.groupdict().items()}
    months = moment.year * 12 + moment.month - 1 + part.pop("years") * 12 + part.pop("months")
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day) + timedelta(**part)


def cycle(text: str) -> Cycle:
    """``R3/P1D``, ``R/P1D``."""
    times, period = text.removeprefix("R").split("/")
    return Cycle(int(times) if times else None, period)


def date(text: str) -> datetime:
    """A date and time that says its offset."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
