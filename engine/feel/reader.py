"""Walking over the tokens of an expression: signs, names with spaces, types."""

from __future__ import annotations

from collections.abc import Sequence

from engine.feel.lex import FeelError, Token, tokens
from engine.feel.types import SIMPLE, Type

#: Deepest nesting accepted.
MAX_DEPTH = 40

KEYWORDS = frozenset(
    {
        "and", "or", "if", "then", "else", "in", "between", "true", "false", "null", "not",
        "for", "return", "some", "every", "satisfies", "function",
    }
)  # fmt: skip
_TYPES = sorted((tuple(text.split()) for text in SIMPLE), key=len, reverse=True)


class Reader:
    """What every part of the parser needs."""

    def __init__(self, source: str, start: int = 0) -> None:
        self._tokens: Sequence[Token] = tokens(source, start)
        self._at = 0

    @property
    def now(self) -> Token:
        """The token to be read."""
        return self._tokens[self._at]

    def ahead(self, count: int = 1) -> Token:
        """The token after that."""
        return self._tokens[min(self._at + count, len(self._tokens) - 1)]

    def take(self, *texts: str) -> Token | None:
        """Read a sign or a word, when it is one of these."""
        token = self.now
        if token.kind in {"sign", "name"} and token.text in texts:
            self._at += 1
            return token
        return None

    def expect(self, text: str) -> None:
        """Read a sign or a word that must be there."""
        if self.take(text) is None:
            what = f"« {self.now.text} »" if self.now.text else "la fin"
            raise FeelError(f"« {text} » était attendu, pas {what}", self.now.position)

    def unexpected(self) -> FeelError:
        """The error of a token that has no place here."""
        text = self.now.text
        return FeelError(
            f"« {text} » n’était pas attendu" if text else "L’expression n’est pas finie", self.now.position
        )

    def _member(self) -> str:
        if self.now.kind not in {"name", "quoted"}:
            raise FeelError("Un nom est attendu après le point", self.now.position)
        words = [self.now.name]
        self._at += 1
        return " ".join(words + self._more_words())

    def _key(self) -> str:
        if self.now.kind == "string":
            key = self.now.string
            self._at += 1
            return key
        if self.now.kind not in {"name", "quoted"}:
            raise FeelError("Un nom est attendu ici", self.now.position)
        return self._member()

    def _more_words(self) -> list[str]:
        """The following words of a name with spaces."""
        words = []
        while self.now.kind == "name" and self.now.text not in KEYWORDS and not self._instance_of():
            words.append(self.now.name)
            self._at += 1
        return words

    def _instance_of(self) -> bool:
        return self.now.text == "instance" and self.ahead().text == "of"

    def _phrase(self, phrases: Sequence[tuple[str, ...]], after: str | None) -> str | None:
        """One of these sequences of words, followed by a sign; the words are read, the sign not."""
        for phrase in phrases:
            read = [self.ahead(count) for count in range(len(phrase) + 1)]
            if all(token.kind == "name" and token.text == word for token, word in zip(read, phrase, strict=False)) and (
                after is None or read[-1].text == after
            ):
                self._at += len(phrase)
                return " ".join(phrase)
        return None

    def _argument_name(self) -> str | None:
        count = 0
        while self.ahead(count).kind == "name":
            count += 1
        if not count or self.ahead(count).text != ":":
            return None
        name = " ".join(self.ahead(at).text for at in range(count))
        self._at += count + 1
        return name

    def type(self, depth: int) -> Type:
        """A type, after ``instance of`` or a parameter."""
        if depth > MAX_DEPTH:
            raise FeelError("Cette expression a trop de niveaux", self.now.position)
        name = self._phrase(_TYPES, None)
        if name is None:
            raise FeelError(f"Le type « {self.now.text} » n’existe pas", self.now.position)
        if name not in {"list", "range", "context"} or not self.take("<"):
            return Type(name)
        parts: list[tuple[str, Type]] = []
        while not parts or self.take(","):
            key = ""
            if name == "context":
                key = self._key()
                self.expect(":")
            parts.append((key, self.type(depth + 1)))
        self.expect(">")
        return Type(name, tuple(parts))
