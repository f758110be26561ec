"""Desks that stand in for others, in the small commune of the tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import select

from engine.desks.model import Delegation, Desk, DeskHolder
from engine.folders.model import Folder
from tests.support.world import NOW, World


def desk_of(world: World, short_name: str) -> Desk:
    """A desk of the commune."""
    with world.database.reading() as session:
        asked = select(Desk).where(Desk.tenant_id == world.tenant.id, Desk.short_name == short_name)
        return session.exec(asked).one()


def delegate(
    world: World,
    desk: str = "maire",
    substitute: str = "adjoint",
    *,
    starts_at: datetime = NOW - timedelta(days=1),
    ends_at: datetime = NOW + timedelta(days=1),
    principal: str | None = "",
    **what: Any,
) -> Delegation:
    """A desk stands in for another, whatever the form would say of its dates. ``principal``: empty, the holder."""
    absent = desk if principal == "" else principal
    delegation = Delegation(
        tenant_id=world.tenant.id,
        delegating_desk_id=desk_of(world, desk).id,
        substitute_desk_id=desk_of(world, substitute).id,
        principal_id=world.accounts[absent].id if absent else None,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=NOW,
        created_by=world.accounts["secretariat"].id,
        **what,
    )
    with world.database.writing() as session:
        session.add(delegation)
        session.commit()
    return delegation


def take_away(world: World, desk: str, who: str) -> None:
    """Somebody no longer holds a desk."""
    with world.database.writing() as session:
        session.delete(session.get_one(DeskHolder, (desk_of(world, desk).id, world.accounts[who].id)))
        session.commit()


def hand_to(world: World, desk: str, who: str) -> None:
    """Somebody holds a desk too."""
    with world.database.writing() as session:
        session.add(DeskHolder(desk_id=desk_of(world, desk).id, account_id=world.accounts[who].id))
        session.commit()


def priced(world: World, folder: Folder, amount: str | None) -> Folder:
    """The folder with another amount."""
    with world.database.writing() as session:
        session.get_one(Folder, folder.id).amount = Decimal(amount) if amount is not None else None
        session.commit()
    return folder


def end_now(world: World, delegation: Delegation, moment: datetime) -> None:
    """The delegation ended at that moment."""
    with world.database.writing() as session:
        session.get_one(Delegation, delegation.id).ends_at = moment
        session.commit()
