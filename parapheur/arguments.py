"""Command lines in French: argparse with our words, and the kinds of values that commands take."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

WRONG_USAGE = 2

#: argparse's own sentences, which it looks up with ``gettext``, in French. A test holds this table to the argparse of
#: the Python in use.
FRENCH = {
    "usage: ": "Usage : ",
    "positional arguments": "Arguments\u00a0",
    "options": "Options\u00a0",
    "show this help message and exit": "afficher cette aide",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s : %(message)s",
    "the following arguments are required: %s": "il manque : %s",
    "unrecognized arguments: %s": "arguments inconnus : %s",
    "unexpected option string: %s": "option inconnue : %s",
    "ambiguous option: %(option)s could match %(matches)s": "option ambiguë : %(option)s peut être %(matches)s",
    "not allowed with argument %s": "ne va pas avec %s",
    "one of the arguments %s is required": "il faut l’un de ces arguments : %s",
    "ignored explicit argument %r": "cette option ne prend pas de valeur (%r est de trop)",
    "expected one argument": "il faut une valeur",
    "expected at most one argument": "il faut une valeur au plus",
    "expected at least one argument": "il faut au moins une valeur",
    "expected %s argument": "il faut %s valeur",
    "expected %s arguments": "il faut %s valeurs",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r n’existe pas ; au choix : %(choices)s",
    "invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)": (
        "%(value)r n’existe pas ; vouliez-vous dire %(closest)r ? au choix : %(choices)s"
    ),
    "invalid %(type)s value: %(value)r": "%(value)r ne convient pas",
    "unknown parser %(parser_name)r (choices: %(choices)s)": "%(parser_name)r n’existe pas ; au choix : %(choices)s",
    "can't open '%(filename)s': %(error)s": "%(filename)s ne peut pas être lu : %(error)s",
}


class FrenchParser(argparse.ArgumentParser):
    """A parser whose help and complaints are in French."""

    def __init__(self, **options: Any) -> None:
        # Abbreviated options would forbid new ones later: what worked would become ambiguous.
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is; status 2."""
        self.exit(WRONG_USAGE, f"{self.prog} : {message}\nAide : {self.prog} --help\n")


@contextmanager
def french_words() -> Iterator[None]:
    """Inside, argparse speaks French: parsers are made and used there.

    argparse has no other door than the ``gettext`` functions of its module; a catalogue installed for the whole process
    would depend on the language of the system.
    """
    before = argparse._, argparse.ngettext  # type: ignore[attr-defined]
    argparse._ = _in_french  # type: ignore[attr-defined]
    argparse.ngettext = _in_french_of  # type: ignore[attr-defined]
    try:
        yield
    finally:
        argparse._, argparse.ngettext = before  # type: ignore[attr-defined]


def _in_french(text: str) -> str:
    return FRENCH.get(text, text)


def _in_french_of(one: str, several: str, count: int) -> str:
    return _in_french(one if count < 2 else several)  # in French, zero is singular


def port(text: str) -> int:
    """A number; whether one can listen there is judged by the command."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas un nombre") from None


def count(text: str) -> int:
    """How many to keep: one at least."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas un nombre d’au moins 1")
    return number
