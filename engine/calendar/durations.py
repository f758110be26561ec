"""Durations and cycles as ISO 8601 writes them: ``P2D``, ``PT8H``, ``P1M``, ``-P2D``, ``R3/P1D``."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from engine.calendar.faults import CalendarFault
from engine.calendar.zones import local_of, moment_of

#: The longest delay that makes sense, a century, so that a slip of the hand does not fill a calendar.
MAX_MONTHS = 1_200
MAX_DAYS = 36_600

_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?=\d|T\d)(?:(?P<years>\d{1,9})Y)?(?:(?P<months>\d{1,9})M)?(?:(?P<weeks>\d{1,9})W)?"
    r"(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9}(?:[.,]\d{1,6})?)S)?)?",
    re.ASCII,
)
_CYCLE = re.compile(r"R(?P<times>\d{0,9})/(?:(?P<start>\d{4}-[^/]+)/)?(?P<period>[^/]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time whose parts are kept apart, because a month is no number of days nor a day of hours.

    All parts are positive, or all negative (ISO 8601-2, §4.4.1.9). Weeks may stand beside days, as tools write them.
    Raises :class:`CalendarFault` for parts of both signs, or beyond a century.
    """

    months: int = 0  #: years are twelve of them
    weeks: int = 0
    days: int = 0
    clock: timedelta = timedelta()  #: hours, minutes and seconds

    def __post_init__(self) -> None:
        parts = (self.months, self.weeks, self.days, self.clock // timedelta(microseconds=1))
        if min(parts) < 0 < max(parts):
            raise CalendarFault("Une durée ne peut pas mêler des parts positives et négatives : écrivez-en deux.")
        too_long = abs(self.months) > MAX_MONTHS or abs(self.weeks * 7 + self.days) > MAX_DAYS
        if too_long or abs(self.clock) > timedelta(days=MAX_DAYS):
            raise CalendarFault("Cette durée dépasse un siècle : vérifiez les nombres saisis.")

    @classmethod
    def read(cls, text: str) -> Self:
        """The duration that an ISO 8601 text says. Raises :class:`CalendarFault`."""
        found = _DURATION.fullmatch(text.strip())
        if found is None:
            raise CalendarFault(
                f"« {text} » n’est pas une durée : écrivez par exemple P2D (deux jours), PT8H (huit heures) "
                "ou P1M (un mois)."
            )
        sign = -1 if found["sign"] == "-" else 1
        years, months, weeks, days, hours, minutes = (
            int(found[part] or 0) for part in ("years", "months", "weeks", "days", "hours", "minutes")
        )
        whole, _, fraction = (found["seconds"] or "0").replace(",", ".").partition(".")
        seconds, microseconds = int(whole), int(f"{fraction:0<6}")
        try:
            clock = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=microseconds)
        except OverflowError:
            raise CalendarFault("Cette durée dépasse un siècle : vérifiez les nombres saisis.") from None
        return cls(sign * (12 * years + months), sign * weeks, sign * days, sign * clock)

    def __str__(self) -> str:
        """The canonical text, which :meth:`read` reads back."""
        if self.negative:
            return f"-{-self}"
        years, months = divmod(self.months, 12)
        minutes, rest = divmod(self.clock, timedelta(minutes=1))
        hours, minutes = divmod(minutes, 60)
        seconds = f"{rest.seconds}.{rest.microseconds:06}".rstrip("0").rstrip(".") if rest else ""
        day_part = _written((years, "Y"), (months, "M"), (self.weeks, "W"), (self.days, "D"))
        clock_part = _written((hours, "H"), (minutes, "M"), (seconds, "S"))
        return "P" + day_part + (f"T{clock_part}" if clock_part else "") if day_part or clock_part else "PT0S"

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.weeks, -self.days, -self.clock)

    def times(self, count: int) -> Duration:
        """So many times this duration. Raises :class:`CalendarFault` beyond a century."""
        try:
            return Duration(self.months * count, self.weeks * count, self.days * count, self.clock * count)
        except OverflowError:
            raise CalendarFault("Cette durée dépasse un siècle : vérifiez les nombres saisis.") from None

    @property
    def negative(self) -> bool:
        """Whether it goes back in time."""
        return min(self.months, self.weeks, self.days) < 0 or self.clock < timedelta()

    @property
    def empty(self) -> bool:
        """Whether it lasts no time at all."""
        return self == Duration()


