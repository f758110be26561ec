"""Acting in the absence of somebody: who may, what is written of it, what is seen, and for how long."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from pypdfium2 import PdfDocument
from sqlmodel import select

from engine.desks.delegation_queries import substitutes
from engine.desks.members import disable_member
from engine.desks.model import Desk
from engine.folders.actions import Acted, note_reading
from engine.folders.facts import acting_for, matter_of
from engine.folders.following import follow, followers_of
from engine.folders.model import Act, Folder, Step
from engine.folders.queries import steps_of, visible_folder
from engine.folders.rewinding import return_to, undo
from engine.folders.timeline import timeline
from engine.folders.trays import Tray, next_to_do, tray, tray_counts
from engine.journal.queries import chain_entries
from engine.people.model import Membership
from engine.refusals import Refusal
from engine.typology.model import Subtype
from tests.support.delegations import delegate, desk_of, end_now, hand_to, priced, take_away
from tests.support.whole import do
from tests.support.world import NOW, World

LATER = NOW + timedelta(minutes=30)


def for_the_dgs(world: World, circuit: str = "deed") -> Folder:
    """A folder that waits for a visa of the direction."""
    return world.sent(circuit=circuit)


def for_the_mayor(world: World) -> Folder:
    """A folder that waits for the mayor's signature."""
    return world.sent(circuit="simple-signature")


def code(result: object) -> str | None:
    return result.code if isinstance(result, Refusal) else None


def text_of(pdf: bytes) -> str:
    """What its last page says, marks included."""
    with PdfDocument(pdf) as document:
        document.init_forms()
        page = document[len(document) - 1]
        page.flatten()
        page = document[len(document) - 1]
        return " ".join(page.get_textpage().get_text_range().split())


def last_data(world: World, folder: Folder) -> dict[str, Any]:
    with world.database.reading() as session:
        data: dict[str, Any] = orjson.loads(chain_entries(session, world.tenant.id, folder.id)[-1].data)
    return data


def test_whoever_stands_in_acts_and_it_is_written_in_whose_absence(world: World) -> None:
    given = delegate(world, "dgs", "adjoint")
    folder = for_the_dgs(world)
    assert isinstance(world.act("adjoint", folder, Act.VISA, "Vu."), Acted)
    with world.database.reading() as session:
        done = next(view for view in steps_of(session, world.tenant.id, folder.id) if view.actor)
        line = timeline(session, world.library, folder, now=LATER)
    assert (done.step.acted_by, done.step.delegation_id) == (world.accounts["adjoint"].id, given.id)
    assert (done.actor, done.on_behalf_of) == (world.accounts["adjoint"], "Zoé Çelik")
    assert (line[0].people, line[0].on_behalf_of) == (("François Noël",), "Zoé Çelik")
    told = last_data(world, folder)
    assert (told["desk"], told["on_behalf_of"]) == ("Directrice générale des services", "Zoé Çelik")
    assert told["delegation_id"] == str(given.id)


def test_a_holder_acts_in_their_own_name_even_while_replaced(world: World) -> None:
    delegate(world, "dgs", "adjoint")
    folder = for_the_dgs(world)
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
    assert "on_behalf_of" not in last_data(world, folder)
    with world.database.reading() as session:
        assert all(view.on_behalf_of is None for view in steps_of(session, world.tenant.id, folder.id))


def test_a_document_signed_in_an_absence_says_so(world: World) -> None:
    delegate(world)
    folder = for_the_mayor(world)
    world.sign("adjoint", folder)
    said = text_of(world.document(folder))
    assert "François Noël" in said
    assert "en l’absence de Héloïse Lefèvre, Maire" in said
    with world.database.reading() as session:
        [done] = [view for view in steps_of(session, world.tenant.id, folder.id) if view.actor]
    assert done.on_behalf_of == "Héloïse Lefèvre"


def test_a_document_signed_for_a_vacant_post_names_the_post(world: World) -> None:
    delegate(world, principal=None)
    take_away(world, "maire", "maire")
    folder = for_the_mayor(world)
    world.sign("adjoint", folder)
    assert "en l’absence d’un titulaire, Maire" in text_of(world.document(folder))


@pytest.mark.parametrize("meanwhile", ["ended", "replaced by another", "now a holder", "principal gone"])
def test_what_the_mark_says_must_still_be_so_when_the_signature_is_finished(world: World, meanwhile: str) -> None:
    given = delegate(world)
    folder = for_the_mayor(world)
    step_id = world.open_step(folder).id
    prepared = world.prepare("adjoint", folder)
    assert not isinstance(prepared, Refusal)
    before = world.document(folder)
    if meanwhile == "now a holder":
        hand_to(world, "maire", "adjoint")
    elif meanwhile == "principal gone":
        take_away(world, "maire", "maire")
    else:
        end_now(world, given, NOW + timedelta(minutes=11))
    if meanwhile == "replaced by another":
        delegate(world)
    result = world.finish("adjoint", step_id, prepared, late=2)
    expected = {"ended": "delegation_over", "principal gone": "delegation_over"}.get(meanwhile, "capacity_changed")
    assert code(result) == expected
    assert world.document(folder) == before
    assert world.open_step(folder).id == step_id


