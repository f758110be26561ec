"""Reads about delegations, always within one tenant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import SQLColumnExpression
from sqlmodel import Session, col, select

from engine.desks.authority import NOBODY, access_is_open, principal_still_holds
from engine.desks.delegation_form import last_day_of
from engine.desks.delegation_rules import Matter, StandIn, choose
from engine.desks.model import Delegation, Desk, DeskHolder
from engine.desks.queries import holders
from engine.people.model import Account
from engine.refusals import Refusal


class Phase(StrEnum):
    """Where a delegation is in its life."""

    TO_COME = "TO_COME"
    IN_FORCE = "IN_FORCE"
    LAPSED = "LAPSED"  #: who gave it no longer holds the desk
    OVER = "OVER"


@dataclass(frozen=True, slots=True)
class DelegationView:
    """A delegation as lists show it."""

    delegation: Delegation
    desk: Desk
    substitute: Desk
    absent: str  #: name of who is away; empty: the post is vacant
    phase: Phase

    def last_day(self, zone: str) -> date:
        """The last day that it covers, in the tenant's zone."""
        return last_day_of(self.delegation.ends_at, zone)


def delegations_to_come(session: Session, tenant_id: UUID, *, now: datetime) -> Sequence[Delegation]:
    """Those in force, and those that have not begun; what lapsed with the function of who gave it left out."""
    return session.exec(
        select(Delegation).where(
            Delegation.tenant_id == tenant_id, col(Delegation.ends_at) > now, principal_still_holds()
        )
    ).all()


def delegations_listed(
    session: Session, tenant_id: UUID, *, now: datetime, since: datetime
) -> Sequence[DelegationView]:
    """Every delegation that was in force at ``since`` or later, the last to end first."""
    return _views(session, now, Delegation.tenant_id == tenant_id, col(Delegation.ends_at) > since)


def delegation_view(session: Session, tenant_id: UUID, delegation_id: UUID, *, now: datetime) -> DelegationView | None:
    """One of them."""
    found = _views(session, now, Delegation.tenant_id == tenant_id, Delegation.id == delegation_id)
    return found[0] if found else None


def delegations_of_desks(
    session: Session, tenant_id: UUID, desk_ids: Collection[UUID], *, now: datetime
) -> Sequence[DelegationView]:
    """Those in force and to come, given by one of these desks or to one of them."""
    ids = list(desk_ids)
    return _views(
        session,
        now,
        Delegation.tenant_id == tenant_id,
        col(Delegation.ends_at) > now,
        or_(col(Delegation.delegating_desk_id).in_(ids), col(Delegation.substitute_desk_id).in_(ids)),
    )


def _views(session: Session, now: datetime, *conditions: ColumnElement[bool] | bool) -> Sequence[DelegationView]:
    substitute = aliased(Desk)
    found: Any = select(Delegation, Desk, substitute, Account, principal_still_holds())  # type: ignore[call-overload]
    rows = session.exec(
        found.join(Desk, col(Desk.id) == Delegation.delegating_desk_id)
        .join(substitute, col(substitute.id) == Delegation.substitute_desk_id)
        .outerjoin(Account, col(Account.id) == Delegation.principal_id)
        .where(*conditions)
        .order_by(col(Delegation.ends_at).desc(), col(Delegation.id))
    ).all()
    return [
        DelegationView(delegation, desk, other, absent.full_name if absent else "", _phase(delegation, bool(kept), now))
        for delegation, desk, other, absent, kept in rows
    ]


def _phase(delegation: Delegation, principal_holds_still: bool, now: datetime) -> Phase:
    if delegation.ends_at <= now:
        return Phase.OVER
    if not principal_holds_still:
        return Phase.LAPSED
    return Phase.TO_COME if delegation.starts_at > now else Phase.IN_FORCE


