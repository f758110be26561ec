"""What no longer serves goes at night; what serves, or may serve in a moment, stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel, col, select

from engine.clock import utc_now
from engine.database import Database
from engine.documents.orphans import DELAY, purge_orphans
from engine.documents.store import Content
from engine.folders.model import PreparedSignature
from engine.people.actions import invite, log_out, open_session
from engine.people.model import LoginFailure, LoginSession, OneTimeToken
from engine.work.actions import enqueue
from engine.work.model import Upkeep, UpkeepRun, WorkItem
from notifications.actions import send_link
from notifications.model import Mail
from parapheur.purging import PURGE, plan, purge
from parapheur.settings import Settings, load_settings
from parapheur.wiring import make_handlers
from parapheur.worker import Worker
from tests.support.world import NOW, World

LATER = NOW + timedelta(days=100)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


def rows(database: Database, table: type[SQLModel]) -> int:
    with database.reading() as session:
        return len(session.exec(select(table)).all())


@pytest.mark.postgres
def test_what_is_over_goes_and_is_counted(each_world: World, settings: Settings) -> None:
    world, account = each_world, each_world.accounts["dgs"]
    world.prepare("maire", world.sent(circuit="simple-signature"))
    with world.database.writing() as session:
        left = open_session(session, account.id, user_agent="essai", now=NOW)
        log_out(session, left, now=NOW)
        open_session(session, account.id, user_agent="essai", now=LATER)
        send_link(session, invite(session, account, now=NOW), base_url="https://p.example", now=NOW)
        session.add(LoginFailure(key="mail:a@b.fr", at=NOW))
        session.add(LoginFailure(key="mail:a@b.fr", at=LATER))
        session.flush()
        for mail in session.exec(select(Mail)):
            mail.sent_at = NOW
        for item in session.exec(select(WorkItem).where(WorkItem.kind != "mail.send")):
            item.done_at = NOW
        session.commit()
    before = rows(world.database, WorkItem)
    counts = purge(world.database, world.store, settings, LATER)
    assert counts["sessions"] == counts["links"] == counts["failures"] == counts["prepared"] == counts["mails"] == 1
    assert counts["work"] >= 1
    assert counts["contents"] == counts["upkeep"] == 0
    assert rows(world.database, LoginSession) == rows(world.database, LoginFailure) == 1
    assert rows(world.database, OneTimeToken) == rows(world.database, PreparedSignature) == 0
    with world.database.reading() as session:
        [mail] = session.exec(select(Mail)).all()
        [run] = session.exec(select(UpkeepRun)).all()
        left_over = session.exec(select(WorkItem)).all()
    assert (mail.text, mail.html, bool(mail.subject), bool(mail.to_address)) == ("", "", True, True)
    assert run.kind is Upkeep.PURGE
    assert '"sessions":1' in run.data
    assert len(left_over) == before - counts["work"] + 1  # the purge of the day after
    assert set(purge(world.database, world.store, settings, LATER).values()) == {0}


def test_what_is_not_over_stays(world: World, settings: Settings) -> None:
    world.prepare("maire", world.sent(circuit="simple-signature"))
    with world.database.writing() as session:
        account = world.accounts["dgs"]
        open_session(session, account.id, user_agent="essai", now=NOW)
        send_link(session, invite(session, account, now=NOW), base_url="https://p.example", now=NOW)
        session.add(LoginFailure(key="mail:a@b.fr", at=NOW))
        enqueue(session, "essai", {}, now=NOW)
        for item in session.exec(select(WorkItem).where(col(WorkItem.kind) == "essai")):
            item.failed_at = NOW - timedelta(days=1000)  # given up: somebody must look at it
        session.commit()
    assert set(purge(world.database, world.store, settings, NOW + timedelta(minutes=5)).values()) == {0}


@pytest.mark.postgres
def test_many_rows_go_in_several_transactions(each_database: Database, settings: Settings, world: World) -> None:
    with each_database.writing() as session:
        session.add_all(LoginFailure(key=f"mail:{number}", at=NOW) for number in range(2500))
        session.commit()
    assert purge(each_database, world.store, settings, LATER)["failures"] == 2500


def stored(world: World, content: bytes, at: datetime) -> Content:
    """A content that nobody refers to, stored at that moment."""
    import os

    spooled = world.store.receive([content], max_bytes=1000)
    world.store.keep(world.tenant.id, spooled)
    [path] = (world.store.spool.parent / "documents").rglob(spooled.sha256)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return Content(world.tenant.id, spooled.sha256, spooled.size, at)


@pytest.mark.postgres
def test_a_content_without_anybody_goes_once_that_has_lasted_a_day(each_world: World) -> None:
    world, now = each_world, utc_now()
    kept = world.document(world.sent())
    orphan = stored(world, b"orphelin", now - 2 * DELAY)
    assert purge_orphans(world.database, world.store, now=now) == 0  # seen for the first time
    assert purge_orphans(world.database, world.store, now=now + DELAY / 2) == 0
    assert world.store.holds(orphan.tenant_id, orphan.sha256)
    assert purge_orphans(world.database, world.store, now=now + DELAY) == 1
    assert not world.store.holds(orphan.tenant_id, orphan.sha256)
    assert purge_orphans(world.database, world.store, now=now + 10 * DELAY) == 0
    assert kept in [b"".join(world.store.chunks(item.tenant_id, item.sha256)) for item in world.store.contents()]


def test_a_content_deposited_meanwhile_stays(world: World) -> None:
    """Whoever deposits stores first and writes the row afterwards: the purge may come in between."""
    now, content = utc_now(), b"%PDF-1.7 le meme"
    orphan = stored(world, content, now - 2 * DELAY)
    purge_orphans(world.database, world.store, now=now - DELAY)
    world.store.keep(world.tenant.id, world.store.receive([content], max_bytes=1000))
    assert purge_orphans(world.database, world.store, now=now) == 0
    assert world.store.holds(orphan.tenant_id, orphan.sha256)


def test_a_content_stored_again_while_it_is_put_aside_comes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now, content = utc_now(), b"%PDF-1.7 le meme"
    orphan = stored(world, content, now - 2 * DELAY)
    rename, passed = Path.rename, []

    def stored_again_first(path: Path, target: Path) -> Path:
        if not passed:
            passed.append(path)
            world.store.keep(world.tenant.id, world.store.receive([content], max_bytes=1000))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stored_again_first)
    assert not world.store.forget(orphan, before=now - DELAY)
    assert passed
    assert world.store.holds(orphan.tenant_id, orphan.sha256)


def test_what_an_interrupted_removal_had_put_aside_comes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    orphan = stored(world, b"orphelin", utc_now() - 2 * DELAY)

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", dies)
        with pytest.raises(KeyboardInterrupt):
            world.store.forget(orphan, before=utc_now() - DELAY)
    assert not world.store.holds(orphan.tenant_id, orphan.sha256)
    world.store.recover()
    assert world.store.holds(orphan.tenant_id, orphan.sha256)


def test_the_neighbour_s_content_is_nobody_s_reason_to_keep(world: World) -> None:
    """The same bytes in another town are another content."""
    now, folder = utc_now(), world.sent()
    bytes_ = world.document(folder)
    spooled = world.store.receive([bytes_], max_bytes=len(bytes_))
    elsewhere = world.accounts["dgs"].id  # any identifier that is no town's
    world.store.keep(elsewhere, spooled)
    later = now + 3 * DELAY
    purge_orphans(world.database, world.store, now=later - DELAY)
    assert purge_orphans(world.database, world.store, now=later) == 1
    assert world.document(folder) == bytes_


@pytest.mark.postgres
def test_the_worker_purges_once_a_day_however_many_workers_there_are(each_world: World, settings: Settings) -> None:
    world = each_world
    for _ in range(3):
        with world.database.writing() as session:
            plan(session, NOW, now=NOW)
            session.commit()
    for day in (1, 2):
        now = NOW + timedelta(days=day)
        for _ in range(2):
            Worker(world.database, make_handlers(settings, world.database), clock=lambda now=now: now).drain()
    with world.database.reading() as session:
        items = session.exec(select(WorkItem).where(WorkItem.kind == PURGE)).all()
        assert rows(world.database, UpkeepRun) == len(items) - 1
    assert [item.failed_at for item in items] == [None] * len(items)
    assert [item.done_at is None for item in sorted(items, key=lambda item: item.available_at)].count(True) == 1
