"""JUEL, the expressions of Camunda 7, Flowable and Activiti, translated to FEEL.

The grammar is that of Jakarta Expression Language (JSR 341 §1.24), without assignments, lambdas and stream
operations. What has no certain equivalent raises :class:`Untranslatable`: a guess would choose a path in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.feel import FeelError, compile_expression

#: Longest expression looked at, and deepest.
MAX_LENGTH, MAX_DEPTH = 1_000, 30

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?[lLdDfF]?(?![\w.]))
      | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]]))""",
    re.VERBOSE,
)
_WORDS = {"and": "&&", "or": "||", "not": "!", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
          "div": "/", "mod": "%", "===": "==", "!==": "!="}  # fmt: skip
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_FEEL = {"||": "or", "&&": "and", "==": "=", "!=": "!="}
_MARKED = re.compile(r"[$#]\{(.*)\}", re.DOTALL)


class Untranslatable(ValueError):
    """An expression that cannot be said in FEEL with certainty; the message is French, without final stop."""


@dataclass(frozen=True, slots=True)
class _Part:
    feel: str
    level: int  #: how tightly it holds together: 9 is an atom
    is_text: bool = False  #: whether it is surely a string


def is_juel(text: str) -> bool:
    """Whether a text is wholly one ``${…}`` or ``#{…}``."""
    return _MARKED.fullmatch(text.strip()) is not None


def to_feel(text: str) -> str:
    """The same in FEEL, with or without its ``${…}``. Raises :class:`Untranslatable`."""
    marked = _MARKED.fullmatch(text.strip())
    inner = marked[1] if marked else text
    if "${" in inner or "#{" in inner:
        raise Untranslatable("elle mêle du texte et plusieurs expressions")
    feel = _Parser(inner).whole()
    try:
        compile_expression(feel)
    except FeelError as fault:
        raise Untranslatable(f"elle donnerait « {feel[:80]} », qui n’est pas du FEEL : {fault}") from None
    return feel


class _Parser:
    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise Untranslatable(f"elle dépasse {MAX_LENGTH} caractères")
        self._tokens = _tokens(text)
        self._place = 0
        self._depth = 0

    def whole(self) -> str:
        part = self._ternary()
        if self._kind:
            raise Untranslatable(f"« {self._text} » n’y est pas compris")
        return part.feel

    @property
    def _kind(self) -> str:
        return self._tokens[self._place][0]

    @property
    def _text(self) -> str:
        return self._tokens[self._place][1]

    def _next(self) -> str:
        text = self._text
        self._place += 1
        return text

    def _skip(self, sign: str) -> bool:
        if self._kind == "sign" and self._text == sign:
            self._place += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._skip(sign):
            raise Untranslatable(f"il y manque « {sign} »")

    def _ternary(self) -> _Part:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Untranslatable("elle est trop emboîtée")
        condition = self._binary(0)
        if self._skip("?"):
            yes = self._ternary()
            self._expect(":")
            no = self._ternary()
            condition = _Part(f"if {condition.feel} then {yes.feel} else {no.feel}", 0)
        self._depth -= 1
        return condition

    def _binary(self, level: int) -> _Part:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while self._kind == "sign" and self._text in _LEVELS[level]:
            sign = self._next()
            left = _joined(left, sign, self._binary(level + 1), level + 1)
            if level in {2, 3} and self._kind == "sign" and self._text in _LEVELS[level]:
                raise Untranslatable("elle enchaîne des comparaisons")
        return left

    def _unary(self) -> _Part:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Untranslatable("elle est trop emboîtée")
        part = self._prefixed()
        self._depth -= 1
        return part

    def _prefixed(self) -> _Part:
        if self._skip("!"):
            # What nobody filled counts as false there; « not » would give null.
            return _Part(f"{_held(self._unary(), 4)} != true", 3)
        if self._skip("-"):
            return _Part(f"-{_held(self._unary(), 7)}", 7)
        if self._kind == "name" and self._text == "empty":
            self._next()
            inner = _held(self._unary(), 4)
            return _Part(f'({inner} = null or {inner} = "" or {inner} = [])', 9)
        return self._path()

    def _path(self) -> _Part:
        part = self._atom()
        while True:
            if self._skip("."):
                if self._kind != "name":
                    raise Untranslatable("un point n’y est pas suivi d’un nom")
                name = self._next()
                part = self._method(part, name) if self._skip("(") else _Part(f"{_held(part, 9)}.{name}", 9)
            elif self._skip("["):
                part = _item(part, self._ternary())
                self._expect("]")
            else:
                return part

    def _arguments(self) -> list[_Part]:
        found: list[_Part] = []
        if self._skip(")"):
            return found
        while True:
            found.append(self._ternary())
            if self._skip(")"):
                return found
            self._expect(",")

    def _method(self, on: _Part, name: str) -> _Part:
        arguments = self._arguments()
        make = _METHODS.get((name, len(arguments)))
        if make is None:
            raise Untranslatable(f"« {name}() » appelle du code, ce qui n’existe pas ici")
        return make(on, *arguments)

    def _atom(self) -> _Part:
        kind, text = self._kind, self._text
        if self._skip("("):
            inner = self._ternary()
            self._expect(")")
            return _Part(f"({inner.feel})", 9, inner.is_text)
        self._place += bool(kind)
        if kind == "number":
            return _Part(_number(text), 9)
        if kind == "string":
            return _Part(_string(text), 9, is_text=True)
        if kind == "name":
            if self._kind == "sign" and self._text == "(":
                raise Untranslatable(f"« {text}() » appelle du code, ce qui n’existe pas ici")
            return _Part(text, 9)
        raise Untranslatable(f"« {text} » n’y est pas compris" if text else "elle n’est pas finie")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise Untranslatable(f"le signe « {text[place]} » n’y est pas compris")
        kind, word = str(match.lastgroup), match[str(match.lastgroup)]
        known = _WORDS.get(word)
        found.append(("sign", known) if known else (kind, word))
        place = match.end()
    return [*found, ("", "")]


