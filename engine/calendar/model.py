"""The opening hours of a town: what is usual each week, what closes, what is special."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from engine.calendar.faults import CalendarFault
from engine.calendar.holidays import Feast, Territory
from engine.calendar.zones import DAY_MINUTES, zone_named

_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2})|\s*[hH]\s*(\d{2})?)", re.ASCII)
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True, slots=True, order=True)
class OpenRange:
    """Open from a minute of the day on the wall to another, 0 to 1440. Raises :class:`CalendarFault` otherwise."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= DAY_MINUTES:
            raise CalendarFault(
                f"La plage {self} n’est pas possible : l’heure de fin doit suivre l’heure de début, le même jour."
            )

    @classmethod
    def read(cls, text: str) -> Self:
        """``09:00-12:30`` or ``9h-12h30``. Raises :class:`CalendarFault`."""
        parts = [_CLOCK.fullmatch(part.strip()) for part in re.split("[-–—]", text)]
        clocks = [(int(part[1]), int(part[2] or part[3] or 0)) for part in parts if part]
        if len(parts) != 2 or len(clocks) != 2 or any(hour > 24 or minute > 59 for hour, minute in clocks):
            raise CalendarFault(f"« {text.strip()} » n’est pas une plage horaire : écrivez par exemple 09:00-12:30.")
        (start_hour, start), (end_hour, end) = clocks
        return cls(start_hour * 60 + start, end_hour * 60 + end)

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start, self.end))


def ordered(ranges: Iterable[OpenRange]) -> tuple[OpenRange, ...]:
    """The ranges of a day in order. Raises :class:`CalendarFault` when two of them overlap."""
    found = tuple(sorted(ranges))
    for earlier, later in pairwise(found):
        if later.start < earlier.end:
            raise CalendarFault(f"Les plages {earlier} et {later} se chevauchent : réunissez-les en une seule.")
    return found


def read_ranges(text: str) -> tuple[OpenRange, ...]:
    """``09:00-12:30, 14:00-17:30``; nothing or ``fermé`` for a closed day. Raises :class:`CalendarFault`."""
    if text.strip().lower() in {"", "fermé", "fermée", "ferme"}:
        return ()
    return ordered(OpenRange.read(part) for part in text.split(","))


@dataclass(frozen=True, slots=True)
class WeekHours:
    """The usual week: the ranges of each day, Monday first. Raises :class:`CalendarFault` when no day is open."""

    days: tuple[tuple[OpenRange, ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise CalendarFault("Une semaine a sept jours : indiquez les horaires de chacun, du lundi au dimanche.")
        object.__setattr__(self, "days", tuple(ordered(ranges) for ranges in self.days))
        if not any(self.days):
            raise CalendarFault("La semaine n’a aucune heure ouverte : indiquez au moins une plage horaire.")

    @classmethod
    def usual(cls, text: str = "08:30-12:00, 13:30-17:30") -> Self:
        """The same hours from Monday to Friday, closed on Saturday and Sunday."""
        return cls((read_ranges(text),) * 5 + ((), ()))


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed from a day to another, both included: a bridge, a fair, a summer week."""

    first: date
    last: date
    label: str = ""

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise CalendarFault(
                f"La fermeture « {self.label} » finit avant de commencer : échangez ses deux dates."
                if self.label
                else "Une fermeture finit avant de commencer : échangez ses deux dates."
            )

    def covers(self, day: date) -> bool:
        """Whether a day is in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class YearlyClosure:
    """Closed every year on one date: the patron saint, a local holiday that no text makes legal."""

    month: int
    day: int
    label: str = ""

    def __post_init__(self) -> None:
        try:
            date(2000, self.month, self.day)  # a leap year: 29 February is a date
        except ValueError:
            raise CalendarFault(
                f"Le {self.day}/{self.month} n’est pas une date : indiquez un jour et un mois, par exemple 21/07."
            ) from None


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """The hours of one day, whatever the week, the holidays and the closures say; none to close it."""

    day: date
    ranges: tuple[OpenRange, ...]
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranges", ordered(self.ranges))


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When a town works. Two special hours for one day, or an unknown zone, raise :class:`CalendarFault`."""

    week: WeekHours = field(default_factory=WeekHours.usual)
    territory: Territory = Territory.METROPOLE
    zone_name: str = "Europe/Paris"  #: IANA
    closures: tuple[Closure, ...] = ()
    yearly: tuple[YearlyClosure, ...] = ()
    special: tuple[SpecialDay, ...] = ()
    #: Holidays on which this town works all the same, such as Whit Monday for the *journée de solidarité*.
    worked: frozenset[Feast] = frozenset()

    def __post_init__(self) -> None:
        zone_named(self.zone_name)
        days = [special.day for special in self.special]
        for day in days:
            if days.count(day) > 1:
                raise CalendarFault(f"Le {day:%d/%m/%Y} a deux horaires particuliers : gardez-en un seul.")

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its days begin and end."""
        return zone_named(self.zone_name)
