"""Expressions of any engine: read as FEEL where that is certain, else untranslatable."""

from __future__ import annotations

import re

from engine.circuits.importing.juel import Untranslatable, is_juel, to_feel
from engine.feel import FeelError, compile_expression

#: Languages whose comparisons are written as those of JUEL.
_ALIKE = ("juel", "groovy", "javascript", "java", "mvel", "ecmascript", "python")
_RETURNED = re.compile(r"return\b\s*(.*?);?", re.DOTALL)


def translated(text: str, language: str = "", *, trusted: bool = False) -> str:
    """The expression in FEEL. Raises :class:`Untranslatable` for prose, scripts, and what has no equivalent.

    ``language``: what the file says of it. ``trusted``: written for us; a lone name is then a variable, not a word of
    prose.
    """
    text = text.strip()
    if is_juel(text):
        return to_feel(text)
    if text.startswith("=") and not text.startswith("=="):
        return _feel(text[1:].strip())
    language = language.lower()
    if "feel" in language or trusted:
        return _feel(text)
    returned = _RETURNED.fullmatch(text)
    if returned:
        return to_feel(returned[1])
    if any(word in language for word in _ALIKE):
        return to_feel(text)
    if "xpath" in language:
        raise Untranslatable("elle est écrite en XPath")
    return _plain(text)


def _plain(text: str) -> str:
    """Without a mark: an expression, or a sentence for people."""
    try:
        compiled = compile_expression(text)
    except FeelError:
        if not re.search(r"[=<>!&|]", text):
            raise Untranslatable("c’est une phrase, pas une expression") from None
        return to_feel(text)
    bare_name = {" ".join(text.strip("`").split())} == set(compiled.names)
    if (compiled.constant and text not in {"true", "false"}) or bare_name:
        raise Untranslatable("c’est un texte, pas une expression")
    return text


def _feel(text: str) -> str:
    try:
        compile_expression(text)
    except FeelError as fault:
        raise Untranslatable(f"{fault}") from None
    return text


def accepted(text: str) -> str:
    """An expression that a person wrote: FEEL, or JUEL translated. Raises :class:`Untranslatable`."""
    return to_feel(text) if is_juel(text) else _feel(text.removeprefix("=").strip())
