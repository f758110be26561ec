"""From tokens to a function of the context.

An expression becomes nested closures over a whitelist of operations: names are looked up in the context given and
nowhere else. Wrong types give ``null``, as FEEL says, never an exception.

Operators are read by precedence climbing, loosest first: ``or``, ``and``, comparisons, ``+ -``, ``* /``, ``**``, then
unary minus, which binds tightest (DMN 1.3 §10.3.1.2).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import loops, nodes, temporal
from engine.feel.functions import FUNCTIONS
from engine.feel.lex import FeelError
from engine.feel.nodes import Node
from engine.feel.reader import KEYWORDS, MAX_DEPTH, Reader

#: Longest chain of operations that wait for one another.
MAX_CHAIN = 100

_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
_COMPARISONS = ("=", "!=", "<=", ">=", "<", ">")
_LEVELS = {
    "or": 1, "and": 2, **dict.fromkeys((*_COMPARISONS, "between", "in", "instance"), 3),
    "+": 4, "-": 4, "*": 5, "/": 5, "**": 6, "^": 6,
}  # fmt: skip
#: The level at which the bounds of comparisons are read.
SUM = 4
#: The words of the names of functions and types, longest first, by their first word.
_PHRASES: dict[str, list[tuple[str, ...]]] = {}
for _phrase in sorted((tuple(text.split()) for text in (*FUNCTIONS, "now", "today")), key=len, reverse=True):
    _PHRASES.setdefault(_phrase[0], []).append(_phrase)


class Parser(Reader):
    """Reads one expression, or one cell of a table."""

    def __init__(self, source: str, start: int = 0) -> None:
        super().__init__(source, start)
        self._local: list[str] = []
        self._ends_interval = False
        self.names: set[str] = set()
        self.reads_clock = False

    # Operators

    def whole(self) -> Node:
        """The expression, which must be all there is."""
        if self.now.kind == "end":
            raise FeelError("L’expression est vide", self.now.position)
        node = self.expression(0)
        if self.now.kind != "end":
            raise self.unexpected()
        return node

    def expression(self, depth: int) -> Node:
        """Any expression."""
        if depth > MAX_DEPTH:
            raise FeelError("Cette expression a trop de niveaux", self.now.position)
        outside, self._ends_interval = self._ends_interval, False
        node = self._climb(depth, 1)
        self._ends_interval = outside
        return node

    def _climb(self, depth: int, floor: int) -> Node:
        left = self._unary(depth)
        while self._level() >= floor:
            at = self.now.position
            left = self._operation(left, depth)
            if left.depth > MAX_CHAIN:
                raise FeelError("Cette expression enchaîne trop d’opérations", at)
        return left

    def _level(self) -> int:
        token = self.now
        if token.kind not in {"sign", "name"} or (token.text == "instance" and not self._instance_of()):
            return 0
        return _LEVELS.get(token.text, 0)

    def _operation(self, left: Node, depth: int) -> Node:
        sign = self.now.text
        self._at += 1
        level = _LEVELS[sign]
        if sign in {"or", "and"}:
            parts = [left, self._climb(depth, level + 1)]
            while self.take(sign):
                parts.append(self._climb(depth, level + 1))
            return nodes.disjunction(parts) if sign == "or" else nodes.conjunction(parts)
        if sign == "between":
            low = self._climb(depth, SUM)
            self.expect("and")
            return nodes.between(left, low, self._climb(depth, SUM))
        if sign == "in":
            return nodes.membership(left, self._tests_after_in(depth))
        if sign == "instance":
            self.expect("of")
            return nodes.instance_of(left, self.type(depth))
        right = self._climb(depth, level + 1)
        return nodes.comparison(sign, left, right) if sign in _COMPARISONS else nodes.arithmetic(sign, left, right)

    def _tests_after_in(self, depth: int) -> list[Node]:
        start = self._at
        if not self.take("("):
            return [self.test(depth)]
        tests = [self.test(depth + 1)]
        while self.take(","):
            tests.append(self.test(depth + 1))
        if self.take(")"):
            return tests
        self._at = start  # an interval open on the left: « (1..3] »
        return [self.test(depth)]

    def test(self, depth: int) -> Node:
        """A positive unary test: ``< 10``, an interval, or an expression."""
        if token := self.take("<", "<=", ">", ">="):
            bound = self._climb(depth, SUM)
            included = token.text.endswith("=")
            if token.text.startswith("<"):
                return nodes.interval(None, False, bound, included)
            return nodes.interval(bound, included, None, False)
        return self.expression(depth + 1) if depth else self._climb(depth, SUM)

    def _unary(self, depth: int) -> Node:
        minus = []
        while token := self.take("-"):
            minus.append(token)
        if depth + len(minus) > MAX_DEPTH:
            raise FeelError("Cette expression a trop de niveaux", self.now.position)
        node = self._postfix(depth)
        for _ in minus:
            node = nodes.negation(node)
        return node

    def _postfix(self, depth: int) -> Node:
        node = self._primary(depth)
        while True:
            if self.take("."):
                node = nodes.path(node, self._member())
            elif not self._ends_interval and self.take("["):
                self._local.append("item")
                before = self._at
                question = self.test(depth + 1)
                self._local.pop()
                node = loops.selection(node, question, self._at - before)
                self.expect("]")
            else:
                return node
            if node.depth > MAX_CHAIN:
                raise FeelError("Cette expression enchaîne trop d’opérations", self.now.position)

    # Values

    def _primary(self, depth: int) -> Node:
        token = self.now
        if token.kind == "number":
            self._at += 1
            return nodes.constant(Decimal(token.text))
        if token.kind == "string":
            self._at += 1
            return nodes.constant(token.string)
        if token.kind in {"name", "quoted"}:
            return self._word(depth)
        reader = _SIGNS.get(token.text) if token.kind == "sign" else None
        if reader is None:
            raise self.unexpected()
        self._at += 1
        return reader(self, depth)

    def _group(self, depth: int) -> Node:
        if self.now.kind == "sign" and self.now.text in {"<", "<=", ">", ">="}:
            inner = self.test(depth + 1)
            self.expect(")")
            return inner
        inner = self.expression(depth + 1)
        if self.take(".."):
            return self._interval(inner, False, depth)
        self.expect(")")
        return inner

    def _list(self, depth: int) -> Node:
        items: list[Node] = []
        while not self.take("]"):
            if items:
                self.expect(",")
            items.append(self.expression(depth + 1))
            if len(items) == 1 and self.take(".."):
                return self._interval(items[0], True, depth)
        return nodes.list_of(items)

    def _open_interval(self, depth: int) -> Node:
        low = self.expression(depth + 1)
        self.expect("..")
        return self._interval(low, False, depth)

    def _interval(self, low: Node, included: bool, depth: int) -> Node:
        # « [1..3[ »: the bracket closes the interval, it opens no filter.
        outside, self._ends_interval = self._ends_interval, True
        high = self._climb(depth + 1, SUM)
        self._ends_interval = outside
        closing = self.take("]", ")", "[")
        if closing is None:
            raise FeelError("L’intervalle n’est pas refermé", self.now.position)
        return nodes.interval(low, included, high, closing.text == "]")

    def _context(self, depth: int) -> Node:
        entries: list[tuple[str, Node]] = []
        outside = len(self._local)
        while not self.take("}"):
            if entries:
                self.expect(",")
            key = self._key()
            self.expect(":")
            entries.append((key, self.expression(depth + 1)))
            self._local.append(key)
        del self._local[outside:]
        return nodes.context_of(entries)

    def _at_literal(self, _depth: int) -> Node:
        token = self.now
        found = temporal.parse_any(token.string) if token.kind == "string" else None
        if found is None:
            raise FeelError(
                "Une date, une heure ou une durée entre guillemets est attendue après « @ »", token.position
            )
        self._at += 1
        return nodes.constant(found)

    def _input(self, _depth: int) -> Node:
        self.names.add("?")
        return nodes.name("?")

    # Words

    def _word(self, depth: int) -> Node:
        token = self.now
        if token.kind == "name":
            if token.text in _CONSTANTS:
                self._at += 1
                return nodes.constant(_CONSTANTS[token.text])
            if reader := _STATEMENTS.get(token.text):
                self._at += 1
                return reader(self, depth)
            if function := self._phrase(_PHRASES.get(token.text, ()), "("):
                return self._call(function, token.position, depth)
            if token.text in KEYWORDS:
                raise self.unexpected()
        text = self._member()
        if self.now.text == "(" and self.now.kind == "sign":
            why = f" : {_REFUSED}" if text in {"matches", "replace", "split"} else ""
            raise FeelError(f"La fonction « {text} » n’existe pas{why}", token.position)
        if text not in self._local:
            self.names.add(text)
        return nodes.name(text)

    def _call(self, function: str, position: int, depth: int) -> Node:
        self.expect("(")
        if function in {"now", "today"}:
            self.expect(")")
            self.reads_clock = True
            return loops.clock(day=function == "today")
        arguments: list[Node] = []
        names: list[str] = []
        while not self.take(")"):
            if arguments:
                self.expect(",")
            if named := self._argument_name():
                names.append(named)
            arguments.append(self._argument(depth))
        if names and len(names) != len(arguments):
            raise FeelError("Les arguments sont tous nommés, ou aucun", position)
        found = FUNCTIONS[function]
        run = found.bind([argument.run for argument in arguments], names or None, position)
        return nodes.compound(run, *arguments, test=function in _QUESTIONS, fold=found.cost == 1)

    def _argument(self, depth: int) -> Node:
        if not self.take("function"):
            return self.test(depth + 1)
        self.expect("(")
        parameters: list[str] = []
        while not self.take(")"):
            if parameters:
                self.expect(",")
            parameters.append(self._key())
            if self.take(":"):
                self.type(depth)
        self._local.extend(parameters)
        before = self._at
        body = self.expression(depth + 1)
        del self._local[len(self._local) - len(parameters) :]
        return loops.function(parameters, body, self._at - before)

    def _if(self, depth: int) -> Node:
        condition = self.expression(depth + 1)
        self.expect("then")
        yes = self.expression(depth + 1)
        self.expect("else")
        return nodes.choice(condition, yes, self.expression(depth + 1))

    def _for(self, depth: int) -> Node:
        outside = len(self._local)
        iterations = self._iterations(depth, "return")
        self._local.append("partial")
        before = self._at
        body = self.expression(depth + 1)
        partial = any(token.text == "partial" for token in self._tokens[before : self._at])
        del self._local[outside:]
        return loops.loop(iterations, body, self._at - before, partial)

    def _some(self, depth: int) -> Node:
        return self._quantified(False, depth)

    def _every(self, depth: int) -> Node:
        return self._quantified(True, depth)

    def _quantified(self, every: bool, depth: int) -> Node:
        outside = len(self._local)
        iterations = self._iterations(depth, "satisfies")
        before = self._at
        condition = self.expression(depth + 1)
        del self._local[outside:]
        return loops.quantified(every, iterations, condition, self._at - before)

    def _iterations(self, depth: int, end: str) -> list[loops.Iteration]:
        iterations: list[loops.Iteration] = []
        while not iterations or self.take(","):
            variable = self._key()
            self.expect("in")
            first = self.expression(depth + 1)
            if self.take(".."):
                last = self.expression(depth + 1)
                iterations.append((variable, loops.counted(first, last), max(first.depth, last.depth)))
            else:
                iterations.append((variable, loops.over(first), first.depth))
            self._local.append(variable)
        self.expect(end)
        return iterations


_REFUSED = "une expression régulière peut demander un temps sans borne ; écrivez contains, starts with ou ends with"
#: Functions whose answer is yes or no: a filter asks them about each item.
_QUESTIONS = frozenset({"not", "contains", "starts with", "ends with", "list contains", "odd", "even", "is"})
_SIGNS: dict[str, Callable[[Parser, int], Node]] = {
    "(": Parser._group,
    "[": Parser._list,
    "]": Parser._open_interval,
    "{": Parser._context,
    "@": Parser._at_literal,
    "?": Parser._input,
}
_STATEMENTS: dict[str, Callable[[Parser, int], Node]] = {
    "if": Parser._if,
    "for": Parser._for,
    "some": Parser._some,
    "every": Parser._every,
}
