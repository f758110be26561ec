"""Creating desks, changing them and giving them holders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.desks.model import Desk, DeskHolder
from engine.desks.rules import DeskForm, faults_of_desk
from engine.journal.actions import record
from engine.people.model import Tenant
from engine.refusals import Faults


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
    if faults := faults_of_desk(form, desks.values()):
        return Faults(faults)
    parent = desks[form.parent_id] if form.parent_id else None
    desk = create_desk(
        session,
        tenant_id=tenant_id,
        name=form.name,
        short_name=form.short_name,
        may_create=form.may_create,
        parent=parent,
    )
    _note(session, desk, parent, "tenant:desk:created", by, now)
    return desk


def change_desk(
    session: Session, *, tenant_id: UUID, by: UUID, desk_id: UUID, form: DeskForm, now: datetime
) -> Desk | Faults | None:
    """Change name, superior and right to deposit; the short name stays, since circuits aim at it.

    None when this tenant has no such desk.
    """
    hold_tenant(session, tenant_id)
    desks = desks_by_id(session, tenant_id)
    desk = desks.get(desk_id)
    if desk is None:
        return None
    form = form.tidied()
    if faults := faults_of_desk(form, desks.values(), desk):
        return Faults(faults)
    wanted = (form.name, form.parent_id, form.may_create)
    if (desk.name, desk.parent_desk_id, desk.may_create) == wanted:
        return desk
    desk.name, desk.parent_desk_id, desk.may_create = wanted
    session.flush()
    _note(session, desk, desks[form.parent_id] if form.parent_id else None, "tenant:desk:changed", by, now)
    return desk


def hold_tenant(session: Session, tenant_id: UUID) -> Tenant:
    """Keep the people and desks of a tenant to this transaction: two administrators decide one after the other.

    On SQLite writers already do.
    """
    return session.exec(select(Tenant).where(Tenant.id == tenant_id).with_for_update()).one()


def desks_by_id(session: Session, tenant_id: UUID) -> dict[UUID, Desk]:
    """Every desk of the tenant, as it is now."""
    return {desk.id: desk for desk in session.exec(select(Desk).where(Desk.tenant_id == tenant_id))}


def _note(session: Session, desk: Desk, parent: Desk | None, event: str, by: UUID | None, now: datetime) -> None:
    data = {
        "desk_id": desk.id,
        "desk": desk.name,
        "short_name": desk.short_name,
        "parent": parent.name if parent else "",
        "may_create": desk.may_create,
    }
    record(session, tenant_id=desk.tenant_id, chain=desk.tenant_id, event=event, at=now, actor_id=by, data=data)
