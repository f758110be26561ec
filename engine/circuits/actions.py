"""Publishing and retiring circuits; publishing the decision tables that they ask."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func
from sqlmodel import Session, col, select

from engine.circuits import CircuitRefused, Finding, Level, called_circuits, check_circuit, compile_circuit
from engine.circuits.around import Around
from engine.circuits.checks import executable_process
from engine.circuits.circuit import asked_tables
from engine.circuits.findings import error
from engine.circuits.library import CircuitLibrary, latest_decisions
from engine.circuits.model import DecisionTable, DecisionTableVersion, WorkflowDefinition, WorkflowVersion
from engine.circuits.queries import definition_of
from engine.circuits.reading import read_drawing
from engine.circuits.xml import read_xml
from engine.feel.tables import Decisions, TablesRefused, check_dmn, compile_tables, read_tables
from engine.journal.actions import record
from engine.refusals import Refusal


def publish(
    session: Session,
    *,
    tenant_id: UUID,
    short_name: str,
    name: str,
    bpmn: bytes,
    now: datetime,
    by: UUID | None = None,
    around: Around | None = None,
) -> WorkflowVersion:
    """Check a drawing and publish it as the next version of the circuit ``short_name``.

    The circuits that it calls and the decision tables that it asks are pinned in their present versions. The same
    bytes, with the same versions, published again give back the present version. A circuit that was retired is in use
    again. ``by``: the account that publishes; ``around``: what the drawing may name, when it is known. Raises
    ``CircuitRefused`` with its findings when the drawing cannot be run as drawn.
    """
    _refuse(check_circuit(bpmn, around=around) if around is not None else [])
    asked = _pin_decisions(session, tenant_id, bpmn)
    pinned = _pin(session, tenant_id, short_name, bpmn, {name: _compiled(version) for name, version in asked.items()})
    definition = _definition(session, tenant_id, short_name, name)
    called = _json(pinned)
    decisions = _json({name: version.id for name, version in asked.items()})
    sha256 = hashlib.sha256(bpmn).hexdigest()
    latest = session.exec(
        select(func.max(WorkflowVersion.number)).where(WorkflowVersion.workflow_definition_id == definition.id)
    ).one()
    if latest is not None:
        present = session.exec(
            select(WorkflowVersion).where(
                WorkflowVersion.workflow_definition_id == definition.id, WorkflowVersion.number == latest
            )
        ).one()
        if (present.sha256, present.called, present.decisions) == (sha256, called, decisions):
            if definition.retired_at is not None:
                _use_again(session, definition, present, by, now)
            return present
    version = WorkflowVersion(
        tenant_id=tenant_id,
        workflow_definition_id=definition.id,
        number=(latest or 0) + 1,
        bpmn=bpmn,
        sha256=sha256,
        called=called,
        decisions=decisions,
        published_at=now,
        published_by=by,
    )
    session.add(version)
    _use_again(session, definition, version, by, now)
    return version


def retire(
    session: Session, *, tenant_id: UUID, short_name: str, now: datetime, by: UUID | None = None
) -> WorkflowDefinition | Refusal:
    """Let no folder start with a circuit any more, nor any circuit begin to call it; those under way go on.

    Publishing it again takes it back in use.
    """
    definition = definition_of(session, tenant_id, short_name)
    if definition is None:
        return unknown_circuit(short_name)
    if definition.retired_at is not None:
        return Refusal("already_retired", f"Le circuit « {definition.name} » est déjà retiré.")
    definition.retired_at, definition.retired_by = now, by
    session.flush()
    _note(session, definition, "tenant:circuit:retired", {}, by, now)
    return definition


def unknown_circuit(short_name: str) -> Refusal:
    """No circuit has this short name."""
    return Refusal(
        "unknown_circuit",
        f"Aucun circuit ne s’appelle « {short_name} » dans cette collectivité. Vérifiez son nom court.",
    )


def _refuse(findings: Sequence[Finding]) -> None:
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    if errors:
        raise CircuitRefused(errors)


def _use_again(
    session: Session, definition: WorkflowDefinition, version: WorkflowVersion, by: UUID | None, now: datetime
) -> None:
    definition.retired_at = definition.retired_by = None
    session.flush()
    told = {"number": version.number, "sha256": version.sha256}
    _note(session, definition, "tenant:circuit:published", told, by, now)


def _note(
    session: Session,
    definition: WorkflowDefinition,
    event: str,
    data: dict[str, Any],
    by: UUID | None,
    now: datetime,
) -> None:
    """Write in the journal of the tenant."""
    facts = {"circuit": definition.short_name, "name": definition.name, **data}
    tenant_id = definition.tenant_id
    record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=facts)


def publish_decisions(
    session: Session,
    *,
    tenant_id: UUID,
    short_name: str,
    name: str,
    dmn: bytes,
    now: datetime,
    by: UUID | None = None,
) -> DecisionTableVersion:
    """Check a DMN file and publish it as the next version of the decisions ``short_name``.

    Circuits published before go on asking the version that they were published with. The same bytes published again
    give back the present version. Raises ``TablesRefused`` with its findings when a decision could not be taken.
    """
    errors = [finding for finding in check_dmn(dmn) if finding.level is Level.ERROR]
    if errors:
        raise TablesRefused(errors)
    sha256 = hashlib.sha256(dmn).hexdigest()
    present = latest_decisions(session, tenant_id, short_name)
    if present is not None and present.sha256 == sha256:
        return present
    table = session.exec(
        select(DecisionTable).where(DecisionTable.tenant_id == tenant_id, DecisionTable.short_name == short_name)
    ).first()
    if table is None:
        table = DecisionTable(tenant_id=tenant_id, short_name=short_name, name=name)
        session.add(table)
        session.flush()
    version = DecisionTableVersion(
        tenant_id=tenant_id,
        decision_table_id=table.id,
        number=(present.number if present is not None else 0) + 1,
        dmn=dmn,
        sha256=sha256,
        published_at=now,
        published_by=by,
    )
    session.add(version)
    session.flush()
    record(
        session,
        tenant_id=tenant_id,
        chain=tenant_id,
        event="tenant:decisions:published",
        at=now,
        actor_id=by,
        data={"table": short_name, "name": table.name, "number": version.number, "sha256": sha256},
    )
    return version


def _pin_decisions(session: Session, tenant_id: UUID, bpmn: bytes) -> dict[str, DecisionTableVersion]:
    """The present version of each file of decisions asked."""
    found = {name: latest_decisions(session, tenant_id, name) for name in asked_tables(bpmn)}
    return {name: version for name, version in found.items() if version is not None}


def _compiled(version: DecisionTableVersion) -> Decisions:
    return compile_tables(read_tables(version.dmn))


def _json(pinned: Mapping[str, UUID]) -> str:
    return orjson.dumps(pinned, default=str, option=orjson.OPT_SORT_KEYS).decode()


def _pin(
    session: Session, tenant_id: UUID, short_name: str, bpmn: bytes, decisions: Mapping[str, Decisions]
) -> Mapping[str, UUID]:
    """The present version of each circuit called; the drawing is compiled with them and with its decisions."""
    library, pinned = CircuitLibrary(), dict[str, UUID]()
    for name in called_circuits(bpmn):
        version = session.exec(
            select(WorkflowVersion)
            .join(WorkflowDefinition, col(WorkflowDefinition.id) == WorkflowVersion.workflow_definition_id)
            .where(
                WorkflowDefinition.tenant_id == tenant_id,
                WorkflowDefinition.short_name == name,
                col(WorkflowDefinition.retired_at).is_(None),
            )
            .order_by(col(WorkflowVersion.number).desc())
            .limit(1)
        ).first()
        if version is not None:
            pinned[name] = version.id
    circuits = {name: library.version(session, version_id) for name, version_id in pinned.items()}
    circular = [name for name, circuit in circuits.items() if name == short_name or circuit.calls(short_name)]
    if circular:
        sentence = f"Ce circuit s’appellerait lui-même, par « {circular[0]} »."
        calls = read_drawing(executable_process(read_xml(bpmn))).every()
        where = next(node.id for _, node in calls if node.called == circular[0])
        raise CircuitRefused([error(where, sentence, "Appelez un autre circuit, ou dessinez une boucle.")])
    compile_circuit(bpmn, circuits, decisions)
    return pinned


def _definition(session: Session, tenant_id: UUID, short_name: str, name: str) -> WorkflowDefinition:
    definition = definition_of(session, tenant_id, short_name)
    if definition is None:
        definition = WorkflowDefinition(tenant_id=tenant_id, short_name=short_name, name=name)
        session.add(definition)
        session.flush()
    return definition
