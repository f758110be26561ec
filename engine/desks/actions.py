"""Creating desks, changing them and giving them holders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.desks.links import link_desk
from engine.desks.model import Desk, DeskHolder
from engine.desks.rules import NOT_A_MEMBER, DeskForm, faults_of_desk, refuse_without
from engine.journal.actions import record
from engine.people.model import Tenant
from engine.people.queries import members
from engine.refusals import Faults, Refusal


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


def take_desks(session: Session, desk_ids: Iterable[UUID], account_id: UUID) -> None:
    """Make a person no longer a holder of these desks; what is open there stays there."""
    session.connection().execute(
        delete(DeskHolder).where(col(DeskHolder.account_id) == account_id, col(DeskHolder.desk_id).in_(list(desk_ids)))
    )


def add_desk(session: Session, *, tenant_id: UUID, by: UUID | None, form: DeskForm, now: datetime) -> Desk | Faults:
    """Create a desk from what somebody typed, and write it in the tenant's journal."""
    hold_tenant(session, tenant_id)
    form = form.tidied()
    desks = desks_by_id(session, tenant_id)
    if faults := {**faults_of_desk(form, desks.values()), **_people_faults(session, tenant_id, form)}:
        return Faults(faults)
    desk = Desk(tenant_id=tenant_id, short_name=form.short_name, **form.columns)  # type: ignore[arg-type]
    session.add(desk)
    session.flush()
    _note(session, desk, desks, "tenant:desk:created", by, now, link_desk(session, desk, form))
    return desk


def change_desk(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID,
    desk_id: UUID,
    form: DeskForm,
    needed: Callable[[Desk], Sequence[str]] = lambda _: (),
    now: datetime,
) -> Desk | Faults | None:
    """Change what a desk is, may do and is linked to; the short name stays, since circuits aim at it.

    ``needed``: why a desk must be able to act, in French; asked when this right would be taken. None when this tenant
    has no such desk.
    """
    hold_tenant(session, tenant_id)
    desks = desks_by_id(session, tenant_id)
    desk = desks.get(desk_id)
    if desk is None:
        return None
    form = form.tidied()
    faults = {**faults_of_desk(form, desks.values(), desk), **_people_faults(session, tenant_id, form)}
    if desk.may_act and not form.may_act and (refusal := refuse_without(desk.name, needed(desk), TO_STOP_ACTING)):
        faults["rights"] = refusal
    if faults:
        return Faults(faults)
    changed = any(getattr(desk, name) != value for name, value in form.columns.items())
    for name, value in form.columns.items():
        setattr(desk, name, value)
    session.flush()
    linked = link_desk(session, desk, form)
    if changed or linked:
        _note(session, desk, desks, "tenant:desk:changed", by, now, linked)
    return desk


#: What cannot be done to a desk that is needed.
TO_STOP_ACTING = "perdre le droit d’agir"


def _people_faults(session: Session, tenant_id: UUID, form: DeskForm) -> dict[str, Refusal]:
    known = {member.account.id for member in members(session, tenant_id)}
    return {} if form.supervisors <= known else {"supervisors": NOT_A_MEMBER}


def hold_tenant(session: Session, tenant_id: UUID) -> Tenant:
    """Keep the people and desks of a tenant to this transaction: two administrators decide one after the other.

    On SQLite writers already do.
    """
    return session.exec(select(Tenant).where(Tenant.id == tenant_id).with_for_update()).one()


def desks_by_id(session: Session, tenant_id: UUID) -> dict[UUID, Desk]:
    """Every desk of the tenant, as it is now."""
    return {desk.id: desk for desk in session.exec(select(Desk).where(Desk.tenant_id == tenant_id))}


def note_desk(session: Session, desk: Desk, event: str, by: UUID | None, now: datetime) -> None:
    """Write in the tenant's journal what was done to a desk as a whole."""
    told = {"desk_id": desk.id, "desk": desk.name, "short_name": desk.short_name}
    record(session, tenant_id=desk.tenant_id, chain=desk.tenant_id, event=event, at=now, actor_id=by, data=told)


def _note(
    session: Session,
    desk: Desk,
    desks: Mapping[UUID, Desk],
    event: str,
    by: UUID | None,
    now: datetime,
    linked: Mapping[str, object],
) -> None:
    data = {
        "desk_id": desk.id,
        "desk": desk.name,
        "short_name": desk.short_name,
        "parent": desks[desk.parent_desk_id].name if desk.parent_desk_id else "",
        "function": desk.function,
        "may_create": desk.may_create,
        "may_act": desk.may_act,
        "may_archive": desk.may_archive,
        "may_chain": desk.may_chain,
        **linked,
    }
    record(session, tenant_id=desk.tenant_id, chain=desk.tenant_id, event=event, at=now, actor_id=by, data=data)
