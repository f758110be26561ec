"""What tests of the administration look at: members, desks, mails, and the tenant's journal."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import select

from engine.desks.model import Desk
from engine.desks.queries import desks_given
from engine.journal.model import JournalEntry
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.people.model import Account, Membership, Role
from engine.people.queries import account_at
from notifications.model import Mail
from tests.support.world import World

PEOPLE, DESKS = "/administration/personnes", "/administration/bureaux"
NEW = {"email": "agathe.petit@essai.example", "given_name": "Agathe", "surname": "Petit", "title": "Rédactrice"}


def make_administrator(world: World, who: str = "secretariat") -> None:
    with world.database.writing() as session:
        session.get_one(Membership, (world.accounts[who].id, world.tenant.id)).role = Role.TENANT_ADMIN
        session.commit()


def desk_id(world: World, short_name: str) -> UUID:
    with world.database.reading() as session:
        asked = select(Desk.id).where(Desk.tenant_id == world.tenant.id, Desk.short_name == short_name)
        return session.exec(asked).one()


def membership(world: World, account_id: UUID) -> Membership | None:
    with world.database.reading() as session:
        return session.get(Membership, (account_id, world.tenant.id))


def account(world: World, email: str) -> Account:
    with world.database.reading() as session:
        found = account_at(session, email)
    assert found is not None
    return found


def held(world: World, account_id: UUID) -> set[str]:
    with world.database.reading() as session:
        return {desk.short_name for desk in desks_given(session, world.tenant.id, account_id)}


def journal(world: World) -> list[JournalEntry]:
    """What the tenant's journal tells of people and desks."""
    with world.database.reading() as session:
        entries = list(chain_entries(session, world.tenant.id, world.tenant.id))
    assert broken_at(entries) is None
    return [entry for entry in entries if entry.event.split(":")[1] in {"person", "desk", "invitation"}]


def mails(world: World, to: str) -> list[Mail]:
    with world.database.reading() as session:
        return list(session.exec(select(Mail).where(Mail.to_address == to).order_by(Mail.created_at)))  # type: ignore[arg-type]
