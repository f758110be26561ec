"""Reads about desks, always within one tenant."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from engine.desks.model import Desk, DeskHolder
from engine.people.model import Account


def desks_held(session: Session, tenant_id: UUID, account_id: UUID) -> Sequence[Desk]:
    """The desks a person holds in this tenant, by name."""
    return session.exec(
        select(Desk)
        .join(DeskHolder, col(DeskHolder.desk_id) == Desk.id)
        .where(Desk.tenant_id == tenant_id, DeskHolder.account_id == account_id)
        .order_by(col(Desk.name))
    ).all()


def desks_by_short_name(session: Session, tenant_id: UUID) -> dict[str, Desk]:
    """Every desk of the tenant under its short name."""
    return {desk.short_name: desk for desk in session.exec(select(Desk).where(Desk.tenant_id == tenant_id))}


def holders(session: Session, desk_ids: Sequence[UUID]) -> dict[UUID, list[Account]]:
    """Who holds each of these desks now, by surname; disabled accounts left out."""
    found: dict[UUID, list[Account]] = {desk_id: [] for desk_id in desk_ids}
    rows = session.exec(
        select(DeskHolder.desk_id, Account)
        .join(Account, col(Account.id) == DeskHolder.account_id)
        .where(col(DeskHolder.desk_id).in_(desk_ids), col(Account.disabled_at).is_(None))
        .order_by(col(Account.surname), col(Account.given_name))
    )
    for desk_id, account in rows:
        found[desk_id].append(account)
    return found


def desks_above(session: Session, tenant_id: UUID, desk_id: UUID) -> list[Desk]:
    """A desk, then its superior, and so on to the top; a tree that loops is cut where it does."""
    desks = {desk.id: desk for desk in session.exec(select(Desk).where(Desk.tenant_id == tenant_id))}
    chain: list[Desk] = []
    desk = desks.get(desk_id)
    while desk is not None and desk not in chain:
        chain.append(desk)
        desk = desks.get(desk.parent_desk_id) if desk.parent_desk_id else None
    return chain
