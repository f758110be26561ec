"""Going back: the *droit de remords* of who acted last, and the return of a folder to an earlier step.

Both restore the state of the circuit as it was before an act; what happened stays in the journal and in the versions of
the documents.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from engine.circuits import CircuitStuck, Rewound, rewind
from engine.circuits.library import CircuitLibrary
from engine.database import table_of
from engine.desks.authority import Authority, authority_over
from engine.desks.model import Desk
from engine.documents.actions import restore_version
from engine.documents.model import DocumentVersion
from engine.folders.actions import Acted, told_of
from engine.folders.events import BARRIERS
from engine.folders.facts import FolderRow, RunRow, acting_for, held_ids, load_run, matter_of
from engine.folders.model import Folder, FolderStatus, PaperSignature, SecondOpinion, Signature, Step, Transfer
from engine.folders.rules import NOT_FOUND, UndoFacts, may_return, may_undo
from engine.folders.transitions import (
    FOLDER_MOVED,
    MESSAGE_THROWN,
    announce_rewound,
    reopen_steps,
    settle,
    withdraw_steps,
    write_awaited,
    write_state,
)
from engine.journal.actions import record
from engine.journal.model import JournalEntry
from engine.people.model import Account
from engine.refusals import Refusal, Refused
from engine.work.actions import cancel

_transfers, _opinions, _papers = table_of(Transfer), table_of(SecondOpinion), table_of(PaperSignature)
_entries, _steps, _desks = table_of(JournalEntry), table_of(Step), table_of(Desk)
_DESK_OF_STEP = select(_desks.c.id, _desks.c.name).join(_steps, _steps.c.desk_id == _desks.c.id)


@dataclass(frozen=True, slots=True)
class Transition:
    """An act of the journal that moved the circuit."""

    version: int  #: of the run, after it
    actor_id: UUID | None
    step_id: UUID | None
    step: str
    state_before: bytes


def undo(
    session: Session, library: CircuitLibrary, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime
) -> Acted | Refusal:
    """Take back one's own act, while nobody has acted since and no next actor has opened the folder.

    A signature that was produced stays in the evidence, marked withdrawn; the folder goes on from the version before
    it. Nothing is kept unless the caller commits.
    """
    loaded = _loaded(session, tenant_id, folder_id)
    if loaded is None:
        return NOT_FOUND
    folder, run = loaded
    last = last_act(session, folder_id)
    refusal = may_undo(undo_facts(session, folder, last, account.id, now=now))
    if refusal:
        return refusal
    authority = _capacity(session, folder, last[0].step_id, account.id, now)
    assert not isinstance(authority, Refusal)  # may_undo refuses otherwise
    return _back(session, library, folder, run, last, account, "folder:step:taken_back", "", now, authority)


def last_act(session: Session, folder_id: UUID) -> list[Transition]:
    """The last act of a person that still counts, then what the circuit did by itself since; nothing if none."""
    transitions = _transitions(session, folder_id)
    acts = [place for place, item in enumerate(transitions) if item.actor_id is not None]
    return transitions[acts[-1] :] if acts else []


def undo_facts(
    session: Session, folder: FolderRow | Folder, last: Sequence[Transition], account_id: UUID, *, now: datetime
) -> UndoFacts:
    """What decides whether somebody may take back the last act."""
    if not last or last[0].actor_id != account_id or last[0].step_id is None:
        return UndoFacts(folder.status, mine=False, opened=None)
    mine = select(_steps.c.closed_at).where(_steps.c.id == last[0].step_id).scalar_subquery()
    opened = session.connection().execute(
        select(_steps.c.name)
        .where(
            _steps.c.folder_id == folder.id,
            _steps.c.id != last[0].step_id,
            or_(_steps.c.read_at.is_not(None), _was_touched()),
            _steps.c.opened_at >= mine,
        )
        .limit(1)
    )
    capacity = _capacity(session, folder, last[0].step_id, account_id, now)
    unauthorised = capacity if isinstance(capacity, Refusal) else None
    return UndoFacts(folder.status, mine=True, opened=opened.scalar(), unauthorised=unauthorised)


def _capacity(
    session: Session, folder: FolderRow | Folder, step_id: UUID | None, account_id: UUID, now: datetime
) -> Authority | Refusal | None:
    """In what capacity somebody may act now for the desk of a step, or why not; None when there is no such step."""
    desk = session.connection().execute(_DESK_OF_STEP.where(_steps.c.id == step_id)).first()
    if desk is None:
        return None
    return authority_over(
        session,
        tenant_id=folder.tenant_id,
        account_id=account_id,
        desk_id=desk.id,
        desk_name=desk.name,
        matter=matter_of(session, folder),
        now=now,
    )


def _was_touched() -> ColumnElement[bool]:
    """Whether somebody transferred a step, or asked about it: it comes back unread from where it was."""
    return or_(
        exists().where(_transfers.c.step_id == _steps.c.id),
        exists().where(_opinions.c.step_id == _steps.c.id),
    )


def return_to(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    folder_id: UUID,
    step_id: UUID,
    reason: str,
    now: datetime,
    seen: Collection[UUID] | None = None,
) -> Acted | Refusal:
    """Send a folder back to a step that is done: every act since falls, and whoever gave one is told.

    ``seen``: the steps whose acts fall, as the person was shown them; None when nothing was shown.
    Asked by whoever holds the emitter desk, or may act on a step that is open, with a reason. Nothing is kept unless
    the caller commits.
    """
    loaded = _loaded(session, tenant_id, folder_id)
    if loaded is None:
        return NOT_FOUND
    folder, run = loaded
    fallen = falling(session, folder_id, step_id)
    emits = folder.emitter_desk_id in held_ids(session, tenant_id, account.id)
    authority = None if emits else _authority_on_open_step(session, folder, account.id, now)
    refusal = may_return(
        folder.status,
        concerned=emits or authority is not None,
        falls=bool(fallen),
        reason=reason,
        unchanged=seen is None or set(seen) == {item.step_id for item in fallen if item.step_id},
    )
    if refusal:
        return refusal
    return _back(
        session, library, folder, run, fallen, account, "folder:step:returned_to", reason.strip(), now, authority
    )


def falling(session: Session, folder_id: UUID, step_id: UUID) -> list[Transition]:
    """The acts that would fall if the folder went back to this step, that one first; none when it was never done."""
    transitions = _transitions(session, folder_id)
    places = [place for place, item in enumerate(transitions) if item.step_id == step_id]
    return transitions[places[-1] :] if places else []


def choices(session: Session, folder_id: UUID) -> list[list[Transition]]:
    """Every step that a folder could go back to, the last one done first, each as :func:`falling` gives it."""
    transitions = _transitions(session, folder_id)
    places = {item.step_id: place for place, item in enumerate(transitions) if item.step_id is not None}
    return [transitions[place:] for place in sorted(places.values(), reverse=True)]


def _loaded(session: Session, tenant_id: UUID, folder_id: UUID) -> tuple[FolderRow, RunRow] | None:
    loaded = load_run(session, folder_id)
    return loaded if loaded is not None and loaded[0].tenant_id == tenant_id else None


def _transitions(session: Session, folder_id: UUID) -> list[Transition]:
    """The acts that still count: those before the last return that were not undone by it, in order."""
    rows = session.connection().execute(
        select(_entries.c.event, _entries.c.actor_id, _entries.c.data, _entries.c.state_before)
        .where(_entries.c.chain == folder_id, _entries.c.state_before.is_not(None))
        .order_by(_entries.c.seq)
    )
    found: list[Transition] = []
    for row in rows:
        data: dict[str, Any] = orjson.loads(row.data)
        if row.event in BARRIERS:
            found = []
            continue
        if "back_to" in data:
            found = [item for item in found if item.version < data["back_to"]]
            found.append(Transition(data["version"], None, None, "", row.state_before))
            continue
        step_id = UUID(data["step_id"]) if "step_id" in data else None
        found.append(Transition(data["version"], row.actor_id, step_id, data.get("step", ""), row.state_before))
    return found


def _back(
    session: Session,
    library: CircuitLibrary,
    folder: FolderRow,
    run: RunRow,
    fallen: Sequence[Transition],
    account: Account,
    event: str,
    reason: str,
    now: datetime,
    authority: Authority | None = None,
) -> Acted | Refusal:
    try:
        circuit = library.version(session, run.workflow_version_id)
        rewound = rewind(circuit, fallen[0].state_before, run.state, now=now, calendar=run.calendar)
        reopen_steps(session, folder, rewound, now)
        write_state(session, folder.id, run.version, rewound.state, rewound.next_due)
    except Refused as refused:
        return refused.refusal
    except CircuitStuck as stuck:
        return Refusal("circuit_stuck", str(stuck))
    withdraw_steps(session, rewound.withdrawn, now)
    settle(session, folder.id, FolderStatus.IN_PROGRESS, None)
    write_awaited(session, folder, rewound.awaited, before=run.state)
    signatures = _withdraw_signatures(session, folder.id, fallen, now)
    papers = _withdraw_papers(session, folder.id, fallen, now)
    version = run.version + 1
    data = {
        "step": fallen[0].step,
        "version": version,
        "back_to": fallen[0].version,
        **({"reason": reason} if reason else {}),
        **(told_of(authority) if authority else {}),
        **({"signatures_withdrawn": signatures} if signatures else {}),
        **({"papers_withdrawn": papers} if papers else {}),
    }
    record(
        session,
        tenant_id=folder.tenant_id,
        chain=folder.id,
        event=event,
        at=now,
        actor_id=account.id,
        data=data,
        state_before=run.state,
        last=run.last,
    )
    keys = [f"{FOLDER_MOVED}:{folder.id}:{item.version}" for item in fallen]
    thrown = [f"{MESSAGE_THROWN}:{folder.id}:{item.version}:" for item in fallen]
    told = cancel(session, keys, prefixes=thrown, now=now, reason="annulé : l’action a été reprise")
    _announce(session, folder, version, rewound, fallen, account, reason, told=bool(told), now=now)
    return Acted(folder.id, FolderStatus.IN_PROGRESS)


def _announce(
    session: Session,
    folder: FolderRow,
    version: int,
    rewound: Rewound,
    fallen: Sequence[Transition],
    account: Account,
    reason: str,
    *,
    told: bool,
    now: datetime,
) -> None:
    acts = [item for item in fallen if item.step_id is not None]
    others = sorted({str(item.actor_id) for item in acts if item.actor_id not in {None, account.id}})
    announce_rewound(
        session, folder, version, rewound, told=told, others=others, step=fallen[0].step, reason=reason, now=now
    )


def _withdraw_papers(session: Session, folder_id: UUID, fallen: Sequence[Transition], now: datetime) -> int:
    """Mark the signatures on paper of these acts withdrawn; how many. Their scans stay, as what was declared."""
    steps = [item.step_id for item in fallen if item.step_id is not None]
    marked = session.connection().execute(
        update(_papers)
        .where(_papers.c.folder_id == folder_id, _papers.c.step_id.in_(steps), _papers.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    return marked.rowcount


def _withdraw_signatures(session: Session, folder_id: UUID, fallen: Sequence[Transition], now: datetime) -> list[str]:
    """Mark the signatures of these acts withdrawn and go on from the version before the first of each document."""
    steps = [item.step_id for item in fallen if item.step_id is not None]
    rows = session.exec(
        select_rows(Signature, DocumentVersion)
        .join(DocumentVersion, col(DocumentVersion.id) == Signature.document_version_id)
        .where(
            Signature.folder_id == folder_id,
            col(Signature.step_id).in_(steps),
            col(Signature.withdrawn_at).is_(None),
        )
        .order_by(col(DocumentVersion.number))
    ).all()
    firsts: dict[UUID, DocumentVersion] = {}
    for signature, version in rows:
        firsts.setdefault(version.document_id, version)
        session.connection().execute(
            update(table_of(Signature)).where(table_of(Signature).c.id == signature.id).values(withdrawn_at=now)
        )
    for version in firsts.values():
        restore_version(session, version, now=now)
    return [version.sha256 for _, version in rows]


def _authority_on_open_step(session: Session, folder: FolderRow, account_id: UUID, now: datetime) -> Authority | None:
    """In what capacity somebody may act on a step that is open, as its holder if they are; None when on none."""
    acting = acting_for(session, folder, account_id, now=now)
    found = session.connection().execute(
        select(_steps.c.desk_id).where(
            _steps.c.folder_id == folder.id, _steps.c.closed_at.is_(None), _steps.c.desk_id.in_(acting)
        )
    )
    mine = [acting[desk_id] for desk_id in found.scalars()]
    return min(mine, key=lambda one: one.delegation_id is not None, default=None)
