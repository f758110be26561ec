"""The desks by which a folder passed although no step is theirs: asked for an opinion, or having transferred a step."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from engine.database import table_of
from engine.folders.model import SecondOpinion, Step, Transfer

_opinions, _transfers, _steps = table_of(SecondOpinion), table_of(Transfer), table_of(Step)


@dataclass(frozen=True, slots=True)
class Beside:
    """Desks that a folder knows without any step of theirs."""

    ever: frozenset[UUID]  #: asked for an opinion once, or had a step that they transferred
    asked_now: frozenset[UUID]  #: whose opinion is waited for


def beside_steps(session: Session, folder_id: UUID) -> Beside:
    """These desks of a folder."""
    connection = session.connection()
    asked = connection.execute(
        select(_opinions.c.asked_desk_id, _opinions.c.closed_at, _steps.c.closed_at.label("step_closed_at"))
        .join(_steps, _steps.c.id == _opinions.c.step_id)
        .where(_opinions.c.folder_id == folder_id)
    ).all()
    gave = connection.execute(select(_transfers.c.from_desk_id).where(_transfers.c.folder_id == folder_id)).scalars()
    return Beside(
        ever=frozenset({row.asked_desk_id for row in asked} | set(gave)),
        asked_now=frozenset(row.asked_desk_id for row in asked if row.closed_at is None and row.step_closed_at is None),
    )
