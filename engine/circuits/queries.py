"""Reads about circuits, always within one tenant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from engine.circuits.around import Around
from engine.circuits.library import CircuitLibrary, latest_decisions, latest_version
from engine.circuits.model import DecisionTable, WorkflowDefinition, WorkflowVersion
from engine.desks.queries import all_desks
from engine.feel.tables import compile_tables, read_tables


def definition_of(session: Session, tenant_id: UUID, short_name: str) -> WorkflowDefinition | None:
    """A circuit by its short name."""
    return session.exec(
        select(WorkflowDefinition).where(
            WorkflowDefinition.tenant_id == tenant_id, WorkflowDefinition.short_name == short_name
        )
    ).first()


def definitions(session: Session, tenant_id: UUID) -> Sequence[WorkflowDefinition]:
    """The circuits of a tenant, retired ones included, by name."""
    return session.exec(
        select(WorkflowDefinition)
        .where(WorkflowDefinition.tenant_id == tenant_id)
        .order_by(col(WorkflowDefinition.name), col(WorkflowDefinition.id))
    ).all()


def versions_of(session: Session, tenant_id: UUID, definition_id: UUID) -> Sequence[WorkflowVersion]:
    """Every version of a circuit, the newest first: what was published, when and by whom."""
    return session.exec(
        select(WorkflowVersion)
        .where(WorkflowVersion.tenant_id == tenant_id, WorkflowVersion.workflow_definition_id == definition_id)
        .order_by(col(WorkflowVersion.number).desc())
    ).all()


def around_of(session: Session, library: CircuitLibrary, tenant_id: UUID, services: Collection[str]) -> Around:
    """What a drawing may name in this tenant. ``services``: those that are installed.

    Folders bring no field of their own yet: what they give is what every circuit is given.
    """
    circuits = {}
    for definition in definitions(session, tenant_id):
        version = latest_version(session, tenant_id, definition.id)
        if version is not None:
            circuits[definition.short_name] = library.version(session, version.id)
    tables = session.exec(select(DecisionTable.short_name).where(DecisionTable.tenant_id == tenant_id)).all()
    files = {name: latest_decisions(session, tenant_id, name) for name in tables}
    decisions = {name: compile_tables(read_tables(file.dmn)) for name, file in files.items() if file is not None}
    desks = {desk.short_name for desk in all_desks(session, tenant_id)}
    return Around(circuits, decisions=decisions, desks=desks, services=services, fields=(), advice=True)
