"""Work rows: written with the decision, taken once, never lost."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
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
        assert retry(session, row.id, now=NOW)
        session.commit()
    assert len(take(database, "a", minutes=moment)) == 1


def test_only_a_row_that_was_given_up_can_be_tried_again(database: Database) -> None:
    add(database)
    [item] = take(database, "a")
    with database.writing() as session:
        assert not retry(session, item.id, now=NOW)  # it would be taken from the worker that has it
        session.commit()
    assert take(database, "b", minutes=1) == []


def test_rows_are_taken_in_the_order_in_which_they_are_due(each_database: Database) -> None:
    with each_database.writing() as session:
        for minutes in (3, 1, 2, 600):
            due = NOW + timedelta(minutes=minutes)
            enqueue(session, "essai", {"n": minutes}, now=NOW, available_at=due)
        session.commit()
    done: list[int] = []
    worker = Worker(
        each_database, {"essai": lambda data, _now: done.append(data["n"])}, clock=lambda: NOW + timedelta(hours=1)
    )
    assert worker.drain() == 3
    assert done == [1, 2, 3]


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


def test_long_waits_do_not_use_up_the_patience_for_faults(database: Database) -> None:
    add(database)
    errors: list[Exception] = [Postpone("serveur absent")] * (2 * MAX_ATTEMPTS) + [ValueError("faute")] * 2
    clock = [NOW]

    def handler(_data: object, _now: object) -> None:
        if errors:
            raise errors.pop(0)

    worker = Worker(database, {"essai": handler}, clock=lambda: clock[0])
    for _ in range(2 * MAX_ATTEMPTS + 3):
        worker.drain()
        clock[0] += MAX_WAIT
    [row] = rows(database)
    assert (row.done_at is not None, row.failed_at, row.failures) == (True, None, 2)


def test_the_lease_is_extended_while_a_handler_runs_and_survives_a_database_that_hiccups(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database)
    clock, extended, calls = [NOW], threading.Event(), [0]

    def hiccup(*args: Any, **kwargs: Any) -> bool:
        calls[0] += 1
        if calls[0] == 1:
            raise OperationalError("UPDATE", None, Exception("database is locked"))
        kept = extend(*args, **kwargs)
        extended.set()
        return kept

    def handler(_data: object, _now: object) -> None:
        clock[0] = NOW + LEASE - timedelta(seconds=1)
        assert extended.wait(30)
        assert take(database, "b", minutes=LEASE.total_seconds() / 60 + 1) == []

    monkeypatch.setattr("parapheur.worker.extend", hiccup)
    Worker(database, {"essai": handler}, clock=lambda: clock[0], beat=timedelta(milliseconds=20)).drain()
    [row] = rows(database)
    assert (row.error, row.done_at is not None) == (None, True)


def test_a_worker_outlives_a_database_that_is_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    add(database)
    away = [True, True, False]

    def sometimes(*args: Any, **kwargs: Any) -> list[WorkItem]:
        if away and away.pop(0):
            raise OperationalError("UPDATE", None, Exception("server closed the connection"))
        return claim(*args, **kwargs)

    monkeypatch.setattr("parapheur.worker.claim", sometimes)
    monkeypatch.setattr("parapheur.worker.IDLE", 0.01)
    worker = Worker(database, {"essai": lambda _data, _now: worker.stop()}, clock=lambda: NOW)
    worker.run()
    assert rows(database)[0].done_at is not None


def test_a_kind_that_nobody_handles_is_written_on_its_row(database: Database) -> None:
    add(database)
    Worker(database, {}, clock=lambda: NOW).drain()
    assert "aucun traitement" in str(rows(database)[0].error)
