"""Writing work down with the decision, and taking it up afterwards with a lease.

A worker claims rows in one statement; the claim is a lease and ``attempts`` its fencing token: a worker that lost its
lease can no longer close the row. Works alike on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from engine.database import table_of
from engine.ids import new_id
from engine.work.model import Upkeep, UpkeepRun, WorkItem
from engine.work.rules import LEASE, is_given_up, wait_after

_items = table_of(WorkItem)


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do later."""

    kind: str
    data: dict[str, Any]
    key: str | None = None
    available_at: datetime | None = None  #: not before this; None: at once


def enqueue(
    session: Session,
    kind: str,
    data: dict[str, Any],
    *,
    now: datetime,
    tenant_id: UUID | None = None,
    key: str | None = None,
    available_at: datetime | None = None,
) -> None:
    """Write a row in the present transaction: nothing is done if it rolls back.

    ``key``: the row is written once, however often this is called with the same key.
    """
    enqueue_all(session, [Work(kind, data, key, available_at)], now=now, tenant_id=tenant_id)


def enqueue_all(session: Session, works: Sequence[Work], *, now: datetime, tenant_id: UUID | None = None) -> None:
    """The same for several rows, in one statement."""
    rows = [
        {
            "id": new_id(),
            "tenant_id": tenant_id,
            "kind": work.kind,
            "data": orjson.dumps(work.data, default=str).decode(),
            "key": work.key,
            "created_at": now,
            "available_at": work.available_at or now,
            "attempts": 0,
            "failures": 0,
        }
        for work in works
    ]
    connection = session.connection()
    connection.execute(_INSERTS[connection.dialect.name], rows)


_INSERTS = {
    "sqlite": sqlite.insert(_items).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(_items).on_conflict_do_nothing(index_elements=["key"]),
}


def cancel(
    session: Session, keys: Sequence[str], *, now: datetime, reason: str, prefixes: Sequence[str] = ()
) -> list[str]:
    """Close rows that nobody has begun; returns which of ``keys`` were done already (perhaps so long ago that they were
    purged), or are being done.

    ``prefixes``: beginnings of further keys to close.
    """
    connection = session.connection()
    named = or_(_items.c.key.in_(keys), *(_items.c.key.startswith(prefix, autoescape=True) for prefix in prefixes))
    closed = connection.execute(
        update(_items)
        .where(named, _items.c.done_at.is_(None), _items.c.holder.is_(None))
        .values(done_at=now, error=reason)
        .returning(_items.c.key)
    )
    gone = set(closed.scalars())
    return [key for key in keys if key not in gone]


def claim(session: Session, holder: str, *, now: datetime, limit: int = 1) -> list[WorkItem]:
    """Take up to ``limit`` rows that are due. The caller commits, then works on them."""
    connection = session.connection()
    asked = {"now": now, "most": limit, "taken_by": holder, "until": now + LEASE}
    claimed = connection.execute(_CLAIMS[connection.dialect.name], asked)
    return [WorkItem(**row._mapping) for row in claimed]


_DUE = (
    select(_items.c.id)
    .where(_items.c.done_at.is_(None), _items.c.failed_at.is_(None), _items.c.available_at <= bindparam("now"))
    .order_by(_items.c.available_at, _items.c.id)
    .limit(bindparam("most"))
)
_TAKE = (
    update(_items)
    .values(holder=bindparam("taken_by"), attempts=_items.c.attempts + 1, available_at=bindparam("until"))
    .returning(*_items.c)
)
# Statements are built once: building one costs more than running it.
_CLAIMS = {
    "sqlite": _TAKE.where(_items.c.id.in_(_DUE)),
    "postgresql": _TAKE.where(_items.c.id.in_(_DUE.with_for_update(skip_locked=True))),
}
_IF_HELD = update(_items).where(
    _items.c.id == bindparam("item_id"),
    _items.c.holder == bindparam("held_by"),
    _items.c.attempts == bindparam("attempt"),
    _items.c.done_at.is_(None),
)


def extend(session: Session, item: WorkItem, *, now: datetime) -> bool:
    """Hold the row for another lease; False when it was lost."""
    return _if_held(session, item, available_at=now + LEASE)


def close(session: Session, item: WorkItem, *, now: datetime) -> bool:
    """Mark as done; False when the lease was lost meanwhile."""
    return _if_held(session, item, done_at=now, error=None)


def fail(session: Session, item: WorkItem, reason: str, *, now: datetime, postponed: bool = False) -> bool:
    """Put back with a growing wait, or give up after too many failures; False when the lease was lost meanwhile.

    ``postponed``: the outside world was not there, which is no fault of the row and is not counted.
    """
    failures = item.failures if postponed else item.failures + 1
    return _if_held(
        session,
        item,
        holder=None,
        error=reason[:500],
        failures=failures,
        available_at=now + wait_after(item.attempts),
        failed_at=now if not postponed and is_given_up(failures) else None,
    )


def retry(session: Session, item_id: UUID, *, now: datetime) -> bool:
    """Give a row that was given up another series of attempts; False when it was not given up."""
    result = session.connection().execute(
        update(_items)
        .where(_items.c.id == item_id, _items.c.failed_at.is_not(None))
        .values(failed_at=None, failures=0, available_at=now)
    )
    return result.rowcount == 1


def hasten(session: Session, item_id: UUID, *, now: datetime) -> bool:
    """Try a row now that was given up or put off, with a new series of attempts; False when a worker has it, or it is
    done."""
    return _if_free(session, item_id, now, failed_at=None, failures=0, available_at=now, holder=None)


def abandon(session: Session, item_id: UUID, reason: str, *, now: datetime) -> bool:
    """Close a row without doing it; False when a worker has it, or it is done."""
    return _if_free(session, item_id, now, done_at=now, error=reason[:500], holder=None)


def _if_free(session: Session, item_id: UUID, now: datetime, **values: object) -> bool:
    """Change a row that is not done and that no worker holds: a lease that has run out holds nothing."""
    free = or_(_items.c.holder.is_(None), _items.c.available_at <= now)
    changed = update(_items).where(_items.c.id == item_id, _items.c.done_at.is_(None), free).values(**values)
    return session.connection().execute(changed).rowcount == 1


def _if_held(session: Session, item: WorkItem, **values: object) -> bool:
    held = {"item_id": item.id, "held_by": item.holder, "attempt": item.attempts}
    return session.connection().execute(_IF_HELD, {**held, **values}).rowcount == 1


def note_upkeep(session: Session, kind: Upkeep, *, began: datetime, ended: datetime, data: dict[str, Any]) -> None:
    """Keep that something was done for the house, to its end."""
    session.add(UpkeepRun(kind=kind, began_at=began, ended_at=ended, data=orjson.dumps(data).decode()))
