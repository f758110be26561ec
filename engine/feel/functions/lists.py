"""Functions on lists (DMN 1.3 tables 67, 68 and 76)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel import temporal
from engine.feel.functions.registry import builtin
from engine.feel.operations import compare, equal
from engine.feel.values import ARITHMETIC, Function, integer, kind_of, value


@builtin("list contains", "list: list, element: any")
def _contains(items: list[Any], element: Any) -> bool:
    return any(equal(item, element) is True for item in items)


@builtin("count", "list: list")
def _count(items: list[Any]) -> int:
    return len(items)


def _best(sign: str, items: Sequence[Any]) -> Any:
    if not items:
        return None
    found = items[0]
    for item in items:
        better = compare(sign, item, found)
        if better is None:
            return None
        found = item if better else found
    return found


@builtin("min", "list...: any")
def _min(*items: Any) -> Any:
    return _best("<", items)


@builtin("max", "list...: any")
def _max(*items: Any) -> Any:
    return _best(">", items)


def _total(items: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for item in items:
        total = ARITHMETIC.add(total, item)
    return total


@builtin("sum", "list...: number")
def _sum(*items: Decimal) -> Decimal | None:
    return _total(items) if items else None


@builtin("mean", "list...: number")
def _mean(*items: Decimal) -> Decimal | None:
    return ARITHMETIC.divide(_total(items), Decimal(len(items))) if items else None


@builtin("product", "list...: number")
def _product(*items: Decimal) -> Decimal | None:
    product = Decimal(1)
    for item in items:
        product = ARITHMETIC.multiply(product, item)
    return product if items else None


@builtin("median", "list...: number")
def _median(*items: Decimal) -> Decimal | None:
    if not items:
        return None
    middle, ranked = len(items) // 2, sorted(items)
    if len(items) % 2:
        return ranked[middle]
    return ARITHMETIC.divide(ARITHMETIC.add(ranked[middle - 1], ranked[middle]), Decimal(2))


@builtin("stddev", "list...: number")
def _deviation(*items: Decimal) -> Decimal | None:
    if len(items) < 2:
        return None
    mean = ARITHMETIC.divide(_total(items), Decimal(len(items)))
    squares = [ARITHMETIC.power(ARITHMETIC.subtract(item, mean), Decimal(2)) for item in items]
    return ARITHMETIC.sqrt(ARITHMETIC.divide(_total(squares), Decimal(len(items) - 1)))


@builtin("mode", "list...: number")
def _mode(*items: Decimal) -> list[Decimal]:
    counts = Counter(items)
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


@builtin("all", "list...: any")
def _all(*items: Any) -> bool | None:
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


@builtin("any", "list...: any")
def _any(*items: Any) -> bool | None:
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


@builtin("sublist", "list: list, start position: number, length: number?")
def _sublist(items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any] | None:
    first = integer(start)
    count = len(items) if length is None else integer(length)
    if not first or count is None or count < 0:
        return None
    begin = first - 1 if first > 0 else max(len(items) + first, 0)
    return items[begin : begin + count]


@builtin("append", "list: list, item...: any")
def _append(items: list[Any], *more: Any) -> list[Any]:
    return [*items, *more]


@builtin("concatenate", "list...: list")
def _concatenate(*lists: list[Any]) -> list[Any]:
    return [item for part in lists for item in part]


@builtin("insert before", "list: list, position: number, newItem: any")
def _insert(items: list[Any], position: Decimal, new: Any) -> list[Any] | None:
    place = _place(items, position)
    return None if place is None else [*items[:place], new, *items[place:]]


@builtin("remove", "list: list, position: number")
def _remove(items: list[Any], position: Decimal) -> list[Any] | None:
    place = _place(items, position)
    return None if place is None else [*items[:place], *items[place + 1 :]]


@builtin("list replace", "list: list, position: number, newItem: any")
def _replace(items: list[Any], position: Decimal, new: Any) -> list[Any] | None:
    place = _place(items, position)
    return None if place is None else [*items[:place], new, *items[place + 1 :]]


@builtin("list replace", "list: list, match: function, newItem: any")
def _replace_matching(items: list[Any], match: Function, new: Any) -> list[Any] | None:
    if len(match.parameters) != 2:
        return None
    return [new if match.call(item, new) is True else item for item in items]


def _place(items: list[Any], position: Decimal) -> int | None:
    """The index of a position counted from 1, or from -1 at the end; ``None`` outside the list."""
    at = integer(position)
    if not at or abs(at) > len(items):
        return None
    return at - 1 if at > 0 else len(items) + at


@builtin("reverse", "list: list")
def _reverse(items: list[Any]) -> list[Any]:
    return items[::-1]


@builtin("index of", "list: list, match: any")
def _index_of(items: list[Any], match: Any) -> list[int]:
    return [at for at, item in enumerate(items, 1) if equal(item, match) is True]


@builtin("union", "list...: list")
def _union(*lists: list[Any]) -> list[Any]:
    return _distinct_items([item for part in lists for item in part])


@builtin("distinct values", "list: list")
def _distinct(items: list[Any]) -> list[Any]:
    return _distinct_items(items)


def _distinct_items(items: list[Any]) -> list[Any]:
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(_identity(item), item)
    return list(found.values())


def _identity(item: Any) -> Any:
    """Something hashable that two values share exactly when FEEL finds them equal."""
    if type(item) is list:
        return _identity(item[0]) if len(item) == 1 else ("list", *map(_identity, item))
    if type(item) is dict:
        return ("context", frozenset((name, _identity(value(part))) for name, part in item.items()))
    if type(item) in (datetime, time):
        return (kind_of(item), temporal.zoned(item), temporal.line(item))
    return (kind_of(item), item)


@builtin("flatten", "list: list")
def _flatten(items: list[Any]) -> list[Any]:
    return _flat(items)


def _flat(items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in items:
        flat.extend(_flat(item) if type(item) is list else [item])
    return flat


@builtin("sort", "list: list, precedes: function")
def _sort(items: list[Any], precedes: Function) -> list[Any] | None:
    if len(precedes.parameters) != 2:
        return None

    def order(left: Any, right: Any) -> int:
        return -1 if precedes.call(left, right) is True else 1 if precedes.call(right, left) is True else 0

    return sorted(items, key=cmp_to_key(order))
