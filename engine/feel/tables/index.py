"""Which rules a value passes in one column, found without trying them one by one.

The values and bounds that the cells of a column name cut what an input can be into **pieces**: each value, and the gaps
between. In a piece, every cell answers the same, so the rules that pass are known once: bit *n* of a mask is rule *n*.
The same pieces serve to run tables fast and to prove that they are complete.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.feel.unary import UnaryTests
from engine.feel.values import Range, kind_of

#: Kinds whose values lie on one line.
ORDERED = frozenset({"number", "date", "days and time duration", "years and months duration"})
#: Kinds whose values are only listed.
LISTED = frozenset({"string", "boolean", "null"})


def bits(mask: int) -> Iterator[int]:
    """The numbers of the rules in a mask, in their order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(frozen=True, slots=True)
class Line:
    """The pieces of an ordered kind: ``2i + 1`` is the point *i*, ``2i`` the gap before it."""

    points: tuple[Any, ...]
    masks: tuple[int, ...]

    def mask(self, item: Any) -> int:
        """The rules that a value passes."""
        at = bisect_left(self.points, item)
        return self.masks[2 * at + 1 if at < len(self.points) and self.points[at] == item else 2 * at]


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a listed kind, and all others together."""

    masks: dict[Any, int]
    others: int

    def mask(self, item: Any) -> int:
        """The rules that a value passes."""
        return self.masks.get(item, self.others)


class Index:
    """One column of a table."""

    __slots__ = ("_kinds", "cells", "others", "slow")

    def __init__(self, cells: Sequence[UnaryTests]) -> None:
        self.cells = cells
        #: Rules whose cell must be asked each time.
        self.slow = _mask(number for number, cell in enumerate(cells) if not known(cell))
        #: Rules that pass for anything that no cell names.
        self.others = _mask(number for number, cell in enumerate(cells) if cell.everything or cell.negated) & ~self.slow
        self._kinds: dict[str, Line | Values] = {}
        for kind in {kind for cell in cells if known(cell) for kind in kinds(cell)}:
            self._kinds[kind] = self.line(kind) if kind in ORDERED else self.values(kind)

    def mask(self, item: Any) -> int:
        """The rules that a value passes; those of :attr:`slow` are not among them."""
        found = self._kinds.get(kind_of(item))
        return self.others if found is None else found.mask(item)

    def line(self, kind: str, more: Iterable[Any] = ()) -> Line:
        """The pieces of an ordered kind, cut at ``more`` points too."""
        spans = [(number, part) for number, part in self._parts() if part_kind(part) == kind]
        named = {bound for _, part in spans for bound in _bounds(part)}
        points = tuple(sorted(named.union(more)))
        places = {point: 2 * at + 1 for at, point in enumerate(points)}
        flips = [0] * (2 * len(points) + 2)
        for number, pieces in _united(spans, places, 2 * len(points)).items():
            for first, last in pieces:
                flips[first] ^= 1 << number
                flips[last + 1] ^= 1 << number
        masks, current = [], self.others
        for flip in flips[:-1]:
            current ^= flip
            masks.append(current)
        return Line(points, tuple(masks))

    def values(self, kind: str, more: Iterable[Any] = ()) -> Values:
        """The values of a listed kind, and ``more`` of them."""
        masks: dict[Any, int] = dict.fromkeys(more, self.others)
        for number, part in self._parts():
            if part_kind(part) == kind:
                flip = 1 << number
                before = masks.get(part, self.others)
                masks[part] = before & ~flip if self.cells[number].negated else before | flip
        return Values(masks, self.others)

    def _parts(self) -> Iterator[tuple[int, Any]]:
        for number, cell in enumerate(self.cells):
            if known(cell):
                for part in cell.parts or ():
                    yield number, part


def known(cell: UnaryTests) -> bool:
    """Whether a cell only names values and intervals that can be laid out."""
    return cell.everything or (cell.parts is not None and all(_laid_out(part) for part in cell.parts))


def kinds(cell: UnaryTests) -> set[str]:
    """The kinds of the values that a cell names."""
    return {part_kind(part) for part in cell.parts or ()}


def part_kind(part: Any) -> str:
    """The kind of a value, or of the values of an interval."""
    return kind_of(next(iter(_bounds(part)))) if type(part) is Range else kind_of(part)


def _laid_out(part: Any) -> bool:
    kind = part_kind(part)
    return kind in ORDERED or (kind in LISTED and type(part) is not Range)


def _bounds(part: Any) -> list[Any]:
    return [bound for bound in (part.low, part.high) if bound is not None] if type(part) is Range else [part]


def _united(
    spans: Iterable[tuple[int, Any]], places: dict[Any, int], last_piece: int
) -> dict[int, list[tuple[int, int]]]:
    """By rule, the stretches of pieces that its cell names, without two that overlap."""
    found: dict[int, list[tuple[int, int]]] = {}
    for number, part in spans:
        if type(part) is Range:
            first = 0 if part.low is None else places[part.low] + (not part.low_included)
            last = last_piece if part.high is None else places[part.high] - (not part.high_included)
        else:
            first = last = places[part]
        if first <= last:
            found.setdefault(number, []).append((first, last))
    return {number: _merged(sorted(pieces)) for number, pieces in found.items()}


def _merged(pieces: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in pieces:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _mask(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask
