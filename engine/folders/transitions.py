"""Writing down what the circuit engine decided: state, open steps, journal, work, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlmodel import Session

from engine.circuits import OpenStep, Progress
from engine.database import table_of
from engine.desks.queries import desks_by_short_name
from engine.folders.model import Folder, FolderStatus, ProcessInstance, Step
from engine.journal.actions import record
from engine.refusals import Refused
from engine.work.actions import enqueue

#: Work kind: a folder moved; whoever must be told is told.
FOLDER_MOVED = "folder.moved"
#: Work kind: a timer of a folder is due.
TIMER_DUE = "folder.timer"

_instances = table_of(ProcessInstance)
_steps = table_of(Step)
_folders = table_of(Folder)


def open_steps(session: Session, folder: Folder, opened: Sequence[OpenStep], now: datetime) -> None:
    """Write the steps that the circuit has just opened, each for the desk it aims at.

    Raises :class:`Refused` (``unknown_desk``) when the circuit aims at a desk that the tenant does not have.
    """
    if not opened:
        return
    desks = desks_by_short_name(session, folder.tenant_id)
    rows = []
    for step in opened:
        aimed = step.desk or ""
        desk_id = folder.emitter_desk_id if aimed == "emitter" else desks[aimed].id if aimed in desks else None
        if desk_id is None:
            raise Refused(
                "unknown_desk",
                f"L’étape « {step.name} » vise le bureau « {aimed} », qui n’existe pas dans votre collectivité."
                " Le dossier n’a pas bougé ; prévenez l’administrateur du circuit.",
            )
        rows.append(
            {
                "id": UUID(step.token),
                "tenant_id": folder.tenant_id,
                "folder_id": folder.id,
                "element_id": step.element_id,
                "name": step.name,
                "kind": str(step.kind),
                "desk_id": desk_id,
                "opened_at": now,
                "reason": "",
            }
        )
    session.connection().execute(insert(_steps), rows)


def withdraw_steps(session: Session, tokens: Sequence[str], now: datetime) -> None:
    """Close the steps that the circuit withdrew without anybody acting on them."""
    if tokens:
        session.connection().execute(
            update(_steps)
            .where(_steps.c.id.in_([UUID(token) for token in tokens]), _steps.c.closed_at.is_(None))
            .values(closed_at=now)
        )


def settle(session: Session, folder: Folder, status: FolderStatus, now: datetime) -> None:
    """Write that a folder has come to its end."""
    session.connection().execute(
        update(_folders).where(_folders.c.id == folder.id).values(status=status.value, closed_at=now)
    )
    folder.status, folder.closed_at = status, now


def write_progress(
    session: Session,
    folder: Folder,
    instance: ProcessInstance,
    progress: Progress,
    *,
    event: str,
    actor_id: UUID | None,
    data: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write a transition: guarded state, steps, journal with the state before, and the neutral event for workers."""
    open_steps(session, folder, progress.opened, now)
    withdraw_steps(session, progress.closed, now)
    if progress.finished:
        settle(session, folder, end_status(progress), now)
    version = instance.version + 1
    changed = session.connection().execute(
        update(_instances)
        .where(_instances.c.folder_id == folder.id, _instances.c.version == instance.version)
        .values(version=version, state=progress.state, next_due_at=progress.next_due)
    )
    if changed.rowcount != 1:
        raise Refused(
            "conflict",
            "Quelqu’un agissait sur ce dossier au même instant. Votre action n’a pas été enregistrée ; recommencez.",
        )
    record(
        session,
        tenant_id=folder.tenant_id,
        chain=folder.id,
        event=event,
        at=now,
        actor_id=actor_id,
        data={**data, "version": version},
        state_before=instance.state,
    )
    announce(session, folder, version, progress, now)


def announce(session: Session, folder: Folder, version: int, progress: Progress, now: datetime) -> None:
    """Leave the neutral event of a transition, and the next timer, as work rows."""
    enqueue(
        session,
        FOLDER_MOVED,
        {
            "folder_id": str(folder.id),
            "version": version,
            "opened": [step.token for step in progress.opened],
            "status": folder.status.value,
        },
        now=now,
        tenant_id=folder.tenant_id,
        key=f"{FOLDER_MOVED}:{folder.id}:{version}",
    )
    if progress.next_due is not None and not progress.finished:
        enqueue(
            session,
            TIMER_DUE,
            {"folder_id": str(folder.id)},
            now=now,
            tenant_id=folder.tenant_id,
            key=f"{TIMER_DUE}:{folder.id}:{version}",
            available_at=progress.next_due,
        )


def end_status(progress: Progress) -> FolderStatus:
    """Finished, unless the end event that was reached says the folder is rejected."""
    return FolderStatus.REJECTED if progress.result == "rejected" else FolderStatus.FINISHED
