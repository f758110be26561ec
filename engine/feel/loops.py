"""Filters, loops and functions: the pieces of an expression that are evaluated many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.feel import operations
from engine.feel.functions.registry import Run
from engine.feel.lex import FeelError, FeelLimit
from engine.feel.nodes import Node, compound
from engine.feel.scope import ItemScope, Names, Scope, charge
from engine.feel.values import MAX_LIST, Function, Range, integer


def selection(item: Node, question: Node, cost: int) -> Node:
    """``list[…]``: the item at a position, or the items for which the question is true (DMN 1.3 §10.3.2.5).

    ``cost`` is the work of asking it once.
    """
    subject, ask = item.run, question.run

    def run(scope: Names) -> Any:
        found = subject(scope)
        if found is None:
            return None
        items = found if type(found) is list else [found]
        if not question.test:
            place = ask(scope)
            if type(place) is Decimal:
                return _at(items, place)
        scope.spend(cost * len(items))
        return [part for part in items if _kept(ask, part, scope)]

    return compound(run, item, question, fold=False)


def _kept(ask: Run, item: Any, scope: Names) -> bool:
    answer = ask(ItemScope(scope, item))
    return answer is True or (type(answer) is Range and operations.includes(answer, item) is True)


def _at(items: list[Any], place: Decimal) -> Any:
    at = integer(place)
    if not at or abs(at) > len(items):
        return None
    return items[at - 1 if at > 0 else at]


Iteration = tuple[str, Callable[[Names], list[Any] | None], int]


def over(source: Node) -> Callable[[Names], list[Any] | None]:
    """The items that a loop goes through; ``None`` for what is no list."""
    run = source.run

    def items(scope: Names) -> list[Any] | None:
        found = run(scope)
        if type(found) is Range:
            return _steps(found.low, found.high, found.low_included, found.high_included)
        return found if type(found) is list else None

    return items


def counted(first: Node, last: Node) -> Callable[[Names], list[Any] | None]:
    """The whole numbers from one to another, up or down."""
    low, high = first.run, last.run
    return lambda scope: _steps(low(scope), high(scope))


def _steps(first: Any, last: Any, first_included: bool = True, last_included: bool = True) -> list[Any] | None:
    start, end = integer(first), integer(last)
    if start is None or end is None:
        return None
    step = 1 if end >= start else -1
    numbers = range(start if first_included else start + step, end + step if last_included else end, step)
    if len(numbers) > MAX_LIST:
        raise FeelLimit(f"Cette boucle fait plus de {MAX_LIST} tours")
    return [Decimal(number) for number in numbers]


def loop(iterations: Sequence[Iteration], body: Node, cost: int, partial: bool) -> Node:
    """``for … return``: the list of the values; with ``partial``, the body sees the values so far under that name.

    ``cost`` is the work of one turn.
    """
    result = body.run

    def run(scope: Names) -> list[Any] | None:
        made: list[Any] = []

        def turn(inside: Names) -> bool:
            scope.spend(cost)
            if partial:
                charge(made, scope)
                inside = Scope(inside, {"partial": made.copy()})
            made.append(result(inside))
            charge(made[-1], scope)
            if len(made) > MAX_LIST:
                raise FeelLimit(f"Cette boucle construit une liste de plus de {MAX_LIST} éléments")
            return False

        return None if _walk(iterations, scope, turn) is None else made

    return _looping(run, iterations, body)


def quantified(every: bool, iterations: Sequence[Iteration], condition: Node, cost: int) -> Node:
    """``some`` and ``every … satisfies``, as the disjunction or conjunction of three-valued logic.

    ``cost`` is the work of one turn.
    """
    ask, decisive = condition.run, not every

    def run(scope: Names) -> bool | None:
        unknown = False

        def turn(inside: Names) -> bool:
            nonlocal unknown
            scope.spend(cost)
            answer = ask(inside)
            unknown = unknown or type(answer) is not bool
            return answer is decisive

        stopped = _walk(iterations, scope, turn)
        if stopped is None:
            return None
        return decisive if stopped else None if unknown else every

    return _looping(run, iterations, condition, test=True)


def _looping(run: Run, iterations: Sequence[Iteration], body: Node, test: bool = False) -> Node:
    depth = 1 + max(body.depth + len(iterations), *(depth for _, _, depth in iterations))
    return Node(run, depth, test)


def _walk(iterations: Sequence[Iteration], scope: Names, turn: Callable[[Names], bool]) -> bool | None:
    """Every combination, until a turn says stop: true then, false at the end, ``None`` without a list to walk."""
    (variable, source, _), rest = iterations[0], iterations[1:]
    items = source(scope)
    if items is None:
        return None
    for item in items:
        scope.spend(1)
        inside = Scope(scope, {variable: item})
        stopped = _walk(rest, inside, turn) if rest else turn(inside)
        if stopped is not False:
            return stopped
    return False


def function(parameters: Sequence[str], body: Node, cost: int) -> Node:
    """A function written where one is an argument; it cannot have a name, so it cannot call itself.

    ``cost`` is the work of one call.
    """
    run = body.run

    def make(scope: Names) -> Function:
        def call(*arguments: Any) -> Any:
            scope.spend(cost)
            return run(Scope(scope, dict(zip(parameters, arguments, strict=True))))

        return Function(tuple(parameters), call)

    return Node(make, 1 + body.depth)


def clock(day: bool) -> Node:
    """``now()`` or ``today()``: the moment given with the context. Raises :class:`FeelError` when none was."""

    def run(scope: Names) -> datetime | date:
        now = scope.root.now
        if now is None:
            raise FeelError("Cette expression demande la date du jour, qui n’est pas donnée ici", 0)
        return now.date() if day else now

    return Node(run)
