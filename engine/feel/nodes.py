"""The pieces that an expression is compiled to: closures over the scope, put together by the parser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import methodcaller
from typing import Any

from engine.feel import operations, temporal
from engine.feel.functions.registry import SLOW, Run
from engine.feel.lex import FeelError
from engine.feel.scope import Names, Root, Scope, charge, take
from engine.feel.types import Type
from engine.feel.values import Months, Range, value

_VARIES = object()


@dataclass(frozen=True, slots=True)
class Node:
    """A compiled part of an expression."""

    run: Run
    depth: int = 0  #: closures one inside the other
    test: bool = False  #: whether it answers a question: a filter keeps the items for which it is true
    known: Any = _VARIES

    @property
    def constant(self) -> bool:
        """Whether its value is ``known`` without a context."""
        return self.known is not _VARIES


def constant(known: Any) -> Node:
    """A value written in the expression."""
    return Node(lambda _scope: known, known=known)


def compound(run: Run, *parts: Node, test: bool = False, fold: bool = True) -> Node:
    """A node made of others; computed at once when they are constant, unless ``fold`` is false: it would be slow."""
    depth = 1 + max((part.depth for part in parts), default=0)
    if fold and parts and all(part.constant for part in parts):
        try:
            known = run(Root({}))
            return Node(lambda _scope: known, 0, test, known)
        except FeelError:
            pass  # too much work: it will be said when the expression is evaluated
    return Node(run, depth, test)


def name(text: str) -> Node:
    """A name looked up in the scope."""
    return Node(methodcaller("get", text))  # in C: half the cost of a condition is looking names up


# Logic --------------------------------------------------------------------------------------------------------------


def choice(condition: Node, yes: Node, no: Node) -> Node:
    """``if``: anything but true takes ``else``."""
    ask, then, otherwise = condition.run, yes.run, no.run
    return compound(lambda scope: then(scope) if ask(scope) is True else otherwise(scope), condition, yes, no)


def disjunction(parts: Sequence[Node]) -> Node:
    """``or`` of three-valued logic."""
    return _logic(parts, decisive=True)


def conjunction(parts: Sequence[Node]) -> Node:
    """``and`` of three-valued logic."""
    return _logic(parts, decisive=False)


def _logic(parts: Sequence[Node], decisive: bool) -> Node:
    if len(parts) == 1:
        return parts[0]
    runs, otherwise = tuple(part.run for part in parts), not decisive
    if len(runs) == 2:
        return compound(_pair(*runs, decisive, otherwise), *parts, test=True)

    def run(scope: Names) -> bool | None:
        result: bool | None = otherwise
        for part in runs:
            found: object = part(scope)
            if found is decisive:
                return decisive
            if found is not otherwise:
                result = None
        return result

    return compound(run, *parts, test=True)


def _pair(first: Run, second: Run, decisive: bool, otherwise: bool) -> Run:
    def run(scope: Names) -> bool | None:
        left: object = first(scope)
        if left is decisive:
            return decisive
        right: object = second(scope)
        if right is decisive:
            return decisive
        return otherwise if left is otherwise and right is otherwise else None

    return run


# Comparison ---------------------------------------------------------------------------------------------------------


def comparison(sign: str, left: Node, right: Node) -> Node:
    """``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""
    if sign in {"=", "!="}:
        return _equality(sign == "=", left, right)
    compare, first, second = operations.compare, left.run, right.run
    if type(right.known) is Decimal:
        return compound(_numeric(sign, first, right.known), left, right, test=True)
    return compound(lambda scope: compare(sign, first(scope), second(scope)), left, right, test=True)


def _numeric(sign: str, first: Run, bound: Decimal) -> Run:
    """Comparison with a number written in the expression: what most conditions do."""
    decide: Callable[[Any], bool] = {
        "<": bound.__gt__,
        "<=": bound.__ge__,
        ">": bound.__lt__,
        ">=": bound.__le__,
    }[sign]

    def run(scope: Names) -> bool | None:
        found = first(scope)
        return decide(found) if type(found) is Decimal else None

    return run


def _equality(wanted: bool, left: Node, right: Node) -> Node:
    first, second = left.run, right.run
    decide = operations.equal if wanted else operations.different

    def run(scope: Names) -> bool | None:
        a, b = first(scope), second(scope)
        if type(a) is str and type(b) is str:
            return (a == b) is wanted
        if type(a) is list or type(a) is dict:
            charge(a, scope)
        return decide(a, b)

    known = right.known
    if type(known) is not str:
        return compound(run, left, right, test=True)

    def run_known(scope: Names) -> bool | None:
        a = first(scope)
        return (a == known) is wanted if type(a) is str else decide(a, known)

    return compound(run_known, left, right, test=True)


