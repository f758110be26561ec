"""The tenants of an installation, for those who look after it: closing and opening them again, without entering any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from engine.desks.actions import hold_tenant
from engine.journal.actions import record
from engine.people.model import Account, Membership, Role, Tenant
from engine.people.queries import places_of
from engine.people.rules import folded_name
from engine.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Town:
    """A tenant as the installation lists it: nothing of its folders."""

    tenant: Tenant
    people: int  #: members whose access is open
    administrators: Sequence[str]  #: full names


def towns(session: Session) -> list[Town]:
    """Every tenant by name, those that are closed last."""
    counts = dict(
        session.exec(
            select(Membership.tenant_id, func.count())
            .where(col(Membership.disabled_at).is_(None))
            .group_by(col(Membership.tenant_id))
        ).all()
    )
    administrators: dict[UUID, list[str]] = {}
    rows = session.exec(
        select(Membership.tenant_id, Account)
        .join(Account, col(Account.id) == Membership.account_id)
        .where(Membership.role == Role.TENANT_ADMIN, col(Membership.disabled_at).is_(None))
        .order_by(col(Account.surname), col(Account.given_name))
    )
    for tenant_id, account in rows:
        administrators.setdefault(tenant_id, []).append(account.full_name)
    found = [Town(one, counts.get(one.id, 0), administrators.get(one.id, [])) for one in session.exec(select(Tenant))]
    return sorted(found, key=lambda town: (town.tenant.closed_at is not None, folded_name(town.tenant.name)))


def close_town(session: Session, *, tenant_id: UUID, by: UUID, now: datetime) -> Tenant | Refusal:
    """Close a tenant: nobody enters it any more, nothing of it is lost. Its journal tells who did it.

    Raises :class:`sqlalchemy.exc.NoResultFound` when there is no such tenant.
    """
    tenant = hold_tenant(session, tenant_id)
    if tenant.closed_at is not None:
        return tenant
    if {place.tenant.id for place in places_of(session, by)} <= {tenant_id}:
        return Refusal(
            "own_only_town",
            f"« {tenant.name} » est la seule collectivité par laquelle vous entrez : fermée, vous ne pourriez plus la"
            " rouvrir. Faites-vous d’abord inviter dans une autre.",
        )
    tenant.closed_at = now
    session.flush()
    _note(session, tenant, "tenant:town:closed", by, now)
    return tenant


def reopen_town(session: Session, *, tenant_id: UUID, by: UUID, now: datetime) -> Tenant:
    """Open again what :func:`close_town` closed."""
    tenant = hold_tenant(session, tenant_id)
    if tenant.closed_at is not None:
        tenant.closed_at = None
        session.flush()
        _note(session, tenant, "tenant:town:reopened", by, now)
    return tenant


def _note(session: Session, tenant: Tenant, event: str, by: UUID, now: datetime) -> None:
    data = {"town": tenant.name}
    record(session, tenant_id=tenant.id, chain=tenant.id, event=event, at=now, actor_id=by, data=data)
