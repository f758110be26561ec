"""Compiled circuits, kept in memory: a published version never changes, so neither does what it compiles to."""

from __future__ import annotations

import threading
from collections import OrderedDict
from uuid import UUID

import orjson
from sqlmodel import Session, col, select

from engine.circuits import Circuit, compile_circuit
from engine.circuits.model import WorkflowDefinition, WorkflowVersion

#: Versions kept compiled, the least recently used one leaving first.
CAPACITY = 200


class CircuitLibrary:
    """Gives compiled circuits by version; safe to share between threads."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._circuits: OrderedDict[UUID, Circuit] = OrderedDict()
        self._lock = threading.Lock()

    def version(self, session: Session, version_id: UUID) -> Circuit:
        """The compiled circuit of a published version; compiled on first use."""
        with self._lock:
            circuit = self._circuits.get(version_id)
            if circuit is not None:
                self._circuits.move_to_end(version_id)
                return circuit
        row = session.get_one(WorkflowVersion, version_id)
        called = {name: self.version(session, UUID(pinned)) for name, pinned in orjson.loads(row.called).items()}
        circuit = compile_circuit(row.bpmn, called)
        with self._lock:
            self._circuits[version_id] = circuit
            while len(self._circuits) > self._capacity:
                self._circuits.popitem(last=False)
        return circuit


def latest_version(session: Session, tenant_id: UUID, definition_id: UUID) -> WorkflowVersion | None:
    """The version that new folders start with; None when there is none, or when the circuit was retired."""
    return session.exec(
        select(WorkflowVersion)
        .join(WorkflowDefinition, col(WorkflowDefinition.id) == WorkflowVersion.workflow_definition_id)
        .where(
            WorkflowVersion.tenant_id == tenant_id,
            WorkflowVersion.workflow_definition_id == definition_id,
            col(WorkflowDefinition.retired_at).is_(None),
        )
        .order_by(col(WorkflowVersion.number).desc())
        .limit(1)
    ).first()
