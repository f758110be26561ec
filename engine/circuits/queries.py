"""Reads about circuits, always within one tenant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from engine.circuits.around import Around
from engine.circuits.library import CircuitLibrary, latest_decisions, latest_version
from engine.circuits.model import DecisionTable, DecisionTableVersion, WorkflowDefinition, WorkflowVersion
from engine.desks.queries import all_desks
from engine.desks.rules import unfit
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
    desks = all_desks(session, tenant_id)
    fit = [desk for desk in desks if unfit(desk) is None]
    return Around(
        circuits,
        decisions=decisions,
        desks={desk.short_name for desk in desks},
        unfit={desk.short_name: reason for desk in desks if (reason := unfit(desk)) is not None},
        functions={key for desk in fit for key in (desk.function, desk.short_name) if key},
        services=services,
        fields=(),
        advice=True,
    )


def circuits_in_use(session: Session, tenant_id: UUID) -> dict[UUID, str]:
    """The names of the circuits with which a folder may start, by id, in the order of their names."""
    asked = select(WorkflowVersion.workflow_definition_id).where(WorkflowVersion.tenant_id == tenant_id)
    published = set(session.exec(asked))
    return {
        definition.id: definition.name
        for definition in definitions(session, tenant_id)
        if definition.retired_at is None and definition.id in published
    }


def definition_by_id(session: Session, tenant_id: UUID, definition_id: UUID) -> WorkflowDefinition | None:
    """A circuit of this tenant."""
    found = session.get(WorkflowDefinition, definition_id)
    return found if found is not None and found.tenant_id == tenant_id else None


def table_named(session: Session, tenant_id: UUID, short_name: str) -> DecisionTable | None:
    """A file of decisions by its short name."""
    return session.exec(
        select(DecisionTable).where(DecisionTable.tenant_id == tenant_id, DecisionTable.short_name == short_name)
    ).first()


def tables_with_versions(session: Session, tenant_id: UUID) -> list[tuple[DecisionTable, list[DecisionTableVersion]]]:
    """The files of decisions of a tenant, by name, each with its versions, the newest first."""
    tables = session.exec(
        select(DecisionTable)
        .where(DecisionTable.tenant_id == tenant_id)
        .order_by(col(DecisionTable.name), col(DecisionTable.id))
    ).all()
    versions = session.exec(
        select(DecisionTableVersion)
        .where(DecisionTableVersion.tenant_id == tenant_id)
        .order_by(col(DecisionTableVersion.number).desc())
    ).all()
    return [(table, [one for one in versions if one.decision_table_id == table.id]) for table in tables]
