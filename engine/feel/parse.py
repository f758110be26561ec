"""From tokens to a function of the context.

An expression becomes nested closures over a whitelist of operations: names are looked up in the context given and
nowhere else. Wrong types give ``null``, as FEEL says, never an exception.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.feel.functions import FUNCTIONS, add, compare, divide, equal, multiply, negate, number, subtract
from engine.feel.lex import FeelError, Token, tokens

#: Deepest nesting accepted.
MAX_DEPTH = 40

Context = Mapping[str, Any]
Evaluator = Callable[[Context], Any]

_KEYWORDS = {"and", "or", "if", "then", "else", "in", "between", "true", "false", "null", "not"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression."""

    source: str
    names: frozenset[str]  #: names it reads from the context
    evaluator: Evaluator

    def __call__(self, context: Context) -> Any:
        """The value in this context; ``None`` is FEEL's ``null``."""
        return self.evaluator(context)


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Compile an expression; a leading ``=`` is allowed. Raises :class:`FeelError` with the position of the fault."""
    text = source.strip().removeprefix("=")
    parser = _Parser(tokens(text))
    evaluator = parser.expression(0)
    parser.expect_end()
    return Expression(source, frozenset(parser.names), evaluator)


class _Parser:
    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._at = 0
        self.names: set[str] = set()

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> Token | None:
        token = self._now
        if token.kind in {"sign", "name"} and token.text in texts:
            self._at += 1
            return token
        return None

    def _expect(self, text: str) -> None:
        if self._take(text) is None:
            what = f"« {self._now.text} »" if self._now.text else "la fin"
            raise FeelError(f"« {text} » était attendu, pas {what}", self._now.position)

    def expect_end(self) -> None:
        if self._now.kind != "end":
            raise FeelError(f"« {self._now.text} » n’était pas attendu", self._now.position)

    def expression(self, depth: int) -> Evaluator:
        if depth > MAX_DEPTH:
            raise FeelError("Cette expression a trop de niveaux", self._now.position)
        if self._take("if"):
            return self._if(depth)
        return self._or(depth)

    def _if(self, depth: int) -> Evaluator:
        condition = self.expression(depth + 1)
        self._expect("then")
        yes = self.expression(depth + 1)
        self._expect("else")
        no = self.expression(depth + 1)
        return lambda context: yes(context) if condition(context) is True else no(context)

    def _or(self, depth: int) -> Evaluator:
        parts = [self._and(depth)]
        while self._take("or"):
            parts.append(self._and(depth))
        return parts[0] if len(parts) == 1 else _any_of(parts)

    def _and(self, depth: int) -> Evaluator:
        parts = [self._comparison(depth)]
        while self._take("and"):
            parts.append(self._comparison(depth))
        return parts[0] if len(parts) == 1 else _all_of(parts)

    def _comparison(self, depth: int) -> Evaluator:
        left = self._sum(depth)
        if token := self._take("=", "!="):
            right, wanted = self._sum(depth), token.text == "="
            return lambda context: _matches(equal(left(context), right(context)), wanted)
        if token := self._take("<", "<=", ">", ">="):
            operator, right = token.text, self._sum(depth)
            return lambda context: compare(operator, left(context), right(context))
        if self._take("between"):
            low = self._sum(depth)
            self._expect("and")
            high = self._sum(depth)
            return lambda context: _between(left(context), low(context), high(context))
        if self._take("in"):
            return _in(left, self._range_or_list(depth))
        return left

    def _range_or_list(self, depth: int) -> Callable[[Any, Context], Any]:
        opening = self._take("[", "(", "]")
        if opening is None:
            other = self._sum(depth)
            return lambda value, context: _within(value, other(context))
        first = self.expression(depth + 1)
        if self._take(".."):
            last = self.expression(depth + 1)
            closing = self._take("]", ")", "[")
            if closing is None:
                raise FeelError("L’intervalle n’est pas refermé", self._now.position)
            above, below = (">=" if opening.text == "[" else ">"), ("<=" if closing.text == "]" else "<")
            return lambda value, context: _both(
                compare(above, value, first(context)), compare(below, value, last(context))
            )
        items = [first]
        while self._take(","):
            items.append(self.expression(depth + 1))
        self._expect("]" if opening.text == "[" else ")")
        return lambda value, context: any(_within(value, item(context)) for item in items)

    def _sum(self, depth: int) -> Evaluator:
        left = self._product(depth)
        while token := self._take("+", "-"):
            left = _binary(add if token.text == "+" else subtract, left, self._product(depth))
        return left

    def _product(self, depth: int) -> Evaluator:
        left = self._unary(depth)
        while token := self._take("*", "/"):
            left = _binary(multiply if token.text == "*" else divide, left, self._unary(depth))
        return left

    def _unary(self, depth: int) -> Evaluator:
        if self._take("-"):
            if depth > MAX_DEPTH:
                raise FeelError("Cette expression a trop de niveaux", self._now.position)
            value = self._unary(depth + 1)
            return lambda context: negate(value(context))
        return self._path(depth)

    def _path(self, depth: int) -> Evaluator:
        value = self._primary(depth)
        while self._take("."):
            token = self._now
            if token.kind != "name":
                raise FeelError("Un nom est attendu après le point", token.position)
            self._at += 1
            value = _member(value, token.text)
        return value

    def _primary(self, depth: int) -> Evaluator:
        token = self._now
        self._at += 1
        if token.kind == "number":
            return _constant(Decimal(token.text))
        if token.kind == "string":
            return _constant(_string(token))
        if token.kind == "name":
            return self._name(token, depth)
        if token.text == "(":
            inner = self.expression(depth + 1)
            self._expect(")")
            return inner
        if token.text == "[":
            return self._list(depth)
        what = f"« {token.text} » n’était pas attendu" if token.text else "L’expression n’est pas finie"
        raise FeelError(what, token.position)

    def _list(self, depth: int) -> Evaluator:
        items: list[Evaluator] = []
        while not self._take("]"):
            if items:
                self._expect(",")
            items.append(self.expression(depth + 1))
        return lambda context: [item(context) for item in items]

    def _name(self, token: Token, depth: int) -> Evaluator:
        constants = {"true": True, "false": False, "null": None}
        if token.text in constants:
            return _constant(constants[token.text])
        if self._take("("):
            return self._call(token, depth)
        if token.text in _KEYWORDS:
            raise FeelError(f"« {token.text} » n’était pas attendu", token.position)
        self.names.add(token.text)
        name = token.text
        return lambda context: number(context.get(name))

    def _call(self, token: Token, depth: int) -> Evaluator:
        function = FUNCTIONS.get(token.text)
        if function is None:
            raise FeelError(f"La fonction « {token.text} » n’existe pas", token.position)
        arguments: list[Evaluator] = []
        while not self._take(")"):
            if arguments:
                self._expect(",")
            arguments.append(self.expression(depth + 1))
        return lambda context: function([argument(context) for argument in arguments])


def _string(token: Token) -> str:
    try:
        return str(json.loads(token.text))
    except ValueError:
        raise FeelError("Ce texte entre guillemets n’est pas compris", token.position) from None


def _constant(value: Any) -> Evaluator:
    return lambda _context: value


def _member(value: Evaluator, name: str) -> Evaluator:
    def evaluate(context: Context) -> Any:
        found = value(context)
        return number(found.get(name)) if isinstance(found, Mapping) else None

    return evaluate


def _binary(operation: Callable[[Any, Any], Any], left: Evaluator, right: Evaluator) -> Evaluator:
    return lambda context: operation(left(context), right(context))


def _any_of(parts: Sequence[Evaluator]) -> Evaluator:
    def evaluate(context: Context) -> bool | None:
        values = [part(context) for part in parts]
        if any(value is True for value in values):
            return True
        return False if all(value is False for value in values) else None

    return evaluate


def _all_of(parts: Sequence[Evaluator]) -> Evaluator:
    def evaluate(context: Context) -> bool | None:
        values = [part(context) for part in parts]
        if any(value is False for value in values):
            return False
        return True if all(value is True for value in values) else None

    return evaluate


def _matches(value: bool | None, wanted: bool) -> bool | None:
    return None if value is None else value is wanted


def _both(left: bool | None, right: bool | None) -> bool | None:
    return None if left is None or right is None else left and right


def _between(value: Any, low: Any, high: Any) -> bool | None:
    return _both(compare(">=", value, low), compare("<=", value, high))


def _within(value: Any, other: Any) -> bool:
    if isinstance(other, list):
        return any(equal(value, item) is True for item in other)
    return equal(value, other) is True


def _in(left: Evaluator, test: Callable[[Any, Context], Any]) -> Evaluator:
    return lambda context: test(left(context), context)
