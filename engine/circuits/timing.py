"""When the timers of a circuit are due: ISO 8601 texts, or FEEL expressions that give them.

Counted by :mod:`engine.calendar`, in the calendar of the town.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from engine.calendar import After, CalendarFault, Counting, Duration, WorkingCalendar, due
from engine.calendar.zones import moment_of as on_the_wall
from engine.circuits.drawing import Event
from engine.circuits.values import CircuitStuck, Moment
from engine.feel import FeelError, compile_expression, to_json

if TYPE_CHECKING:
    from engine.circuits.running.tokens import Token

_DURATION = re.compile(r"P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?")
_CYCLE = re.compile(r"R(\d*)/(P.+)")
#: What is counted where no town is known: days of twenty-four hours.
PLAIN = WorkingCalendar(zone_name="UTC")
#: What ``parapheur:counting`` may say.
COUNTINGS = {"": Counting.CALENDAR, "calendar": Counting.CALENDAR, "working": Counting.WORKING}


class TimingFault(ValueError):
    """A text that says no moment; the message is French, without final stop."""


def is_literal(text: str) -> bool:
    """Whether a timer is written as it is, not computed."""
    return bool(_DURATION.fullmatch(text) or _CYCLE.fullmatch(text) or re.match(r"\d{4}-\d\d-\d\d", text))


def check_timer(timer: str, text: str, counting: str = "") -> None:
    """Raise :class:`TimingFault` for a timer that could never be understood, ``FeelError`` for its expression."""
    if counting not in COUNTINGS:
        raise TimingFault(f"« {counting} » n’est pas une façon de compter ; écrivez « working » ou « calendar »")
    if is_literal(text):
        _read(text, datetime(2026, 1, 1, tzinfo=UTC), COUNTINGS[counting], PLAIN)
    else:
        compile_expression(text)


def moment_of(event: Event, token: Token, now: datetime, label: str) -> Moment:
    """When the timer of an event is due, if it begins to run ``now``. Raises :class:`CircuitStuck` when never."""
    value: Any = event.expression if is_literal(event.expression) else token.value(event.expression)
    if not isinstance(
        value, date | timedelta
    ):  # those say themselves when, with their zone, which ISO 8601 cannot name
        value = to_json(value)
    try:
        return _read(value, now, COUNTINGS[event.counting], token.workflow.run.calendar)
    except (TimingFault, FeelError, OverflowError) as fault:
        raise CircuitStuck(
            f"L’échéance de {label} ne peut pas être calculée : {fault}. Rien n’a été enregistré."
        ) from None


def delay_from(text: str, counting: str, token: Token, now: datetime) -> datetime:
    """The moment at which a delay given from ``now`` ends. Raises :class:`CircuitStuck`."""
    event = Event("timer", timer="timeDuration", expression=text, counting=counting)
    return moment_of(event, token, now, token.task_spec.node.label).at


def after_period(start: datetime, period: str, counting: str = "", calendar: WorkingCalendar | None = None) -> datetime:
    """``start`` plus an ISO 8601 duration, counted in a calendar; without one, in days of twenty-four hours.

    Raises :class:`TimingFault`.
    """
    if not _DURATION.fullmatch(period):
        raise TimingFault(f"« {period} » n’est pas une durée ISO 8601, par exemple P2D ou PT8H")
    return _after(start, _duration(period), COUNTINGS[counting], calendar or PLAIN)


def _duration(text: str) -> Duration:
    try:
        return Duration.read(text)
    except CalendarFault as fault:
        raise _fault(fault) from None


def _after(start: datetime, duration: Duration, counting: Counting, calendar: WorkingCalendar) -> datetime:
    try:
        return due(After(duration, counting), start, calendar)
    except CalendarFault as fault:
        raise _fault(fault) from None


def _fault(fault: CalendarFault) -> TimingFault:
    return TimingFault(str(fault).rstrip("."))


def _of_days(length: timedelta) -> Duration:
    """A duration that FEEL computed: its whole days, then what is left."""
    sign = 1 if length >= timedelta() else -1
    days, rest = divmod(abs(length), timedelta(days=1))
    try:
        return Duration(days=sign * days, clock=sign * rest)
    except CalendarFault as fault:
        raise _fault(fault) from None


def _read(value: Any, now: datetime, counting: Counting, calendar: WorkingCalendar) -> Moment:
    if isinstance(value, timedelta):
        return Moment(_after(now, _of_days(value), counting, calendar))
    if isinstance(value, datetime):
        return Moment(value if value.tzinfo else on_the_wall(value, calendar.zone))
    if isinstance(value, date):
        return Moment(on_the_wall(datetime.combine(value, time()), calendar.zone))
    text = str(value) if value is not None else ""
    cycle = _CYCLE.fullmatch(text)
    if cycle:
        times = int(cycle[1]) if cycle[1] else -1
        if times == 0:
            raise TimingFault("un cycle de zéro fois n’arrive jamais")
        return Moment(_after(now, _duration(cycle[2]), counting, calendar), cycle[2], times)
    if _DURATION.fullmatch(text):
        return Moment(_after(now, _duration(text), counting, calendar))
    try:
        return _read(datetime.fromisoformat(text), now, counting, calendar)
    except ValueError as fault:
        if isinstance(fault, TimingFault):
            raise
        shown = f"« {text} » n’est" if text else "il n’y a"
        raise TimingFault(f"{shown} ni une date, ni une durée, ni un cycle ISO 8601") from None
