"""What the drawing says of a step, and whom it keeps away from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from engine.circuits import Circuit, StepSpec, variables_seen
from engine.circuits.library import CircuitLibrary
from engine.database import table_of
from engine.folders.facts import StepLoaded, load_step
from engine.folders.model import Step
from engine.folders.rules import Asked

_steps = table_of(Step)

#: The word of ``parapheur:separation`` for whoever deposited the folder.
EMITTER = "emitter"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page shows of an open step: what the drawing says of it, and what the circuit knows already."""

    spec: StepSpec
    refers_back: bool  #: whether the drawing says where a step that is referred back goes
    excluded: bool  #: whether its separation of duties keeps this person away
    known: Mapping[str, Any]  #: present values of the variables that the step may fill


def drawn_step(
    session: Session, library: CircuitLibrary, tenant_id: UUID, account_id: UUID, step_id: UUID
) -> Drawn | None:
    """What is drawn of an open step, for this person; None when there is no such step, or when it is closed."""
    loaded = load_step(session, tenant_id, step_id, account_id)
    if loaded is None or loaded.facts.closed:
        return None
    circuit = library.version(session, loaded.run.workflow_version_id)
    asked = asked_of(circuit, loaded)
    seen = variables_seen(circuit, loaded.run.state, str(step_id)) if asked.spec.fills else {}
    return Drawn(
        spec=asked.spec,
        refers_back=asked.refers_back,
        excluded=is_excluded(session, circuit, loaded, account_id),
        known={name: seen[name] for name in asked.spec.fills if name in seen},
    )


def asked_of(circuit: Circuit, loaded: StepLoaded) -> Asked:
    """What the drawing asks of this step."""
    where = circuit.at(loaded.step.path)
    return Asked(where.step(loaded.step.element_id), loaded.step.element_id in where.refers_back)


def is_excluded(session: Session, circuit: Circuit, loaded: StepLoaded, account_id: UUID) -> bool:
    """Whether the separation of duties drawn on the step excludes this person (docs/circuits.md, Human steps)."""
    separated = circuit.at(loaded.step.path).step(loaded.step.element_id).separation
    if not separated:
        return False
    if EMITTER in separated and loaded.folder.created_by == account_id:
        return True
    acted = session.connection().execute(
        select(_steps.c.id)
        .where(
            _steps.c.folder_id == loaded.folder.id,
            _steps.c.path == loaded.step.path,
            _steps.c.element_id.in_(separated),
            _steps.c.acted_by == account_id,
        )
        .limit(1)
    )
    return acted.first() is not None
