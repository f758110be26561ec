"""Proving that a table always answers, and never twice.

Each input is cut into pieces in which every cell answers the same (see :mod:`engine.feel.tables.index`). The rules
that match in a box of pieces, one for each input, are then known, and looking at every box is a proof. It holds for
inputs that are names, independent of one another, whose cells hold numbers, dates, durations, listed strings or
booleans; anything else is reported as not proved, unless the other columns settle the matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from engine.feel import operations
from engine.feel.evaluate import compile_expression
from engine.feel.lex import FeelError, tokens
from engine.feel.tables.compiling import Input, ReadyDecision, ReadyTable
from engine.feel.tables.index import ORDERED, Index, Line, Values, bits, kinds, known, part_kind
from engine.feel.tables.model import SINGLE, Column
from engine.feel.tables.wording import Piece
from engine.feel.texts import literal
from engine.feel.unary import UnaryTests, compile_unary_tests
from engine.feel.values import Range

#: Boxes and pieces looked at before giving up, for all the tables of a file: a fraction of a second.
MAX_LOOKS = 250_000
#: A stretch of pieces of one input, and what it allows.
Box = tuple[tuple[int, int, int], ...]


class TooMany(Exception):
    """More boxes than can be looked at in the time of a check."""


class Patience:
    """How much may still be looked at, shared by the tables of a file."""

    def __init__(self) -> None:
        self._left = MAX_LOOKS

    def look(self, count: int) -> None:
        """Count what is looked at. Raises :class:`TooMany`."""
        self._left -= count
        if self._left < 0:
            raise TooMany


@dataclass(frozen=True, slots=True)
class Axis:
    """One input, cut into pieces."""

    title: str
    pieces: tuple[Piece, ...]
    masks: tuple[int, ...]


@dataclass(slots=True)
class Survey:
    """What is known of a table."""

    axes: list[Axis]
    blind: list[tuple[str, str]]  #: inputs that could not be cut: their title, and why
    unsettled: int  #: rules that may or may not match because of these inputs
    every: int  #: all rules
    patience: Patience

    def gaps(self, only: int | None = None, within: Sequence[int] | None = None) -> tuple[Box, ...]:
        """The boxes where none of the rules (all, or ``only`` those) matches; raises :class:`TooMany`.

        ``within`` limits each axis to some of its pieces, as masks of pieces.
        """
        return self._gaps(0, self.every if only is None else only, within, {})

    def _gaps(
        self, depth: int, mask: int, within: Sequence[int] | None, seen: dict[tuple[int, int], tuple[Box, ...]]
    ) -> tuple[Box, ...]:
        if not mask:
            return ((),)
        if depth == len(self.axes):
            return ()
        if (depth, mask) in seen:
            return seen[depth, mask]
        runs: list[tuple[int, int, tuple[Box, ...]]] = []
        for place, piece in enumerate(self.axes[depth].masks):
            if within is not None and not within[depth] >> place & 1:
                continue
            found = self._gaps(depth + 1, mask & piece, within, seen)
            self.patience.look(1 + len(found))
            if runs and runs[-1][1] == place - 1 and runs[-1][2] == found:
                runs[-1] = (runs[-1][0], place, found)
            else:
                runs.append((place, place, found))
        if len(runs) == 1 and runs[0][:2] == (0, len(self.axes[depth].masks) - 1):
            boxes = runs[0][2]  # whatever the input is
        else:
            boxes = tuple(((depth, first, last), *box) for first, last, found in runs for box in found)
        seen[depth, mask] = boxes
        return boxes

    def together(self) -> Iterator[tuple[int, int]]:
        """Each rule, and the mask of those after it that match a box with it, as far as the axes tell."""
        meets = [self._meets(axis) for axis in self.axes]
        for rule in bits(self.every):
            others = self.every >> (rule + 1) << (rule + 1)
            for met in meets:
                others &= met[rule]
            if others:
                yield rule, others

    def _meets(self, axis: Axis) -> list[int]:
        """For each rule, those that share a piece of this axis with it."""
        met = [0] * self.every.bit_length()
        for mask in set(axis.masks):
            for rule in bits(mask):
                self.patience.look(1)
                met[rule] |= mask
        return met

    def spread(self, rule: int) -> list[int]:
        """The pieces of each axis where a rule matches, as masks of pieces."""
        self.patience.look(sum(len(axis.masks) for axis in self.axes))
        return [sum(1 << at for at, mask in enumerate(axis.masks) if mask >> rule & 1) for axis in self.axes]

    def dead(self) -> list[int]:
        """The rules that match in no piece of some axis."""
        alive = self.every
        for axis in self.axes:
            alive &= reduce(or_, axis.masks, 0)
        return list(bits(self.every & ~alive))


def survey(ready: ReadyTable, answers: Mapping[str, ReadyDecision], patience: Patience) -> Survey:
    """Cut the inputs of a table; ``answers`` are the decisions it needs, by the names it reads them under."""
    paths = [_path(part.column.expression) for part in ready.inputs]
    axes, blind, unsettled = [], [], 0
    for at, part in enumerate(ready.inputs):
        if all(cell.everything for cell in part.index.cells):
            continue
        others = [path for place, path in enumerate(paths) if place != at]
        found = _axis(part, paths[at], others, answers)
        if isinstance(found, Axis):
            axes.append(found)
        else:
            blind.append((part.column.title, found))
            unsettled |= sum(1 << rule for rule, cell in enumerate(part.index.cells) if not cell.everything)
    return Survey(axes, blind, unsettled, (1 << len(ready.table.rules)) - 1, patience)


def _path(text: str) -> tuple[str, ...] | None:
    """The names of an expression that is only names and dots."""
    try:
        found = tokens(text.strip().removeprefix("="))[:-1]
    except FeelError:
        return None
    if not found or any(token.kind not in {"name", "quoted"} and token.text != "." for token in found):
        return None
    return tuple(" ".join(word.split()) for word in " ".join(token.name for token in found).split("."))


def _axis(
    part: Input,
    path: tuple[str, ...] | None,
    others: Sequence[tuple[str, ...] | None],
    answers: Mapping[str, ReadyDecision],
) -> Axis | str:
    """The pieces of an input, or why there are none."""
    if path is None:
        return "elle est calculée"
    if any(other is None or other[: len(path)] == path or path[: len(other)] == other for other in others):
        return "elle dépend d’une autre entrée"
    if not all(known(cell) for cell in part.index.cells):
        return "une case y pose une question que nous ne savons pas dessiner"
    listed = _answers(answers[path[0]]) if len(path) == 1 and path[0] in answers else ()
    if listed is None:
        return "elle vient d’une décision dont les réponses ne sont pas toutes écrites"
    kind = _kind(part, listed)
    if kind is None:
        return "ses cases mêlent plusieurs types de valeurs"
    return _cut(part, kind, listed)


def _answers(decision: ReadyDecision) -> tuple[Any, ...] | None:
    """Everything that a decision may answer; ``None`` when it is not written out."""
    logic = decision.logic
    if not isinstance(logic, ReadyTable) or len(logic.outputs) != 1 or logic.table.policy not in SINGLE:
        return None
    output = logic.outputs[0]
    cells = (*output.cells, *((output.default,) if output.default else ()))
    if not cells or not all(cell.constant for cell in cells):
        return None
    return tuple(dict.fromkeys(item for item in (cell({}) for cell in cells) if type(item) in (str, bool, Decimal)))


def _kind(part: Input, listed: Sequence[Any]) -> str | None:
    """The kind of the values of an input: as declared, as answered by a decision, or as its cells name."""
    if part.column.type:
        kind = "number" if part.column.type == "integer" else part.column.type
    else:
        named = {part_kind(item) for item in listed}
        named |= {one for cell in (*part.index.cells, part.allowed) for one in kinds(cell)} - {"null"}
        if len(named) != 1:
            return None
        kind = named.pop()
    return kind if kind in ORDERED or kind in {"string", "boolean"} else None


def _cut(part: Input, kind: str, listed: Sequence[Any]) -> Axis | str:
    title, allowed = part.column.title, part.allowed
    if not allowed.everything and not known(allowed):
        return "ses valeurs permises sont une question que nous ne savons pas dessiner"
    named = [item for item in allowed.parts or () if part_kind(item) == kind]
    if kind in ORDERED:
        bounds = [bound for item in named for bound in _ends(item)]
        line = part.index.line(kind, [*bounds, *listed])
        cut = _pieces(line, part.column.type or kind)
    else:
        wholes = (True, False) if kind == "boolean" else ()
        values = part.index.values(kind, [*wholes, *named, *listed])
        cut = _listed(values, kind)
    found = [(piece, mask) for piece, mask in cut if _may_be(piece, part, listed)]
    return Axis(title, tuple(piece for piece, _ in found), tuple(mask for _, mask in found))


def cut_one(title: str, cells: Sequence[UnaryTests], allowed: str = "-") -> Axis | str:
    """The pieces of a value about which questions are asked outside of a table, or why there are none.

    Bit *n* of a mask is the answer to question *n*. ``allowed``: unary tests that the value always passes.
    """
    column = Column(title, title, title)
    part = Input(column, compile_expression("null"), compile_unary_tests(allowed), Index(cells))
    return _axis(part, (title,), (), {})


def _ends(item: Any) -> list[Any]:
    return [end for end in (item.low, item.high) if end is not None] if type(item) is Range else [item]


def _pieces(line: Line, kind: str) -> Iterator[tuple[Piece, int]]:
    """The points and the gaps between that hold something."""
    points = line.points
    for at, mask in enumerate(line.masks):
        low = points[at // 2 - 1] if at >= 2 and not at % 2 else None
        high = points[at // 2] if at // 2 < len(points) else None
        if at % 2:
            yield Piece(high, True, high, True), mask
        elif low is None or high is None or not _empty(low, high, kind):
            yield Piece(low, False, high, False), mask


def _empty(low: Any, high: Any, kind: str) -> bool:
    """Whether nothing lies strictly between two values: whole numbers and days have neighbours."""
    if kind == "integer":
        return bool(low // 1 + 1 >= high)
    if kind == "date" and isinstance(low, date):
        return bool(low + timedelta(days=1) >= high)
    return kind == "years and months duration" and bool(low.count + 1 >= high.count)


def _listed(values: Values, kind: str) -> Iterator[tuple[Piece, int]]:
    for item, mask in values.masks.items():
        yield Piece(item, True, item, True), mask
    if kind != "boolean":
        yield Piece(None, False, None, False, other=True), values.others


def _may_be(piece: Piece, part: Input, listed: Sequence[Any]) -> bool:
    """Whether the input can be in this piece, by its allowed values and by what the decision behind it answers."""
    if listed and (piece.low is None or not piece.point or piece.low not in listed):
        return False
    allowed = part.allowed
    if allowed.everything:
        return True
    if piece.other:
        return allowed.negated
    inside = any(_covers(item, piece) for item in allowed.parts or ())
    return inside is not allowed.negated


def _covers(item: Any, piece: Piece) -> bool:
    """Whether a value or interval holds a piece, which it holds whole or not at all."""
    if type(item) is not Range:
        return piece.point and operations.equal(item, piece.low) is True
    if piece.point:
        return operations.includes(item, piece.low) is True
    low = item.low is None or (piece.low is not None and operations.compare("<=", item.low, piece.low) is True)
    return low and (
        item.high is None or (piece.high is not None and operations.compare(">=", item.high, piece.high) is True)
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """Which rules answer the same."""

    alike: tuple[int, ...]  #: for each rule, the mask of those with the same answer
    computed: int  #: rules whose answer depends on the data


def answers_of(ready: ReadyTable) -> Answers:
    """Compare the answers of all rules."""
    groups: dict[Any, int] = {}
    keys: list[Any] = []
    computed = 0
    for number in range(len(ready.table.rules)):
        cells = [output.cells[number] for output in ready.outputs]
        if all(cell.constant for cell in cells):
            key: Any = tuple(literal(cell({})) for cell in cells)
        else:
            computed |= 1 << number
            key = tuple(" ".join(cell.source.split()) for cell in cells), "computed"
        keys.append(key)
        groups[key] = groups.get(key, 0) | 1 << number
    return Answers(tuple(groups[key] for key in keys), computed)
