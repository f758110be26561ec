"""When the timers of a circuit are due: ISO 8601 texts, or FEEL expressions that give them."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from engine.circuits.drawing import Event
from engine.circuits.values import CircuitStuck, Moment
from engine.feel import FeelError, compile_expression, to_json

if TYPE_CHECKING:
    from engine.circuits.running.tokens import Token

_DURATION = re.compile(
    r"P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?"
)
_CYCLE = re.compile(r"R(\d*)/(P.+)")
#: Longest delay that makes sense: a century.
MAX_DAYS = 36_600


class TimingFault(ValueError):
    """A text that says no moment; the message is French, without final stop."""


def is_literal(text: str) -> bool:
    """Whether a timer is written as it is, not computed."""
    return bool(_DURATION.fullmatch(text) or _CYCLE.fullmatch(text) or re.match(r"\d{4}-\d\d-\d\d", text))


def check_timer(timer: str, text: str) -> None:
    """Raise :class:`TimingFault` for a timer that could never be understood, ``FeelError`` for its expression."""
    if is_literal(text):
        _read(timer, text, datetime(2026, 1, 1, tzinfo=UTC))
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
        return _read(event.timer, value, now)
    except (TimingFault, FeelError, OverflowError) as fault:
        raise CircuitStuck(
            f"L’échéance de {label} ne peut pas être calculée : {fault}. Rien n’a été enregistré."
        ) from None


def delay_from(text: str, token: Token, now: datetime) -> datetime:
    """The moment at which a delay given from ``now`` ends. Raises :class:`CircuitStuck`."""
    event = Event("timer", timer="timeDuration", expression=text)
    return moment_of(event, token, now, token.task_spec.node.label).at


def after_period(start: datetime, period: str) -> datetime:
    """``start`` plus an ISO 8601 duration: months and years by the calendar, the rest as it is long."""
    found = _DURATION.fullmatch(period)
    if found is None:
        raise TimingFault(f"« {period} » n’est pas une durée ISO 8601, par exemple P2D ou PT8H")
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[:6])
    seconds = float((found[7] or "0").replace(",", "."))
    whole = start.month - 1 + months + 12 * years
    if weeks * 7 + days > MAX_DAYS or whole > 12 * 100 or hours > MAX_DAYS * 24:
        raise TimingFault(f"« {period} » dépasse un siècle")
    year, month = start.year + whole // 12, whole % 12 + 1
    moved = start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
    return moved + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _read(timer: str, value: Any, now: datetime) -> Moment:
    if isinstance(value, timedelta):
        return Moment(now + value)
    if isinstance(value, datetime):
        return Moment(value if value.tzinfo else value.replace(tzinfo=now.tzinfo))
    if isinstance(value, date):
        return Moment(datetime.combine(value, time(), now.tzinfo))
    text = str(value) if value is not None else ""
    cycle = _CYCLE.fullmatch(text)
    if cycle:
        times = int(cycle[1]) if cycle[1] else -1
        if times == 0:
            raise TimingFault("un cycle de zéro fois n’arrive jamais")
        return Moment(after_period(now, cycle[2]), cycle[2], times)
    if _DURATION.fullmatch(text):
        return Moment(after_period(now, text))
    try:
        return _read(timer, datetime.fromisoformat(text), now)
    except ValueError:
        shown = f"« {text} » n’est" if text else "il n’y a"
        raise TimingFault(f"{shown} ni une date, ni une durée, ni un cycle ISO 8601") from None
