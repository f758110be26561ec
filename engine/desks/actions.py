"""Creating desks and giving them holders."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session

from engine.desks.model import Desk, DeskHolder


def create_desk(
    session: Session,
    *,
    tenant_id: UUID,
    name: str,
    short_name: str,
    may_create: bool = False,
    parent: Desk | None = None,
) -> Desk:
    """Add a desk; ``short_name`` is what circuits aim at."""
    desk = Desk(
        tenant_id=tenant_id,
        name=name,
        short_name=short_name,
        may_create=may_create,
        parent_desk_id=parent.id if parent else None,
    )
    session.add(desk)
    session.flush()
    return desk


def give_desk(session: Session, desk: Desk, account_id: UUID) -> None:
    """Make a person a holder of the desk."""
    session.add(DeskHolder(desk_id=desk.id, account_id=account_id))
    session.flush()
