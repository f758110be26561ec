"""Publishing circuits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import func
from sqlmodel import Session, col, select

from engine.circuits import CircuitRefused, called_circuits, compile_circuit
from engine.circuits.findings import error
from engine.circuits.library import CircuitLibrary
from engine.circuits.model import WorkflowDefinition, WorkflowVersion


def publish(
    session: Session, *, tenant_id: UUID, short_name: str, name: str, bpmn: bytes, now: datetime
) -> WorkflowVersion:
    """Check a drawing and publish it as the next version of the circuit ``short_name``.

    The circuits that it calls are pinned in their present versions. The same bytes, calling the same versions,
    published again give back the present version. Raises ``CircuitRefused`` with its findings when the drawing cannot
    be run as drawn.
    """
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
            return present
    version = WorkflowVersion(
        tenant_id=tenant_id,
        workflow_definition_id=definition.id,
        number=(latest or 0) + 1,
        bpmn=bpmn,
        sha256=sha256,
        called=called,
        published_at=now,
    )
    session.add(version)
    session.flush()
    return version


def _pin(session: Session, tenant_id: UUID, short_name: str, bpmn: bytes) -> Mapping[str, UUID]:
    """The present version of each circuit called; the drawing is compiled with them."""
    library, pinned = CircuitLibrary(), dict[str, UUID]()
    for name in called_circuits(bpmn):
        version = session.exec(
            select(WorkflowVersion)
            .join(WorkflowDefinition, col(WorkflowDefinition.id) == WorkflowVersion.workflow_definition_id)
            .where(WorkflowDefinition.tenant_id == tenant_id, WorkflowDefinition.short_name == name)
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
    definition = session.exec(
        select(WorkflowDefinition).where(
            WorkflowDefinition.tenant_id == tenant_id, WorkflowDefinition.short_name == short_name
        )
    ).first()
    if definition is None:
        definition = WorkflowDefinition(tenant_id=tenant_id, short_name=short_name, name=name)
        session.add(definition)
        session.flush()
    return definition
