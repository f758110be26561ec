"""Cutting an expression into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Longest expression accepted, in characters.
MAX_LENGTH = 1_000

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>\d+(?:\.\d+)?|\.\d+)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign><=|>=|!=|\*\*|\.\.|[-+*/=<>()\[\],.:{}])
    """,
    re.VERBOSE,
)


class FeelError(ValueError):
    """An expression that cannot be understood; ``position`` counts characters from 0."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(f"{sentence} (caractère {position + 1})")
        self.sentence = sentence
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the expression."""

    kind: str  #: ``number``, ``string``, ``name``, ``sign`` or ``end``
    text: str
    position: int


def tokens(source: str) -> list[Token]:
    """The tokens of an expression, closed by an ``end``. Raises :class:`FeelError`."""
    if len(source) > MAX_LENGTH:
        raise FeelError(f"Cette expression dépasse {MAX_LENGTH} caractères", MAX_LENGTH)
    found, position = [], 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise FeelError(f"Le signe « {source[position]} » n’est pas compris ici", position)
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    found.append(Token("end", "", len(source)))
    return found
