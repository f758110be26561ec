"""From what a clock on the wall shows to a moment, in zones where clocks change.

Two rules, so that later on the wall is never earlier in time: a local time that **does not exist** (the hour skipped
in spring) stands for the moment of the change; one that **exists twice** (the hour repeated in autumn) stands for its
first passage, unless the later one is asked for.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from engine.calendar.faults import CalendarFault

#: Minutes in a day on the wall; 1440, written 24:00, is the next day's midnight.
DAY_MINUTES = 24 * 60


class WallTime(StrEnum):
    """How often a local time exists."""

    ONCE = "ONCE"
    NEVER = "NEVER"
    TWICE = "TWICE"


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises :class:`CalendarFault` when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CalendarFault(
            f"Le fuseau horaire « {name} » n’existe pas : indiquez un nom comme Europe/Paris ou Indian/Reunion."
        ) from None


def wall_time(local: datetime, zone: ZoneInfo) -> WallTime:
    """Whether a local time (without zone) exists once, never or twice."""
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return WallTime.ONCE
    return WallTime.TWICE if _exists(first) else WallTime.NEVER


def moment_of(local: datetime, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """The moment, in UTC, at which clocks of the zone show a local time (without zone).

    ``later`` chooses the second passage of an hour that is repeated. Raises :class:`CalendarFault` at the ends of time.
    """
    try:
        kind = wall_time(local, zone)
        if kind is WallTime.NEVER:
            return _change_around(local, zone)
        return local.replace(tzinfo=zone, fold=int(later and kind is WallTime.TWICE)).astimezone(UTC)
    except OverflowError:
        raise CalendarFault(f"La date {local:%d/%m}/{local.year} est hors du calendrier.") from None


def at_minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, of a minute of the day on the wall, 0 to 1440."""
    try:
        return moment_of(datetime.combine(day, time()) + timedelta(minutes=minute), zone)
    except OverflowError:
        raise CalendarFault(f"La date {day:%d/%m}/{day.year} est hors du calendrier.") from None


def local_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of the zone show at a moment. Raises :class:`CalendarFault` for a moment without zone."""
    if moment.tzinfo is None:
        raise CalendarFault("L’heure donnée est sans fuseau : ajoutez-le, par exemple 2026-12-01T09:00:00+01:00.")
    try:
        return moment.astimezone(zone)
    except OverflowError:
        raise CalendarFault(f"La date {moment:%d/%m}/{moment.year} est hors du calendrier.") from None


def _exists(moment: datetime) -> bool:
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None) == moment.replace(tzinfo=None)


def _change_around(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of the change that skips a local time: offsets differ before and after, halve until it is found."""
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return (before + timedelta(seconds=high)).replace(microsecond=0)
