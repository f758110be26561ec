"""How points and intervals lie to each other (DMN 1.3 table 78); a point is the interval that holds only it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.feel.functions.registry import builtin
from engine.feel.operations import compare
from engine.feel.values import Range


class _Unknown(ValueError):
    """Bounds that cannot be compared: the answer is ``null``."""


class _Edge(NamedTuple):
    """A bound: before the value (-1), on it (0) or after it (1); no value is a side without end."""

    value: Any
    beside: int


def _edges(item: Any) -> tuple[_Edge, _Edge]:
    if type(item) is not Range:
        return _Edge(item, 0), _Edge(item, 0)
    low = _Edge(item.low, -1 if item.low is None else 0 if item.low_included else 1)
    return low, _Edge(item.high, 1 if item.high is None else 0 if item.high_included else -1)


def _order(left: _Edge, right: _Edge) -> int:
    """-1, 0 or 1. Raises :class:`_Unknown`."""
    if left.value is None or right.value is None:
        sides = [edge.beside if edge.value is None else 0 for edge in (left, right)]
        return (sides[0] > sides[1]) - (sides[0] < sides[1])
    less, more = compare("<", left.value, right.value), compare(">", left.value, right.value)
    if less is None or more is None:
        raise _Unknown
    if less or more:
        return -1 if less else 1
    return (left.beside > right.beside) - (left.beside < right.beside)


def _relation(name: str, first: str, second: str, holds: Callable[[_Edge, _Edge, _Edge, _Edge], bool]) -> None:
    @builtin(name, f"{first}: point, {second}: point")
    def _holds(left: Any, right: Any) -> bool:
        return holds(*_edges(left), *_edges(right))


def _swapped(holds: Callable[[_Edge, _Edge, _Edge, _Edge], bool]) -> Callable[[_Edge, _Edge, _Edge, _Edge], bool]:
    return lambda low1, high1, low2, high2: holds(low2, high2, low1, high1)


def _before(_low1: _Edge, high1: _Edge, low2: _Edge, _high2: _Edge) -> bool:
    return _order(high1, low2) < 0


def _meets(_low1: _Edge, high1: _Edge, low2: _Edge, _high2: _Edge) -> bool:
    return high1.value is not None and _order(high1, low2) == 0


def _overlaps(low1: _Edge, high1: _Edge, low2: _Edge, high2: _Edge) -> bool:
    return _order(high1, low2) >= 0 and _order(low1, high2) <= 0


def _overlaps_before(low1: _Edge, high1: _Edge, low2: _Edge, high2: _Edge) -> bool:
    return _order(low1, low2) < 0 and _order(high1, low2) >= 0 and _order(high1, high2) <= 0


def _finishes(low1: _Edge, high1: _Edge, low2: _Edge, high2: _Edge) -> bool:
    return _order(high1, high2) == 0 and _order(low1, low2) >= 0


def _starts(low1: _Edge, high1: _Edge, low2: _Edge, high2: _Edge) -> bool:
    return _order(low1, low2) == 0 and _order(high1, high2) <= 0


def _includes(low1: _Edge, high1: _Edge, low2: _Edge, high2: _Edge) -> bool:
    return _order(low1, low2) <= 0 and _order(high1, high2) >= 0


def _coincides(low1: _Edge, high1: _Edge, low2: _Edge, high2: _Edge) -> bool:
    return _order(low1, low2) == 0 and _order(high1, high2) == 0


_relation("before", "a", "b", _before)
_relation("after", "a", "b", _swapped(_before))
_relation("meets", "range1", "range2", _meets)
_relation("met by", "range1", "range2", _swapped(_meets))
_relation("overlaps", "range1", "range2", _overlaps)
_relation("overlaps before", "range1", "range2", _overlaps_before)
_relation("overlaps after", "range1", "range2", _swapped(_overlaps_before))
_relation("finishes", "value", "range", _finishes)
_relation("finished by", "range", "value", _swapped(_finishes))
_relation("includes", "range", "value", _includes)
_relation("during", "value", "range", _swapped(_includes))
_relation("starts", "value", "range", _starts)
_relation("started by", "range", "value", _swapped(_starts))
_relation("coincides", "a", "b", _coincides)
