"""Dates, times and durations: reading, writing, adding, comparing (DMN 1.3 §10.3.2.3).

A moment with a zone is never compared with one without: the result is ``null``, because guessing the zone would be
guessing the answer.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel.values import Months, kind_of

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z][A-Za-z0-9_+/-]{0,60})?"
_DATE_PATTERN = re.compile(_DATE)
_TIME_PATTERN = re.compile(rf"(?P<local>{_TIME}){_ZONE}")
_MOMENT_PATTERN = re.compile(rf"(?P<local>{_DATE}T{_TIME}){_ZONE}")
_DURATION_PATTERN = re.compile(
    r"(?P<sign>-)?P(?=[0-9T])(?:(?P<years>[0-9]{1,9})Y)?(?:(?P<months>[0-9]{1,9})M)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?"
    r"(?:(?P<seconds>[0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)
#: The day on which times are laid to be compared.
_ANY_DAY = date(1970, 1, 1)
_MICROSECONDS = Decimal(1_000_000)


def parse_date(text: str) -> date | None:
    """``2026-11-24``; ``None`` when it is no date."""
    if not _DATE_PATTERN.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """``10:30:00``, ``10:30:00Z``, ``10:30:00+01:00`` or ``10:30:00@Europe/Paris``; ``None`` when it is no time."""
    match = _TIME_PATTERN.fullmatch(text)
    if match is None:
        return None
    try:
        return time.fromisoformat(match["local"][:15]).replace(tzinfo=_zone(match["zone"]))
    except (ValueError, LookupError):
        return None


def parse_moment(text: str) -> datetime | None:
    """``2026-11-24T10:30:00`` with or without a zone, or a date alone for its midnight; ``None`` when it is none."""
    if found := parse_date(text):
        return datetime.combine(found, time())
    match = _MOMENT_PATTERN.fullmatch(text)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match["local"][:26]).replace(tzinfo=_zone(match["zone"]))
    except (ValueError, LookupError):
        return None


@lru_cache(maxsize=256)
def _zone(text: str | None) -> tzinfo | None:
    """Raises ``ValueError`` or ``LookupError`` for a zone that does not exist."""
    if not text:
        return None
    if text == "Z":
        return UTC
    if text.startswith("@"):
        try:
            return ZoneInfo(text[1:])
        except OSError:  # the name of a folder of zones
            raise LookupError(text) from None
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    if hours > 14 or minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return offset_zone(-offset if text.startswith("-") else offset)


def offset_zone(offset: timedelta) -> tzinfo:
    """A fixed zone. Raises ``ValueError`` for a day or more."""
    return timezone(offset)


def parse_duration(text: str) -> timedelta | Months | None:
    """``P1DT2H`` or ``P1Y6M``; the two kinds do not mix, so ``P1M2D`` is none. ``None`` when it is no duration."""
    match = _DURATION_PATTERN.fullmatch(text)
    if match is None:
        return None
    sign = -1 if match["sign"] else 1
    days, clock = match["days"], any(match[part] for part in ("hours", "minutes", "seconds"))
    if match["years"] or match["months"]:
        if days or clock:
            return None
        return Months(sign * (int(match["years"] or 0) * 12 + int(match["months"] or 0)))
    try:
        return sign * timedelta(
            days=int(days or 0),
            hours=int(match["hours"] or 0),
            minutes=int(match["minutes"] or 0),
            microseconds=int(Decimal(match["seconds"] or 0) * _MICROSECONDS),
        )
    except OverflowError:
        return None


def parse_any(text: str) -> Any:
    """What ``@"…"`` holds: a duration, a time, a date or a date and time; ``None`` when it is none of them."""
    found = (parse(text) for parse in (parse_duration, parse_date, parse_time, parse_moment))
    return next((item for item in found if item is not None), None)


# Writing ------------------------------------------------------------------------------------------------------------


def write(item: date | time | datetime | timedelta | Months) -> str:
    """The canonical text of a temporal value, which the parsers above read back."""
    if isinstance(item, timedelta):
        return _write_days(item)
    if isinstance(item, Months):
        return str(item)
    if not isinstance(item, time | datetime):
        return item.isoformat()
    local = item.replace(tzinfo=None).isoformat()
    if "." in local:
        local = local.rstrip("0")
    return local + _write_zone(item.tzinfo)


def _write_zone(zone: tzinfo | None) -> str:
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(None) or timedelta()
    if not offset:
        return "Z"
    seconds = abs(int(offset.total_seconds()))
    text = f"{'-' if offset < timedelta() else '+'}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


def _write_days(item: timedelta) -> str:
    left = abs(item)
    hours, rest = divmod(left.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{left.microseconds:06}".rstrip("0") if left.microseconds else ""
    clock = (
        (f"{hours}H" if hours else "")
        + (f"{minutes}M" if minutes else "")
        + (f"{seconds}{fraction}S" if seconds or fraction else "")
    )
    text = (f"{left.days}D" if left.days else "") + (f"T{clock}" if clock else "")
    return ("-P" if item < timedelta() else "P") + (text or "T0S")


# Comparing and computing --------------------------------------------------------------------------------------------


def line(item: datetime | time) -> datetime:
    """The place on the line of time: in UTC with a zone, as it is without. Raises ``OverflowError`` at its ends."""
    moment = datetime.combine(_ANY_DAY, item) if isinstance(item, time) else item
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def zoned(item: datetime | time) -> bool:
    """Whether it says its zone."""
    return item.tzinfo is not None


def add(item: Any, duration: timedelta | Months) -> Any:
    """A date, time or moment, later by a duration. Raises ``OverflowError`` or ``ValueError`` beyond years 1 to 9999.

    Days and time are counted on the line of time: one day is 24 hours even when the clocks change.
    """
    if isinstance(duration, Months):
        return None if isinstance(item, time) else _add_months(item, duration.count)
    if isinstance(item, time):
        moved = datetime.combine(_ANY_DAY, item.replace(tzinfo=None)) + timedelta(seconds=duration.seconds)
        moved += timedelta(microseconds=duration.microseconds)
        return moved.time().replace(tzinfo=item.tzinfo)
    if type(item) is date:
        if duration.seconds or duration.microseconds:
            return datetime.combine(item, time(), UTC) + duration
        return item + duration
    if item.tzinfo is None:
        return item + duration
    return (item.astimezone(UTC) + duration).astimezone(item.tzinfo)


def _add_months(item: Any, months: int) -> Any:
    year, month = divmod(item.year * 12 + item.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return item.replace(year=year, month=month + 1, day=min(item.day, monthrange(year, month + 1)[1]))


def difference(left: Any, right: Any) -> timedelta | None:
    """Time from ``right`` to ``left``; ``None`` when one says its zone and the other not."""
    left, right = (datetime.combine(item, time()) if type(item) is date else item for item in (left, right))
    if isinstance(left, time) != isinstance(right, time) or zoned(left) != zoned(right):
        return None
    return line(left) - line(right)


def seconds(duration: timedelta) -> Decimal:
    """A days and time duration in seconds, exactly."""
    return Decimal(duration // timedelta(microseconds=1)) / _MICROSECONDS


def of_seconds(count: Decimal) -> timedelta:
    """The other way, to the nearest microsecond. Raises ``OverflowError``."""
    return timedelta(microseconds=int((count * _MICROSECONDS).to_integral_value(ROUND_HALF_EVEN)))


def months_between(start: date, end: date) -> Months:
    """Whole months from one date to another, negative when it comes before."""
    count = (end.year - start.year) * 12 + end.month - start.month
    if count > 0 and end.day < start.day:
        count -= 1
    if count < 0 and end.day > start.day:
        count += 1
    return Months(count)


def property_of(item: Any, name: str) -> Any:
    """A component of a temporal value (DMN 1.3 table 53) as a plain number or duration; ``None`` when it has none."""
    kind = kind_of(item)
    if kind == "date and time" and name == "date":
        return item.date()
    parts = _PROPERTIES.get(kind, {})
    return parts[name](item) if name in parts else None


def _timezone(item: datetime | time) -> str | None:
    return _write_zone(item.tzinfo).removeprefix("@") or None


def _offset(item: datetime | time) -> timedelta | None:
    moment = datetime.combine(_ANY_DAY, item) if isinstance(item, time) else item
    return moment.utcoffset()


_DAY = {
    "year": lambda item: item.year,
    "month": lambda item: item.month,
    "day": lambda item: item.day,
    "weekday": lambda item: item.isoweekday(),
}
_CLOCK = {
    "hour": lambda item: item.hour,
    "minute": lambda item: item.minute,
    "second": lambda item: item.second,
    "time offset": _offset,
    "timezone": _timezone,
}


def _signed(part: Any) -> Any:
    """Components of a negative duration are all negative."""
    return lambda item: -part(-item) if item < timedelta() else part(item)


_PROPERTIES: dict[str, dict[str, Any]] = {
    "date": _DAY,
    "time": _CLOCK,
    "date and time": {**_DAY, **_CLOCK},
    "days and time duration": {
        "days": _signed(lambda item: item.days),
        "hours": _signed(lambda item: item.seconds // 3600),
        "minutes": _signed(lambda item: item.seconds // 60 % 60),
        "seconds": _signed(lambda item: item.seconds % 60),
    },
    "years and months duration": {
        "years": lambda item: int(item.count / 12),
        "months": lambda item: item.count - int(item.count / 12) * 12,
    },
}
