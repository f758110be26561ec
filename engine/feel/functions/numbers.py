"""Functions on numbers and booleans (DMN 1.3 tables 65 and 69)."""

from __future__ import annotations

from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any

from engine.feel.functions.registry import SLOW, builtin
from engine.feel.operations import equal
from engine.feel.values import ARITHMETIC, Months, integer

#: Scales that DMN 1.3 allows.
_SCALES = range(-6111, 6177)


@builtin("not", "negand: boolean")
def _not(negand: bool) -> bool:
    return not negand


@builtin("is", "value1: any, value2: any")
def _is(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    return equal(left, right) is True and str(getattr(left, "tzinfo", None)) == str(getattr(right, "tzinfo", None))


def _rounding(name: str, mode: str, scale: str) -> None:
    @builtin(name, f"n: number, scale: number{scale}")
    def _round(number: Decimal, places: Decimal | None = None) -> Decimal | None:
        count = 0 if places is None else integer(places)
        if count is None or count not in _SCALES:
            return None
        return number.quantize(Decimal(1).scaleb(-count), rounding=mode, context=ARITHMETIC)


for _name, _mode, _scale in (
    ("decimal", ROUND_HALF_EVEN, ""),
    ("floor", ROUND_FLOOR, "?"),
    ("ceiling", ROUND_CEILING, "?"),
    ("round up", ROUND_UP, ""),
    ("round down", ROUND_DOWN, ""),
    ("round half up", ROUND_HALF_UP, ""),
    ("round half down", ROUND_HALF_DOWN, ""),
):
    _rounding(_name, _mode, _scale)


@builtin("abs", "n: number")
def _abs(number: Decimal) -> Decimal:
    return ARITHMETIC.abs(number)


@builtin("abs", "n: duration")
def _abs_duration(duration: timedelta | Months) -> timedelta | Months:
    return Months(abs(duration.count)) if isinstance(duration, Months) else abs(duration)


@builtin("modulo", "dividend: number, divisor: number")
def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    rest = ARITHMETIC.remainder(dividend, divisor)
    return ARITHMETIC.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@builtin("sqrt", "number: number")
def _sqrt(number: Decimal) -> Decimal:
    return ARITHMETIC.sqrt(number)


@builtin("log", "number: number", cost=SLOW)
def _log(number: Decimal) -> Decimal | None:
    return ARITHMETIC.ln(number) if number > 0 else None


@builtin("exp", "number: number", cost=SLOW)
def _exp(number: Decimal) -> Decimal:
    return ARITHMETIC.exp(number)


@builtin("odd", "number: number")
def _odd(number: Decimal) -> bool:
    return abs(ARITHMETIC.remainder(number, Decimal(2))) == 1


@builtin("even", "number: number")
def _even(number: Decimal) -> bool:
    return ARITHMETIC.remainder(number, Decimal(2)) == 0
