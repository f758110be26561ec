"""Many processes on many folders, and two workers on one timer: nothing lost, nothing twice."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.folders.actions import Acted, act, send
from engine.folders.facts import heads_seal, main_heads
from engine.folders.model import Act, Folder, FolderStatus, ProcessInstance, Step
from engine.folders.timers import advance_due
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.people.model import Account
from engine.work.model import WorkItem
from parapheur.worker import Worker
from tests.folders.test_folders_at_once import at_once
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, parallel, step
from tests.support.world import NOW, World

PROCESSES = 8
PAIR = drawing(
    START, parallel("p"), step("a"), step("b"), parallel("j"), step("c"), END,
    flow("start>p p>a p>b a>j b>j j>c c>end"),
)  # fmt: skip


def many_sent(world: World, count: int) -> list[UUID]:
    """Folders that wait on two parallel steps, sent without a document prepared: nobody signs."""
    publish_for(world, "pair", PAIR)
    found = []
    for number in range(count):
        folder = world.deposit(title=f"Dossier {number}", circuit="pair")
        with world.database.writing() as session:
            sent = send(
                session,
                world.library,
                tenant_id=world.tenant.id,
                account=world.accounts["secretariat"],
                folder_id=folder.id,
                seen_heads=heads_seal(main_heads(session, folder)),
                now=NOW,
            )
            assert isinstance(sent, Folder), sent
            session.commit()
        found.append(folder.id)
    return found


def one_of_the_crowd(url: str, tenant_id: UUID, account_id: UUID, seed: int, results: Any) -> None:
    """Tries every open step in an order of its own until none is left; counts what it did and what it was told."""
    database, library, order = Database(url), CircuitLibrary(), random.Random(seed)
    told: Counter[str] = Counter()
    while True:
        with database.reading() as session:
            account = session.get_one(Account, account_id)
            steps = session.exec(select(Step.id, Step.folder_id).where(col(Step.closed_at).is_(None))).all()
            heads = {
                folder_id: heads_seal(main_heads(session, session.get_one(Folder, folder_id)))
                for folder_id in {folder_id for _, folder_id in steps}
            }
        if not steps:
            break
        for step_id, folder_id in order.sample(list(steps), len(steps)):
            with database.writing() as session:
                result = act(
                    session,
                    library,
                    tenant_id=tenant_id,
                    account=account,
                    step_id=step_id,
                    act=Act.VISA,
                    seen_heads=heads[folder_id],
                    now=NOW + timedelta(minutes=1),
                )
                if isinstance(result, Acted):
                    session.commit()
            told["done" if isinstance(result, Acted) else result.code] += 1
    database.dispose()
    results.put(told)


def crowd(world: World, folders: int) -> Counter[str]:
    """What eight processes did together."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    url = world.database.url.render_as_string(hide_password=False)
    people = [
        context.Process(target=one_of_the_crowd, args=(url, world.tenant.id, world.accounts["dgs"].id, number, results))
        for number in range(PROCESSES)
    ]
    for person in people:
        person.start()
    total: Counter[str] = sum((results.get(timeout=600) for _ in people), Counter())
    for person in people:
        person.join()
    assert [person.exitcode for person in people] == [0] * PROCESSES
    assert total["done"] == folders * 3
    assert set(total) <= {"done", "step_already_done", "folder_closed"}, total
    return total


def assert_each_went_once(world: World, folders: list[UUID]) -> None:
    with world.database.reading() as session:
        for folder_id in folders:
            assert session.get_one(Folder, folder_id).status is FolderStatus.FINISHED
            assert session.get_one(ProcessInstance, folder_id).version == 4
            entries = chain_entries(session, world.tenant.id, folder_id)
            assert broken_at(entries) is None
            assert [entry.event for entry in entries].count("folder:step:approved") == 3
            steps = session.exec(select(Step).where(Step.folder_id == folder_id)).all()
            assert sorted(item.element_id for item in steps) == ["a", "b", "c"]
            assert all(item.closed_at and item.acted_by for item in steps)
        keys = session.exec(select(WorkItem.key).where(WorkItem.kind == "folder.moved")).all()
    assert len(keys) == len(set(keys)) == 4 * len(folders)


def test_eight_processes_act_on_the_same_folders(each_world: World) -> None:
    folders = many_sent(each_world, 24)
    crowd(each_world, len(folders))
    assert_each_went_once(each_world, folders)


@pytest.mark.long
def test_eight_processes_act_on_a_thousand_folders(each_world: World) -> None:
    folders = many_sent(each_world, 1_000)
    crowd(each_world, len(folders))
    assert_each_went_once(each_world, folders)


def late(world: World) -> tuple[Folder, Any]:
    asked = step("a").replace(
        "/>",
        '/><bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>",
    )
    publish_for(world, "late", drawing(START, asked, step("b", desk="maire"), END, flow("start>a a>end late>b b>end")))
    folder = world.sent(circuit="late")
    return folder, world.open_step(folder).opened_at + timedelta(days=1)


def test_two_workers_on_the_same_due_timer_move_the_folder_once(each_world: World) -> None:
    world = each_world
    folder, due = late(world)

    def advance() -> bool:
        return advance_due(world.database, CircuitLibrary(), folder.id, due)

    assert sorted(at_once(advance, advance)) == [False, True]
    assert world.open_step(folder).element_id == "b"
    with world.database.reading() as session:
        assert session.get_one(ProcessInstance, folder.id).version == 2


def test_two_workers_on_the_same_queue_take_each_row_once(each_world: World) -> None:
    world = each_world
    folder, due = late(world)
    seen: list[str] = []

    def moved(data: dict[str, Any], _now: Any) -> None:
        seen.append(data["folder_id"])

    handlers = {
        "folder.timer": lambda data, now: advance_due(world.database, CircuitLibrary(), UUID(data["folder_id"]), now),
        "folder.moved": moved,
    }
    workers = [Worker(world.database, handlers, clock=lambda: due) for _ in range(2)]
    at_once(workers[0].drain, workers[1].drain)
    assert seen == [str(folder.id)] * 2
    assert world.open_step(folder).element_id == "b"
