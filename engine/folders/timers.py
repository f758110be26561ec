"""Moving a folder whose timer is due."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from engine.circuits import advance
from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.folders.model import Folder, FolderStatus, ProcessInstance
from engine.folders.transitions import write_progress


def advance_due(database: Database, library: CircuitLibrary, folder_id: UUID, now: datetime) -> bool:
    """Run what is due in this folder's circuit; False when nothing was (somebody acted first, or another worker did).

    Raises ``Refused`` when the circuit aims at a desk that does not exist: the work row keeps the sentence.
    """
    with database.writing() as session:
        instance = session.exec(
            select(ProcessInstance).where(ProcessInstance.folder_id == folder_id).with_for_update()
        ).first()
        if instance is None or instance.next_due_at is None or instance.next_due_at > now:
            return False
        folder = session.get_one(Folder, folder_id)
        if folder.status is not FolderStatus.IN_PROGRESS:
            return False
        circuit = library.version(session, instance.workflow_version_id)
        progress = advance(circuit, instance.state, now=now)
        write_progress(
            session, folder, instance, progress, event="folder:timer:reached", actor_id=None, data={}, now=now
        )
        session.commit()
    return True
