"""Moving a folder whose timer is due."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from engine.circuits import advance
from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.folders.facts import load_run
from engine.folders.model import FolderStatus
from engine.folders.transitions import write_progress


def advance_due(database: Database, library: CircuitLibrary, folder_id: UUID, now: datetime) -> bool:
    """Run what is due in this folder's circuit; False when nothing was (somebody acted first, or another worker did).

    Raises ``Refused`` when the circuit aims at a desk that does not exist and ``CircuitStuck`` when it cannot go on:
    the work row keeps the sentence.
    """
    with database.writing() as session:
        loaded = load_run(session, folder_id)
        if loaded is None:
            return False
        folder, run = loaded
        if folder.status is not FolderStatus.IN_PROGRESS or run.next_due_at is None or run.next_due_at > now:
            return False
        circuit = library.version(session, run.workflow_version_id)
        progress = advance(circuit, run.state, now=now, calendar=run.calendar)
        write_progress(session, folder, run, progress, event="folder:timer:reached", actor_id=None, data={}, now=now)
        session.commit()
    return True
