"""The values of FEEL, and how those of JSON and Python become them.

==============================  ==========================================
FEEL                            Python
==============================  ==========================================
number                          ``Decimal``, 34 digits
string, boolean, null           ``str``, ``bool``, ``None``
date, time, date and time       ``date``, ``time``, ``datetime``
days and time duration          ``timedelta``
years and months duration       :class:`Months`
range                           :class:`Range`
list, context                   ``list``, ``dict``
==============================  ==========================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import Any

#: Arithmetic of IEEE 754 decimal128, as DMN 1.3 §10.3.2.3.1 asks; what cannot be computed raises and becomes ``null``.
ARITHMETIC = Context(prec=34, Emin=-6143, Emax=6144, traps=[InvalidOperation, DivisionByZero, Overflow])
#: Longest string that an operation may build, in characters.
MAX_STRING = 10_000
#: Longest list that an operation may build, in items.
MAX_LIST = 10_000
_EXACT_INT = 10**30


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A years and months duration, in months; its text is that of ISO 8601."""

    count: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.count), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-P" if self.count < 0 else "P") + (text or "0M")


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; a bound that is ``None`` is not there."""

    low: Any
    low_included: bool
    high: Any
    high_included: bool


@dataclass(frozen=True, slots=True)
class Function:
    """A function written in an argument, such as the order given to ``sort``."""

    parameters: tuple[str, ...]
    call: Callable[..., Any]


def _from_int(raw: int) -> Decimal | None:
    return Decimal(raw) if -_EXACT_INT < raw < _EXACT_INT else _rounded(Decimal(raw))


def _from_float(raw: float) -> Decimal | None:
    # The shortest text that gives the float back is what was written in the JSON: 0.1 becomes exactly 0.1.
    return Decimal(repr(raw)) if raw - raw == 0 else None


def _rounded(raw: Decimal) -> Decimal | None:
    try:
        return ARITHMETIC.plus(raw) if raw.is_finite() else None
    except DecimalException:
        return None


def _from_list(raw: list[Any]) -> list[Any]:
    return [value(item) for item in raw]


_SAME = frozenset({str, bool, type(None), date, datetime, time, timedelta, Months, Range, Function, dict})
_CONVERT: dict[type, Callable[[Any], Any]] = {
    int: _from_int,
    float: _from_float,
    Decimal: _rounded,
    list: _from_list,
    tuple: _from_list,
}


def value(raw: Any) -> Any:
    """The FEEL value of anything read from data; what FEEL does not know is ``null``, and no object gets through.

    The entries of a ``dict`` are converted when they are read.
    """
    kind = type(raw)
    if kind in _SAME:
        return raw
    convert = _CONVERT.get(kind)
    return _of_subclass(raw) if convert is None else convert(raw)


def _of_subclass(raw: Any) -> Any:
    """Subclasses, such as ``StrEnum``, count as what they extend."""
    if isinstance(raw, str):
        return str.__str__(raw)
    for base in (int, float, Decimal):
        if isinstance(raw, base):
            return _CONVERT[base](base(raw))
    if isinstance(raw, Mapping):
        return dict(raw)
    return _from_list(list(raw)) if isinstance(raw, list | tuple) else None


def weight(item: Any, most: int) -> int:
    """How many values there are inside, counted up to a little more than ``most``; a string is 1 for 64 characters.

    A list may hold the same list twice: what counts is what a walk through it would meet.
    """
    total, waiting = 0, [item]
    while waiting and total <= most:
        current = waiting.pop()
        kind = type(current)
        total += 1
        if kind is str:
            total += len(current) // 64
        elif kind is list or kind is tuple:
            total += len(current) if total + len(current) > most else 0
            waiting.extend(current[: most + 1])
        elif kind is dict:
            waiting.extend(current.values())
    return total


def whole(raw: Any) -> Any:
    """A value with everything inside it converted: what an evaluation gives back."""
    if type(raw) is list:
        return [whole(item) for item in raw]
    if type(raw) is dict:
        return {str(name): whole(value(item)) for name, item in raw.items()}
    return raw


_KINDS: dict[type, str] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
    date: "date",
    datetime: "date and time",
    time: "time",
    timedelta: "days and time duration",
    Months: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}


def kind_of(item: Any) -> str:
    """The FEEL type of a value."""
    return _KINDS[type(item)]


def integer(number: Any) -> int | None:
    """A number as an ``int`` when it is whole and of a size one counts with, else ``None``."""
    if type(number) is not Decimal or number != number.to_integral_value() or abs(number) > 10**9:
        return None
    return int(number)
