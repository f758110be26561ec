"""Moving folders under way to the present version of their circuit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from engine.circuits.actions import unknown_circuit
from engine.circuits.library import CircuitLibrary, latest_version
from engine.circuits.model import WorkflowVersion
from engine.circuits.moving import Immovable, Landing, Moved, move
from engine.circuits.queries import definition_of
from engine.database import Database, table_of
from engine.folders.events import MIGRATED
from engine.folders.facts import FolderRow, RunRow, load_run
from engine.folders.model import Folder, FolderStatus, ProcessInstance, Step
from engine.folders.transitions import write_awaited, write_state
from engine.journal.actions import record
from engine.refusals import Refusal, Refused

_steps, _instances = table_of(Step), table_of(ProcessInstance)
_RENAME = update(_steps).where(_steps.c.id == bindparam("step"), _steps.c.closed_at.is_(None))
_REPOINT = update(_instances).where(_instances.c.folder_id == bindparam("folder"))


@dataclass(frozen=True, slots=True)
class Migration:
    """What becomes of one folder."""

    folder_id: UUID
    title: str
    before: int  #: number of its present version
    after: int
    landings: tuple[Landing, ...]  #: where each of its tokens lands
    obstacle: str = ""  #: French: why it stays where it is; empty when it moves


def migrate_folders(
    database: Database,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    short_name: str,
    now: datetime,
    by: UUID | None = None,
    dry_run: bool = False,
) -> list[Migration] | Refusal:
    """Move every folder under way in an older version of a circuit to the present one, each in its own transaction.

    A folder that cannot move stays as it is, and is told why. ``dry_run``: write nothing, tell what would be done.
    """
    with database.reading() as session:
        target = _target(session, tenant_id, short_name)
        if isinstance(target, Refusal):
            return target
        folders = _behind(session, target)
        if dry_run:
            return [_plan(session, library, folder_id, target)[0] for folder_id in folders]
    done = []
    for folder_id in folders:
        with database.writing() as session:
            done.append(_migrate(session, library, folder_id, target, by, now))
            session.commit()
    return [migration for migration in done if migration is not None]


def _target(session: Session, tenant_id: UUID, short_name: str) -> WorkflowVersion | Refusal:
    definition = definition_of(session, tenant_id, short_name)
    if definition is None:
        return unknown_circuit(short_name)
    version = latest_version(session, tenant_id, definition.id)
    if version is None:
        return Refusal(
            "circuit_retired",
            f"Le circuit « {definition.name} » est retiré : publiez-le d’abord, ou laissez ses dossiers finir.",
        )
    session.expunge(version)
    return version


def _behind(session: Session, target: WorkflowVersion) -> Sequence[UUID]:
    """The folders under way in another version of the same circuit, oldest first."""
    return session.exec(
        select(Folder.id)
        .join(ProcessInstance, col(ProcessInstance.folder_id) == Folder.id)
        .join(WorkflowVersion, col(WorkflowVersion.id) == ProcessInstance.workflow_version_id)
        .where(
            Folder.tenant_id == target.tenant_id,
            Folder.status == FolderStatus.IN_PROGRESS,
            WorkflowVersion.workflow_definition_id == target.workflow_definition_id,
            WorkflowVersion.id != target.id,
        )
        .order_by(col(Folder.id))
    ).all()


def _plan(
    session: Session, library: CircuitLibrary, folder_id: UUID, target: WorkflowVersion
) -> tuple[Migration, Moved | None, FolderRow, RunRow]:
    loaded = load_run(session, folder_id)
    assert loaded is not None
    folder, run = loaded
    present = session.get_one(WorkflowVersion, run.workflow_version_id)
    old, new = library.version(session, present.id), library.version(session, target.id)
    try:
        moved = move(run.state, old, new)
    except Immovable as why:
        return Migration(folder_id, folder.title, present.number, target.number, (), str(why)), None, folder, run
    return Migration(folder_id, folder.title, present.number, target.number, moved.landings), moved, folder, run


def _migrate(
    session: Session, library: CircuitLibrary, folder_id: UUID, target: WorkflowVersion, by: UUID | None, now: datetime
) -> Migration | None:
    """Move one folder; None when it has come to its end, or was moved, meanwhile."""
    migration, moved, folder, run = _plan(session, library, folder_id, target)
    if folder.status is not FolderStatus.IN_PROGRESS or run.workflow_version_id == target.id:
        return None
    if moved is None:
        return migration
    try:
        write_state(session, folder_id, run.version, moved.state, run.next_due_at)
    except Refused as refused:  # nothing was written yet
        return Migration(folder_id, folder.title, migration.before, migration.after, (), str(refused))
    connection = session.connection()
    connection.execute(_REPOINT, {"folder": folder_id, "workflow_version_id": target.id})
    for landing in moved.landings:
        if landing.is_step and landing.before != landing.after:
            connection.execute(_RENAME, {"step": UUID(landing.token), "name": landing.after})
    write_awaited(session, folder, moved.awaited, before=run.state)
    record(
        session,
        tenant_id=folder.tenant_id,
        chain=folder_id,
        event=MIGRATED,
        at=now,
        actor_id=by,
        data={
            "before": migration.before,
            "after": migration.after,
            "workflow_version": str(target.id),
            "sha256": target.sha256,
            "version": run.version + 1,
        },
        state_before=run.state,
        last=run.last,
    )
    return migration
