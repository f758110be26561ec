"""The cells of decision tables: unary tests (DMN 1.3 §7.3.3 and §10.3.2.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.feel import nodes, operations
from engine.feel.evaluate import Context
from engine.feel.lex import FeelLimit
from engine.feel.nodes import Node
from engine.feel.parse import SUM, Parser
from engine.feel.scope import Names, Root, Scope
from engine.feel.values import Range, value

#: Takes the input, and a scope where ``?`` is that input.
Test = Callable[[Any, Names], bool | None]


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """A compiled cell."""

    source: str
    names: frozenset[str]  #: names it reads from the context, without ``?``
    reads_clock: bool  #: whether it calls ``now()`` or ``today()``
    everything: bool  #: whether it is ``-``: any input will do
    parts: tuple[Any, ...] | None  #: the values and :class:`Range` it lists, when nothing else decides; see ``negated``
    negated: bool  #: whether it is ``not(…)``: the input must be none of ``parts``
    test: Test

    def __call__(self, given: Any, context: Context, now: datetime | None = None) -> bool:
        """Whether the input, a value of JSON or FEEL, passes. Raises what :class:`Expression` raises."""
        try:
            found = value(given)
            return self.test(found, asking(found, Root(context, now))) is True
        except RecursionError:
            raise FeelLimit("Ces données ont trop de niveaux pour cette case") from None


@lru_cache(maxsize=16384)
def compile_unary_tests(source: str) -> UnaryTests:
    """Compile a cell; empty is the same as ``-``. Raises :class:`FeelError` with the position of the fault."""
    if source.strip() in {"", "-"}:
        return UnaryTests(source, frozenset(), False, True, None, False, lambda _given, _scope: True)
    parser = _CellParser(source)
    tests, negated = parser.cell()
    known = tuple(test.known for test in tests) if all(map(_listed, tests)) else None
    return UnaryTests(
        source, frozenset(parser.names - {"?"}), parser.reads_clock, False, known, negated, _any(tests, negated)
    )


def asking(given: Any, scope: Names) -> Names:
    """The scope in which cells are asked about an input."""
    return Scope(scope, {"?": given})


class _CellParser(Parser):
    def cell(self) -> tuple[list[Node], bool]:
        """Its tests, and whether they are under ``not(…)``."""
        closing = negated = self.now.text == "not" and self.ahead().text == "(" and self._closes_last()
        if negated:
            self.take("not")
            self.take("(")
        if not negated and self.take("!="):  # of DMN 1.4, written by recent modellers
            negated, tests = True, [self.test(1)]
        else:
            tests = self._entries()
            if closing:
                self.expect(")")
        if self.now.kind != "end":
            raise self.unexpected()
        return tests, negated

    def _entries(self) -> list[Node]:
        tests = [self._entry()]
        while self.take(","):
            tests.append(self._entry())
        return tests

    def _entry(self) -> Node:
        start = self._at
        drawn = self._drawn()
        if drawn is not None and (self.now.kind == "end" or self.now.text in {",", ")"}):
            return drawn
        self._at = start
        self.take("=")
        return self.test(1)

    def _drawn(self) -> Node | None:
        """``? = 3``, ``? > 3``, ``? >= 3 and ? < 5``: the value or interval that is meant, to be laid out."""
        bounds: dict[str, tuple[Node, bool]] = {}
        while not bounds or self.take("and"):
            sign = self.take("<", "<=", ">", ">=", "=") if self.take("?") else None
            if sign is None or sign.text[0] in bounds or "=" in bounds:
                return None
            bound = self._climb(1, SUM)
            if not bound.constant:
                return None
            bounds[sign.text[0]] = bound, sign.text.endswith("=")
        if "=" in bounds:
            return bounds["="][0] if len(bounds) == 1 else None
        (low, low_in), (high, high_in) = bounds.get(">", (None, False)), bounds.get("<", (None, False))
        interval = nodes.interval(low, low_in, high, high_in)
        return interval if interval.known is not None else None

    def _closes_last(self) -> bool:
        """Whether the parenthesis after ``not`` is closed at the very end of the cell."""
        level = 0
        for token in self._tokens[1:-1]:
            if token.kind == "sign" and token.text in "()":
                level += 1 if token.text == "(" else -1
                if level == 0:
                    return token is self._tokens[-2]
        return True


def _any(tests: list[Node], negated: bool) -> Test:
    checks = [_check(test) for test in tests]
    if len(checks) == 1 and not negated:
        return checks[0]

    def run(given: Any, scope: Names) -> bool | None:
        found = any(check(given, scope) is True for check in checks)
        return found is not negated

    return run


def _listed(test: Node) -> bool:
    """Whether it is a value or an interval, rather than a question: « 1 < 2 » is one, « true » is not."""
    return test.constant and not (test.test and type(test.known) is bool)


def _check(test: Node) -> Test:
    """Whether the input passes one test: equal to it, inside it, or the answer of what is asked about ``?``."""
    if _listed(test):
        return _known(test.known)
    run, asks = test.run, test.test

    def check(given: Any, scope: Names) -> bool | None:
        found = run(scope)
        if asks and (found is None or type(found) is bool):
            return found
        return matches(found, given)

    return check


def _known(known: Any) -> Test:
    if type(known) is Range:
        return lambda given, _scope: operations.includes(known, given)
    return lambda given, _scope: operations.equal(known, given)


def matches(found: Any, given: Any) -> bool | None:
    """Whether the input is the value, lies in the interval, or is in the list."""
    if found is None:
        return given is None
    return operations.within(given, found)
