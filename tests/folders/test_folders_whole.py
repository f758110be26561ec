"""Acts on a whole folder: who may do them; stopped, copied, followed, archived."""

from __future__ import annotations

from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from engine.desks.model import Desk
from engine.folders.actions import act
from engine.folders.clearing import archive, unarchive
from engine.folders.copying import duplicate
from engine.folders.following import follow, followers_of, unfollow
from engine.folders.model import CLOSED, Act, Folder, FolderStatus, Step
from engine.folders.offers import GUARDS, offers
from engine.folders.queries import visible_folder
from engine.folders.rounds import stop
from engine.folders.standing import standing_of
from engine.folders.timeline import Moment, stopped_of, timeline
from engine.folders.trays import Tray, tray, tray_counts
from engine.folders.whole_rules import Standing
from tests.support.whole import (
    LATER,
    code,
    do,
    events,
    finished,
    leave,
    present,
    tell,
)
from tests.support.world import World

# The rules


def standing(**facts: Any) -> Standing:
    known: dict[str, Any] = {
        "status": FolderStatus.IN_PROGRESS,
        "sees": True,
        "emits": True,
        "has_it": False,
        "creates": True,
        "chains": True,
        "archives": True,
        "follows": False,
        "archived": False,
        "circulated": True,
        "done": True,
    }
    return Standing(**{**known, **facts})


#: What each act asks of the folder's state, then of the person: what must be so, and nothing else.
WANTED: dict[Act, tuple[frozenset[FolderStatus], dict[str, bool]]] = {
    Act.EDIT: (frozenset({FolderStatus.DRAFT}), {"sees": True, "emits": True}),
    Act.RECYCLE: (frozenset({FolderStatus.REJECTED, FolderStatus.STOPPED}), {"sees": True, "emits": True}),
    Act.CHAIN: (frozenset({FolderStatus.FINISHED}), {"sees": True, "chains": True}),
    Act.FOLLOW: (frozenset({FolderStatus.IN_PROGRESS, FolderStatus.DRAFT}), {"sees": True, "follows": False}),
    Act.UNFOLLOW: (frozenset(FolderStatus), {"follows": True}),
    Act.DUPLICATE: (frozenset(FolderStatus), {"sees": True, "creates": True}),
    Act.STOP: (frozenset({FolderStatus.IN_PROGRESS, FolderStatus.DRAFT}), {"sees": True, "emits": True}),
    Act.ARCHIVE: (CLOSED, {"sees": True, "emits": True, "archives": True, "archived": False}),
    Act.UNARCHIVE: (frozenset(FolderStatus), {"sees": True, "emits": True, "archived": True}),
}
_PERSON = ("sees", "emits", "creates", "chains", "archives", "follows", "archived")


@pytest.mark.parametrize("act", WANTED)
def test_each_act_is_let_through_exactly_when_it_may_be(act: Act) -> None:
    statuses, person = WANTED[act]
    for status, *values in product(FolderStatus, *[(True, False)] * len(_PERSON)):
        facts = dict(zip(_PERSON, values, strict=True))
        allowed = status in statuses and all(facts[name] is value for name, value in person.items())
        assert (GUARDS[act](standing(status=status, **facts)) is None) is allowed, (status, facts)


def test_a_draft_that_never_circulated_is_neither_stopped_nor_followed() -> None:
    new = standing(status=FolderStatus.DRAFT, circulated=False)
    assert code(GUARDS[Act.STOP](new)) == "nothing_to_stop"
    assert code(GUARDS[Act.FOLLOW](new)) == "nothing_to_follow"


# Stopping


def test_a_stopped_folder_asks_nothing_of_anybody_and_tells_those_concerned(world: World) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.VISA)
    waiting = world.open_step(folder)
    assert isinstance(do(world, stop, "secretariat", folder, reason=" Erreur de séance. "), Folder)
    assert present(world, folder).status is FolderStatus.STOPPED
    assert code(world_act(world, "maire", waiting.id)) == "step_already_done"
    with world.database.reading() as session:
        assert session.exec(select(Step).where(col(Step.closed_at).is_(None))).all() == []
        line = timeline(session, world.library, present(world, folder), now=LATER)
        assert [step.moment for step in line] == [Moment.DONE, Moment.WITHDRAWN]
        why = stopped_of(session, present(world, folder))
        assert why is not None
        assert (why.by, why.reason) == (world.accounts["secretariat"].full_name, "Erreur de séance.")
        rows = tray(session, [world.tenant.id], world.accounts["secretariat"].id, Tray.REJECTED, now=LATER).rows
        assert [row.status for row in rows] == [FolderStatus.STOPPED]
        assert tray_counts(session, [world.tenant.id], world.accounts["secretariat"].id, now=LATER)[Tray.REJECTED] == 1
    told = tell(world)
    assert told["maire"] == [f"Arrêté : {folder.title}"]
    assert told["dgs"] == [f"Arrêté : {folder.title}"]
    assert "secretariat" not in told
    assert events(world, folder)[-1] == "folder:circuit:stopped"


