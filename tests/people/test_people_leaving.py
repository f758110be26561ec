"""Leaving: desks handed over at once, what was done kept, what is personal forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from engine.desks.actions import give_desk
from engine.desks.leaving import departure, leave
from engine.desks.members import enable_member, invite_member
from engine.desks.model import Delegation, DeskSupervisor
from engine.desks.queries import desks_by_short_name, desks_given
from engine.folders.model import Signature
from engine.folders.queries import steps_of
from engine.people.actions import join_tenant, log_in, open_session
from engine.people.model import Account, LoginSession, Membership, Role, SignerCertificate
from engine.people.queries import Standing, member_of, visitor_of
from engine.people.rules import WRONG_LOGIN, NewPerson
from engine.refusals import Faults, Refusal
from notifications.actions import forget_mails, send_welcome
from notifications.model import Mail
from tests.support.administration import journal, mails
from tests.support.world import NOW, PASSWORD, World, make_world

LATER = NOW + timedelta(days=1)


def go(world: World, who: str, **hand_over: str | None) -> object:
    """The clerk records a departure; desks by their short names, successors by theirs."""
    with world.database.writing() as session:
        desks = desks_by_short_name(session, world.tenant.id)
        handed: dict[UUID, UUID | None] = {
            desks[desk].id: world.accounts[to].id if to else None for desk, to in hand_over.items()
        }
        result = leave(
            session,
            tenant_id=world.tenant.id,
            by=world.accounts["secretariat"].id,
            account_id=world.accounts[who].id,
            hand_over=handed,
            now=LATER,
        )
        if not isinstance(result, Faults | Refusal):
            session.commit()
    return result


def test_everything_that_would_change_is_said_beforehand(world: World) -> None:
    with world.database.writing() as session:
        desks = desks_by_short_name(session, world.tenant.id)
        maire = world.accounts["maire"].id
        give_desk(session, desks["dgs"], maire)
        session.add(
            Delegation(
                tenant_id=world.tenant.id,
                delegating_desk_id=desks["maire"].id,
                substitute_desk_id=desks["adjoint"].id,
                principal_id=maire,
                starts_at=NOW,
                ends_at=NOW + timedelta(days=30),
                created_at=NOW,
                created_by=maire,
            )
        )
        session.flush()
        found = departure(session, world.tenant.id, maire, now=LATER)
    assert found is not None
    assert {(one.desk.short_name, one.alone) for one in found.desks} == {("maire", True), ("dgs", False)}
    assert [view.substitute.short_name for view in found.delegations] == ["adjoint"]
    assert not found.elsewhere
    assert "Héloïse Lefèvre" not in {one.account.full_name for one in found.successors}


def test_the_desks_change_hands_and_what_was_signed_keeps_its_name(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    world.sign("maire", folder)
    waiting = world.sent(circuit="simple-signature", title="En attente")
    maire = world.accounts["maire"]
    with world.database.writing() as session:
        cookie = open_session(session, maire.id, user_agent="", now=LATER)
        assert session.exec(select(SignerCertificate)).all()
        desks = desks_by_short_name(session, world.tenant.id)
        session.add(DeskSupervisor(desk_id=desks["dgs"].id, account_id=maire.id))
        session.commit()
    go(world, "maire", maire="adjoint")
    assert world.sign("adjoint", waiting)
    with world.database.reading() as session:
        kept = session.get_one(Account, maire.id)
        assert kept.full_name == "Héloïse Lefèvre"
        assert "essai.example" not in kept.email
        assert (kept.password_hash, kept.minimised_at) == (None, LATER)
        assert visitor_of(session, cookie, now=LATER) is None
        assert session.exec(select(LoginSession).where(LoginSession.account_id == maire.id)).all() == []
        bound = select(SignerCertificate).where(SignerCertificate.account_id == maire.id)
        assert session.exec(bound).all() == []
        assert session.exec(select(DeskSupervisor)).all() == []
        [signature] = session.exec(select(Signature).where(Signature.folder_id == folder.id))
        assert signature.account_id == maire.id
        assert signature.fingerprint
        [view] = steps_of(session, world.tenant.id, folder.id)
        assert view.actor is not None
        assert view.actor.full_name == "Héloïse Lefèvre"
        left = member_of(session, world.tenant.id, maire.id)
        assert left is not None
        assert left.standing is Standing.LEFT
    told = journal(world)[-1]
    assert told.event == "tenant:person:left"
    assert "Maire : François Noël" in told.data
    assert "essai.example" not in told.data
    assert log_in(world.database, "maire@essai.example", PASSWORD, network="", user_agent="", now=LATER) == WRONG_LOGIN


def test_a_desk_that_nobody_else_holds_must_be_spoken_of(world: World) -> None:
    result = go(world, "maire")
    assert isinstance(result, Faults)
    [fault] = result.by_field.values()
    assert fault.sentence.startswith("Dites à qui revient le bureau « Maire »")
    with world.database.reading() as session:
        assert len(desks_given(session, world.tenant.id, world.accounts["maire"].id)) == 1
    assert journal(world) == []
    go(world, "maire", maire=None)
    assert '"vacant":["Maire"]' in journal(world)[-1].data


def test_nobody_from_outside_is_handed_a_desk(world: World, tmp_path: Path) -> None:
    stranger = make_world(world.database, tmp_path / "v", "voisine").accounts["dgs"]
    with world.database.writing() as session:
        desk = desks_by_short_name(session, world.tenant.id)["maire"]
        result = leave(
            session,
            tenant_id=world.tenant.id,
            by=world.accounts["dgs"].id,
            account_id=world.accounts["maire"].id,
            hand_over={desk.id: stranger.id},
            now=LATER,
        )
    assert isinstance(result, Faults)


def test_the_last_administrator_does_not_leave(world: World) -> None:
    with world.database.writing() as session:
        session.get_one(Membership, (world.accounts["maire"].id, world.tenant.id)).role = Role.TENANT_ADMIN
        session.commit()
    result = go(world, "maire", maire="adjoint")
    assert isinstance(result, Refusal)
    assert result.code == "last_administrator"


def test_a_delegation_given_by_who_leaves_ends_with_them(world: World) -> None:
    with world.database.writing() as session:
        desks = desks_by_short_name(session, world.tenant.id)
        maire = world.accounts["maire"].id
        made = Delegation(
            tenant_id=world.tenant.id,
            delegating_desk_id=desks["maire"].id,
            substitute_desk_id=desks["dgs"].id,
            principal_id=maire,
            starts_at=NOW,
            ends_at=NOW + timedelta(days=30),
            created_at=NOW,
            created_by=maire,
        )
        session.add(made)
        session.commit()
    go(world, "maire", maire="adjoint")
    with world.database.reading() as session:
        assert session.get_one(Delegation, made.id).ends_at == LATER


def test_who_stays_elsewhere_keeps_the_account_and_its_certificates(world: World, tmp_path: Path) -> None:
    neighbour = make_world(world.database, tmp_path / "v", "voisine")
    world.sign("maire", world.sent(circuit="simple-signature"))
    maire = world.accounts["maire"]
    with world.database.writing() as session:
        join_tenant(session, maire, neighbour.tenant)
        session.commit()
    go(world, "maire", maire="adjoint")
    with world.database.reading() as session:
        assert session.get_one(Account, maire.id).email == "maire@essai.example"
        assert session.exec(select(SignerCertificate).where(SignerCertificate.account_id == maire.id)).all()
    entered = log_in(world.database, "maire@essai.example", PASSWORD, network="", user_agent="", now=LATER)
    assert isinstance(entered, tuple)
    with world.database.writing() as session:
        visitor = visitor_of(session, entered[0], now=LATER)
        assert visitor is not None
        assert visitor.tenant_ids == (neighbour.tenant.id,)
        by, person = world.accounts["dgs"].id, NewPerson("maire@essai.example", "Héloïse", "Lefèvre", "Conseillère")
        assert enable_member(session, tenant_id=world.tenant.id, by=by, account_id=maire.id, now=LATER)
        assert member_of(session, world.tenant.id, maire.id).standing is Standing.LEFT  # type: ignore[union-attr]
        again = invite_member(session, tenant_id=world.tenant.id, by=by, person=person, now=LATER)
        assert not isinstance(again, Faults)
        back = member_of(session, world.tenant.id, maire.id)
        assert back is not None
        assert (back.standing, back.title) == (Standing.ACTIVE, "Conseillère")


def test_the_address_is_free_again_for_another_account(world: World) -> None:
    go(world, "maire", maire="adjoint")
    person = NewPerson("maire@essai.example", "Héloïse", "Lefèvre")
    with world.database.writing() as session:
        invited = invite_member(
            session, tenant_id=world.tenant.id, by=world.accounts["dgs"].id, person=person, now=LATER
        )
        assert not isinstance(invited, Faults)
        assert not invited.known
        assert invited.account.id != world.accounts["maire"].id


def test_mails_of_who_left_are_forgotten_and_no_more_are_written(world: World) -> None:
    maire = world.accounts["maire"]
    with world.database.writing() as session:
        send_welcome(session, maire, world.tenant, base_url="https://x.example", now=NOW)
        session.commit()
    assert mails(world, maire.email)
    go(world, "maire", maire="adjoint")
    with world.database.writing() as session:
        forget_mails(session, maire.id, now=LATER)
        gone = session.get_one(Account, maire.id)
        send_welcome(session, gone, world.tenant, base_url="https://x.example", now=LATER)
        session.commit()
        [mail] = session.exec(select(Mail))
    assert (mail.to_address, mail.text, mail.refused_at) == ("", "", LATER)


@pytest.mark.parametrize("twice", [False, True])
def test_who_is_not_there_does_not_leave(world: World, tmp_path: Path, twice: bool) -> None:
    if twice:
        go(world, "maire", maire="adjoint")
        assert go(world, "maire") is None
    else:
        other = make_world(world.database, tmp_path / "v", "voisine")
        world.accounts["inconnue"] = other.accounts["maire"]
        assert go(world, "inconnue") is None
