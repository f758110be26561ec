"""Cutting an expression into tokens."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

#: Longest expression accepted, in characters.
MAX_LENGTH = 1_000
#: Most digits in a number: what an IEEE 754 decimal128 holds exactly (DMN 1.3 §10.3.2.3.1).
MAX_DIGITS = 34

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|//[^\n]*|/\*.*?\*/)+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<name>[^\W\d][\w\u0300-\u036f]*(?:['’][\w\u0300-\u036f]+)*)
      | (?P<quoted>`[^`]+`)
      | (?P<sign><=|>=|!=|\*\*|\.\.|[-+*/^=<>()\[\],.:{}?@])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"""\\(?:(["'\\nrt])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6}))""")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


class FeelError(ValueError):
    """An expression that cannot be understood, or not be computed; ``position`` counts characters from 0."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(f"{sentence} (caractère {position + 1})")
        self.sentence = sentence
        self.position = position


class FeelLimit(FeelError):
    """An expression that asks for more work than one evaluation may do; the whole of it is at fault."""

    def __init__(self, sentence: str) -> None:
        ValueError.__init__(self, sentence)
        self.sentence = sentence
        self.position = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the expression."""

    kind: str  #: ``number``, ``string``, ``name``, ``quoted``, ``sign`` or ``end``
    text: str
    position: int

    @property
    def name(self) -> str:
        """The name written, without its backticks, composed (NFC): what fields are called."""
        return unicodedata.normalize("NFC", " ".join(self.text.strip("`").split()))

    @property
    def string(self) -> str:
        """The characters between the quotes, with the escapes of DMN 1.3 §10.3.1.2 rule 35 replaced."""
        text = _ESCAPE.sub(_unescape, self.text[1:-1])
        # Pairs of surrogates written as two escapes are one character; a lone one is none.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _unescape(match: re.Match[str]) -> str:
    simple, short, long = match.groups()
    if simple:
        return _ESCAPED.get(simple, simple)
    code = int(short or long, 16)
    return chr(code) if code <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"


def tokens(source: str, start: int = 0, most: int = MAX_LENGTH) -> list[Token]:
    """The tokens from ``start``, closed by an ``end``. Raises :class:`FeelError`, also beyond ``most`` characters."""
    if len(source) > most:
        raise FeelError(f"Cette expression dépasse {most} caractères", most)
    found, position = [], start
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise FeelError(_misunderstood(source[position]), position)
        token = Token(str(match.lastgroup), match.group(), position)
        if token.kind == "number" and len(token.text.replace(".", "").strip("0")) > MAX_DIGITS:
            raise FeelError(f"Ce nombre a plus de {MAX_DIGITS} chiffres", position)
        if token.kind != "space":
            found.append(token)
        position = match.end()
    found.append(Token("end", "", len(source)))
    return found


def _misunderstood(sign: str) -> str:
    if sign == '"':
        return "Ce texte entre guillemets n’est pas refermé"
    return f"Le signe « {sign} » n’est pas compris ici"
