"""Compiling an expression once, evaluating it many times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.feel.functions.registry import Run
from engine.feel.lex import FeelLimit
from engine.feel.parse import Parser
from engine.feel.scope import Root
from engine.feel.values import whole

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression."""

    source: str
    names: frozenset[str]  #: names it reads from the context
    reads_clock: bool  #: whether it calls ``now()`` or ``today()``
    run: Run
    constant: bool  #: whether its value was found when it was compiled, whatever the context

    def __call__(self, context: Context, now: datetime | None = None) -> Any:
        """The value in this context; ``None`` is FEEL's ``null``.

        ``now`` is the moment that ``now()`` and ``today()`` give, in the zone wanted. Raises :class:`FeelLimit` when
        the work asked is too much for these data, :class:`FeelError` when the moment is needed and not given.
        """
        try:
            found = self.run(Root(context, now))
            return whole(found) if type(found) is list or type(found) is dict else found
        except RecursionError:
            raise FeelLimit("Ces données ont trop de niveaux pour cette expression") from None


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Compile an expression; a leading ``=`` is allowed. Raises :class:`FeelError` with the position of the fault."""
    start = len(source) - len(source.lstrip())
    parser = Parser(source, start + 1 if source[start : start + 1] == "=" else start)
    node = parser.whole()
    return Expression(source, frozenset(parser.names), parser.reads_clock, node.run, node.constant)


def evaluate(source: str, context: Context) -> Any:
    """The value of an expression in a context. Raises :class:`FeelError` when it cannot be understood."""
    return compile_expression(source)(context)
