"""Expressions of generated drawings: written as FEEL for the engine, evaluated here by a few lines of their own.

Nothing of ``engine.feel`` is used: a fault there must not be copied here. Logic is that of FEEL: true, false and null.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Lookup = Callable[[str], Any]


class Expression:
    """What a drawing asks of the variables."""

    def feel(self) -> str:
        """The expression as FEEL text."""
        raise NotImplementedError

    def value(self, lookup: Lookup) -> Any:
        """Its value; ``lookup`` gives a variable, or ``None``."""
        raise NotImplementedError

    def reads(self) -> frozenset[str]:
        """Names of the variables it reads."""
        return frozenset()


@dataclass(frozen=True)
class Lit(Expression):
    """A text, a number, a boolean or a list of them."""

    of: Any

    def feel(self) -> str:
        return _literal(self.of)

    def value(self, lookup: Lookup) -> Any:
        return exact(self.of)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def exact(value: Any) -> Any:
    """Numbers as exact decimals, whatever holds them."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(str(value))
    return [exact(item) for item in value] if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True)
class Name(Expression):
    """A variable."""

    name: str

    def feel(self) -> str:
        return self.name

    def value(self, lookup: Lookup) -> Any:
        return exact(lookup(self.name))

    def reads(self) -> frozenset[str]:
        return frozenset({self.name})


@dataclass(frozen=True)
class Given(Expression):
    """What a step ended with: its ``outcome``, ``desk`` or ``account`` in ``outcomes``."""

    step: str
    field: str = "outcome"

    def feel(self) -> str:
        return f'get value(outcomes, "{self.step}").{self.field}'

    def value(self, lookup: Lookup) -> Any:
        outcomes = lookup("outcomes")
        found = outcomes.get(self.step) if isinstance(outcomes, Mapping) else None
        return found.get(self.field) if found else None

    def reads(self) -> frozenset[str]:
        return frozenset({"outcomes"})


@dataclass(frozen=True)
class Count(Expression):
    """How many items a list has."""

    name: str

    def feel(self) -> str:
        return f"count({self.name})"

    def value(self, lookup: Lookup) -> Any:
        found = lookup(self.name)
        return Decimal(len(found)) if isinstance(found, (list, tuple)) else None

    def reads(self) -> frozenset[str]:
        return frozenset({self.name})


@dataclass(frozen=True)
class Item(Expression):
    """The item of a list, from 1."""

    name: str
    position: int

    def feel(self) -> str:
        return f"{self.name}[{self.position}]"

    def value(self, lookup: Lookup) -> Any:
        found = lookup(self.name)
        if not isinstance(found, (list, tuple)) or self.position > len(found):
            return None
        return exact(found[self.position - 1])

    def reads(self) -> frozenset[str]:
        return frozenset({self.name})


@dataclass(frozen=True)
class Text(Expression):
    """``string(number)``."""

    of: Expression

    def feel(self) -> str:
        return f"string({self.of.feel()})"

    def value(self, lookup: Lookup) -> Any:
        found = self.of.value(lookup)
        return None if found is None else str(found)

    def reads(self) -> frozenset[str]:
        return self.of.reads()


@dataclass(frozen=True)
class Temporal(Expression):
    """``duration("P1D")`` or ``date and time("…")``: here its ISO 8601 text is its value."""

    function: str
    text: str

    def feel(self) -> str:
        return f'{self.function}("{self.text}")'

    def value(self, lookup: Lookup) -> Any:
        return self.text


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
}


@dataclass(frozen=True)
class Two(Expression):
    """A comparison, or ``+`` between two numbers or two texts."""

    left: Expression
    sign: str
    right: Expression

    def feel(self) -> str:
        return f"{self.left.feel()} {self.sign} {self.right.feel()}"

    def value(self, lookup: Lookup) -> Any:
        left, right = self.left.value(lookup), self.right.value(lookup)
        if self.sign in ("=", "!=") and (left is None or right is None):
            return _OPERATORS[self.sign](left, right)
        if left is None or right is None or type(left) is not type(right):
            return None
        return _OPERATORS[self.sign](left, right)

    def reads(self) -> frozenset[str]:
        return self.left.reads() | self.right.reads()


@dataclass(frozen=True)
class Both(Expression):
    """``and`` or ``or``, with three values."""

    left: Expression
    word: str
    right: Expression

    def feel(self) -> str:
        return f"({self.left.feel()}) {self.word} ({self.right.feel()})"

    def value(self, lookup: Lookup) -> Any:
        values = [self.left.value(lookup), self.right.value(lookup)]
        decisive = self.word == "or"
        if any(value is decisive for value in values):
            return decisive
        return None if None in values else not decisive

    def reads(self) -> frozenset[str]:
        return self.left.reads() | self.right.reads()


@dataclass(frozen=True)
class Not(Expression):
    """``not(…)``."""

    of: Expression

    def feel(self) -> str:
        return f"not({self.of.feel()})"

    def value(self, lookup: Lookup) -> Any:
        found = self.of.value(lookup)
        return None if found is None else not found

    def reads(self) -> frozenset[str]:
        return self.of.reads()


def outcome_is(word: str) -> Expression:
    """``outcome = "word"``."""
    return Two(Name("outcome"), "=", Lit(word))


def equals(name: str, value: Any) -> Expression:
    """``name = value``."""
    return Two(Name(name), "=", Lit(value))
