"""Operations and functions of FEEL on plain values: exact decimals, strings, booleans, dates, lists, contexts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

#: Longest string that an operation may build, in characters.
MAX_STRING = 10_000


def number(value: Any) -> Any:
    """Numbers of JSON become exact decimals; everything else is left as it is."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    return Decimal(str(value)) if isinstance(value, float) else value


def equal(left: Any, right: Any) -> bool | None:
    """Equality; ``null`` equals only ``null``; values of different kinds cannot be compared."""
    if left is None or right is None:
        return left is right
    if _kind(left) != _kind(right):
        return None
    return bool(left == right)


def compare(operator: str, left: Any, right: Any) -> bool | None:
    """Order of two values of the same kind, else ``null``."""
    kind = _kind(left)
    if kind != _kind(right) or kind not in {"number", "string", "date", "moment"}:
        return None
    try:
        if operator == "<":
            return bool(left < right)
        if operator == "<=":
            return bool(left <= right)
        return bool(left > right) if operator == ">" else bool(left >= right)
    except TypeError:
        return None


def add(left: Any, right: Any) -> Any:
    """Sum of numbers, or concatenation of strings."""
    if _kind(left) == _kind(right) == "string":
        return left + right if len(left) + len(right) <= MAX_STRING else None
    return _arithmetic(lambda: left + right, left, right)


def subtract(left: Any, right: Any) -> Any:
    """Difference of numbers."""
    return _arithmetic(lambda: left - right, left, right)


def multiply(left: Any, right: Any) -> Any:
    """Product of numbers."""
    return _arithmetic(lambda: left * right, left, right)


def divide(left: Any, right: Any) -> Any:
    """Quotient of numbers; ``null`` when dividing by zero."""
    return _arithmetic(lambda: left / right if right else None, left, right)


def negate(value: Any) -> Any:
    """The opposite of a number."""
    return -value if _kind(value) == "number" else None


def _arithmetic(operation: Callable[[], Any], left: Any, right: Any) -> Any:
    if _kind(left) != "number" or _kind(right) != "number":
        return None
    try:
        return operation()
    except (InvalidOperation, ArithmeticError):
        return None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    for kind, types in (("number", Decimal), ("string", str), ("moment", datetime), ("date", date)):
        if isinstance(value, types):
            return kind
    if isinstance(value, Mapping):
        return "context"
    return "list" if isinstance(value, list) else "other"


def _items(arguments: Sequence[Any]) -> list[Any]:
    return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else list(arguments)


def _not(arguments: Sequence[Any]) -> bool | None:
    return not arguments[0] if len(arguments) == 1 and isinstance(arguments[0], bool) else None


def _count(arguments: Sequence[Any]) -> Decimal:
    return Decimal(len(_items(arguments)))


def _sum(arguments: Sequence[Any]) -> Any:
    items = _items(arguments)
    return sum(items, Decimal(0)) if items and all(_kind(item) == "number" for item in items) else None


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[Sequence[Any]], Any]:
    def function(arguments: Sequence[Any]) -> Any:
        items = _items(arguments)
        kinds = {_kind(item) for item in items}
        return choose(items) if len(kinds) == 1 and kinds <= {"number", "string", "date", "moment"} else None

    return function


def _contains(arguments: Sequence[Any]) -> bool | None:
    if len(arguments) != 2 or _kind(arguments[0]) != "string" or _kind(arguments[1]) != "string":
        return None
    return arguments[1] in arguments[0]


def _date(arguments: Sequence[Any]) -> date | None:
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        return None
    try:
        return date.fromisoformat(arguments[0])
    except ValueError:
        return None


#: What an expression may call.
FUNCTIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "not": _not,
    "count": _count,
    "sum": _sum,
    "min": _extreme(min),
    "max": _extreme(max),
    "contains": _contains,
    "date": _date,
}
