"""Council renewal: every holder replaced on a date, reviewed beforehand, all at once or nothing.

Planned for later, it is a work row like any other: on its day the plan is checked again against what is then so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.desks.actions import desks_by_id, give_desk, hold_tenant
from engine.desks.delegation_queries import DelegationView, delegations_of_desks
from engine.desks.delegations import end_delegation
from engine.desks.members import Invited, invite_member
from engine.desks.model import CouncilRenewal, Desk, DeskHolder, DeskSupervisor, RenewalStanding
from engine.desks.queries import desks_of_everybody, holders
from engine.desks.renewal_rules import RenewalPlan, faults_of_plan, read_plan, written
from engine.journal.actions import record
from engine.people.actions import log_out_everywhere
from engine.people.leaving import unbind_certificates
from engine.people.model import Account, Membership, Role, Tenant
from engine.people.queries import Member, Standing, account_at, belongs_elsewhere, certificates_of, members
from engine.people.rules import NewPerson
from engine.refusals import Faults, Refusal, Refused
from engine.work.actions import cancel, enqueue

#: Work kind: a renewal whose day has come.
RENEWAL_DUE = "renewal.due"


@dataclass(frozen=True, slots=True)
class DeskChange:
    """One desk, before and after."""

    desk: Desk
    before: Sequence[str]  #: full names
    after: Sequence[str]
    invited: Sequence[NewPerson]


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody whose last desk goes."""

    account: Account
    certificates: int  #: whose bindings end
    shut: bool  #: their access to the tenant is closed


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that a renewal would change now."""

    desks: Sequence[DeskChange]
    delegations: Sequence[DelegationView]
    leavers: Sequence[Leaver]

    @property
    def vacant(self) -> list[str]:
        """Desks that nobody would hold."""
        return [one.desk.name for one in self.desks if not one.after and not one.invited]


@dataclass(frozen=True, slots=True)
class Applied:
    """A renewal that has been done."""

    renewal: CouncilRenewal
    invited: Sequence[Invited]


def preview(session: Session, tenant_id: UUID, plan: RenewalPlan, *, now: datetime) -> Preview | Faults:
    """What a plan would change if it were applied now, or what is wrong with it."""
    desks = desks_by_id(session, tenant_id)
    people = {one.account.id: one for one in members(session, tenant_id)}
    if faults := _faults(plan, desks, people):
        return Faults(faults)
    before = holders(session, plan.desk_ids)
    return Preview(
        [
            DeskChange(
                desks[one.desk_id],
                [account.full_name for account in before[one.desk_id]],
                [people[account_id].account.full_name for account_id in one.holders],
                one.invited,
            )
            for one in plan.desks
        ],
        delegations_of_desks(session, tenant_id, plan.desk_ids, now=now),
        _leavers(session, tenant_id, plan, people),
    )


def plan_renewal(
    session: Session, *, tenant_id: UUID, by: UUID, plan: RenewalPlan, effective_at: datetime, now: datetime
) -> CouncilRenewal | Applied | Faults:
    """Write a renewal down for its day, or do it when that is now."""
    hold_tenant(session, tenant_id)
    if planned(session, tenant_id) is not None:
        return Faults({"plan": PLANNED_ALREADY})
    found = preview(session, tenant_id, plan, now=now)
    if isinstance(found, Faults):
        return found
    renewal = CouncilRenewal(
        tenant_id=tenant_id, effective_at=effective_at, plan=written(plan), created_at=now, created_by=by
    )
    session.add(renewal)
    session.flush()
    if effective_at <= now:
        return _apply(session, renewal, by=by, now=now)
    data = {"renewal_id": str(renewal.id)}
    enqueue(session, RENEWAL_DUE, data, now=now, tenant_id=tenant_id, key=_key(renewal.id), available_at=effective_at)
    _note(session, renewal, "tenant:council:planned", by, now, desks=[one.desk.name for one in found.desks])
    return renewal


def cancel_renewal(session: Session, *, tenant_id: UUID, by: UUID, renewal_id: UUID, now: datetime) -> bool:
    """Give a planned renewal up before its day; False when there is none such any more."""
    hold_tenant(session, tenant_id)
    renewal = renewal_of(session, tenant_id, renewal_id)
    if renewal is None or renewal.standing is not RenewalStanding.PLANNED:
        return False
    _close(session, renewal, RenewalStanding.CANCELLED, by, now)
    cancel(session, [_key(renewal.id)], now=now, reason="annulé")
    _note(session, renewal, "tenant:council:cancelled", by, now)
    return True


def apply_due(session: Session, renewal_id: UUID, *, now: datetime) -> Applied | CouncilRenewal | None:
    """Do a planned renewal on its day; None when it is not to be done (cancelled, done, not yet).

    When something no longer fits, nothing is changed and the renewal says why: it is given back as ``FAILED``.
    """
    found = session.get(CouncilRenewal, renewal_id)
    if found is None:
        return None
    hold_tenant(session, found.tenant_id)
    session.refresh(found)
    if found.standing is not RenewalStanding.PLANNED or found.effective_at > now:
        return None
    result = _apply(session, found, by=None, now=now)
    if isinstance(result, Applied):
        return result
    found.fault = " ".join(result.sentences.values())
    _close(session, found, RenewalStanding.FAILED, None, now)
    _note(session, found, "tenant:council:given_up", None, now, fault=found.fault)
    return found


def planned(session: Session, tenant_id: UUID) -> CouncilRenewal | None:
    """The renewal that waits for its day; there is one at most."""
    asked = select(CouncilRenewal).where(
        CouncilRenewal.tenant_id == tenant_id, CouncilRenewal.standing == RenewalStanding.PLANNED
    )
    return session.exec(asked).first()


def renewals(session: Session, tenant_id: UUID) -> Sequence[CouncilRenewal]:
    """Every renewal of the tenant, the last one first."""
    asked = select(CouncilRenewal).where(CouncilRenewal.tenant_id == tenant_id)
    return session.exec(asked.order_by(col(CouncilRenewal.id).desc())).all()


def renewal_of(session: Session, tenant_id: UUID, renewal_id: UUID) -> CouncilRenewal | None:
    """A renewal of this tenant."""
    found = session.get(CouncilRenewal, renewal_id)
    return found if found is not None and found.tenant_id == tenant_id else None


PLANNED_ALREADY = Refusal(
    "renewal_planned_already",
    "Un renouvellement est déjà prévu. Annulez-le d’abord pour en préparer un autre : rien n’a été changé.",
)


def _apply(session: Session, renewal: CouncilRenewal, *, by: UUID | None, now: datetime) -> Applied | Faults:
    """All of it or nothing: whatever is refused on the way undoes what was begun."""
    plan = read_plan(renewal.plan)
    found = preview(session, renewal.tenant_id, plan, now=now)
    if isinstance(found, Faults):
        return found
    try:
        with session.begin_nested():
            invited = _change_hands(session, renewal, plan, found, by, now)
    except Refused as refused:
        return Faults({"plan": refused.refusal})
    return Applied(renewal, invited)


def _change_hands(
    session: Session, renewal: CouncilRenewal, plan: RenewalPlan, found: Preview, by: UUID | None, now: datetime
) -> list[Invited]:
    tenant_id, who = renewal.tenant_id, by or renewal.created_by
    for view in found.delegations:
        end_delegation(session, tenant_id=tenant_id, by=who, delegation_id=view.delegation.id, now=now)
    session.connection().execute(delete(DeskHolder).where(col(DeskHolder.desk_id).in_(plan.desk_ids)))
    session.expire_all()
    desks = desks_by_id(session, tenant_id)
    for one in plan.desks:
        for account_id in dict.fromkeys(one.holders):
            give_desk(session, desks[one.desk_id], account_id)
    invited = [_invite(session, tenant_id, who, person, given, now) for person, given in plan.newcomers().values()]
    for leaver in found.leavers:
        _see_off(session, tenant_id, leaver, now)
    _close(session, renewal, RenewalStanding.APPLIED, by, now)
    _note(
        session,
        renewal,
        "tenant:council:renewed",
        by,
        now,
        desks=[_told(one) for one in found.desks],
        leavers=[leaver.account.full_name for leaver in found.leavers],
        delegations=len(found.delegations),
    )
    return [one for one in invited if one is not None]


def _invite(
    session: Session, tenant_id: UUID, by: UUID, person: NewPerson, desk_ids: Sequence[UUID], now: datetime
) -> Invited | None:
    """Make a newcomer a member with their desks; somebody who has become one meanwhile is only given the desks."""
    known = account_at(session, person.email)
    membership = session.get(Membership, (known.id, tenant_id)) if known else None
    if known is not None and membership is not None and membership.disabled_at is None:
        held = select(DeskHolder.desk_id).where(DeskHolder.account_id == known.id)
        already = set(session.exec(held))
        for desk_id in set(desk_ids) - already:
            session.add(DeskHolder(desk_id=desk_id, account_id=known.id))
        session.flush()
        return None
    result = invite_member(session, tenant_id=tenant_id, by=by, person=person, desk_ids=desk_ids, now=now)
    if isinstance(result, Faults):
        refusal = next(iter(result.by_field.values()))
        raise Refused(refusal.code, refusal.sentence)
    return result


def _leavers(session: Session, tenant_id: UUID, plan: RenewalPlan, people: dict[UUID, Member]) -> list[Leaver]:
    """Those who hold a desk now, and none once the plan is done."""
    given = desks_of_everybody(session, tenant_id)
    renewed = set(plan.desk_ids)
    staying = {holder for one in plan.desks for holder in one.holders}
    newcomers = plan.newcomers()
    supervising = set(
        session.exec(
            select(DeskSupervisor.account_id)
            .join(Desk, col(Desk.id) == DeskSupervisor.desk_id)
            .where(Desk.tenant_id == tenant_id)
        )
    )
    found = []
    for account_id, desks in given.items():
        member = people.get(account_id)
        kept = account_id in staying or any(desk.id not in renewed for desk in desks)
        if member is None or kept or member.account.email in newcomers or member.standing is Standing.DISABLED:
            continue
        elsewhere = belongs_elsewhere(session, tenant_id, account_id)
        bound = 0 if elsewhere else len(certificates_of(session, account_id))
        found.append(Leaver(member.account, bound, member.role is Role.NONE and account_id not in supervising))
    return sorted(found, key=lambda leaver: (leaver.account.surname, leaver.account.given_name))


def _see_off(session: Session, tenant_id: UUID, leaver: Leaver, now: datetime) -> None:
    """End the bindings of their certificates, and close the access of those who have nothing left to do here."""
    if leaver.certificates:
        unbind_certificates(session, leaver.account.id)
    if leaver.shut:
        session.get_one(Membership, (leaver.account.id, tenant_id)).disabled_at = now
        session.flush()
        log_out_everywhere(session, leaver.account.id, now=now)


def _faults(plan: RenewalPlan, desks: dict[UUID, Desk], people: dict[UUID, Member]) -> dict[str, Refusal]:
    still_open = {Standing.ACTIVE, Standing.INVITED}
    return faults_of_plan(
        plan,
        desks={desk.id: desk.name for desk in desks.values() if desk.closed_at is None},
        members={one.account.id: one.account.full_name for one in people.values() if one.standing in still_open},
        closed={
            one.account.email: one.account.full_name for one in people.values() if one.standing is Standing.DISABLED
        },
    )


def _close(
    session: Session, renewal: CouncilRenewal, standing: RenewalStanding, by: UUID | None, now: datetime
) -> None:
    renewal.standing, renewal.closed_at, renewal.closed_by = standing, now, by
    session.add(renewal)
    session.flush()


def _told(change: DeskChange) -> str:
    """« desk : holders », for the journal."""
    names = [*change.after, *(f"{one.given_name} {one.surname}" for one in change.invited)]
    return f"{change.desk.name} : {', '.join(names) or 'sans titulaire'}"


def _key(renewal_id: UUID) -> str:
    return f"{RENEWAL_DUE}:{renewal_id}"


def _note(session: Session, renewal: CouncilRenewal, event: str, by: UUID | None, now: datetime, **facts: Any) -> None:
    tenant_id = renewal.tenant_id
    zone = ZoneInfo(session.get_one(Tenant, tenant_id).zone)
    day = renewal.effective_at.astimezone(zone).date().isoformat()
    data = {"renewal_id": renewal.id, "day": day, **facts}
    record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=data)
