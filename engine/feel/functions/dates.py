"""Functions that make dates, times and durations, and those of the calendar (DMN 1.3 tables 64, 74 and 75).

``now()`` and ``today()`` are in the parser: the moment belongs to the evaluation.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from engine.feel import temporal
from engine.feel.functions.registry import builtin
from engine.feel.values import Months, integer

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@builtin("date", "from: string")
def _date_of_text(text: str) -> date | None:
    return temporal.parse_date(text)


@builtin("date", "from: date")
def _date(day: date) -> date:
    return day


@builtin("date", "year: number, month: number, day: number")
def _date_of_parts(year: Decimal, month: Decimal, day: Decimal) -> date | None:
    parts = [integer(part) for part in (year, month, day)]
    return None if None in parts else date(*(part for part in parts if part is not None))


@builtin("date and time", "from: string")
def _moment_of_text(text: str) -> datetime | None:
    return temporal.parse_moment(text)


@builtin("date and time", "date: date, time: time")
def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock)


@builtin("time", "from: string")
def _time_of_text(text: str) -> time | None:
    return temporal.parse_time(text)


@builtin("time", "from: time")
def _time(clock: time) -> time:
    return clock


@builtin("time", "from: date")
def _midnight(_day: date) -> time:
    return time(tzinfo=UTC)


@builtin("time", "hour: number, minute: number, second: number, offset: days and time duration?")
def _time_of_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None = None) -> time | None:
    hours, minutes, seconds = integer(hour), integer(minute), integer(second // 1)
    if hours is None or minutes is None or seconds is None:
        return None
    zone = None if offset is None else temporal.offset_zone(offset)
    return time(hours, minutes, seconds, int(second % 1 * 1_000_000), tzinfo=zone)


@builtin("duration", "from: string")
def _duration(text: str) -> timedelta | Months | None:
    return temporal.parse_duration(text)


@builtin("years and months duration", "from: date, to: date")
def _months(start: date, end: date) -> Months:
    return temporal.months_between(start, end)


@builtin("day of year", "date: date")
def _day_of_year(day: date) -> int:
    return day.timetuple().tm_yday


@builtin("day of week", "date: date")
def _day_of_week(day: date) -> str:
    return _DAYS[day.weekday()]


@builtin("month of year", "date: date")
def _month_of_year(day: date) -> str:
    return _MONTHS[day.month - 1]


@builtin("week of year", "date: date")
def _week_of_year(day: date) -> int:
    return day.isocalendar().week
