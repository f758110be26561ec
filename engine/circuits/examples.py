"""Saved examples: what happens to one folder in a circuit, act by act, written so that anybody can read and check it.

A file holds ``{"examples": [...]}``; docs/circuits/README.md says what an example holds, and
:mod:`engine.circuits.rehearsing` plays one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.circuits.values import Outcome

#: When an example begins that does not say it.
BEGINS = datetime(2026, 1, 5, 8, tzinfo=UTC)


class ExampleFault(Exception):
    """An example that cannot be read, or that no longer says what the circuit does. The message is French."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a folder is: what an example expects, or what was found."""

    open: tuple[str, ...] = ()  #: open steps, as ``name`` or ``name (desk)``
    work: tuple[str, ...] = ()  #: service tasks that wait for their worker, by name
    finished: bool = False
    rejected: bool = False  #: whether it finished as rejected
    state: bytes = field(default=b"", compare=False, repr=False)  #: of what was found: the run as it is stored

    def sentence(self) -> str:
        """The situation in French."""
        if self.finished:
            return "le dossier est fini, rejeté" if self.rejected else "le dossier est fini"
        parts = [listed("étape ouverte", "étapes ouvertes", self.open)]
        if self.work:
            parts.append(listed("tâche en attente", "tâches en attente", self.work))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class ExampleAct:
    """One thing that happens: somebody acts, a worker answers, a message comes, or time passes."""

    kind: str  #: ``step``, ``work``, ``message``; empty: only time passes
    name: str = ""
    desk: str = ""  #: of a step asked of several desks
    instance: int | None = None  #: of a step asked several times, from 1
    outcome: str = Outcome.APPROVED
    fills: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""  #: correlation key of a message
    error: str | None = None  #: code of what a worker could not do
    after: str = ""  #: ISO 8601 duration that passes before
    then: Situation | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One folder, from its start to where the example leaves it."""

    name: str
    variables: Mapping[str, Any]
    acts: tuple[ExampleAct, ...]
    begins: datetime = BEGINS
    then: Situation | None = None  #: what is expected at the start


def read_examples(data: bytes) -> list[Example]:
    """The examples of a file. Raises :class:`ExampleFault`, which says where the file is wrong."""
    try:
        content = json.loads(data)
    except ValueError as fault:
        raise ExampleFault(f"Ce fichier d’exemples n’est pas du JSON lisible : {fault}.") from None
    where = "Ce fichier d’exemples"
    found = _Reader(content, where).only("examples").listed("examples")
    examples = [_example(item, number) for number, item in enumerate(found, start=1)]
    if len({example.name for example in examples}) < len(examples):
        raise ExampleFault(f"{where} contient deux exemples du même nom. Donnez à chacun un nom à lui.")
    return examples


def quoted(names: Sequence[str]) -> str:
    """Names between French quotation marks."""
    return ", ".join(f"« {name} »" for name in names)


def listed(one: str, several: str, names: Sequence[str]) -> str:
    """How many there are of something, and which."""
    if not names:
        return f"aucune {one}"
    return f"{one if len(names) == 1 else several} : {', '.join(sorted(names))}"


class _Reader:
    """One object of the file, with faults that say where."""

    def __init__(self, content: Any, where: str) -> None:
        self.where = where
        if not isinstance(content, dict):
            raise ExampleFault(f"{where} : un objet JSON est attendu, entre accolades.")
        self.content: dict[str, Any] = content

    def only(self, *names: str) -> _Reader:
        strange = [name for name in self.content if name not in names]
        if strange:
            raise ExampleFault(
                f"{self.where} : {quoted(strange)} n’est pas connu ici. Mots connus : {', '.join(names)}."
            )
        return self

    def get(self, name: str, kind: type, what: str, default: Any = None) -> Any:
        value = self.content.get(name, default)
        if value is not default and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise ExampleFault(f"{self.where} : « {name} » doit être {what}.")
        return value

    def text(self, name: str, default: str = "") -> str:
        return str(self.get(name, str, "un texte", default))

    def listed(self, name: str) -> list[Any]:
        return list(self.get(name, list, "une liste", []))


def _example(content: Any, number: int) -> Example:
    reader = _Reader(content, f"Exemple {number}").only("name", "begins", "variables", "then", "acts")
    name = reader.text("name")
    if not name:
        raise ExampleFault(f"Exemple {number} : donnez-lui un nom (name).")
    reader.where = f"Exemple « {name} »"
    begins = reader.text("begins")
    try:
        moment = datetime.fromisoformat(begins) if begins else BEGINS
    except ValueError:
        raise ExampleFault(f"{reader.where} : « {begins} » n’est pas une date ISO 8601.") from None
    if moment.tzinfo is None:
        raise ExampleFault(f"{reader.where} : « begins » doit dire son fuseau, par exemple +01:00.")
    return Example(
        name=name,
        variables=reader.get("variables", dict, "un objet", {}),
        acts=tuple(
            _act(item, f"{reader.where}, acte {position}") for position, item in enumerate(reader.listed("acts"), 1)
        ),
        begins=moment,
        then=_then(reader),
    )


def _act(content: Any, where: str) -> ExampleAct:
    reader = _Reader(content, where).only(
        "step", "work", "message", "desk", "instance", "outcome", "fills", "key", "error", "after", "then"
    )
    kinds = [kind for kind in ("step", "work", "message") if kind in reader.content]
    if len(kinds) > 1 or (not kinds and "after" not in reader.content):
        raise ExampleFault(
            f"{where} : dites une seule chose : une étape (step), une tâche (work), un message, ou after."
        )
    return ExampleAct(
        kind=kinds[0] if kinds else "",
        name=reader.text(kinds[0]) if kinds else "",
        desk=reader.text("desk"),
        instance=reader.get("instance", int, "un nombre"),
        outcome=reader.text("outcome", Outcome.APPROVED),
        fills=reader.get("fills", dict, "un objet", {}),
        key=reader.text("key"),
        error=reader.get("error", str, "un texte"),
        after=reader.text("after"),
        then=_then(reader),
    )


def _then(around: _Reader) -> Situation | None:
    if "then" not in around.content:
        return None
    reader = _Reader(around.content["then"], f"{around.where}, then").only("open", "work", "finished", "result")
    result = reader.text("result")
    if result not in {"", Outcome.REJECTED}:
        raise ExampleFault(f"{reader.where} : le résultat « {result} » n’existe pas ; seul « rejected » se dit.")
    return Situation(
        open=tuple(map(str, reader.listed("open"))),
        work=tuple(map(str, reader.listed("work"))),
        finished=bool(reader.get("finished", bool, "true ou false", False)),
        rejected=bool(result),
    )
