"""What waits on desks, whoever holds them: shown before holders change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from engine.folders.model import Folder, Step

#: Titles named per desk; the others are counted.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits on a desk."""

    count: int
    titles: tuple[str, ...]  #: the oldest ones


def waiting_on(session: Session, tenant_id: UUID, desk_ids: Collection[UUID]) -> dict[UUID, Waiting]:
    """How many folders wait on each of these desks; those on which none does are left out."""
    open_steps = (
        Step.tenant_id == tenant_id,
        col(Step.closed_at).is_(None),
        col(Step.desk_id).in_(list(desk_ids)),
    )
    counts = session.exec(select(Step.desk_id, func.count()).where(*open_steps).group_by(col(Step.desk_id))).all()
    return {desk_id: Waiting(count, _titles(session, tenant_id, desk_id)) for desk_id, count in counts}


def _titles(session: Session, tenant_id: UUID, desk_id: UUID) -> tuple[str, ...]:
    asked = (
        select(Folder.title)
        .join(Step, col(Step.folder_id) == Folder.id)
        .where(Folder.tenant_id == tenant_id, Step.desk_id == desk_id, col(Step.closed_at).is_(None))
        .order_by(col(Step.opened_at), col(Step.id))
        .limit(NAMED)
    )
    return tuple(session.exec(asked))
