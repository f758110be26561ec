"""What the operators do with two values. Wrong types give ``null``, as FEEL says, never an exception."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, DecimalException
from typing import Any

from engine.feel import temporal
from engine.feel.lex import FeelError, FeelLimit
from engine.feel.values import ARITHMETIC, MAX_STRING, Months, Range, kind_of, value

Operation = Callable[[Any, Any], Any]

_COMPARED: dict[str, Operation] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDERED = frozenset({"number", "string", "date", "days and time duration", "years and months duration"})
_CLOCKS = frozenset({"time", "date and time"})


def equal(left: Any, right: Any) -> bool | None:
    """Equality (DMN 1.3 table 42): ``null`` equals only ``null``; values of different types cannot be compared.

    A list of one item counts as the item (§10.3.2.9.4).
    """
    if left is None or right is None:
        return left is right
    left, right = _single(left), _single(right)
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    if kind in _CLOCKS:
        return _same_moment(left, right)
    if kind == "list":
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if kind == "context":
        return left.keys() == right.keys() and all(equal(value(left[k]), value(right[k])) is True for k in left)
    return bool(left == right)


def _single(item: Any) -> Any:
    return item[0] if type(item) is list and len(item) == 1 else item


def _same_moment(left: datetime | time, right: datetime | time) -> bool:
    try:
        return temporal.zoned(left) == temporal.zoned(right) and temporal.line(left) == temporal.line(right)
    except OverflowError:
        return False


def different(left: Any, right: Any) -> bool | None:
    """The contrary of :func:`equal`."""
    same = equal(left, right)
    return None if same is None else not same


def compare(sign: str, left: Any, right: Any) -> bool | None:
    """Order of two values of the same type (``<``, ``<=``, ``>`` or ``>=``), else ``null``."""
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    if kind in _ORDERED:
        return bool(_COMPARED[sign](left, right))
    if kind not in _CLOCKS or temporal.zoned(left) != temporal.zoned(right):
        return None
    try:
        return bool(_COMPARED[sign](temporal.line(left), temporal.line(right)))
    except OverflowError:
        return None


def both(left: bool | None, right: bool | None) -> bool | None:
    """Conjunction of three-valued logic."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def between(item: Any, low: Any, high: Any) -> bool | None:
    """``item >= low and item <= high``."""
    return both(compare(">=", item, low), compare("<=", item, high))


def includes(interval: Range, item: Any) -> bool | None:
    """Whether a point lies in an interval; ``null`` when it cannot be compared with its bounds."""
    low, high = interval.low, interval.high
    if type(item) is Decimal and type(low) is Decimal and type(high) is Decimal:
        above = item >= low if interval.low_included else item > low
        return above and (item <= high if interval.high_included else item < high)
    return both(
        low is None or compare(">=" if interval.low_included else ">", item, low),
        high is None or compare("<=" if interval.high_included else "<", item, high),
    )


def within(item: Any, other: Any) -> bool | None:
    """``item in other``: in a list, an interval, a list of intervals, or equal."""
    if other is None:
        return None
    unknown = False
    for test in other if type(other) is list else [other]:
        found = includes(test, item) if type(test) is Range and type(item) is not Range else equal(item, test)
        if found is True:
            return True
        unknown = unknown or (found is None and type(test) is Range)
    return None if unknown else False


def guarded(operation: Operation) -> Operation:
    """The operation, with ``null`` for what is beyond the numbers and the calendar."""

    def run(left: Any, right: Any) -> Any:
        try:
            return operation(left, right)
        except FeelError:
            raise
        except (DecimalException, OverflowError, ValueError):
            return None

    return run


def _numbers(operation: Operation, others: Operation) -> Operation:
    def run(left: Any, right: Any) -> Any:
        if type(left) is Decimal and type(right) is Decimal:
            return operation(left, right)
        return others(left, right)

    return guarded(run)


def _nothing(_left: Any, _right: Any) -> None:
    return None


def joined(texts: Sequence[str], between: str = "") -> str:
    """Strings one after the other. Raises :class:`FeelLimit` when the result is too long."""
    if sum(map(len, texts)) + len(between) * len(texts) > MAX_STRING:
        raise FeelLimit(f"Cette expression construit un texte de plus de {MAX_STRING} caractères")
    return between.join(texts)


_DURATIONS = (timedelta, Months)
_INSTANTS = (date, datetime, time)


def _add_others(left: Any, right: Any) -> Any:
    if type(left) is str and type(right) is str:
        return joined((left, right))
    if type(left) in _DURATIONS and type(left) is type(right):
        return left + right if type(left) is timedelta else Months(left.count + right.count)
    if type(left) in _INSTANTS and type(right) in _DURATIONS:
        return temporal.add(left, right)
    return temporal.add(right, left) if type(right) in _INSTANTS and type(left) in _DURATIONS else None


def _subtract_others(left: Any, right: Any) -> Any:
    if type(right) in _DURATIONS:
        return _add_others(left, negate(right))
    moments = {kind_of(left), kind_of(right)}
    if moments <= {"date", "date and time"} and "date" in moments and len(moments) == 2:
        # A date alone is its midnight in UTC when it meets a moment that says its zone (§10.3.2.3.5).
        aware = any(type(item) is datetime and item.tzinfo for item in (left, right))
        left, right = (_midnight(item) if aware else item for item in (left, right))
    return temporal.difference(left, right) if moments <= {"date", "date and time", "time"} else None


def _midnight(item: date) -> datetime:
    return item if isinstance(item, datetime) else datetime.combine(item, time(), UTC)


def _multiply_others(left: Any, right: Any) -> Any:
    if type(left) is Decimal:
        left, right = right, left
    if type(right) is not Decimal:
        return None
    if type(left) is timedelta:
        return temporal.of_seconds(ARITHMETIC.multiply(temporal.seconds(left), right))
    return _of_months(ARITHMETIC.multiply(Decimal(left.count), right)) if type(left) is Months else None


def _divide_others(left: Any, right: Any) -> Any:
    if type(left) is timedelta and type(right) in (Decimal, timedelta):
        if type(right) is timedelta:
            return ARITHMETIC.divide(temporal.seconds(left), temporal.seconds(right))
        return temporal.of_seconds(ARITHMETIC.divide(temporal.seconds(left), right))
    if type(left) is Months and type(right) in (Decimal, Months):
        if type(right) is Months:
            return ARITHMETIC.divide(Decimal(left.count), Decimal(right.count))
        return _of_months(ARITHMETIC.divide(Decimal(left.count), right))
    return None


def _of_months(count: Decimal) -> Months | None:
    return Months(int(count)) if abs(count) < 10**9 else None


#: Sum of numbers or durations, a date and a duration, or two strings one after the other.
add: Operation = _numbers(ARITHMETIC.add, _add_others)
#: Difference of numbers, durations, dates, or a date and a duration.
subtract: Operation = _numbers(ARITHMETIC.subtract, _subtract_others)
#: Product of numbers, or of a duration and a number.
multiply: Operation = _numbers(ARITHMETIC.multiply, _multiply_others)
#: Quotient; ``null`` when dividing by zero.
divide: Operation = _numbers(ARITHMETIC.divide, _divide_others)
#: Power of numbers, to 34 digits.
power: Operation = _numbers(ARITHMETIC.power, _nothing)


def negate(item: Any) -> Any:
    """The opposite of a number or of a duration."""
    if type(item) is Months:
        return Months(-item.count)
    if type(item) is Decimal:
        return ARITHMETIC.minus(item)
    try:
        return -item if type(item) is timedelta else None
    except OverflowError:
        return None
