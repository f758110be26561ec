"""Giving a delegation, and ending it: by a holder of the desk who will be away, or by an administrator.

Each is written in the tenant's journal. What a delegation allows is decided when somebody acts
(``engine.desks.authority``), never here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from engine.desks.actions import desks_by_id, hold_tenant
from engine.desks.delegation_form import DelegationForm, Kind, Surroundings, Wanted, last_day_of, read_delegation
from engine.desks.delegation_queries import delegations_to_come
from engine.desks.model import Delegation, Desk
from engine.desks.queries import desks_held, holders
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Faults, Refusal


@dataclass(frozen=True, slots=True)
class Deed:
    """The file of the legal act that gives a delegation, received and in the document store already."""

    name: str
    sha256: str
    size: int


def declare_absence(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID,
    desk_ids: Collection[UUID],
    form: DelegationForm,
    kinds: Mapping[UUID, Kind],
    now: datetime,
) -> list[Delegation] | Faults:
    """« Je m’absente »: a person has each of these desks, which they hold, replaced. All of them, or none."""
    hold_tenant(session, tenant_id)
    held = {desk.id: desk for desk in desks_held(session, tenant_id, by)}
    if not desk_ids or not held.keys() >= set(desk_ids):
        return Faults({"desk": NOT_YOURS if desk_ids else DESK_NOT_CHOSEN})
    given = []
    for desk_id in sorted(desk_ids, key=lambda one: held[one].name):
        asked = replace(form, delegating_desk_id=desk_id, principal_id=by)
        result = _give(session, tenant_id, by, asked, kinds, None, now)
        if isinstance(result, Faults):
            return result
        given.append(result)
    return given


def give_delegation(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID,
    form: DelegationForm,
    kinds: Mapping[UUID, Kind],
    deed: Deed | None = None,
    now: datetime,
) -> Delegation | Faults:
    """An administrator has a desk replaced; with its legal act and a ceiling, where there are some."""
    hold_tenant(session, tenant_id)
    return _give(session, tenant_id, by, form, kinds, deed, now)


def end_absence(
    session: Session, *, tenant_id: UUID, by: UUID, delegation_id: UUID, now: datetime
) -> Delegation | Refusal | None:
    """End a delegation of a desk that this person holds; None when there is none such."""
    delegation = _held_delegation(session, tenant_id, delegation_id)
    mine = {desk.id for desk in desks_held(session, tenant_id, by)}
    if delegation is None or delegation.delegating_desk_id not in mine:
        return None
    return _end(session, delegation, by, now)


def end_delegation(
    session: Session, *, tenant_id: UUID, by: UUID, delegation_id: UUID, now: datetime
) -> Delegation | Refusal | None:
    """An administrator ends a delegation now, before its last day; None when the tenant has none such."""
    delegation = _held_delegation(session, tenant_id, delegation_id)
    return _end(session, delegation, by, now) if delegation is not None else None


NOT_YOURS = Refusal(
    "delegation_not_yours",
    "Vous ne tenez pas ce bureau : seul un titulaire, ou un administrateur, peut le faire remplacer.",
)
DESK_NOT_CHOSEN = Refusal("desk_not_chosen", "Choisissez au moins un de vos bureaux à faire remplacer.")


def _give(
    session: Session,
    tenant_id: UUID,
    by: UUID,
    form: DelegationForm,
    kinds: Mapping[UUID, Kind],
    deed: Deed | None,
    now: datetime,
) -> Delegation | Faults:
    zone = hold_tenant(session, tenant_id).zone
    desks = desks_by_id(session, tenant_id)
    people = holders(session, list(desks))
    around = Surroundings(
        desks=desks,
        holders={desk_id: [account.id for account in accounts] for desk_id, accounts in people.items()},
        kinds=kinds,
        present=delegations_to_come(session, tenant_id, now=now),
        zone=zone,
        now=now,
    )
    wanted = read_delegation(form, around)
    if not isinstance(wanted, Wanted):
        return Faults(wanted)
    delegation = row_of(tenant_id, by, wanted, deed, now)
    session.add(delegation)
    session.flush()
    names = {account.id: account.full_name for account in people[wanted.desk.id]}
    absent = names.get(wanted.principal_id, "") if wanted.principal_id else ""
    told = _facts(wanted, zone) | ({"deed_sha256": deed.sha256} if deed else {})
    _note(session, delegation, "tenant:delegation:given", by, now, wanted.desk, wanted.substitute, absent, told)
    return delegation


def row_of(tenant_id: UUID, by: UUID, wanted: Wanted, deed: Deed | None, now: datetime) -> Delegation:
    """The row of a delegation that may be given."""
    return Delegation(
        tenant_id=tenant_id,
        delegating_desk_id=wanted.desk.id,
        substitute_desk_id=wanted.substitute.id,
        principal_id=wanted.principal_id,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        folder_type_id=wanted.kind.folder_type_id if wanted.kind else None,
        subtype_id=wanted.kind.subtype_id if wanted.kind else None,
        ceiling=wanted.ceiling,
        deed_number=wanted.deed_number,
        deed_date=wanted.deed_day,
        deed_name=deed.name if deed else "",
        deed_sha256=deed.sha256 if deed else None,
        deed_size=deed.size if deed else 0,
        created_at=now,
        created_by=by,
    )


def _facts(wanted: Wanted, zone: str) -> dict[str, object]:
    """What the journal tells, besides the desks; what was left empty is left out."""
    told: dict[str, object] = {
        "first_day": wanted.starts_at.astimezone(ZoneInfo(zone)).date().isoformat(),
        "last_day": last_day_of(wanted.ends_at, zone).isoformat(),
        "kind": wanted.kind.name if wanted.kind else "",
        "ceiling": str(wanted.ceiling) if wanted.ceiling is not None else "",
        "deed_number": wanted.deed_number,
        "deed_day": wanted.deed_day.isoformat() if wanted.deed_day else "",
    }
    return {name: value for name, value in told.items() if value}


def _held_delegation(session: Session, tenant_id: UUID, delegation_id: UUID) -> Delegation | None:
    hold_tenant(session, tenant_id)
    delegation = session.get(Delegation, delegation_id)
    return delegation if delegation is not None and delegation.tenant_id == tenant_id else None


def _end(session: Session, delegation: Delegation, by: UUID, now: datetime) -> Delegation | Refusal:
    if delegation.ends_at <= now:
        return Refusal("delegation_ended_already", "Cette délégation était déjà terminée. Rien n’a été changé.")
    delegation.ends_at, delegation.ended_by = now, by
    session.flush()
    desk = session.get_one(Desk, delegation.delegating_desk_id)
    substitute = session.get_one(Desk, delegation.substitute_desk_id)
    absent = session.get_one(Account, delegation.principal_id).full_name if delegation.principal_id else ""
    _note(session, delegation, "tenant:delegation:ended", by, now, desk, substitute, absent, {})
    return delegation


def _note(
    session: Session,
    delegation: Delegation,
    event: str,
    by: UUID,
    now: datetime,
    desk: Desk,
    substitute: Desk,
    absent: str,
    facts: Mapping[str, object],
) -> None:
    told = {"delegation_id": delegation.id, "desk": desk.name, "substitute": substitute.name, **facts}
    if absent:
        told["absent"] = absent
    tenant_id = delegation.tenant_id
    record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=told)
