"""Help is in French for every command, and wrong usage is status 2 with what to do."""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import re
from pathlib import Path

import pytest

from parapheur.arguments import FRENCH, french_words
from tests.command.conftest import Command, ended, started

COMMANDS = [
    (),
    ("serve",),
    ("worker",),
    ("demo",),
    ("circuits",),
    ("circuits", "check"),
    ("circuits", "import"),
    ("verify",),
    ("create-tenant",),
    ("platform-admin",),
    ("reset-second-factor",),
    ("migrate",),
    ("backup",),
    ("restore",),
    ("upgrade",),
    ("systemd",),
    ("doctor",),
]
#: What argparse says to programmers only: a parser of ours would be wrongly made.
FOR_PROGRAMMERS = {
    ".__call__() not defined",
    "'required' is an invalid argument for positionals",
    "mutually exclusive arguments must be optional",
    "subcommands",
    "%r is not callable",
    "cannot merge actions - two groups are named %r",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "cannot have multiple subparser arguments",
    "conflicting subparser: %s",
    "conflicting subparser alias: %s",
    "conflicting option string: %s",
    "conflicting option strings: %s",
    'argument "-" with mode %r',
    "%(prog)s: error: %(message)s\n",  # error() is ours
}
ENGLISH = re.compile(
    r"\b(usage:|options:|positional|arguments? (are|is)|show|help message|and|exit|expected|invalid|choose|from|"
    r"required:|value|error|the|not|unrecognized|ambiguous)\b"
)


def _said_by_argparse() -> set[str]:
    said: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(argparse))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
            said |= {item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)}
    return said


def test_every_sentence_of_argparse_has_its_french() -> None:
    said = _said_by_argparse()
    assert len(said) > 20  # the source was really read
    assert said - FRENCH.keys() - FOR_PROGRAMMERS == set()


def test_translations_keep_what_is_filled_in() -> None:
    for english, french in FRENCH.items():
        assert sorted(re.findall(r"%(?:\(\w+\))?[rs]", french)) == sorted(
            item for item in re.findall(r"%(?:\(\w+\))?[rs]", english) if item != "%(type)s"
        )


def test_other_parsers_of_the_process_keep_their_language() -> None:
    with french_words():
        pass
    assert argparse.ArgumentParser(prog="x").format_help().startswith("usage: x")


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_help_is_in_french(name: tuple[str, ...], command: Command) -> None:
    said = command(*name, "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Usage : parapheur{''.join(f' {word}' for word in name)}")
    assert "afficher cette aide" in said.out
    # « required » and « none » are values that one types.
    assert ENGLISH.findall(re.sub(r"\{auto,required,none\}|required :", "", said.out)) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "il manque : COMMANDE"),
        (("tout",), "'tout' n’existe pas ; au choix : "),
        (("circuits",), "il manque : ACTION"),
        (("circuits", "check"), "il manque : FICHIER"),
        (("circuits", "import"), "il manque : FICHIER"),
        (("verify",), "il manque : FICHIER"),
        (("verify", "a.pdf", "--trust"), "--trust : il faut une valeur"),
        (("verify", "a.pdf", "--json=oui"), "cette option ne prend pas de valeur"),
        (("verify", "a.pdf", "--revocation", "sometimes"), "--revocation : 'sometimes' n’existe pas"),
        (("verify", "a.pdf", "--revoc", "none"), "arguments inconnus : --revoc"),
        (("migrate", "--force"), "arguments inconnus : --force"),
        (("serve", "8000"), "arguments inconnus : 8000"),
        (("demo", "--port", "http"), "« http » n’est pas un nombre"),
    ],
)
def test_wrong_usage_is_told_in_french(arguments: tuple[str, ...], sentence: str, command: Command) -> None:
    said = command(*arguments)
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
    assert "--help" in said.err
    assert ENGLISH.findall(said.err.replace("'required'", "")) == []


@pytest.mark.parametrize("name", ["serve", "worker", "migrate", "doctor"])
def test_wrong_settings_are_wrong_usage_for_every_command(
    name: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAPHEUR_PORT", "huit mille")
    said = command(name)
    assert (said.status, said.out) == (2, "")
    assert "PARAPHEUR_PORT : « huit mille » ne convient pas ; il faut un nombre entier." in said.err


def test_the_command_is_a_process_with_a_status(alone: Path) -> None:
    assert ended(started("--help", folder=alone)).status == 0
    said = ended(started("verify", "absent.pdf", folder=alone))
    assert (said.status, said.out, said.err) == (2, "", "absent.pdf : ce fichier n’existe pas.\n")


def test_a_reader_that_has_seen_enough_is_no_incident(alone: Path) -> None:
    (alone / "x.pdf").write_text("x")
    deaf, mouth = os.pipe()
    os.close(deaf)
    said = ended(started("verify", "x.pdf", folder=alone, stdout=mouth))
    os.close(mouth)
    assert (said.status, said.err) == (130, "")
