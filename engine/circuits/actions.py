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
from engine.circuits.findings import error
from engine.circuits.library import CircuitLibrary
from engine.circuits.model import WorkflowDefinition, WorkflowVersion
from engine.circuits.queries import definition_of
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

    The circuits that it calls are pinned in their present versions. The same bytes, calling the same versions,
    published again give back the present version. A circuit that was retired is in use again. ``by``: the account that
    publishes; ``around``: what the drawing may name, when it is known. Raises ``CircuitRefused`` with its findings when
    the drawing cannot be run as drawn.
    """
    _refuse(check_circuit(bpmn, around=around) if around is not None else [])
    pinned = _pin(session, tenant_id, short_name, bpmn)
    definition = _definition(session, tenant_id, short_name, name)
    called = orjson.dumps(pinned, default=str, option=orjson.OPT_SORT_KEYS).decode()
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
        if (present.sha256, present.called) == (sha256, called):
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


def _pin(session: Session, tenant_id: UUID, short_name: str, bpmn: bytes) -> Mapping[str, UUID]:
    """The present version of each circuit called; the drawing is compiled with them."""
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
        raise CircuitRefused([error(None, sentence, "Appelez un autre circuit, ou dessinez une boucle.")])
    compile_circuit(bpmn, circuits)
    return pinned


def _definition(session: Session, tenant_id: UUID, short_name: str, name: str) -> WorkflowDefinition:
    definition = definition_of(session, tenant_id, short_name)
    if definition is None:
        definition = WorkflowDefinition(tenant_id=tenant_id, short_name=short_name, name=name)
        session.add(definition)
        session.flush()
    return definition
