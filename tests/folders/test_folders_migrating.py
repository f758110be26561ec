"""Versions of a circuit: folders stay on theirs, a retired circuit starts none, those under way move when asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from engine.circuits.actions import retire
from engine.circuits.model import WorkflowDefinition, WorkflowVersion
from engine.circuits.queries import versions_of
from engine.folders.actions import Acted, act
from engine.folders.migrating import Migration, migrate_folders
from engine.folders.model import Act, Folder, ProcessInstance, Step
from engine.folders.rewinding import undo
from engine.folders.rules import NO_CIRCUIT
from engine.folders.sending import send_folder
from engine.folders.timeline import timeline
from engine.journal.model import JournalEntry
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.refusals import Refusal
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.world import NOW, World
from web.journal import SENTENCES, sentences

LATER = NOW + timedelta(minutes=20)
FIRST = drawing(START, step("a"), step("b", desk="maire"), END, flow("start>a a>b b>end"))
#: ``a`` is gone, ``b`` has another name, ``c`` is new.
SECOND = drawing(
    START, step("b", desk="maire").replace("Étape b", "Accord"), step("c"), END, flow("start>b b>c c>end")
)  # fmt: skip


def visa(world: World, who: str, folder: Folder) -> None:
    with world.database.writing() as session:
        result = act(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            step_id=world.open_step(folder).id,
            act=Act.VISA,
            seen_heads=world.heads(folder),
            now=NOW + timedelta(minutes=5),
        )
        assert isinstance(result, Acted)
        session.commit()


def migrated(world: World, *, dry_run: bool = False, **more: Any) -> list[Migration]:
    found = migrate_folders(
        world.database,
        world.library,
        tenant_id=world.tenant.id,
        short_name="line",
        now=LATER,
        dry_run=dry_run,
        **more,
    )
    assert not isinstance(found, Refusal)
    return found


def number_of(world: World, folder: Folder) -> int:
    with world.database.reading() as session:
        run = session.get_one(ProcessInstance, folder.id)
        return session.get_one(WorkflowVersion, run.workflow_version_id).number


def open_names(world: World, folder: Folder) -> list[str]:
    with world.database.reading() as session:
        found = session.exec(select(Step.name).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None)))
        return list(found.all())


def sending(world: World, draft: Folder) -> Folder | Refusal:
    return send_folder(
        world.database,
        world.store,
        world.library,
        tenant_id=world.tenant.id,
        account=world.accounts["secretariat"],
        folder_id=draft.id,
        now=LATER,
    )


def test_a_folder_stays_on_the_version_it_started_with(each_world: World) -> None:
    world = each_world
    publish_for(world, "line", FIRST)
    folder = world.sent(circuit="line")
    publish_for(world, "line", SECOND)
    visa(world, "dgs", folder)
    assert open_names(world, folder) == ["Étape b"]
    assert number_of(world, folder) == 1


def test_a_dry_run_says_where_steps_land_and_who_cannot_move_and_writes_nothing(each_world: World) -> None:
    world = each_world
    publish_for(world, "line", FIRST)
    first, second = world.sent(circuit="line"), world.sent(circuit="line")
    visa(world, "dgs", second)
    publish_for(world, "line", SECOND)
    stays, moves = migrated(world, dry_run=True)
    assert (stays.folder_id, stays.landings) == (first.id, ())
    assert "n’existe plus" in stays.obstacle
    assert (moves.folder_id, moves.obstacle, moves.before, moves.after) == (second.id, "", 1, 2)
    [landing] = moves.landings
    assert (landing.what, landing.before, landing.after) == ("étape", "Étape b", "Accord")
    assert [number_of(world, folder) for folder in (first, second)] == [1, 1]
    assert open_names(world, second) == ["Étape b"]


def test_a_migration_moves_each_folder_that_can_with_one_entry_in_its_journal(each_world: World) -> None:
    world = each_world
    publish_for(world, "line", FIRST)
    first, second = world.sent(circuit="line"), world.sent(circuit="line")
    visa(world, "dgs", second)
    publish_for(world, "line", SECOND)
    opened = world.open_step(second).id
    assert [bool(item.obstacle) for item in migrated(world, by=world.accounts["dgs"].id)] == [True, False]
    assert [number_of(world, folder) for folder in (first, second)] == [1, 2]
    assert world.open_step(second).id == opened
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, second.id)
        assert broken_at(entries) is None
        assert [entry.event for entry in entries].count("folder:circuit:migrated") == 1
        assert "de la version 1 à la version 2" in sentences(session, entries)[-1].sentence
        assert timeline(session, world.library, session.get_one(Folder, second.id), now=LATER)
    visa(world, "maire", second)
    assert open_names(world, second) == ["Étape c"]
    assert [item.folder_id for item in migrated(world)] == [first.id]


def test_an_act_before_the_migration_can_no_longer_be_taken_back(each_world: World) -> None:
    world = each_world
    publish_for(world, "line", FIRST)
    folder = world.sent(circuit="line")
    visa(world, "dgs", folder)
    publish_for(world, "line", SECOND)
    migrated(world)
    with world.database.writing() as session:
        refused = undo(
            session, world.library, tenant_id=world.tenant.id, account=world.accounts["dgs"],
            folder_id=folder.id, now=LATER,
        )  # fmt: skip
    assert isinstance(refused, Refusal)
    visa(world, "maire", folder)
    with world.database.writing() as session:
        back = undo(
            session, world.library, tenant_id=world.tenant.id, account=world.accounts["maire"],
            folder_id=folder.id, now=LATER,
        )  # fmt: skip
        assert isinstance(back, Acted)
        session.commit()
    assert open_names(world, folder) == ["Accord"]


def test_a_retired_circuit_starts_no_folder_and_lets_those_under_way_go_on(each_world: World) -> None:
    world = each_world
    publish_for(world, "line", FIRST)
    folder = world.sent(circuit="line")
    draft = world.deposit(circuit="line")
    with world.database.writing() as session:
        who = world.accounts["dgs"].id
        retired = retire(session, tenant_id=world.tenant.id, short_name="line", now=LATER, by=who)
        assert isinstance(retired, WorkflowDefinition)
        again = retire(session, tenant_id=world.tenant.id, short_name="line", now=LATER)
        assert isinstance(again, Refusal)
        session.commit()
    assert sending(world, draft) == NO_CIRCUIT
    visa(world, "dgs", folder)
    assert open_names(world, folder) == ["Étape b"]
    refused = migrate_folders(world.database, world.library, tenant_id=world.tenant.id, short_name="line", now=LATER)
    assert isinstance(refused, Refusal)
    publish_for(world, "line", FIRST)
    assert isinstance(sending(world, draft), Folder)


def test_who_published_what_and_when_is_kept_and_told(each_world: World) -> None:
    world = each_world
    version = publish_for(world, "line", FIRST)
    with world.database.reading() as session:
        [kept] = versions_of(session, world.tenant.id, version.workflow_definition_id)
        assert (kept.number, kept.published_at, kept.published_by) == (1, NOW, None)
        told = session.exec(
            select(JournalEntry).where(
                JournalEntry.chain == world.tenant.id, JournalEntry.event == "tenant:circuit:published"
            )
        ).all()
        assert SENTENCES[told[-1].event]({"number": 1, "name": "line"}) == "a publié la version 1 du circuit « line »"
        assert any('"circuit":"line"' in entry.data for entry in told)


@pytest.mark.parametrize("short_name", ["nothing", ""])
def test_a_circuit_that_does_not_exist_is_said_so(each_world: World, short_name: str) -> None:
    world = each_world
    refused = migrate_folders(
        world.database, world.library, tenant_id=world.tenant.id, short_name=short_name, now=LATER
    )
    assert isinstance(refused, Refusal)
    assert refused.code == "unknown_circuit"