def test_a_delegation_is_not_delegated_again(world: World) -> None:
    delegate(world, "maire", "adjoint")
    delegate(world, "adjoint", "dgs")
    folder = for_the_mayor(world)
    assert code(world.act("dgs", folder, Act.REJECT, "Non.")) == "not_your_desk"
    with world.database.reading() as session:
        assert visible_folder(session, world.tenant.id, world.accounts["dgs"].id, folder.id, now=NOW) is None


def test_a_delegation_lapses_with_the_function_of_who_gave_it_but_not_with_their_access(world: World) -> None:
    delegate(world)
    folder = for_the_mayor(world)
    close_access(world, "maire")
    world.act("adjoint", folder, Act.REJECT, "À revoir.")
    assert last_data(world, folder)["on_behalf_of"] == "Héloïse Lefèvre"
    other = for_the_mayor(world)
    take_away(world, "maire", "maire")
    assert code(world.act("adjoint", other, Act.REJECT, "Non.")) == "delegation_over"


def test_who_has_no_access_any_more_holds_nothing_and_stands_in_for_nobody(world: World) -> None:
    delegate(world)
    folder = for_the_mayor(world)
    for who in ("adjoint", "maire"):
        close_access(world, who)
        assert code(world.act(who, folder, Act.REJECT, "Non.")) == "not_your_desk"


def close_access(world: World, who: str) -> None:
    with world.database.writing() as session:
        session.get_one(Membership, (world.accounts[who].id, world.tenant.id)).disabled_at = NOW
        session.commit()


#: delegation, amount of the folder, whether one acts, whether one reads
CASES: list[tuple[dict[str, Any], str | None, bool, bool]] = [
    ({}, None, True, True),
    ({"kind": "simple-signature"}, None, True, True),
    ({"kind": "deed"}, None, False, False),
    ({"ceiling": Decimal(1000)}, "1000", True, True),
    ({"ceiling": Decimal(1000)}, "1000.01", False, True),
    ({"ceiling": Decimal(1000)}, None, False, True),
    ({"ends_at": NOW}, None, False, False),
    ({"starts_at": NOW + timedelta(minutes=5, seconds=1)}, None, False, False),
    ({"substitute": "dgs"}, None, False, False),
]


def test_pages_trays_mails_and_the_guard_agree_on_who_stands_in(each_world: World) -> None:
    world, moment = each_world, NOW + timedelta(minutes=5)
    desk, who, tenants = desk_of(world, "maire").id, world.accounts["adjoint"].id, (world.tenant.id,)
    for what, amount, acts, reads in CASES:
        given = dict(what)
        if kind := given.pop("kind", ""):
            given |= {"subtype_id": world.subtypes[kind], "folder_type_id": type_of(world, kind)}
        delegation = delegate(world, **given)
        folder = priced(world, for_the_mayor(world), amount)
        with world.database.reading() as session:
            rows = tray(session, tenants, who, Tray.DELEGATED, now=moment).rows
            counted = tray_counts(session, tenants, who, now=moment)[Tray.DELEGATED]
            following = next_to_do(session, tenants, who, world.tenant.id, now=moment)
            matter = matter_of(session, session.get_one(Folder, folder.id))
            told = {one.account.id for one in substitutes(session, *tenants, [desk], matter, now=moment)[desk]}
            acting = desk in acting_for(session, session.get_one(Folder, folder.id), who, now=moment)
            seen = visible_folder(session, world.tenant.id, who, folder.id, now=moment) is not None
            elsewhere = tray(session, tenants, who, Tray.TO_DO, now=moment).rows
        assert [row.folder_id for row in rows] == [folder.id] * acts, what
        assert [(row.desk, row.on_behalf_of) for row in rows] == [("Maire", "Héloïse Lefèvre")] * acts
        assert (counted, following) == (int(acts), folder.id if acts else None), what
        assert (who in told, acting, seen) == (acts, acts, reads), what
        assert elsewhere == ()
        assert isinstance(world.act("adjoint", folder, Act.REJECT, "Non."), Acted) is acts, what
        end_now(world, delegation, NOW - timedelta(days=60))
        if not acts:
            assert isinstance(world.act("maire", folder, Act.REJECT, "Non."), Acted)


def type_of(world: World, circuit: str) -> UUID:
    with world.database.reading() as session:
        return session.get_one(Subtype, world.subtypes[circuit]).folder_type_id


def test_what_one_acted_on_stays_readable_and_nothing_else(world: World) -> None:
    given = delegate(world, "dgs", "adjoint")
    done, waiting = for_the_dgs(world), for_the_dgs(world)
    assert isinstance(world.act("adjoint", done, Act.VISA), Acted)
    end_now(world, given, NOW + timedelta(minutes=6))
    with world.database.reading() as session:
        seen = [
            visible_folder(session, world.tenant.id, world.accounts["adjoint"].id, folder.id, now=LATER) is not None
            for folder in (done, waiting)
        ]
    assert seen == [True, False]


