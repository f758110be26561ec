"""Members of a town on both databases: two administrators at once, two towns at once, and what closing leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from engine.desks.actions import add_desk, change_desk
from engine.desks.members import Changes, Invited, change_member, disable_member, enable_member, invite_member
from engine.desks.model import Desk
from engine.desks.queries import desks_given, desks_held, holders
from engine.desks.rules import DeskForm, faults_of_desk, is_above
from engine.ids import new_id
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.people.actions import enter_tenant, join_tenant, open_session
from engine.people.model import Account, Membership, Role
from engine.people.queries import Standing, member_of, members, visitor_of
from engine.people.rules import NewPerson, faults_of_person, refuse_short_name, short_name_from, tidied
from engine.refusals import Faults, Refusal
from tests.support.world import NOW, World, make_world

AGATHE = NewPerson("agathe@essai.example", "Agathe", "Petit")


def administrators(world: World, *names: str) -> None:
    with world.database.writing() as session:
        for who in names:
            session.get_one(Membership, (world.accounts[who].id, world.tenant.id)).role = Role.TENANT_ADMIN
        session.commit()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act gives when all begin together."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index: int) -> None:
        start.wait()
        found[index] = acts[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_administrators_who_close_each_other_out_leave_one(each_world: World) -> None:
    administrators(each_world, "dgs", "maire")

    def close(by: str, whom: str) -> Callable[[], Any]:
        def act() -> Any:
            with each_world.database.writing() as session:
                result = disable_member(
                    session,
                    tenant_id=each_world.tenant.id,
                    by=each_world.accounts[by].id,
                    account_id=each_world.accounts[whom].id,
                    now=NOW,
                )
                session.commit()
            return result

        return act

    results = at_once(close("dgs", "maire"), close("maire", "dgs"))
    assert sorted(isinstance(result, Refusal) for result in results) == [False, True]
    with each_world.database.reading() as session:
        left = [m for m in members(session, each_world.tenant.id) if m.administers and m.standing is Standing.ACTIVE]
        assert len(left) == 1
        entries = chain_entries(session, each_world.tenant.id, each_world.tenant.id)
    assert broken_at(entries) is None


def test_two_towns_that_invite_the_same_person_at_once_share_one_account(each_world: World, tmp_path: Path) -> None:
    neighbour = make_world(each_world.database, tmp_path / "voisine", "voisine")

    def invite(world: World) -> Callable[[], Any]:
        def act() -> Any:
            with world.database.writing() as session:
                result = invite_member(session, tenant_id=world.tenant.id, by=None, person=AGATHE, now=NOW)
                session.commit()
            return result

        return act

    results = at_once(invite(each_world), invite(neighbour))
    assert all(isinstance(result, Invited) and result.link for result in results)
    with each_world.database.reading() as session:
        [account] = session.exec(select(Account).where(Account.email == AGATHE.email)).all()
        found = session.exec(select(Membership.tenant_id).where(Membership.account_id == account.id)).all()
    assert set(found) == {each_world.tenant.id, neighbour.tenant.id}


def test_the_same_person_is_invited_once(each_world: World) -> None:
    with each_world.database.writing() as session:
        first = invite_member(session, tenant_id=each_world.tenant.id, by=None, person=AGATHE, now=NOW)
        again = invite_member(session, tenant_id=each_world.tenant.id, by=None, person=AGATHE, now=NOW)
    assert isinstance(first, Invited)
    assert isinstance(again, Faults)
    assert again.by_field["email"].code == "already_member"


def test_a_closed_access_holds_no_desk_and_opens_with_all_of_them(each_world: World) -> None:
    tenant_id, dgs = each_world.tenant.id, each_world.accounts["dgs"]
    by = each_world.accounts["maire"].id
    with each_world.database.writing() as session:
        [desk] = desks_held(session, tenant_id, dgs.id)
        secret = open_session(session, dgs.id, user_agent="", now=NOW)
        assert visitor_of(session, secret, now=NOW)
        disable_member(session, tenant_id=tenant_id, by=by, account_id=dgs.id, now=NOW)
        assert visitor_of(session, secret, now=NOW) is None
        assert desks_held(session, tenant_id, dgs.id) == []
        assert holders(session, [desk.id]) == {desk.id: []}
        assert list(desks_given(session, tenant_id, dgs.id)) == [desk]
        member = enable_member(session, tenant_id=tenant_id, by=by, account_id=dgs.id, now=NOW)
        assert member is not None
        assert member.standing is Standing.ACTIVE
        assert list(desks_held(session, tenant_id, dgs.id)) == [desk]
        assert visitor_of(session, secret, now=NOW) is None  # the session stays closed


def test_a_person_closed_out_of_one_town_holds_the_desks_of_the_other(each_world: World, tmp_path: Path) -> None:
    neighbour = make_world(each_world.database, tmp_path / "voisine", "voisine")
    dgs, by = each_world.accounts["dgs"], each_world.accounts["maire"].id
    with each_world.database.writing() as session:
        join_tenant(session, dgs, neighbour.tenant)
        secret = open_session(session, dgs.id, user_agent="", now=NOW)
        assert enter_tenant(session, secret, neighbour.tenant.id)
        visitor = visitor_of(session, secret, now=NOW)
        assert visitor is not None
        assert (visitor.tenant.id, visitor.elsewhere) == (neighbour.tenant.id, True)
        disable_member(session, tenant_id=neighbour.tenant.id, by=by, account_id=dgs.id, now=NOW)
        assert len(desks_held(session, each_world.tenant.id, dgs.id)) == 1
        again = open_session(session, dgs.id, user_agent="", now=NOW)
        assert not enter_tenant(session, again, neighbour.tenant.id)
        visitor = visitor_of(session, again, now=NOW)
        assert visitor is not None
        assert (visitor.tenant.id, visitor.elsewhere) == (each_world.tenant.id, False)


def test_what_the_tenant_has_not_is_not_found(each_world: World, tmp_path: Path) -> None:
    neighbour = make_world(each_world.database, tmp_path / "voisine", "voisine")
    stranger, by = neighbour.accounts["maire"].id, each_world.accounts["maire"].id
    known = {"tenant_id": each_world.tenant.id, "by": by, "now": NOW}
    with each_world.database.writing() as session:
        changes = Changes(title="", administers=True)
        assert change_member(session, account_id=stranger, changes=changes, **known) is None
        assert disable_member(session, account_id=stranger, **known) is None
        assert enable_member(session, account_id=stranger, **known) is None
        assert member_of(session, each_world.tenant.id, stranger) is None
        theirs = session.exec(select(Desk.id).where(Desk.tenant_id == neighbour.tenant.id)).first()
        assert theirs
        assert change_desk(session, desk_id=theirs, form=DeskForm("Autre"), **known) is None
        desk = add_desk(session, form=DeskForm("Autre", parent_id=theirs), **known)
        assert isinstance(desk, Faults)


@pytest.mark.parametrize(
    ("name", "short_name"),
    [
        ("Services techniques", "services-techniques"),
        ("Première adjointe à l’état civil", "premiere-adjointe-a-l-etat-civil"),
        ("Œuvres sociales", "oeuvres-sociales"),
        ("x" * 60, "x" * 40),
        ("Un nom de bureau qui est vraiment beaucoup trop long", "un-nom-de-bureau-qui-est-vraiment-beauco"),
    ],
)
def test_a_short_name_is_made_from_a_name(name: str, short_name: str) -> None:
    assert short_name_from(name) == short_name
    assert refuse_short_name(short_name) is None


@pytest.mark.parametrize(
    "email",
    ["a@b.fr", "prenom.nom@mairie.example", "o'neil+parapheur@sous.domaine.mairie.example", f"a@{'b' * 63}.fr"],
)
def test_usable_addresses_are_accepted(email: str) -> None:
    assert faults_of_person(NewPerson(email, "A", "B")) == {}


@pytest.mark.parametrize(
    "email",
    ["a", "@b.fr", "a@", "a@b", "a b@c.fr", "a@b..fr", ".a@b.fr", "a.@b.fr", "a@-b.fr", "a@b-.fr", "é@b.fr", "a@b.fr\n",
     "a@b.fr,c@d.fr", "<a@b.fr>", f"a@{'b' * 64}.fr", f"a@{'b.' * 130}fr"],
)  # fmt: skip
def test_addresses_to_which_no_mail_can_go_are_refused(email: str) -> None:
    assert list(faults_of_person(NewPerson(email, "A", "B"))) == ["email"]


def test_what_does_not_show_is_left_out_of_names() -> None:
    assert tidied("  Anne\u200b\t Marie\u202e\n") == "Anne Marie"
    assert NewPerson(" A@B.fr ", " Anne ", "Le  Goff").tidied() == NewPerson("a@b.fr", "Anne", "Le Goff")


def test_a_tree_of_desks_that_already_loops_is_walked_once() -> None:
    one, two, three = new_id(), new_id(), new_id()
    parents = {one: two, two: one}
    assert is_above(two, one, parents)
    assert not is_above(three, one, parents)
    tenant_id = new_id()
    desk = Desk(id=three, tenant_id=tenant_id, name="Trois", short_name="trois")
    looping = [
        Desk(id=one, tenant_id=tenant_id, name="Un", short_name="un", parent_desk_id=two),
        Desk(id=two, tenant_id=tenant_id, name="Deux", short_name="deux", parent_desk_id=one),
    ]
    assert faults_of_desk(DeskForm("Trois", "trois", one), [*looping, desk], desk) == {}
