"""What an administrator decides about second factors: of whom the tenant requires one, and taking away a lost one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from engine.desks.actions import hold_tenant
from engine.journal.actions import record
from engine.people.actions import log_out_everywhere
from engine.people.factor import forget_factor
from engine.people.factor_rules import OWN_FACTOR
from engine.people.model import Account, Membership, SecondFactorNeed
from engine.people.queries import Standing, member_of
from engine.refusals import Refusal

NO_FACTOR = Refusal("no_factor", "Cette personne n’a pas activé de second facteur : il n’y a rien à réinitialiser.")


def require_factor(session: Session, *, tenant_id: UUID, by: UUID, need: SecondFactorNeed, now: datetime) -> bool:
    """Of whom the tenant requires a second factor from now on; whether that is a change.

    Those who have none set it up at their next page; what they have open is not lost.
    """
    tenant = hold_tenant(session, tenant_id)
    if tenant.second_factor is need:
        return False
    tenant.second_factor = need
    session.flush()
    data = {"need": need}
    record(
        session, tenant_id=tenant_id, chain=tenant_id, event="tenant:factor:required", at=now, actor_id=by, data=data
    )
    return True


def reset_factor(
    session: Session, *, tenant_id: UUID, by: UUID, account_id: UUID, now: datetime
) -> Account | Refusal | None:
    """Take away the second factor of a member who lost it, and end their sessions. None: no such member.

    It gives no access: the password is still asked for. Written in the journal of every tenant of the person, since
    the account is the same in all of them.
    """
    hold_tenant(session, tenant_id)
    member = member_of(session, tenant_id, account_id)
    if member is None or member.standing in {Standing.DISABLED, Standing.LEFT}:
        return None
    if account_id == by:
        return OWN_FACTOR
    if not forget_factor(session, account_id):
        return NO_FACTOR
    note_reset(session, member.account, by=by, now=now)
    return member.account


def note_reset(session: Session, account: Account, *, by: UUID | None, now: datetime) -> None:
    """End the sessions of somebody whose second factor was taken away, and write it down in each of their tenants."""
    log_out_everywhere(session, account.id, now=now)
    data = {"account_id": account.id, "person": account.full_name}
    belongs = (
        select(Membership.tenant_id).where(Membership.account_id == account.id).order_by(col(Membership.tenant_id))
    )
    for place in session.exec(belongs).all():
        record(session, tenant_id=place, chain=place, event="tenant:factor:reset", at=now, actor_id=by, data=data)
