"""Publishing circuits."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, select

from engine.circuits import check_circuit, compile_circuit
from engine.circuits.model import WorkflowDefinition, WorkflowVersion


def publish(
    session: Session, *, tenant_id: UUID, short_name: str, name: str, bpmn: bytes, now: datetime
) -> WorkflowVersion:
    """Check a drawing and publish it as the next version of the circuit ``short_name``.

    The same bytes published again give back the present version. Raises ``CircuitRefused`` with its findings when the
    drawing cannot be run as drawn.
    """
    check_circuit(bpmn)
    compile_circuit(bpmn)
    definition = session.exec(
        select(WorkflowDefinition).where(
            WorkflowDefinition.tenant_id == tenant_id, WorkflowDefinition.short_name == short_name
        )
    ).first()
    if definition is None:
        definition = WorkflowDefinition(tenant_id=tenant_id, short_name=short_name, name=name)
        session.add(definition)
        session.flush()
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
        if present.sha256 == sha256:
            return present
    version = WorkflowVersion(
        tenant_id=tenant_id,
        workflow_definition_id=definition.id,
        number=(latest or 0) + 1,
        bpmn=bpmn,
        sha256=sha256,
        published_at=now,
    )
    session.add(version)
    session.flush()
    return version