def substitute_choices(
    session: Session, tenant_id: UUID, *, but: UUID | None = None
) -> list[tuple[Desk, list[Account]]]:
    """The desks that may stand in for another, by name, each with who holds it.

    ``but``: somebody who would otherwise replace themselves.
    """
    desks = session.exec(
        select(Desk)
        .where(Desk.tenant_id == tenant_id, col(Desk.closed_at).is_(None), col(Desk.may_act).is_(True))
        .order_by(col(Desk.name), col(Desk.id))
    ).all()
    people = holders(session, [desk.id for desk in desks])
    return [(desk, people[desk.id]) for desk in desks if {account.id for account in people[desk.id]} - {but}]


@dataclass(frozen=True, slots=True)
class FolderColumns:
    """The columns of a statement in which a delegation looks for its matter."""

    desk_id: SQLColumnExpression[UUID]
    folder_type_id: SQLColumnExpression[UUID]
    subtype_id: SQLColumnExpression[UUID]
    amount: SQLColumnExpression[Decimal | None]


def covered(
    stand_ins: Mapping[UUID, Sequence[StandIn]], columns: FolderColumns, *, ceiling: bool = True
) -> ColumnElement[bool]:
    """In a statement about steps: those that these delegations, in force now, cover; as ``choose`` decides.

    ``ceiling``: False to look at types alone, for who may read.
    """
    return or_(
        false(),
        *(_covers(desk_id, one, columns, ceiling) for desk_id, those in stand_ins.items() for one in those),
    )


def _covers(desk_id: UUID, one: StandIn, columns: FolderColumns, ceiling: bool) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [columns.desk_id == desk_id]
    if one.folder_type_id is not None:
        wanted.append(columns.folder_type_id == one.folder_type_id)
    if one.subtype_id is not None:
        wanted.append(columns.subtype_id == one.subtype_id)
    if ceiling and one.ceiling is not None:
        wanted.append(columns.amount <= one.ceiling)
    return and_(*wanted)


@dataclass(frozen=True, slots=True)
class Substitute:
    """Somebody who stands in for a desk."""

    account: Account
    on_behalf_of: str  #: name of who is away


def substitutes(
    session: Session, tenant_id: UUID, desk_ids: Collection[UUID], matter: Matter, *, now: datetime
) -> dict[UUID, list[Substitute]]:
    """Who stands in for each of these desks on this matter now, by surname; those who hold the desk left out."""
    found: dict[UUID, list[Substitute]] = {desk_id: [] for desk_id in desk_ids}
    absent = aliased(Account)
    holds_too = aliased(DeskHolder)
    rows = session.exec(
        select(Delegation, Account, absent)
        .join(DeskHolder, col(DeskHolder.desk_id) == Delegation.substitute_desk_id)
        .join(Desk, col(Desk.id) == Delegation.substitute_desk_id)
        .join(Account, col(Account.id) == DeskHolder.account_id)
        .outerjoin(absent, col(absent.id) == Delegation.principal_id)
        .where(
            Delegation.tenant_id == tenant_id,
            col(Delegation.delegating_desk_id).in_(list(desk_ids)),
            col(Delegation.starts_at) <= now,
            col(Delegation.ends_at) > now,
            col(Account.disabled_at).is_(None),
            col(Desk.closed_at).is_(None),
            access_is_open(),
            principal_still_holds(),
            ~exists().where(
                col(holds_too.desk_id) == Delegation.delegating_desk_id, col(holds_too.account_id) == Account.id
            ),
        )
        .order_by(col(Account.surname), col(Account.given_name), col(Delegation.starts_at))
    ).all()
    by_person: dict[tuple[UUID, UUID], tuple[Account, list[StandIn]]] = {}
    for delegation, account, away in rows:
        key = (delegation.delegating_desk_id, account.id)
        stand_in = StandIn(
            delegation.id,
            delegation.starts_at,
            delegation.ends_at,
            delegation.folder_type_id,
            delegation.subtype_id,
            delegation.ceiling,
            delegation.principal_id,
            away.full_name if away else NOBODY,
        )
        by_person.setdefault(key, (account, []))[1].append(stand_in)
    for (desk_id, _), (account, stand_ins) in by_person.items():
        chosen = choose(stand_ins, matter, "", now=now)
        if not isinstance(chosen, Refusal):
            found[desk_id].append(Substitute(account, chosen.on_behalf_of))
    return found
