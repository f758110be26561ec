"""When something is due: one answer for the timers of circuits, for reminders and for legal delays.

A rule says when; :func:`due` gives the moment, from a start and in a town's calendar. All moments given are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count

from engine.calendar.delays import LegalDelay, ends_at
from engine.calendar.durations import Cycle, Duration, add_calendar, read_moment
from engine.calendar.faults import CalendarFault
from engine.calendar.model import WorkingCalendar
from engine.calendar.working import add_working_days, add_working_time, next_opening
from engine.calendar.zones import local_of


class Counting(StrEnum):
    """What a duration counts."""

    CALENDAR = "CALENDAR"  #: every day, every hour
    WORKING = "WORKING"  #: working days and opening hours of the town


@dataclass(frozen=True, slots=True)
class At:
    """A moment fixed beforehand."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class After:
    """So long after the start; before it when the duration is negative (a reminder ahead of a deadline).

    ``when_open`` moves a moment that falls outside opening hours to the next opening. Weeks and months are no working
    time: asking for both raises :class:`CalendarFault`.
    """

    duration: Duration
    counting: Counting = Counting.CALENDAR
    when_open: bool = False

    def __post_init__(self) -> None:
        if self.counting is Counting.WORKING and (self.duration.months or self.duration.weeks):
            raise CalendarFault(
                f"« {self.duration} » compte des semaines ou des mois : un délai ouvré se compte en jours (P5D) "
                "ou en heures (PT8H)."
            )


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again: a cycle, each of whose returns is counted from the first start, so that none drifts."""

    cycle: Cycle
    counting: Counting = Counting.CALENDAR
    when_open: bool = False

    def __post_init__(self) -> None:
        self.after(1)  # the same limits as one delay

    def after(self, turns: int) -> After:
        """The delay from the start to a return."""
        return After(self.cycle.period.times(turns), self.counting, self.when_open)


Rule = At | After | Every | LegalDelay


def read_rule(text: str, counting: Counting = Counting.CALENDAR, *, when_open: bool = False) -> At | After | Every:
    """The rule that an ISO 8601 text says: a moment, a duration or a cycle. Raises :class:`CalendarFault`."""
    text = text.strip()
    if text.startswith("R"):
        return Every(Cycle.read(text), counting, when_open)
    if text.startswith(("P", "-P", "+P")):
        return After(Duration.read(text), counting, when_open)
    if text[:1].isdigit():
        return At(read_moment(text))
    raise CalendarFault(
        f"« {text} » ne dit aucune échéance : écrivez une date (2026-12-01T09:00:00+01:00), une durée (P2D) "
        "ou un cycle (R3/P1D)."
    )


def due(rule: Rule, start: datetime, calendar: WorkingCalendar) -> datetime:
    """The moment at which what began at ``start`` is due, the first one for a cycle.

    A legal delay runs from the local date of the start and is due when its last day ends. Raises
    :class:`CalendarFault` for a start without zone, or a moment outside the calendar.
    """
    if isinstance(rule, At):
        return local_of(rule.moment, calendar.zone).astimezone(UTC)
    if isinstance(rule, LegalDelay):
        return ends_at(rule, local_of(start, calendar.zone).date(), calendar.territory, calendar.zone)
    if isinstance(rule, Every):
        return next(returns(rule, start, calendar))
    moment = _later(rule, start, calendar)
    return next_opening(calendar, moment) if rule.when_open else moment


def returns(rule: Every, start: datetime, calendar: WorkingCalendar, done: int = 0) -> Iterator[datetime]:
    """The returns of a cycle still to come when ``done`` of them are past; raises at the end of the calendar.

    A cycle with a start of its own first returns at that start, as ISO 8601 says; another one period after ``start``.
    """
    origin = rule.cycle.start
    for turn in count(done) if rule.cycle.times is None else range(done, rule.cycle.times):
        if origin is not None and turn == 0:
            yield due(At(origin), origin, calendar)
        else:
            turns = turn if origin is not None else turn + 1
            yield due(rule.after(turns), origin or start, calendar)


def _later(rule: After, start: datetime, calendar: WorkingCalendar) -> datetime:
    if rule.counting is Counting.CALENDAR:
        return add_calendar(start, rule.duration, calendar.zone)
    moment = add_working_days(calendar, start, rule.duration.days)
    return add_working_time(calendar, moment, rule.duration.clock)
