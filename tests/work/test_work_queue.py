"""Work rows: written with the decision, taken once, never lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from engine.database import Database
from engine.work.actions import claim, close, enqueue, extend, fail, retry
from engine.work.model import WorkItem
from engine.work.rules import LEASE, MAX_ATTEMPTS, MAX_WAIT, Postpone, wait_after
from parapheur.worker import Worker
from tests.support.world import NOW


def add(database: Database, *, key: str | None = None, commit: bool = True) -> None:
    with database.writing() as session:
        enqueue(session, "essai", {"n": 1}, now=NOW, key=key)
        if commit:
            session.commit()


def take(database: Database, holder: str, minutes: float = 0) -> list[WorkItem]:
    with database.writing() as session:
        items = claim(session, holder, now=NOW + timedelta(minutes=minutes), limit=10)
        session.commit()
    return items


def rows(database: Database) -> list[WorkItem]:
    with database.reading() as session:
        return list(session.exec(select(WorkItem)))


def test_a_row_written_in_a_transaction_that_rolls_back_does_not_exist(each_database: Database) -> None:
    add(each_database, commit=False)
    assert rows(each_database) == []


def test_a_key_is_written_once(each_database: Database) -> None:
    for _ in range(3):
        add(each_database, key="même chose")
    assert len(rows(each_database)) == 1


def test_a_row_is_taken_by_one_worker_until_its_lease_ends(each_database: Database) -> None:
    add(each_database)
    [item] = take(each_database, "a")
    assert take(each_database, "b", minutes=1) == []
    [again] = take(each_database, "b", minutes=LEASE.total_seconds() / 60 + 0.1)
    with each_database.writing() as session:
        assert not close(session, item, now=NOW)
        assert not extend(session, item, now=NOW)
        assert close(session, again, now=NOW)
        session.commit()
    assert take(each_database, "c", minutes=60) == []


def test_a_failure_waits_longer_each_time_then_is_given_up_and_can_be_tried_again(database: Database) -> None:
    add(database)
    moment = 0.0
    for attempt in range(1, MAX_ATTEMPTS + 1):
        [item] = take(database, "a", minutes=moment)
        with database.writing() as session:
            fail(session, item, "panne", now=NOW + timedelta(minutes=moment))
            session.commit()
        moment += wait_after(attempt).total_seconds() / 60 + 0.01
    [row] = rows(database)
    assert (row.failed_at is not None, row.error) == (True, "panne")
    assert take(database, "a", minutes=10_000) == []
    with database.writing() as session:
        retry(session, row.id, now=NOW)
        session.commit()
    assert len(take(database, "a", minutes=moment)) == 1


def test_the_wait_is_bounded() -> None:
    assert wait_after(1) == timedelta(seconds=2)
    assert wait_after(5) == timedelta(seconds=32)
    assert wait_after(100) == MAX_WAIT


def test_many_workers_do_each_row_once(each_database: Database) -> None:
    with each_database.writing() as session:
        for number in range(60):
            enqueue(session, "essai", {"n": number}, now=NOW)
        session.commit()
    done: list[int] = []
    workers = [
        Worker(each_database, {"essai": lambda data, _now: done.append(data["n"])}, clock=lambda: NOW) for _ in range(4)
    ]
    threads = [threading.Thread(target=worker.drain) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(60))
    assert all(row.done_at for row in rows(each_database))


@pytest.mark.parametrize(("error", "given_up"), [(ValueError("faute"), True), (Postpone("plus tard"), False)])
def test_a_handler_that_fails_is_given_up_but_one_that_postpones_never(
    database: Database, error: Exception, given_up: bool
) -> None:
    add(database)
    clock = [NOW]

    def handler(_data: object, _now: object) -> None:
        raise error

    worker = Worker(database, {"essai": handler}, clock=lambda: clock[0])
    for _ in range(MAX_ATTEMPTS + 3):
        worker.drain()
        clock[0] += MAX_WAIT
    [row] = rows(database)
    assert (row.failed_at is not None) is given_up
    assert row.error is not None


def test_a_kind_that_nobody_handles_is_written_on_its_row(database: Database) -> None:
    add(database)
    Worker(database, {}, clock=lambda: NOW).drain()
    assert "aucun traitement" in str(rows(database)[0].error)
