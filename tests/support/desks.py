"""A tree of desks over the small commune: the secretariat under the clerk, the clerk under the mayor."""

from __future__ import annotations

from sqlmodel import Session, select

from engine.desks.model import Desk, DeskAssociation
from tests.support.world import World


def desk_named(session: Session, world: World, short_name: str) -> Desk:
    """A desk of the commune."""
    return session.exec(select(Desk).where(Desk.tenant_id == world.tenant.id, Desk.short_name == short_name)).one()


def change(world: World, short_name: str, **values: object) -> None:
    """Write columns of a desk."""
    with world.database.writing() as session:
        desk = desk_named(session, world, short_name)
        for name, value in values.items():
            setattr(desk, name, value)
        session.commit()


def grow_tree(world: World) -> None:
    """The secretariat under the clerk, who has the function ``direction``, under the mayor."""
    with world.database.writing() as session:
        secretariat, dgs, maire = (desk_named(session, world, name) for name in ("secretariat", "dgs", "maire"))
        secretariat.parent_desk_id, dgs.parent_desk_id, dgs.function = dgs.id, maire.id, "direction"
        session.commit()


def associate(world: World, desk: str, *others: str) -> None:
    """Let a desk choose others at deposit."""
    with world.database.writing() as session:
        emitter = desk_named(session, world, desk)
        for other in others:
            found = desk_named(session, world, other)
            session.add(DeskAssociation(desk_id=emitter.id, associated_desk_id=found.id))
        session.commit()
