"""What the drawing says of a step, and whom it keeps away from it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from engine.circuits import Circuit
from engine.database import table_of
from engine.folders.facts import StepLoaded
from engine.folders.model import Step
from engine.folders.rules import Asked

_steps = table_of(Step)

#: The word of ``parapheur:separation`` for whoever deposited the folder.
EMITTER = "emitter"


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
