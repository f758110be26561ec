"""A folder told again from its journal alone, by the circuit engine: what it says must be what the tables say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session

from engine.circuits import Circuit, complete, open_steps, start
from engine.circuits.library import CircuitLibrary
from engine.folders.model import Folder, FolderStatus
from engine.folders.transitions import end_status
from engine.folders.variables import variables_at_start
from engine.journal.model import JournalEntry

#: How the journal calls an act that ended a step → the word with which it did, when the entry does not say.
WORDS = {
    "folder:step:approved": "approved",
    "folder:step:signed": "approved",
    "folder:step:rejected": "rejected",
    "folder:step:referred_back": "refer_back",
}
STARTS = frozenset({"folder:circuit:started", "folder:circuit:chained"})
BACK = frozenset({"folder:step:taken_back", "folder:step:returned_to"})


@dataclass
class Told:
    """What the journal of a folder says of it."""

    status: FolderStatus = FolderStatus.DRAFT
    round: int = 1
    version: int = 0  #: of the run
    archived: bool = False
    followers: set[UUID] = field(default_factory=set)
    waiting: Counter[str] = field(default_factory=Counter)  #: elements that wait for somebody
    result: str = ""


def told_by(session: Session, library: CircuitLibrary, folder: Folder, entries: Sequence[JournalEntry]) -> Told:
    """Play the journal again. What each entry keeps as the state before it is compared with what was played."""
    told = Told()
    for entry in entries:
        data: dict[str, Any] = orjson.loads(entry.data)
        if "version" in data:
            assert data["version"] == told.version + 1, (entry.event, data)
            told.version = data["version"]
        _play(session, library, folder, entries, entry, data, told)
    return told


def _play(
    session: Session,
    library: CircuitLibrary,
    folder: Folder,
    entries: Sequence[JournalEntry],
    entry: JournalEntry,
    data: dict[str, Any],
    told: Told,
) -> None:
    event, before = entry.event, entry.state_before
    if event in STARTS:
        circuit = _circuit(session, library, data)
        _note(told, circuit, start(circuit, variables_at_start(session, folder), now=entry.at))
        told.round = data["round"]
        told.archived = False
    elif event in WORDS:
        assert before is not None
        circuit = _circuit_at(session, library, entries, entry)
        assert _elements(circuit, before) == told.waiting, event
        word = data.get("outcome", WORDS[event])
        by = {"account": str(entry.actor_id), "desk": ""}
        progress = complete(circuit, before, data["step_id"], outcome=word, by=by, variables={}, now=entry.at)
        _note(told, circuit, progress)
    elif event in BACK:
        assert before is not None
        circuit = _circuit_at(session, library, entries, entry)
        assert _elements(circuit, before) == told.waiting, event
        told.waiting = _elements(circuit, _state_at(entries, entry, data["back_to"]))
    elif event == "folder:circuit:stopped":
        told.status, told.waiting = FolderStatus.STOPPED, Counter()
    elif event == "folder:draft:recycled":
        told.status, told.archived, told.round = FolderStatus.DRAFT, False, data["ended_round"] + 1
        told.waiting = Counter()
    elif event == "folder:follower:added":
        told.followers.add(_actor(entry))
    elif event == "folder:follower:removed":
        told.followers.remove(_actor(entry))
    elif event in {"folder:tray:archived", "folder:tray:unarchived"}:
        told.archived = event == "folder:tray:archived"


def _note(told: Told, circuit: Circuit, progress: Any) -> None:
    told.status = end_status(progress)
    told.waiting = _elements(circuit, progress.state) if told.status is FolderStatus.IN_PROGRESS else Counter()


def _elements(circuit: Circuit, state: bytes) -> Counter[str]:
    return Counter(step.element_id for step in open_steps(circuit, state))


def _circuit(session: Session, library: CircuitLibrary, data: dict[str, Any]) -> Circuit:
    return library.version(session, UUID(data["workflow_version"]))


def _circuit_at(
    session: Session, library: CircuitLibrary, entries: Sequence[JournalEntry], entry: JournalEntry
) -> Circuit:
    """The circuit in which a folder was at an entry of its journal: that of the last start before it."""
    started = _earlier(entries, entry, lambda other: other.event in STARTS)
    return _circuit(session, library, orjson.loads(started.data))


def _state_at(entries: Sequence[JournalEntry], entry: JournalEntry, version: int) -> bytes:
    """The state before the transition that made this version."""
    found = _earlier(entries, entry, lambda other: orjson.loads(other.data).get("version") == version)
    assert found.state_before is not None
    return found.state_before


def _earlier(
    entries: Sequence[JournalEntry], entry: JournalEntry, wanted: Callable[[JournalEntry], bool]
) -> JournalEntry:
    return next(other for other in reversed(entries) if other.seq < entry.seq and wanted(other))


def _actor(entry: JournalEntry) -> UUID:
    assert entry.actor_id is not None
    return entry.actor_id