def _written(*parts: tuple[int | str, str]) -> str:
    return "".join(f"{amount}{letter}" for amount, letter in parts if amount)


def add_months(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or that month's last day when it has no such day.

    Source: code de procédure civile, art. 641, second paragraph. Raises :class:`CalendarFault` beyond year 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise CalendarFault(f"Le délai compté depuis le {day:%d/%m}/{day.year} sort du calendrier.")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_calendar(start: datetime, duration: Duration, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, that is a duration later on the calendar of the zone.

    Months, then weeks and days, keep the time on the wall, so that a day is 23 or 25 hours when clocks change; hours,
    minutes and seconds are real time and come last. Source of the order: code de procédure civile, art. 641, third
    paragraph. Raises :class:`CalendarFault` for a start without zone or beyond year 9999.
    """
    local = local_of(start, zone)
    moved = start
    if duration.months or duration.weeks or duration.days:
        try:
            day = add_months(local.date(), duration.months) + timedelta(weeks=duration.weeks, days=duration.days)
            moved = moment_of(datetime.combine(day, local.time()), zone, later=bool(local.fold))
        except OverflowError:
            raise CalendarFault(f"Le délai {duration} sort du calendrier.") from None
    try:
        return local_of(moved, zone).astimezone(UTC) + duration.clock
    except OverflowError:
        raise CalendarFault(f"Le délai {duration} sort du calendrier.") from None


@dataclass(frozen=True, slots=True)
class Cycle:
    """A period that comes back: so many times, or for ever, from a start of its own or from the moment it is set.

    Raises :class:`CalendarFault` for a cycle that never comes or stands still.
    """

    period: Duration
    times: int | None = None  #: None: without end
    start: datetime | None = None  #: aware

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise CalendarFault("Un cycle de zéro fois n’arrive jamais : écrivez R1/… ou davantage.")
        if self.period.empty or self.period.negative:
            raise CalendarFault("La période d’un cycle doit avancer dans le temps : écrivez par exemple R3/P1D.")

    @classmethod
    def read(cls, text: str) -> Self:
        """``R3/P1D``, ``R/PT8H`` or ``R3/2026-12-01T09:00:00+01:00/P1D``. Raises :class:`CalendarFault`."""
        found = _CYCLE.fullmatch(text.strip())
        if found is None:
            raise CalendarFault(
                f"« {text} » n’est pas un cycle : écrivez par exemple R3/P1D (trois fois, chaque jour) "
                "ou R/P1W (chaque semaine, sans fin)."
            )
        start = read_moment(found["start"]) if found["start"] else None
        return cls(Duration.read(found["period"]), int(found["times"]) if found["times"] else None, start)

    def __str__(self) -> str:
        start = f"{self.start.isoformat()}/" if self.start else ""
        return f"R{'' if self.times is None else self.times}/{start}{self.period}"


def read_moment(text: str) -> datetime:
    """An ISO 8601 date and time with its zone. Raises :class:`CalendarFault`, also when the zone is missing."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise CalendarFault(
            f"« {text} » n’est pas une date et une heure : écrivez par exemple 2026-12-01T09:00:00+01:00."
        ) from None
    if moment.tzinfo is None:
        raise CalendarFault(
            f"« {text} » ne dit pas son fuseau : ajoutez-le, par exemple 2026-12-01T09:00:00+01:00 à Paris en hiver."
        )
    return moment
