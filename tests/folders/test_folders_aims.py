"""A folder goes to the desks that its circuit designates: said before it leaves when one of them is nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from engine.clock import utc_now
from engine.desks.model import Desk
from engine.folders.choices import choose
from engine.folders.model import Act, ChosenDesk, Folder, FolderStatus, Step
from engine.folders.sending import send_folder
from engine.journal.queries import chain_entries
from engine.refusals import Refusal
from tests.support.circuits import publish_for
from tests.support.desks import associate, change, desk_named, grow_tree
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.world import NOW, World


def draft(world: World, desk: str) -> Folder:
    """A draft whose circuit asks one step of these desks, then the mayor."""
    publish_for(
        world, "aims", drawing(START, step("a", desk=desk), step("b", desk="maire"), END, flow("start>a a>b b>end"))
    )
    return world.deposit(circuit="aims")


def sent(world: World, folder: Folder) -> Folder | Refusal:
    return send_folder(
        world.database,
        world.store,
        world.library,
        tenant_id=world.tenant.id,
        account=world.accounts["secretariat"],
        folder_id=folder.id,
        now=NOW + timedelta(minutes=1),
    )


def refused(world: World, folder: Folder) -> Refusal:
    """What is said when it is sent; the draft stays as it was."""
    found = sent(world, folder)
    assert isinstance(found, Refusal), found
    with world.database.reading() as session:
        assert session.get_one(Folder, folder.id).status is FolderStatus.DRAFT
        assert not session.exec(select(Step).where(Step.folder_id == folder.id)).all()
    return found


def asked(world: World, folder: Folder) -> list[str]:
    """Short names of the desks that have it now."""
    with world.database.reading() as session:
        return list(
            session.exec(
                select(Desk.short_name)
                .join(Step, col(Step.desk_id) == Desk.id)
                .where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))
                .order_by(col(Desk.short_name))
            )
        )


def chosen(world: World, folder: Folder, **desks: str) -> Refusal | None:
    with world.database.writing() as session:
        found = choose(
            session,
            world.library,
            session.get_one(Folder, folder.id),
            desks,
            by=world.accounts["secretariat"].id,
            now=NOW,
        )
        if found is None:
            session.commit()
    return found


@pytest.mark.parametrize(
    ("desk", "found"),
    [
        ("superior", ["dgs"]),
        ("up-to:direction", ["dgs"]),
        ("up-to:maire", ["maire"]),
        ("emitter", ["secretariat"]),
        ("superior, up-to:direction, adjoint", ["adjoint", "dgs"]),
    ],
)
def test_the_tree_gives_the_desk(world: World, desk: str, found: list[str]) -> None:
    grow_tree(world)
    folder = draft(world, desk)
    assert isinstance(sent(world, folder), Folder)
    assert asked(world, folder) == found


def test_a_superior_that_may_not_act_is_passed_over(world: World) -> None:
    grow_tree(world)
    change(world, "dgs", may_act=False)
    folder = draft(world, "superior")
    assert isinstance(sent(world, folder), Folder)
    assert asked(world, folder) == ["maire"]


@pytest.mark.parametrize(
    ("desk", "code", "words"),
    [
        ("superior", "nobody_aimed", "revient au supérieur de « secretariat »"),
        ("up-to:direction", "nobody_aimed", "jusqu’à la fonction « direction »"),
        ("chosen", "no_associated_desk", "aucun bureau n’est associé à « Secrétaire de mairie »"),
    ],
)
def test_without_a_tree_it_does_not_leave(world: World, desk: str, code: str, words: str) -> None:
    refusal = refused(world, draft(world, desk))
    assert refusal.code == code
    assert words in refusal.sentence


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"may_act": False}, "n’a pas le droit d’agir"), ({"closed_at": NOW}, "est fermé")],
)
def test_what_cannot_be_asked_later_is_told_at_once(world: World, changed: dict[str, object], words: str) -> None:
    folder = draft(world, "dgs")
    change(world, "maire", **changed)
    refusal = refused(world, folder)
    assert refusal.code == "unfit_desk"
    assert "« Maire »" in refusal.sentence
    assert words in refusal.sentence


def test_a_right_taken_on_the_way_stops_the_act_not_the_folder(world: World) -> None:
    folder = draft(world, "dgs")
    assert isinstance(sent(world, folder), Folder)
    change(world, "maire", may_act=False)
    refusal = world.act("dgs", folder, Act.VISA)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "unfit_desk"
    assert asked(world, folder) == ["dgs"]
    change(world, "maire", may_act=True)
    assert not isinstance(world.act("dgs", folder, Act.VISA), Refusal)
    assert asked(world, folder) == ["maire"]


def test_nothing_leaves_in_the_name_of_a_closed_desk(world: World) -> None:
    folder = draft(world, "dgs")
    change(world, "secretariat", closed_at=utc_now())
    assert refused(world, folder).code == "emitter_closed"


def test_the_desk_chosen_is_one_of_those_associated_and_is_kept_with_the_draft(world: World) -> None:
    associate(world, "secretariat", "adjoint", "dgs")
    folder = draft(world, "chosen")
    assert refused(world, folder).code == "desk_not_chosen"
    strange = chosen(world, folder, a="maire")
    assert strange is not None
    assert strange.code == "desk_not_associated"
    assert chosen(world, folder, a="adjoint", unknown="maire") is None, "what the circuit does not ask is not kept"
    assert chosen(world, folder, a="adjoint") is None
    with world.database.reading() as session:
        [kept] = session.exec(select(ChosenDesk)).all()
        assert (kept.step, kept.desk_id) == ("a", desk_named(session, world, "adjoint").id)
        told = [entry for entry in chain_entries(session, world.tenant.id, folder.id) if "chosen" in entry.event]
    assert len(told) == 1, "said once: choosing the same again changes nothing"
    assert isinstance(sent(world, folder), Folder)
    assert asked(world, folder) == ["adjoint"]


def test_a_desk_that_is_no_longer_associated_has_to_be_chosen_again(world: World) -> None:
    associate(world, "secretariat", "adjoint", "dgs")
    folder = draft(world, "chosen")
    assert chosen(world, folder, a="adjoint") is None
    change(world, "adjoint", may_act=False)
    refusal = refused(world, folder)
    assert refusal.code == "desk_not_associated"
    assert chosen(world, folder, a="dgs") is None
    assert isinstance(sent(world, folder), Folder)
