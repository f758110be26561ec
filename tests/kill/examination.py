"""What a process that starts again finds: whether everything holds together, and what the commune now is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, SQLModel, col, select

from engine.circuits import open_steps
from engine.documents.model import DocumentVersion
from engine.folders.model import Folder, FolderStatus, PreparedSignature, ProcessInstance, Signature, Step
from engine.journal.model import JournalEntry
from engine.journal.rules import broken_at
from engine.people.model import Account
from engine.work.model import WorkItem
from notifications.model import Mail
from tests.support.world import World


def examine(world: World) -> dict[str, Any]:
    """``faults``: what does not hold together; ``rows``: digest of every row; ``story``: what they tell, sorted."""
    with world.database.reading() as session:
        return {
            "faults": [*_unsound(world, session), *_inconsistent(world, session), *_missing(world, session)],
            "rows": _digest(session),
            "story": sorted(_story(session)),
        }


def _unsound(world: World, session: Session) -> Iterator[str]:
    if not world.database.is_sqlite:
        return
    for pragma in ("integrity_check", "foreign_key_check"):
        for row in session.connection().execute(text(f"PRAGMA {pragma}")):
            if tuple(row) != ("ok",):
                yield f"{pragma}: {tuple(row)}"


def _inconsistent(world: World, session: Session) -> Iterator[str]:
    """The journal is whole, and each run agrees with its folder, its open steps and its journal."""
    entries = session.exec(select(JournalEntry).order_by(col(JournalEntry.chain), col(JournalEntry.seq)))
    for chain, links in groupby(entries, lambda entry: entry.chain):
        if (seq := broken_at(links)) is not None:
            yield f"journal {chain} is broken at {seq}"
    for run in session.exec(select(ProcessInstance)):
        folder = session.get_one(Folder, run.folder_id)
        circuit = world.library.version(session, run.workflow_version_id)
        tokens = {step.token for step in open_steps(circuit, run.state)}
        opened = select(Step).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))
        if tokens != {str(step.id) for step in session.exec(opened)}:
            yield "the state and the open steps disagree"
        if (folder.status is FolderStatus.IN_PROGRESS) is not bool(tokens):
            yield f"a folder {folder.status} has {len(tokens)} open steps"
        moves = select(WorkItem).where(WorkItem.kind == "folder.moved", col(WorkItem.data).contains(str(folder.id)))
        if len(session.exec(moves).all()) != run.version:
            yield "a transition did not leave exactly one event"


def _missing(world: World, session: Session) -> Iterator[str]:
    for version in session.exec(select(DocumentVersion)):
        try:
            content = b"".join(world.store.chunks(version.tenant_id, version.sha256))
        except FileNotFoundError:
            yield f"version {version.number} has no content"
            continue
        if (hashlib.sha256(content).hexdigest(), len(content)) != (version.sha256, version.size):
            yield f"version {version.number} has another content"


def _digest(session: Session) -> str:
    """One row changed, added or gone, whichever table, gives another digest."""
    digest = hashlib.sha256()
    for table in SQLModel.metadata.sorted_tables:
        rows = session.connection().execute(select(table)).all()
        for row in sorted(repr(tuple(row)) for row in rows):
            digest.update(f"{table.name} {row}\n".encode())
    return digest.hexdigest()


def _story(session: Session) -> Iterator[str]:
    """What happened, without what differs from one run to another: identifiers and digests."""
    who = {account.id: account.email.partition("@")[0] for account in session.exec(select(Account))}
    for folder in session.exec(select(Folder)):
        yield f"folder {folder.title} {folder.status} {folder.sent_at is None} {folder.closed_at is None}"
    for run in session.exec(select(ProcessInstance)):
        yield f"run at version {run.version}"
    for step in session.exec(select(Step)):
        actor = who[step.acted_by] if step.acted_by else ""
        yield f"step {step.element_id} {step.closed_at is None} {step.outcome} {actor} {step.reason}"
    for entry in session.exec(select(JournalEntry)):
        yield f"journal {entry.seq} {entry.event} {who[entry.actor_id] if entry.actor_id else ''}"
    for version in session.exec(select(DocumentVersion)):
        yield f"version {version.number} {version.kind}"
    for signature in session.exec(select(Signature)):
        yield f"signature {signature.holder} {signature.level}"
    for prepared in session.exec(select(PreparedSignature)):
        yield f"prepared {who[prepared.account_id]}"
    for item in session.exec(select(WorkItem)):
        yield f"work {item.kind} done={item.done_at is not None} given_up={item.failed_at is not None}"
    for mail in session.exec(select(Mail)):
        state = "sent" if mail.sent_at else "refused" if mail.refused_at else "waiting"
        yield f"mail to {mail.to_address} {mail.subject} {state}"
