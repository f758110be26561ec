"""In what capacity a person may act for a desk: as its holder, or by a delegation in force.

A delegation is given from desk to desk. Whoever *holds* the substitute desk stands in; whoever only stands in for that
desk does not: a delegation is not delegated again. All is decided at the moment of the act, from what is so then.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, or_, select
from sqlmodel import Session

from engine.database import table_of
from engine.desks.delegation_rules import Matter, StandIn, choose
from engine.desks.model import Delegation, Desk, DeskHolder
from engine.people.model import Account, Membership
from engine.refusals import Refusal

_desks, _holders, _delegations = table_of(Desk), table_of(DeskHolder), table_of(Delegation)
_memberships, _accounts = table_of(Membership), table_of(Account)

#: What a delegation that names nobody says: the post is vacant.
NOBODY = "un titulaire"
#: For so long after its end, a refusal still says that there was a delegation.
RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Authority:
    """In what capacity somebody acts for a desk."""

    desk_id: UUID
    delegation_id: UUID | None = None  #: None: as a holder of the desk
    on_behalf_of: str | None = None  #: name of who is away, for « en l’absence de »
    principal_id: UUID | None = None  #: who is away


def access_is_open() -> ColumnElement[bool]:
    """In a statement about desks and their holders: a holder counts while their access to the tenant is open."""
    return exists().where(
        _memberships.c.account_id == _holders.c.account_id,
        _memberships.c.tenant_id == _desks.c.tenant_id,
        _memberships.c.disabled_at.is_(None),
    )


def principal_still_holds() -> ColumnElement[bool]:
    """In a statement about delegations: one lapses with the function of who gave it, who must hold the desk still."""
    kept = _holders.alias()
    return or_(
        _delegations.c.principal_id.is_(None),
        exists().where(
            kept.c.desk_id == _delegations.c.delegating_desk_id, kept.c.account_id == _delegations.c.principal_id
        ),
    )


# Statements are built once: building one costs more than running it.
_ALL_HELD = select(_desks.c.id).where(
    _desks.c.tenant_id.in_(bindparam("tenant_ids", expanding=True)),
    _holders.c.desk_id == _desks.c.id,
    _holders.c.account_id == bindparam("account_id"),
    access_is_open(),
)
_HELD = _ALL_HELD.where(_desks.c.id == bindparam("desk_id"))
_STAND_INS = (
    select(
        _delegations.c.id,
        _delegations.c.delegating_desk_id,
        _delegations.c.starts_at,
        _delegations.c.ends_at,
        _delegations.c.folder_type_id,
        _delegations.c.subtype_id,
        _delegations.c.ceiling,
        _delegations.c.principal_id,
        _accounts.c.given_name,
        _accounts.c.surname,
        principal_still_holds().label("holds_still"),
    )
    .select_from(_delegations)
    .join(_holders, _holders.c.desk_id == _delegations.c.substitute_desk_id)
    .join(_desks, _desks.c.id == _delegations.c.substitute_desk_id)
    .outerjoin(_accounts, _accounts.c.id == _delegations.c.principal_id)
    .where(
        _delegations.c.tenant_id.in_(bindparam("tenant_ids", expanding=True)),
        _delegations.c.ends_at > bindparam("since"),
        _holders.c.account_id == bindparam("account_id"),
        _desks.c.closed_at.is_(None),
        access_is_open(),
    )
    .order_by(_delegations.c.starts_at, _delegations.c.id)
)
_STAND_INS_FOR_DESK = _STAND_INS.where(_delegations.c.delegating_desk_id == bindparam("desk_id"))


def authority_over(
    session: Session,
    *,
    tenant_id: UUID,
    account_id: UUID,
    desk_id: UUID,
    desk_name: str,
    matter: Matter,
    now: datetime,
) -> Authority | Refusal:
    """In what capacity a person may act for this desk on this matter now, or why not."""
    asked = {"tenant_ids": [tenant_id], "account_id": account_id, "desk_id": desk_id}
    if session.connection().execute(_HELD, asked).first() is not None:
        return Authority(desk_id)
    return delegated_authority(
        session,
        tenant_id=tenant_id,
        account_id=account_id,
        desk_id=desk_id,
        desk_name=desk_name,
        matter=matter,
        now=now,
    )


def delegated_authority(
    session: Session,
    *,
    tenant_id: UUID,
    account_id: UUID,
    desk_id: UUID,
    desk_name: str,
    matter: Matter,
    now: datetime,
) -> Authority | Refusal:
    """The same for somebody who is known not to hold the desk: one statement."""
    asked = {"tenant_ids": [tenant_id], "account_id": account_id, "desk_id": desk_id, "since": now - RECENT}
    rows = session.connection().execute(_STAND_INS_FOR_DESK, asked)
    found = choose([_stand_in(row) for row in rows], matter, desk_name, now=now)
    return found if isinstance(found, Refusal) else _by(found, desk_id)


def stand_ins_of(
    session: Session, tenant_ids: Collection[UUID], account_id: UUID, *, now: datetime
) -> dict[UUID, list[StandIn]]:
    """The desks that a person does not hold and stands in for now, each with the delegations in force.

    ``tenant_ids``: tenants of that person.
    """
    asked = {"tenant_ids": list(tenant_ids), "account_id": account_id}
    found: dict[UUID, list[StandIn]] = {}
    for row in session.connection().execute(_STAND_INS, {**asked, "since": now}):
        stand_in = _stand_in(row)
        if stand_in.is_in_force(now):
            found.setdefault(row.delegating_desk_id, []).append(stand_in)
    if found:
        for desk_id in session.connection().execute(_ALL_HELD, asked).scalars():
            found.pop(desk_id, None)
    return found


def authorities(
    session: Session, *, tenant_id: UUID, account_id: UUID, matter: Matter, now: datetime
) -> dict[UUID, Authority]:
    """The desks for which a person may act on this matter now: those they hold, and those they stand in for."""
    asked = {"tenant_ids": [tenant_id], "account_id": account_id}
    found = {desk_id: Authority(desk_id) for desk_id in session.connection().execute(_ALL_HELD, asked).scalars()}
    stand_ins = stand_ins_of(session, (tenant_id,), account_id, now=now)
    for desk_id, those in stand_ins.items():
        chosen = choose(those, matter, "", now=now)
        if isinstance(chosen, StandIn):
            found[desk_id] = _by(chosen, desk_id)
    return found


def _by(stand_in: StandIn, desk_id: UUID) -> Authority:
    return Authority(desk_id, stand_in.delegation_id, stand_in.on_behalf_of, stand_in.principal_id)


def _stand_in(row: Any) -> StandIn:
    return StandIn(
        delegation_id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        folder_type_id=row.folder_type_id,
        subtype_id=row.subtype_id,
        ceiling=row.ceiling,
        principal_id=row.principal_id,
        on_behalf_of=NOBODY if row.surname is None else Account.name_of(row.given_name, row.surname),
        lapsed=not row.holds_still,
    )
