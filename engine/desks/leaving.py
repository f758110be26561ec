"""Somebody leaves a tenant: their desks are handed over, all at once, and what they did stays theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.desks.actions import give_desk, hold_tenant, take_desks
from engine.desks.delegation_queries import DelegationView, delegations_of_desks
from engine.desks.delegations import end_delegation
from engine.desks.leaving_rules import faults_of_leaving
from engine.desks.members import refuse_last
from engine.desks.model import Desk, DeskAdministrator, DeskSupervisor
from engine.desks.queries import desks_given, holders
from engine.journal.actions import record
from engine.people.actions import log_out_everywhere
from engine.people.leaving import belongs_somewhere, minimise
from engine.people.model import Account, Membership, Role
from engine.people.queries import Member, Standing, belongs_elsewhere, certificates_of, member_of, members
from engine.refusals import Faults, Refusal


@dataclass(frozen=True, slots=True)
class HeldDesk:
    """A desk of the person who leaves."""

    desk: Desk
    others: Sequence[Account]  #: who holds it beside them, and goes on
    alone: bool  #: nobody does: it must be said to whom it goes


@dataclass(frozen=True, slots=True)
class Departure:
    """What a departure would change: shown before it is decided."""

    member: Member
    desks: Sequence[HeldDesk]
    delegations: Sequence[DelegationView]  #: given by this person, in force or to come
    certificates: int  #: bound to the account
    elsewhere: bool  #: member of another tenant too: the account goes on there, with its address and certificates
    successors: Sequence[Member]  #: who may be given the desks


def departure(session: Session, tenant_id: UUID, account_id: UUID, *, now: datetime) -> Departure | None:
    """What the departure of a member would change; None when there is no such member, or they have left."""
    member = member_of(session, tenant_id, account_id)
    if member is None or member.standing is Standing.LEFT:
        return None
    given = desks_given(session, tenant_id, account_id)
    people = holders(session, [desk.id for desk in given])
    others = {desk.id: [one for one in people[desk.id] if one.id != account_id] for desk in given}
    return Departure(
        member,
        [HeldDesk(desk, others[desk.id], not others[desk.id]) for desk in given],
        _given_by(session, tenant_id, account_id, [desk.id for desk in given], now),
        len(certificates_of(session, account_id)),
        belongs_elsewhere(session, tenant_id, account_id),
        [
            one
            for one in members(session, tenant_id)
            if one.standing in {Standing.ACTIVE, Standing.INVITED} and one.account.id != account_id
        ],
    )


def leave(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID,
    account_id: UUID,
    hand_over: Mapping[UUID, UUID | None],
    now: datetime,
) -> Member | Faults | Refusal | None:
    """Hand the desks over, end delegations and sessions, close the access for good; all of it, or nothing.

    ``hand_over``: desk → who takes it, or None to leave it to its other holders, if there are any, else vacant. What
    is personal is forgotten when the person belongs nowhere any more. None: no such member.
    """
    hold_tenant(session, tenant_id)
    found = departure(session, tenant_id, account_id, now=now)
    if found is None:
        return None
    if found.member.administers and (refusal := refuse_last(session, tenant_id, found.member)):
        return refusal
    names = {one.account.id: one.account.full_name for one in found.successors}
    if faults := faults_of_leaving([(one.desk.id, one.desk.name, one.alone) for one in found.desks], hand_over, names):
        return Faults(faults)
    for view in found.delegations:
        end_delegation(session, tenant_id=tenant_id, by=by, delegation_id=view.delegation.id, now=now)
    handed, vacant = _hand_over(session, found, hand_over, names)
    _close(session, tenant_id, account_id, now)
    gone = not belongs_somewhere(session, account_id)
    data = {
        "account_id": account_id,
        "person": found.member.account.full_name,
        "handed": handed,
        "vacant": vacant,
        "delegations": len(found.delegations),
        "minimised": gone,
    }
    record(session, tenant_id=tenant_id, chain=tenant_id, event="tenant:person:left", at=now, actor_id=by, data=data)
    if gone:
        minimise(session, session.get_one(Account, account_id), now=now)
    return member_of(session, tenant_id, account_id)


def _given_by(
    session: Session, tenant_id: UUID, account_id: UUID, desk_ids: Sequence[UUID], now: datetime
) -> list[DelegationView]:
    found = delegations_of_desks(session, tenant_id, desk_ids, now=now)
    return [view for view in found if view.delegation.principal_id == account_id]


def _hand_over(
    session: Session, found: Departure, hand_over: Mapping[UUID, UUID | None], names: Mapping[UUID, str]
) -> tuple[list[str], list[str]]:
    """Give and take the desks; what the journal tells of it: « desk : successor », and desks left vacant."""
    handed, vacant = [], []
    for one in found.desks:
        successor = hand_over.get(one.desk.id)
        if successor is not None:
            if successor not in {account.id for account in one.others}:
                give_desk(session, one.desk, successor)
            handed.append(f"{one.desk.name} : {names[successor]}")
        elif one.alone:
            vacant.append(one.desk.name)
    take_desks(session, [one.desk.id for one in found.desks], found.member.account.id)
    return handed, vacant


def _close(session: Session, tenant_id: UUID, account_id: UUID, now: datetime) -> None:
    membership = session.get_one(Membership, (account_id, tenant_id))
    membership.role, membership.left_at = Role.NONE, now
    membership.disabled_at = membership.disabled_at or now
    session.flush()
    of_tenant = select(Desk.id).where(Desk.tenant_id == tenant_id)
    for table in (DeskSupervisor, DeskAdministrator):
        session.connection().execute(
            delete(table).where(col(table.account_id) == account_id, col(table.desk_id).in_(of_tenant))
        )
    log_out_everywhere(session, account_id, now=now)