def _held(part: _Part, level: int) -> str:
    return part.feel if part.level >= level else f"({part.feel})"


def _joined(left: _Part, sign: str, right: _Part, level: int) -> _Part:
    if sign == "%":
        return _Part(f"modulo({left.feel}, {right.feel})", 9)
    if sign == "+" and left.is_text != right.is_text:
        raise Untranslatable("elle ajoute un texte à ce qui n’en est peut-être pas un")
    feel = f"{_held(left, level)} {_FEEL.get(sign, sign)} {_held(right, level + 1)}"
    return _Part(feel, level, is_text=sign == "+" and left.is_text)


def _item(on: _Part, key: _Part) -> _Part:
    if key.is_text:
        name = key.feel.strip('"')
        if not re.fullmatch(r"[^\W\d]\w*", name):
            return _Part(f"get value({on.feel}, {key.feel})", 9)
        return _Part(f"{_held(on, 9)}.{name}", 9)
    if key.feel.isdigit():
        return _Part(f"{_held(on, 9)}[{int(key.feel) + 1}]", 9)  # lists begin at 0 there, at 1 here
    raise Untranslatable("elle cherche dans une liste par une position calculée")


def _number(text: str) -> str:
    text = text.rstrip("lLdDfF")
    if "e" in text.lower():
        raise Untranslatable(f"le nombre « {text} » y est écrit avec un exposant")
    return text


def _string(text: str) -> str:
    inner = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    escaped = (
        inner.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def _contains(on: _Part, what: _Part) -> _Part:
    if on.is_text:
        return _Part(f"contains({on.feel}, {what.feel})", 9)
    raise Untranslatable("« contains() » cherche dans un texte ou dans une liste : le fichier ne dit pas lequel")


_METHODS: dict[tuple[str, int], Callable[..., _Part]] = {
    ("equals", 1): lambda on, what: _joined(on, "==", what, 3),
    ("equalsIgnoreCase", 1): lambda on, what: _Part(f"lower case({on.feel}) = lower case({what.feel})", 3),
    ("startsWith", 1): lambda on, what: _Part(f"starts with({on.feel}, {what.feel})", 9),
    ("endsWith", 1): lambda on, what: _Part(f"ends with({on.feel}, {what.feel})", 9),
    ("toLowerCase", 0): lambda on: _Part(f"lower case({on.feel})", 9, is_text=True),
    ("toUpperCase", 0): lambda on: _Part(f"upper case({on.feel})", 9, is_text=True),
    ("length", 0): lambda on: _Part(f"string length({on.feel})", 9),
    ("size", 0): lambda on: _Part(f"count({on.feel})", 9),
    ("isEmpty", 0): lambda on: _Part(f'({_held(on, 4)} = [] or {_held(on, 4)} = "")', 9),
    ("booleanValue", 0): lambda on: on,
    ("contains", 1): _contains,
}
