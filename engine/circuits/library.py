"""Compiled circuits, kept in memory: a published version never changes, so neither does what it compiles to."""

from __future__ import annotations

import threading
from collections import OrderedDict
from uuid import UUID

import orjson
from sqlmodel import Session, col, select

from engine.circuits import Circuit, compile_circuit
from engine.circuits.model import DecisionTable, DecisionTableVersion, WorkflowDefinition, WorkflowVersion
from engine.feel.tables import Decisions, compile_tables, read_tables

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
        decisions = {
            name: self._decisions(session, UUID(pinned)) for name, pinned in orjson.loads(row.decisions).items()
        }
        circuit = compile_circuit(row.bpmn, called, decisions)
        with self._lock:
            self._circuits[version_id] = circuit
            while len(self._circuits) > self._capacity:
                self._circuits.popitem(last=False)
        return circuit

    def _decisions(self, session: Session, version_id: UUID) -> Decisions:
        """The compiled decisions of a published file; the circuits that ask them keep them."""
        row = session.get_one(DecisionTableVersion, version_id)
        return compile_tables(read_tables(row.dmn))


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


def latest_decisions(session: Session, tenant_id: UUID, short_name: str) -> DecisionTableVersion | None:
    """The version of a file of decisions that a circuit published now would ask."""
    return session.exec(
        select(DecisionTableVersion)
        .join(DecisionTable, col(DecisionTable.id) == DecisionTableVersion.decision_table_id)
        .where(DecisionTable.tenant_id == tenant_id, DecisionTable.short_name == short_name)
        .order_by(col(DecisionTableVersion.number).desc())
        .limit(1)
    ).first()
