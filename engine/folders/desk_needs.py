"""What still needs a desk: why it cannot be closed, nor lose the right to act; and closing it when nothing does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, delete, exists, func, update
from sqlmodel import Session, SQLModel, col, select

from engine.circuits import Circuit, forecast, open_steps
from engine.circuits.aims import aimed
from engine.circuits.library import CircuitLibrary, latest_version
from engine.circuits.queries import definitions
from engine.database import table_of
from engine.desks.actions import desks_by_id, hold_tenant, note_desk
from engine.desks.model import Delegation, Desk, DeskAdministrator, DeskAssociation, DeskHolder, DeskSupervisor
from engine.desks.rules import refuse_without
from engine.folders.model import ChosenDesk, Folder, FolderStatus, ProcessInstance, SecondOpinion, Step
from engine.refusals import Refusal

#: Tables of what a desk is, and not of what was done in its name.
_OWN = {table_of(table).name for table in (DeskHolder, DeskSupervisor, DeskAdministrator, DeskAssociation)}
_DRAFT, _IN_PROGRESS = FolderStatus.DRAFT, FolderStatus.IN_PROGRESS


def why_it_must_act(session: Session, library: CircuitLibrary, desk: Desk, *, now: datetime) -> list[str]:
    """Why a step may still be for this desk, each a French sentence without final stop."""
    waiting = _count(session, select(Step.id).where(Step.desk_id == desk.id, col(Step.closed_at).is_(None)))
    opinions = _count(
        session,
        select(SecondOpinion.id).where(SecondOpinion.asked_desk_id == desk.id, col(SecondOpinion.closed_at).is_(None)),
    )
    chosen = _count(
        session,
        select(ChosenDesk.folder_id)
        .join(Folder, col(Folder.id) == ChosenDesk.folder_id)
        .where(ChosenDesk.desk_id == desk.id, Folder.status == _DRAFT),
    )
    found = [
        _some(waiting, "une étape attend ce bureau", "étapes attendent ce bureau"),
        _some(opinions, "un avis lui est demandé", "avis lui sont demandés"),
        _some(chosen, "un brouillon l’a choisi", "brouillons l’ont choisi"),
        *(f"le circuit « {name} » le désigne" for name in _circuits_naming(session, library, desk)),
    ]
    if not waiting and _is_foreseen(session, library, desk, now):
        found.append("un dossier en cours doit encore passer par lui")
    return [sentence for sentence in found if sentence]


def why_it_must_stay(session: Session, library: CircuitLibrary, desk: Desk, *, now: datetime) -> list[str]:
    """Why this desk cannot be closed, each a French sentence without final stop."""
    emitted = {
        status: _count(session, select(Folder.id).where(Folder.emitter_desk_id == desk.id, Folder.status == status))
        for status in (_DRAFT, _IN_PROGRESS)
    }
    below = _count(session, select(Desk.id).where(Desk.parent_desk_id == desk.id, col(Desk.closed_at).is_(None)))
    delegations = _count(
        session,
        select(Delegation.id).where(
            (col(Delegation.delegating_desk_id) == desk.id) | (col(Delegation.substitute_desk_id) == desk.id),
            Delegation.ends_at > now,
        ),
    )
    found = [
        _some(
            emitted[_IN_PROGRESS], "un dossier qu’il a envoyé est en cours", "dossiers qu’il a envoyés sont en cours"
        ),
        _some(emitted[_DRAFT], "un brouillon est à son nom", "brouillons sont à son nom"),
        _some(below, "un bureau dépend de lui", "bureaux dépendent de lui"),
        _some(delegations, "une délégation le concerne", "délégations le concernent"),
    ]
    return [*why_it_must_act(session, library, desk, now=now), *(sentence for sentence in found if sentence)]


def is_unused(session: Session, desk: Desk) -> bool:
    """Whether nothing was ever done in the name of a desk, nor aimed at it: it may be deleted without a trace lost."""
    connection = session.connection()
    for table, column in _references():
        if connection.execute(exists().where(table.c[column] == desk.id).select()).scalar():
            return False
    return True


def close_desk(
    session: Session, library: CircuitLibrary, *, tenant_id: UUID, by: UUID, desk_id: UUID, now: datetime
) -> Desk | Refusal | None:
    """Close a desk that nothing needs: it stays for the proof, and nothing aims at it any more. None: no such desk."""
    hold_tenant(session, tenant_id)
    desk = desks_by_id(session, tenant_id).get(desk_id)
    if desk is None or desk.closed_at is not None:
        return desk
    reasons = why_it_must_stay(session, library, desk, now=now)
    if refusal := refuse_without(desk.name, reasons, "être fermé"):
        return refusal
    desk.closed_at = now
    session.flush()
    note_desk(session, desk, "tenant:desk:closed", by, now)
    return desk


def reopen_desk(session: Session, *, tenant_id: UUID, by: UUID, desk_id: UUID, now: datetime) -> Desk | None:
    """Open again a desk that was closed; under a superior closed meanwhile it has none. None: no such desk."""
    hold_tenant(session, tenant_id)
    desks = desks_by_id(session, tenant_id)
    desk = desks.get(desk_id)
    if desk is None or desk.closed_at is None:
        return desk
    if desk.parent_desk_id is not None and desks[desk.parent_desk_id].closed_at is not None:
        desk.parent_desk_id = None
    desk.closed_at = None
    session.flush()
    note_desk(session, desk, "tenant:desk:reopened", by, now)
    return desk


def delete_desk(
    session: Session, library: CircuitLibrary, *, tenant_id: UUID, by: UUID, desk_id: UUID, now: datetime
) -> Desk | Refusal | None:
    """Delete a desk that nothing has ever used: one that was created by mistake. None: no such desk."""
    hold_tenant(session, tenant_id)
    desk = desks_by_id(session, tenant_id).get(desk_id)
    if desk is None:
        return None
    reasons = why_it_must_stay(session, library, desk, now=now)
    if not reasons and not is_unused(session, desk):
        reasons = ["il a déjà servi, et ce qu’il a fait se prouve ; fermez-le plutôt"]
    if refusal := refuse_without(desk.name, reasons, "être supprimé"):
        return refusal
    note_desk(session, desk, "tenant:desk:deleted", by, now)
    connection = session.connection()
    connection.execute(update(Desk).where(col(Desk.parent_desk_id) == desk.id).values(parent_desk_id=None))
    for table in (DeskHolder, DeskSupervisor, DeskAdministrator):
        connection.execute(delete(table).where(col(table.desk_id) == desk.id))
    both = (col(DeskAssociation.desk_id) == desk.id) | (col(DeskAssociation.associated_desk_id) == desk.id)
    connection.execute(delete(DeskAssociation).where(both))
    session.delete(desk)
    session.flush()
    return desk


def _references() -> Iterator[tuple[Table, str]]:
    """Every column that names a desk, but for those that say what a desk is."""
    for table in SQLModel.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == table_of(Desk).name and table.name not in {*_OWN, table_of(Desk).name}:
                yield table, key.parent.name


def _count(session: Session, query: object) -> int:
    return session.exec(select(func.count()).select_from(query.subquery())).one()  # type: ignore[attr-defined]


def _some(number: int, one: str, several: str) -> str:
    return "" if not number else one if number == 1 else f"{number} {several}"


def _circuits_naming(session: Session, library: CircuitLibrary, desk: Desk) -> Iterator[str]:
    """The circuits in use whose present drawing names a desk."""
    for definition in definitions(session, desk.tenant_id):
        version = latest_version(session, desk.tenant_id, definition.id) if definition.retired_at is None else None
        if version is not None and _names(library.version(session, version.id), desk.short_name):
            yield definition.name


def _names(circuit: Circuit, short_name: str) -> bool:
    """Whether a drawing names a desk: in a step, or between quotation marks in what calculates one."""
    quoted = f'"{short_name}"'
    for _, node in circuit.drawing.every():
        if node.step is None:
            continue
        written = (node.step.desk, node.repeat.collection if node.repeat is not None else "")
        if short_name in aimed(node.step.desk) or any(quoted in text for text in written):
            return True
    return any(_names(called, short_name) for called in circuit.called.values())


def _is_foreseen(session: Session, library: CircuitLibrary, desk: Desk, now: datetime) -> bool:
    """Whether a folder under way would come to a desk, if everybody approved; the first that would is enough."""
    told = f'"{desk.short_name}"'.encode()
    runs = session.exec(
        select(ProcessInstance)
        .join(Folder, col(Folder.id) == ProcessInstance.folder_id)
        .where(ProcessInstance.tenant_id == desk.tenant_id, Folder.status == _IN_PROGRESS)
    )
    for run in runs:
        circuit = library.version(session, run.workflow_version_id)
        if told not in run.state and not _names(circuit, desk.short_name):
            continue
        to_come = forecast(circuit, {}, state=run.state, waiting=open_steps(circuit, run.state), now=now)
        if any(step.desk == desk.short_name for step in to_come):
            return True
    return False