def between(item: Node, low: Node, high: Node) -> Node:
    """``item between low and high``."""
    runs = item.run, low.run, high.run
    return compound(lambda scope: operations.between(*(run(scope) for run in runs)), item, low, high, test=True)


def membership(item: Node, tests: Sequence[Node]) -> Node:
    """``item in`` one or several lists, intervals or values."""
    subject, runs, several = item.run, tuple(test.run for test in tests), len(tests) > 1
    if len(tests) == 1 and type(tests[0].known) is Range:
        interval = tests[0].known
        return compound(lambda scope: operations.includes(interval, subject(scope)), item, *tests, test=True)

    def run(scope: Names) -> bool | None:
        found, unknown = subject(scope), False
        for test in runs:
            other = test(scope)
            if type(other) is list or type(other) is dict:
                charge(other, scope)
            answer = operations.equal(found, other) if other is None and several else operations.within(found, other)
            if answer is True:
                return True
            unknown = unknown or answer is None
        return None if unknown else False

    return compound(run, item, *tests, test=True)


def instance_of(item: Node, wanted: Type) -> Node:
    """``item instance of`` a type."""
    run = item.run
    return compound(lambda scope: wanted.holds(run(scope)), item, test=True)


# Computing ----------------------------------------------------------------------------------------------------------

_OPERATORS: dict[str, operations.Operation] = {
    "+": operations.add,
    "-": operations.subtract,
    "*": operations.multiply,
    "/": operations.divide,
    "**": operations.power,
    "^": operations.power,
}


def arithmetic(sign: str, left: Node, right: Node) -> Node:
    """An operation on two values."""
    operation, first, second = _OPERATORS[sign], left.run, right.run
    if operation is operations.power:
        return compound(_power(first, second), left, right, fold=False)  # too slow for reading a file

    def run(scope: Names) -> Any:
        found = operation(first(scope), second(scope))
        if type(found) is str:
            charge(found, scope)
        return found

    return compound(run, left, right)


def _power(first: Run, second: Run) -> Run:
    def run(scope: Names) -> Any:
        scope.spend(SLOW)
        return operations.power(first(scope), second(scope))

    return run


def negation(item: Node) -> Node:
    """The opposite."""
    run = item.run
    return compound(lambda scope: operations.negate(run(scope)), item)


# Lists, contexts, paths -----------------------------------------------------------------------------------------------


def interval(low: Node | None, low_included: bool, high: Node | None, high_included: bool) -> Node:
    """An interval; a bound that is no orderable value, or of another type than the other, makes it ``null``."""
    parts = [part for part in (low, high) if part is not None]

    def run(scope: Names) -> Range | None:
        bounds = [None if bound is None else bound.run(scope) for bound in (low, high)]
        given = [bound for bound in bounds if bound is not None]
        if len(given) != len(parts) or operations.compare("<=", given[0], given[-1]) is None:
            return None
        return Range(bounds[0], low_included, bounds[1], high_included)

    return compound(run, *parts, test=True)


def list_of(items: Sequence[Node]) -> Node:
    """A list written in the expression."""
    runs = tuple(item.run for item in items)

    def run(scope: Names) -> list[Any]:
        made = [item(scope) for item in runs]
        charge(made, scope)
        return made

    # A constant list would be shared by everybody who asks for it, so it is made anew.
    return compound(run, *items, fold=False)


def context_of(entries: Sequence[tuple[str, Node]]) -> Node:
    """A context written in the expression; an entry sees those before it."""
    runs = tuple((key, entry.run) for key, entry in entries)

    def run(scope: Names) -> dict[str, Any]:
        made: dict[str, Any] = {}
        inside = Scope(scope, made)
        for key, entry in runs:
            made[key] = entry(inside)
        charge(made, scope)
        return made

    return compound(run, *(entry for _, entry in entries), fold=False)


def path(item: Node, entry: str) -> Node:
    """``item.entry``: of a context, of each context of a list, of a date, time, duration or interval."""
    subject = item.run

    def run(scope: Names) -> Any:
        found = subject(scope)
        if type(found) is dict:
            return take(found.get(entry), scope)
        if type(found) is list:
            scope.spend(len(found))
            return [member(part, entry, scope) for part in found]
        return member(found, entry, scope)

    return compound(run, item)


_TEMPORAL = (date, datetime, time, timedelta, Months)


def member(item: Any, entry: str, scope: Names) -> Any:
    """One entry or component of a value; ``null`` when it has none. No attribute of Python is ever read."""
    if type(item) is dict:
        return take(item.get(entry), scope)
    if type(item) in _TEMPORAL:
        return value(temporal.property_of(item, entry))
    if type(item) is Range:
        parts = {
            "start": item.low,
            "end": item.high,
            "start included": item.low_included,
            "end included": item.high_included,
        }
        return parts.get(entry)
    return None
