"""What comes back from outside to a circuit: answers to its service tasks, messages that it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from engine.circuits import NotOpen, answer, deliver, open_work
from engine.circuits.library import CircuitLibrary
from engine.database import Database, table_of
from engine.folders.facts import load_run
from engine.folders.model import AwaitedMessage, FolderStatus
from engine.folders.transitions import write_progress

_awaited = table_of(AwaitedMessage)


def is_asked(database: Database, library: CircuitLibrary, *, folder_id: UUID, token: str) -> bool:
    """Whether a circuit still waits for this service: an act that is taken back asks no more for what it had asked."""
    with database.reading() as session:
        loaded = load_run(session, folder_id)
        if loaded is None or loaded[0].status is not FolderStatus.IN_PROGRESS:
            return False
        _, run = loaded
        work = open_work(library.version(session, run.workflow_version_id), run.state)
    return any(item.token == token for item in work)


def answer_service(
    database: Database,
    library: CircuitLibrary,
    *,
    folder_id: UUID,
    token: str,
    variables: Mapping[str, Any],
    now: datetime,
    error: str | None = None,
) -> bool:
    """Give a worker's answer to a service task; False when the circuit waits for it no more.

    ``error``: the code of what went wrong, for the drawing to catch. Given twice, the second changes nothing.
    """
    with database.writing() as session:
        loaded = load_run(session, folder_id)
        if loaded is None or loaded[0].status is not FolderStatus.IN_PROGRESS:
            return False
        folder, run = loaded
        circuit = library.version(session, run.workflow_version_id)
        try:
            progress = answer(
                circuit, run.state, token, variables=variables, error=error, now=now, calendar=run.calendar
            )
        except NotOpen:
            return False
        data = {"token": token, **({"error": error} if error else {})}
        event = "folder:service:failed" if error else "folder:service:done"
        write_progress(session, folder, run, progress, event=event, actor_id=None, data=data, now=now)
        session.commit()
    return True


def receive_message(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    message: str,
    key: str,
    variables: Mapping[str, Any],
    now: datetime,
) -> UUID | None:
    """Hand a message to the folder of this tenant that waits for its name and key; None when none does.

    ``key``: the correlation key that the drawing computes, else the folder's identifier. Of several folders that wait
    for the same key the oldest is served. Nothing is kept unless the caller commits.
    """
    folder_id = (
        session.connection()
        .execute(
            select(_awaited.c.folder_id)
            .where(_awaited.c.tenant_id == tenant_id, _awaited.c.message == message, _awaited.c.key == key)
            .order_by(_awaited.c.folder_id)
            .limit(1)
        )
        .scalar()
    )
    loaded = load_run(session, folder_id) if folder_id is not None else None
    if loaded is None or loaded[0].status is not FolderStatus.IN_PROGRESS:  # stopped since it was found
        return None
    folder, run = loaded
    circuit = library.version(session, run.workflow_version_id)
    asked = "" if key == str(folder.id) else key
    progress = deliver(
        circuit, run.state, message=message, key=asked, variables=variables, now=now, calendar=run.calendar
    )
    if progress is None:
        return None
    data = {"message": message, "key": key, "variables": dict(variables)}
    write_progress(session, folder, run, progress, event="folder:message:received", actor_id=None, data=data, now=now)
    return folder.id
