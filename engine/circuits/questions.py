"""Conditions taken apart: which questions they ask about which variables, joined by ``and``, ``or`` and ``not``.

Only what can be proved upon is understood: a name, or names with dots, compared with values written in the condition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.feel import FeelError, UnaryTests, compile_unary_tests
from engine.feel.lex import Token, tokens

#: A variable, or an entry of a context: its names.
Path = tuple[str, ...]
#: Whether a condition is true, given the answers to its questions: bit *n* is question *n*.
Verdict = Callable[[int], bool]

_COMPARED = frozenset({"<", "<=", ">", ">=", "=", "!="})
_WORDS = frozenset({"and", "or", "in", "between", "not", "if", "for", "some", "every", "instance", "null"})


class Unreadable(Exception):
    """A condition that asks something else."""


@dataclass(slots=True)
class Questions:
    """The questions that the conditions of one gateway ask, each about one variable."""

    asked: list[tuple[Path, UnaryTests]] = field(default_factory=list)

    def read(self, condition: str) -> Verdict:
        """Take a condition apart. Raises :class:`Unreadable`."""
        try:
            return _Reader(condition, self).whole()
        except FeelError:
            raise Unreadable from None

    def number(self, path: Path, cell: str) -> int:
        """The number of a question, the same when it has been asked already."""
        tests = compile_unary_tests(cell)
        if tests.names or tests.reads_clock or tests.everything:
            raise Unreadable
        if (path, tests) not in self.asked:
            self.asked.append((path, tests))
        return self.asked.index((path, tests))


class _Reader:
    def __init__(self, source: str, questions: Questions) -> None:
        self._source = source.strip().removeprefix("=")
        self._tokens = tokens(self._source)
        self._at = 0
        self._questions = questions

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self, text: str) -> bool:
        found = self._now.kind in {"name", "sign"} and self._now.text == text
        self._at += found
        return found

    def whole(self) -> Verdict:
        verdict = self._either()
        if self._now.kind != "end":
            raise Unreadable
        return verdict

    def _either(self) -> Verdict:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda answers: any(part(answers) for part in parts)

    def _both(self) -> Verdict:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda answers: all(part(answers) for part in parts)

    def _one(self) -> Verdict:
        if self._now.text == "not" and self._tokens[self._at + 1].text == "(":
            self._at += 1
            inner = self._group()
            return lambda answers: not inner(answers)
        return self._group() if self._now.text == "(" else self._question()

    def _group(self) -> Verdict:
        self._at += 1
        inner = self._either()
        if not self._take(")"):
            raise Unreadable
        return inner

    def _question(self) -> Verdict:
        number = self._questions.number(self._path(), self._cell())
        return lambda answers: bool(answers >> number & 1)

    def _path(self) -> Path:
        names: list[str] = []
        words: list[str] = []
        while self._now.kind == "quoted" or (
            self._now.kind == "name" and self._now.text not in _WORDS | {"true", "false"}
        ):
            words.append(self._now.name)
            self._at += 1
            if self._now.text == "." and self._now.kind == "sign":
                self._at += 1
                names.append(" ".join(words))
                words = []
        if not words:
            raise Unreadable
        return (*names, " ".join(words))

    def _cell(self) -> str:
        sign = self._now
        if sign.kind == "sign" and sign.text in _COMPARED:
            self._at += 1
            if sign.text in {"=", "!="} and self._now.text in {"[", "]", "("}:
                raise Unreadable  # a list or an interval as a value, not as what holds one
            return f"{'' if sign.text == '=' else sign.text} {self._operand()}"
        if self._take("in"):
            return self._listed(self._operand())
        if self._take("between"):
            low = self._operand()
            if not self._take("and"):
                raise Unreadable
            return f"[{low}..{self._operand()}]"
        return "true"

    def _operand(self) -> str:
        """The text up to what ends a comparison."""
        start, level = self._now.position, 0
        while self._now.kind != "end":
            text = self._now.text if self._now.kind in {"name", "sign"} else ""
            if (
                level == 0
                and text in {"and", "or", ")", *_COMPARED}
                and (text not in _COMPARED or self._at_operand(start))
            ):
                break
            level += (text in {"(", "[", "{"}) - (text in {")", "]", "}"})
            self._at += 1
        found = self._source[start : self._now.position].strip()
        if not found or level:
            raise Unreadable
        return found

    def _at_operand(self, start: int) -> bool:
        """Whether a sign of comparison is not the first thing after ``in``."""
        return self._now.position > start

    def _listed(self, text: str) -> str:
        """``in (1, 2)`` and ``in [1, 2]`` as a cell writes them."""
        inside = text[1:-1]
        if text[:1] + text[-1:] in {"()", "[]"} and ".." not in inside:
            return inside
        return text
