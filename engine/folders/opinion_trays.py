"""Second opinions in the trays: what waits for an answer leaves *À traiter* until it comes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlmodel import Session

from engine.database import table_of
from engine.desks.model import Desk
from engine.folders.model import SecondOpinion, Step

_opinions, _steps, _desks = table_of(SecondOpinion), table_of(Step), table_of(Desk)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits for its answer."""

    desk: str  #: name of the desk that was asked
    asked_at: datetime
    unread: bool  #: nobody of that desk has opened the folder since


def awaits_opinion() -> ColumnElement[bool]:
    """In a statement about steps: whether one waits for an opinion."""
    return exists().where(_opinions.c.step_id == _steps.c.id, _opinions.c.closed_at.is_(None))


#: The desk that was asked, in a statement about steps, inside what :func:`asks_one_of` is given.
ASKED_DESK = _opinions.c.asked_desk_id


def asks_one_of(mine: ColumnElement[bool]) -> ColumnElement[bool]:
    """In a statement about steps: whether one waits for the opinion of a desk that is ``mine`` (of ASKED_DESK)."""
    return exists().where(_opinions.c.step_id == _steps.c.id, _opinions.c.closed_at.is_(None), mine)


def questions(session: Session, step_ids: Collection[UUID]) -> dict[UUID, Question]:
    """What is asked about these steps, by step."""
    rows = session.connection().execute(
        select(_opinions.c.step_id, _desks.c.name, _opinions.c.asked_at, _opinions.c.read_at)
        .join(_desks, _desks.c.id == _opinions.c.asked_desk_id)
        .where(_opinions.c.step_id.in_(step_ids), _opinions.c.closed_at.is_(None))
    )
    return {row.step_id: Question(row.name, row.asked_at, row.read_at is None) for row in rows}