def test_whoever_holds_the_desk_too_finds_it_among_their_own(world: World) -> None:
    delegate(world)
    hand_to(world, "maire", "adjoint")
    folder = for_the_mayor(world)
    with world.database.reading() as session:
        who = world.accounts["adjoint"].id
        counts = tray_counts(session, (world.tenant.id,), who, now=NOW)
        assert (counts[Tray.TO_DO], counts[Tray.DELEGATED]) == (1, 0)
        assert substitutes(
            session,
            world.tenant.id,
            [desk_of(world, "maire").id],
            matter_of(session, session.get_one(Folder, folder.id)),
            now=NOW,
        ) == {desk_of(world, "maire").id: []}


def back(world: World, who: str, folder: Folder, step_id: UUID) -> Acted | Refusal:
    with world.database.writing() as session:
        result = return_to(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            folder_id=folder.id,
            step_id=step_id,
            reason="À reprendre.",
            now=LATER,
        )
        if isinstance(result, Acted):
            session.commit()
    return result


def test_whoever_stands_in_may_send_back_what_waits_for_the_desk(world: World) -> None:
    given = delegate(world)
    folder = for_the_dgs(world)
    first = world.open_step(folder).id
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
    end_now(world, given, NOW + timedelta(minutes=6))
    assert code(back(world, "adjoint", folder, first)) == "not_found"
    delegate(world)
    assert isinstance(back(world, "adjoint", folder, first), Acted)
    assert last_data(world, folder)["on_behalf_of"] == "Héloïse Lefèvre"


def test_an_act_in_an_absence_is_taken_back_only_while_one_still_stands_in(world: World) -> None:
    given = delegate(world, "dgs", "adjoint")
    folders = [for_the_dgs(world), for_the_dgs(world)]
    for folder in folders:
        assert isinstance(world.act("adjoint", folder, Act.VISA), Acted)

    def take_back(folder: Folder) -> Acted | Refusal:
        with world.database.writing() as session:
            who = world.accounts["adjoint"]
            result = undo(
                session, world.library, tenant_id=world.tenant.id, account=who, folder_id=folder.id, now=LATER
            )
            if isinstance(result, Acted):
                session.commit()
        return result

    assert isinstance(take_back(folders[0]), Acted)
    assert last_data(world, folders[0])["on_behalf_of"] == world.accounts["dgs"].full_name
    with world.database.reading() as session:
        step_again = session.exec(select(Step).where(Step.folder_id == folders[0].id)).first()
    assert step_again is not None
    assert (step_again.acted_by, step_again.delegation_id) == (None, None)
    end_now(world, given, LATER)
    assert code(take_back(folders[1])) == "delegation_over"


def test_reading_in_an_absence_is_noted_as_such(world: World) -> None:
    delegate(world, "dgs", "adjoint")
    folder = for_the_dgs(world)
    with world.database.writing() as session:
        assert note_reading(
            session, tenant_id=world.tenant.id, account=world.accounts["adjoint"], folder_id=folder.id, now=LATER
        )
        session.commit()
    assert last_data(world, folder)["on_behalf_of"] == "Zoé Çelik"
    assert world.open_step(folder).read_at == LATER


def test_a_desk_that_is_closed_stands_in_for_nobody(world: World) -> None:
    given = delegate(world)
    folder = for_the_mayor(world)
    with world.database.writing() as session:
        session.get_one(Desk, given.substitute_desk_id).closed_at = NOW
        session.commit()
    assert code(world.act("adjoint", folder, Act.REJECT, "Non.")) == "not_your_desk"
    with world.database.reading() as session:
        matter = matter_of(session, session.get_one(Folder, folder.id))
        found = substitutes(session, world.tenant.id, [given.delegating_desk_id], matter, now=NOW)
    assert found == {given.delegating_desk_id: []}


def test_an_administrator_who_closes_an_access_closes_what_was_given_with_it(world: World) -> None:
    given = delegate(world)
    folder = for_the_mayor(world)
    with world.database.writing() as session:
        by = world.accounts["secretariat"].id
        who = world.accounts["adjoint"].id
        disable_member(session, tenant_id=world.tenant.id, by=by, account_id=who, now=NOW)
        session.commit()
    with world.database.reading() as session:
        matter = matter_of(session, session.get_one(Folder, folder.id))
        found = substitutes(session, world.tenant.id, [given.delegating_desk_id], matter, now=NOW)
    assert found == {given.delegating_desk_id: []}


def test_who_acted_in_an_absence_reads_nothing_once_their_access_is_closed(world: World) -> None:
    delegate(world, "dgs", "adjoint")
    folder, adjoint = for_the_dgs(world), world.accounts["adjoint"]
    assert isinstance(world.act("adjoint", folder, Act.VISA), Acted)
    assert isinstance(do(world, follow, "adjoint", folder), Folder)
    with world.database.writing() as session:
        assert [one.id for one in followers_of(session, folder, now=LATER)] == [adjoint.id]
        session.get_one(Membership, (adjoint.id, world.tenant.id)).disabled_at = LATER
        session.commit()
    with world.database.reading() as session:
        assert followers_of(session, folder, now=LATER) == []
