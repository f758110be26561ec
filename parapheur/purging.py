"""The daily purge, done by a worker: what no longer serves goes, and the counts are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import Delete, Table, Update, delete, select, tuple_
from sqlmodel import Session, col

from engine.clock import utc_now
from engine.database import Database
from engine.documents.orphans import purge_orphans
from engine.documents.store import DocumentStore
from engine.folders.model import PreparedSignature
from engine.people.purging import outdated
from engine.work.actions import enqueue, note_upkeep
from engine.work.model import Upkeep, UpkeepRun, WorkItem
from notifications.purging import emptied
from parapheur.settings import Settings

PURGE = "house.purge"
#: When it is done, UTC: at night in metropolitan France.
HOUR = time(2, 0)
#: How long it is known what was done for the house.
KEEP_UPKEEP = timedelta(days=400)
#: Rows changed per transaction, so that nobody waits for long.
_BATCH = 1000


def plan(session: Session, day: datetime, *, now: datetime) -> None:
    """Write down the purge of a day, once however many workers ask."""
    at = datetime.combine(day.date(), HOUR, tzinfo=day.tzinfo)
    enqueue(session, PURGE, {}, now=now, key=f"{PURGE}:{day.date()}", available_at=at)


def purge(database: Database, store: DocumentStore, settings: Settings, now: datetime) -> dict[str, int]:
    """Purge, plan the purge of the day after, and say how much of what went."""
    began = utc_now()
    counts = {what: _in_batches(database, statement) for what, statement in _statements(settings, now)}
    counts["contents"] = purge_orphans(database, store, now=now)
    with database.writing() as session:
        note_upkeep(session, Upkeep.PURGE, began=began, ended=utc_now(), data=counts)
        plan(session, now + timedelta(days=1), now=now)
        session.commit()
    structlog.get_logger().info("purge.done", **counts)
    return counts


def _statements(settings: Settings, now: datetime) -> Iterator[tuple[str, Delete | Update]]:
    yield from outdated(now, timedelta(days=settings.keep_sessions_days))
    yield "prepared", delete(PreparedSignature).where(col(PreparedSignature.expires_at) <= now)
    work = timedelta(days=settings.keep_work_days)
    yield "work", delete(WorkItem).where(col(WorkItem.done_at) <= now - work)
    yield "mails", emptied(now, timedelta(days=settings.keep_mails_days))
    yield "upkeep", delete(UpkeepRun).where(col(UpkeepRun.ended_at) <= now - KEEP_UPKEEP)


def _in_batches(database: Database, statement: Delete | Update) -> int:
    """Do it a few rows at a time, until there are none; returns how many."""
    total = 0
    assert isinstance(statement.table, Table)
    key = tuple_(*statement.table.primary_key)
    some = select(*statement.table.primary_key).where(statement.whereclause).limit(_BATCH)
    while True:
        with database.writing() as session:
            done = session.connection().execute(statement.where(key.in_(some))).rowcount
            session.commit()
        total += done
        if done < _BATCH:
            return total
