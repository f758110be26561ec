"""Functional administrators: members who have charge of some desks, of their holders and delegations, and no more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.desks.actions import desks_by_id, give_desk, hold_tenant, take_desks
from engine.desks.members import DESK_UNKNOWN
from engine.desks.model import Desk, DeskAdministrator
from engine.desks.queries import desks_administered, holders
from engine.journal.actions import record
from engine.people.model import Account, Membership, Role
from engine.people.queries import Member, Standing, member_of, members
from engine.refusals import Refusal

HOLDER_UNKNOWN = Refusal(
    "holder_unknown",
    "L’une de ces personnes n’a pas d’accès ouvert dans votre collectivité. Rechargez la page, puis choisissez-les dans"
    " la liste.",
)


def entrust(
    session: Session, *, tenant_id: UUID, by: UUID, account_id: UUID, desk_ids: Collection[UUID], now: datetime
) -> Member | Refusal | None:
    """Give a member charge of these desks, and of no other. None: no such member."""
    hold_tenant(session, tenant_id)
    member = member_of(session, tenant_id, account_id)
    if member is None or member.standing is Standing.LEFT:
        return None
    desks = desks_by_id(session, tenant_id)
    if not desks.keys() >= set(desk_ids):
        return DESK_UNKNOWN
    before = {row.desk_id for row in _rows(session, tenant_id, account_id)}
    wanted = set(desk_ids)
    if before == wanted:
        return member
    for desk_id in wanted - before:
        session.add(DeskAdministrator(desk_id=desk_id, account_id=account_id))
    gone = delete(DeskAdministrator).where(
        col(DeskAdministrator.account_id) == account_id, col(DeskAdministrator.desk_id).in_(list(before - wanted))
    )
    session.connection().execute(gone)
    session.flush()
    membership = session.get_one(Membership, (account_id, tenant_id))
    if membership.role is not Role.TENANT_ADMIN:
        membership.role = role_of_charge(session, tenant_id, account_id)
        session.flush()
    data = {
        "account_id": account_id,
        "person": member.account.full_name,
        "desks": sorted(desks[desk_id].name for desk_id in wanted),
    }
    event = "tenant:person:entrusted"
    record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=data)
    return member_of(session, tenant_id, account_id)


def role_of_charge(session: Session, tenant_id: UUID, account_id: UUID) -> Role:
    """What somebody is who does not administer the tenant: by the desks they have charge of."""
    return Role.FUNCTIONAL_ADMIN if _rows(session, tenant_id, account_id) else Role.NONE


def in_charge_of(session: Session, tenant_id: UUID, account_id: UUID) -> frozenset[UUID]:
    """The desks in a functional administrator's charge."""
    return frozenset(desk.id for desk in desks_administered(session, tenant_id, account_id))


def change_holders(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID,
    desk_id: UUID,
    give: Collection[UUID],
    take: Collection[UUID],
    now: datetime,
) -> Desk | Refusal | None:
    """Give a desk to members and take it from others. None: the tenant has no such desk."""
    hold_tenant(session, tenant_id)
    desk = desks_by_id(session, tenant_id).get(desk_id)
    if desk is None:
        return None
    names = {one.account.id: one.account.full_name for one in holders_offered(session, tenant_id)}
    if not names.keys() >= set(give):
        return HOLDER_UNKNOWN
    present = {account.id: account.full_name for account in holders(session, [desk_id])[desk_id]}
    given, taken = set(give) - present.keys(), set(take) & present.keys()
    for account_id in given:
        give_desk(session, desk, account_id)
    for account_id in taken:
        take_desks(session, [desk_id], account_id)
    if given or taken:
        data = {
            "desk_id": desk_id,
            "desk": desk.name,
            "given": sorted(names[one] for one in given),
            "taken": sorted(present[one] for one in taken),
        }
        event = "tenant:desk:handed"
        record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=data)
    return desk


def holders_offered(session: Session, tenant_id: UUID) -> list[Member]:
    """The members to whom a desk may be given: those whose access is open."""
    still_open = {Standing.ACTIVE, Standing.INVITED}
    return [one for one in members(session, tenant_id) if one.standing in still_open]


def present_holders(session: Session, desk_id: UUID) -> list[Account]:
    """Who holds a desk now."""
    return holders(session, [desk_id])[desk_id]


def _rows(session: Session, tenant_id: UUID, account_id: UUID) -> list[DeskAdministrator]:
    asked = (
        select(DeskAdministrator)
        .join(Desk, col(Desk.id) == DeskAdministrator.desk_id)
        .where(Desk.tenant_id == tenant_id, DeskAdministrator.account_id == account_id)
    )
    return list(session.exec(asked))
