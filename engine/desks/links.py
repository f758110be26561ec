"""What a desk is linked to: those who supervise it, the desks it may choose."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.desks.model import Desk, DeskAssociation, DeskSupervisor
from engine.desks.rules import DeskForm
from engine.people.model import Account


def linked_to(session: Session, desk_id: UUID) -> dict[str, frozenset[UUID]]:
    """What a desk is linked to now, as :class:`DeskForm` names it."""
    return {name: _present(session, side, other, desk_id) for name, (side, other) in _LINKS.items()}


def link_desk(session: Session, desk: Desk, form: DeskForm) -> dict[str, list[str]]:
    """Write the links that a form asks for; the names of what was given and taken, for the journal."""
    told: dict[str, list[str]] = {}
    for name, (side, other) in _LINKS.items():
        before, after = _present(session, side, other, desk.id), getattr(form, name)
        table = side.class_
        gone, new = before - after, after - before
        if gone:
            session.connection().execute(delete(table).where(side == desk.id, other.in_(gone)))
        session.add_all(table(**{side.key: desk.id, other.key: one}) for one in new)
        for word, ids in (("given", new), ("taken", gone)):
            if ids:
                told[f"{name}_{word}"] = _names(session, other, ids)
    session.flush()
    return told


#: Name in the form → the column of the desk and the other one.
_LINKS: dict[str, tuple[Any, Any]] = {
    "supervisors": (DeskSupervisor.desk_id, DeskSupervisor.account_id),
    "associated": (DeskAssociation.desk_id, DeskAssociation.associated_desk_id),
}


def _present(session: Session, side: Any, other: Any, desk_id: UUID) -> frozenset[UUID]:
    return frozenset(session.exec(select(other).where(side == desk_id)).all())


def _names(session: Session, other: Any, ids: Collection[UUID]) -> list[str]:
    if other.key == "account_id":
        accounts = session.exec(select(Account).where(col(Account.id).in_(ids))).all()
        return sorted(account.full_name for account in accounts)
    return sorted(session.exec(select(Desk.name).where(col(Desk.id).in_(ids))).all())
