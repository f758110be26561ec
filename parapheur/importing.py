"""``parapheur circuits import``: a foreign drawing made into a circuit; what is missing is asked, or read in a file."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.circuits.importing import Imported, Question, import_drawing
from engine.circuits.library import CircuitLibrary
from engine.circuits.queries import around_of
from engine.circuits.xml import MAX_BYTES
from parapheur.checking import can_be_published, no_tenant, opened, tell, tenant_named
from parapheur.given import read_up_to, unreadable
from parapheur.settings import Settings
from parapheur.wiring import CIRCUIT_SERVICES

OK, NOT_WELL, WRONG_USAGE = 0, 1, 2
#: Largest file of answers, in bytes.
MAX_ANSWERS = 1_000_000


class _WrongUsage(Exception):
    """The message is a French sentence."""


@dataclass(frozen=True, slots=True)
class _Town:
    """What a file may name there; None: any name is taken."""

    desks: frozenset[str] | None = None
    circuits: frozenset[str] | None = None

    def imported(self, data: bytes, answers: Mapping[str, str]) -> Imported:
        """The import of a file for this town."""
        return import_drawing(data, answers, desks=self.desks, circuits=self.circuits)


def import_file(options: argparse.Namespace, settings: Settings | None = None) -> int:
    """Import ``options.file``, for the tenant ``options.tenant`` when one is named, which needs ``settings``.

    0: written, it can be published. 1: questions are left (printed as a file of answers), or it cannot be published
    yet. 2: a file cannot be read or written.
    """
    given = [options.file, *([options.answers] if options.answers else [])]
    if faults := unreadable(given):
        print("\n".join(faults), file=sys.stderr)
        return WRONG_USAGE
    output: Path = options.output or Path(f"{options.file.stem}.parapheur.bpmn")
    try:
        answers = _read_answers(options.answers) if options.answers else {}
        if output.exists():
            raise _WrongUsage(f"{output} existe déjà ; choisissez un autre nom avec --output.")
        town = _town(settings, options.tenant) if settings is not None else _Town()
    except _WrongUsage as fault:
        print(fault, file=sys.stderr)
        return WRONG_USAGE
    data = read_up_to(options.file, MAX_BYTES)
    imported = town.imported(data, answers)
    if imported.questions and sys.stdin.isatty():
        imported = _ask(town, data, answers, imported)
    if imported.questions:
        print(_as_toml(answers, imported))
        print(
            f"{options.file} : il manque {_count(imported)}. Remplissez ce qui précède dans un fichier .toml, puis"
            " recommencez avec --answers.",
            file=sys.stderr,
        )
        return NOT_WELL
    return _finish(options.file, output, imported)


def _read_answers(path: Path) -> dict[str, str]:
    content = read_up_to(path, MAX_ANSWERS)
    try:
        text = content.decode("utf-8-sig")
        if path.suffix == ".json":
            found: Any = json.loads(text)
        elif path.suffix == ".toml":
            found = tomllib.loads(text)
        else:
            raise _WrongUsage(f"{path} : un fichier de réponses se nomme .toml ou .json.")
    except UnicodeDecodeError:
        raise _WrongUsage(f"{path} n’est pas en UTF-8.") from None
    except (ValueError, RecursionError) as fault:
        raise _WrongUsage(f"{path} n’est pas du {path.suffix[1:].upper()} lisible ({fault}).") from None
    if not isinstance(found, dict):
        raise _WrongUsage(f"{path} : il faut des réponses par identifiant de question.")
    wrong = [name for name, value in found.items() if isinstance(value, bool) or not isinstance(value, str | int)]
    if wrong:
        raise _WrongUsage(f"{path} : la réponse à « {wrong[0]} » doit être un texte entre guillemets.")
    return {name: str(value) for name, value in found.items()}


def _town(settings: Settings, short_name: str) -> _Town:
    with opened(settings) as database, database.reading() as session:
        tenant = tenant_named(session, short_name)
        if tenant is None:
            raise _WrongUsage(no_tenant(short_name))
        around = around_of(session, CircuitLibrary(), tenant.id, CIRCUIT_SERVICES)
    return _Town(frozenset(around.desks or ()) - frozenset(around.unfit), frozenset(around.circuits or ()))


def _ask(town: _Town, data: bytes, answers: dict[str, str], imported: Imported) -> Imported:
    """Ask until nothing is missing, or until the end of what is typed: then what is left is printed."""
    while imported.questions:
        question = imported.questions[0]
        try:
            answers[question.id] = _answer(question)
        except EOFError:
            print()
            break
        imported = town.imported(data, answers)
    return imported


def _answer(question: Question) -> str:
    if question.fault:
        print(question.fault)
    print(question.question)
    for number, proposal in enumerate(question.proposals, start=1):
        print(f"  {number}. {proposal.value} : {proposal.label}")
    kept = question.proposals[0].value if question.proposals else ""
    prompt = f"Réponse, ou Entrée pour « {kept} » : " if kept else "Réponse : "
    while True:
        typed = input(prompt).strip()
        if typed.isdigit() and 0 < int(typed) <= len(question.proposals) and question.kind != "list":
            return question.proposals[int(typed) - 1].value
        if typed or kept:
            return typed or kept


def _as_toml(answers: Mapping[str, str], imported: Imported) -> str:
    """A file of answers: those given, then one line per question, filled with the likeliest answer."""
    asked = {question.id for question in imported.questions}
    lines = [f"{_quoted(name)} = {_quoted(value)}" for name, value in answers.items() if name not in asked]
    for question in imported.questions:
        lines += ["", *(f"# {line}" for line in (question.fault, question.question) if line)]
        lines += [f"#   {proposal.value} : {proposal.label}" for proposal in question.proposals]
        value = answers.get(question.id) or (question.proposals[0].value if question.proposals else "")
        lines.append(f"{_quoted(question.id)} = {_quoted(value)}")
    return "\n".join(lines).strip()


def _quoted(text: str) -> str:
    """A basic string of TOML, which is also one of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _count(imported: Imported) -> str:
    number = len(imported.questions)
    return "une réponse" if number == 1 else f"{number} réponses"


def _finish(path: Path, output: Path, imported: Imported) -> int:
    for change in imported.changes:
        where = f" [{change.element_id}]" if change.element_id else ""
        print(f"{path} : changé{where} : {change.sentence}")
    tell(str(path), imported.findings)
    if imported.bpmn is None:
        return NOT_WELL
    try:
        with output.open("xb") as file:
            file.write(imported.bpmn)
    except OSError as fault:
        print(f"{output} ne peut pas être écrit ({fault.strerror}).", file=sys.stderr)
        return WRONG_USAGE
    wrong = not can_be_published(imported.findings)
    state = "il reste à corriger ce qui précède avant de le publier" if wrong else "ce circuit peut être publié"
    print(f"{output} : écrit ; {state}.")
    return NOT_WELL if wrong else OK