def world_act(world: World, who: str, step_id: UUID) -> Any:
    with world.database.writing() as session:
        return act(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            step_id=step_id,
            act=Act.REJECT,
            seen_heads="",
            reason="Non.",
            now=LATER,
        )


@pytest.mark.parametrize(("reason", "fault"), [("  ", "reason_missing"), ("x" * 2001, "reason_too_long")])
def test_stopping_says_why(world: World, reason: str, fault: str) -> None:
    folder = world.sent()
    assert code(do(world, stop, "secretariat", folder, reason=reason)) == fault
    assert present(world, folder).status is FolderStatus.IN_PROGRESS
    assert code(do(world, stop, "dgs", folder, reason="Non.")) == "not_emitter"
    assert code(do(world, stop, "adjoint", folder, reason="Non.")) == "not_found"


# Copying


def test_a_copy_is_a_draft_with_the_documents_as_they_were_deposited(world: World) -> None:
    original = world.deposit()
    before = world.document(original)
    world.send(original)
    world.act("dgs", original, Act.VISA)
    world.sign("maire", original)
    assert code(do(world, duplicate, "maire", original)) == "may_not_create"
    assert code(do(world, duplicate, "adjoint", original)) == "not_found"
    copy = do(world, duplicate, "secretariat", original)
    assert isinstance(copy, Folder)
    assert (copy.title, copy.status, copy.origin_id) == (f"Copie de {original.title}", FolderStatus.DRAFT, original.id)
    assert world.document(copy) == before
    assert events(world, copy) == ["folder:draft:copied"]
    world.send(copy)
    assert world.document(original) != world.document(copy)


# Following


def test_who_follows_is_told_of_the_end_once_and_of_nothing_else(world: World) -> None:
    folder = world.sent()
    assert code(do(world, follow, "adjoint", folder)) == "not_found"
    assert isinstance(do(world, follow, "dgs", folder), Folder)
    assert code(do(world, follow, "dgs", folder)) == "already_followed"
    do(world, follow, "secretariat", folder)
    world.act("dgs", folder, Act.VISA)
    with world.database.reading() as session:
        [row] = tray(session, [world.tenant.id], world.accounts["dgs"].id, Tray.FOLLOWED, now=LATER).rows
        assert row.folder_id == folder.id
        assert len(followers_of(session, present(world, folder), now=LATER)) == 2
    world.sign("maire", folder)
    told = tell(world)
    assert told["dgs"] == [f"Terminé : {folder.title}"]
    assert told["secretariat"] == [f"Terminé : {folder.title}"]  # as who deposited it: once
    assert isinstance(do(world, unfollow, "dgs", folder), Folder)
    assert code(do(world, unfollow, "dgs", folder)) == "not_followed"


def test_who_follows_and_no_longer_sees_is_told_nothing(world: World) -> None:
    folder = world.sent()
    do(world, follow, "dgs", folder)
    leave(world, "dgs")
    do(world, stop, "secretariat", folder, reason="Erreur.")
    told = tell(world)
    assert "dgs" not in told
    with world.database.reading() as session:
        assert followers_of(session, present(world, folder), now=LATER) == []
        assert tray(session, [world.tenant.id], world.accounts["dgs"].id, Tray.FOLLOWED, now=LATER).rows == ()


# Archiving


def test_an_archived_folder_leaves_its_tray_and_comes_back(world: World) -> None:
    folder = finished(world)
    clerk = world.accounts["secretariat"].id
    assert code(do(world, archive, "maire", folder)) == "not_emitter"
    assert isinstance(do(world, archive, "secretariat", folder), Folder)
    assert code(do(world, archive, "secretariat", folder)) == "already_archived"

    def found(which: Tray) -> list[UUID]:
        with world.database.reading() as session:
            return [row.folder_id for row in tray(session, [world.tenant.id], clerk, which, now=LATER).rows]

    assert (found(Tray.FINISHED), found(Tray.ARCHIVED)) == ([], [folder.id])
    assert isinstance(do(world, unarchive, "secretariat", folder), Folder)
    assert (found(Tray.FINISHED), found(Tray.ARCHIVED)) == ([folder.id], [])
    assert code(do(world, unarchive, "secretariat", folder)) == "not_archived"


def test_archiving_is_a_right_of_the_desk_and_for_what_is_over(world: World) -> None:
    running = world.sent()
    assert code(do(world, archive, "secretariat", running)) == "not_closed"
    with world.database.writing() as session:
        for desk in session.exec(select(Desk)):
            desk.may_archive = False
        session.commit()
    assert code(do(world, archive, "secretariat", running)) == "may_not_archive"


def test_the_menu_of_a_stranger_is_empty(world: World) -> None:
    folder = world.sent()
    with world.database.reading() as session:
        stranger = world.accounts["adjoint"].id
        assert visible_folder(session, world.tenant.id, stranger, folder.id, now=LATER) is None
        assert offers(standing_of(session, present(world, folder), stranger, now=LATER)) == []
