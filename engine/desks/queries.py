"""Reads about desks, always within one tenant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from engine.desks.model import Desk, DeskAdministrator, DeskAssociation, DeskHolder, DeskSupervisor
from engine.people.model import Account, Membership


def desks_held(session: Session, tenant_id: UUID, account_id: UUID) -> Sequence[Desk]:
    """The desks a person holds in this tenant, by name; none once their access to it is closed."""
    return desks_held_among(session, (tenant_id,), account_id)


def desks_held_among(session: Session, tenant_ids: Collection[UUID], account_id: UUID) -> Sequence[Desk]:
    """The desks a person holds in several of their tenants, by name; none where their access is closed."""
    return session.exec(
        select(Desk)
        .join(DeskHolder, col(DeskHolder.desk_id) == Desk.id)
        .join(Membership, _open_to(DeskHolder.account_id))
        .where(col(Desk.tenant_id).in_(tenant_ids), DeskHolder.account_id == account_id)
        .order_by(col(Desk.name))
    ).all()


def desks_depositing(session: Session, tenant_id: UUID, account_id: UUID) -> list[Desk]:
    """The desks in whose name a person may deposit, by name."""
    held = desks_held(session, tenant_id, account_id)
    return [desk for desk in held if desk.may_create and desk.closed_at is None]


def desks_given(session: Session, tenant_id: UUID, account_id: UUID) -> Sequence[Desk]:
    """The desks that were given to a person, by name, whether or not their access is closed."""
    return session.exec(
        select(Desk)
        .join(DeskHolder, col(DeskHolder.desk_id) == Desk.id)
        .where(Desk.tenant_id == tenant_id, DeskHolder.account_id == account_id)
        .order_by(col(Desk.name))
    ).all()


def desks_of_everybody(session: Session, tenant_id: UUID) -> dict[UUID, list[Desk]]:
    """The desks given to each person of the tenant, by name."""
    found: dict[UUID, list[Desk]] = {}
    rows = session.exec(
        select(DeskHolder.account_id, Desk)
        .join(Desk, col(Desk.id) == DeskHolder.desk_id)
        .where(Desk.tenant_id == tenant_id)
        .order_by(col(Desk.name))
    )
    for account_id, desk in rows:
        found.setdefault(account_id, []).append(desk)
    return found


def all_desks(session: Session, tenant_id: UUID) -> Sequence[Desk]:
    """Every desk of the tenant, by name."""
    return session.exec(select(Desk).where(Desk.tenant_id == tenant_id).order_by(col(Desk.name), col(Desk.id))).all()


def desk_of(session: Session, tenant_id: UUID, desk_id: UUID) -> Desk | None:
    """A desk of this tenant."""
    desk = session.get(Desk, desk_id)
    return desk if desk is not None and desk.tenant_id == tenant_id else None


def desks_by_short_name(session: Session, tenant_id: UUID) -> dict[str, Desk]:
    """Every desk of the tenant under its short name."""
    return {desk.short_name: desk for desk in session.exec(select(Desk).where(Desk.tenant_id == tenant_id))}


def holders(session: Session, desk_ids: Sequence[UUID]) -> dict[UUID, list[Account]]:
    """Who holds each of these desks now, by surname; those whose account or access is closed left out."""
    found: dict[UUID, list[Account]] = {desk_id: [] for desk_id in desk_ids}
    rows = session.exec(
        select(DeskHolder.desk_id, Account)
        .join(Account, col(Account.id) == DeskHolder.account_id)
        .join(Desk, col(Desk.id) == DeskHolder.desk_id)
        .join(Membership, _open_to(DeskHolder.account_id))
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


def desks_supervised(session: Session, tenant_id: UUID, account_id: UUID) -> Sequence[Desk]:
    """The desks whose folders a person sees without acting, by name; none once their access to the tenant is closed."""
    return session.exec(
        select(Desk)
        .join(DeskSupervisor, col(DeskSupervisor.desk_id) == Desk.id)
        .join(Membership, _open_to(DeskSupervisor.account_id))
        .where(Desk.tenant_id == tenant_id, DeskSupervisor.account_id == account_id)
        .order_by(col(Desk.name))
    ).all()


def desks_administered(session: Session, tenant_id: UUID, account_id: UUID) -> Sequence[Desk]:
    """The desks in a functional administrator's charge, by name; none once their access to the tenant is closed."""
    return session.exec(
        select(Desk)
        .join(DeskAdministrator, col(DeskAdministrator.desk_id) == Desk.id)
        .join(Membership, _open_to(DeskAdministrator.account_id))
        .where(Desk.tenant_id == tenant_id, DeskAdministrator.account_id == account_id)
        .order_by(col(Desk.name))
    ).all()


def administrators_of(session: Session, desk_id: UUID) -> Sequence[Account]:
    """The functional administrators who have charge of a desk, by surname."""
    return _people(session, DeskAdministrator.account_id, DeskAdministrator.desk_id, desk_id)


def supervisors_of(session: Session, desk_id: UUID) -> Sequence[Account]:
    """Who sees the folders of a desk without acting, by surname."""
    return _people(session, DeskSupervisor.account_id, DeskSupervisor.desk_id, desk_id)


def associated_desks(session: Session, tenant_id: UUID, desk_id: UUID) -> Sequence[Desk]:
    """The open desks, by name, that this one may choose when it deposits."""
    return session.exec(
        select(Desk)
        .join(DeskAssociation, col(DeskAssociation.associated_desk_id) == Desk.id)
        .where(Desk.tenant_id == tenant_id, DeskAssociation.desk_id == desk_id, col(Desk.closed_at).is_(None))
        .order_by(col(Desk.name))
    ).all()


def may_archive(session: Session, tenant_id: UUID, account_id: UUID, desk_id: UUID) -> bool:
    """Whether a person may clear the folders that a desk deposited: they hold it, and it has this right."""
    return any(desk.id == desk_id and desk.may_archive for desk in desks_held(session, tenant_id, account_id))


def may_chain(session: Session, tenant_id: UUID, account_id: UUID, desk_id: UUID) -> bool:
    """Whether a person may send the finished folders of a desk into another circuit."""
    return any(desk.id == desk_id and desk.may_chain for desk in desks_held(session, tenant_id, account_id))


def _open_to(account_id: Any) -> ColumnElement[bool]:
    """The access of these people to the tenant of the desk is open."""
    return and_(
        col(Membership.account_id) == account_id,
        col(Membership.tenant_id) == Desk.tenant_id,
        col(Membership.disabled_at).is_(None),
    )


def _people(session: Session, account_id: Any, side: Any, desk_id: UUID) -> Sequence[Account]:
    return session.exec(
        select(Account)
        .join_from(Account, account_id.class_, account_id == col(Account.id))
        .where(side == desk_id)
        .order_by(col(Account.surname), col(Account.given_name))
    ).all()
