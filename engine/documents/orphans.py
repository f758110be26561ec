"""Removing from the store what no tenant refers to: what was deposited and never kept, or left by drafts thrown away.

A content goes when nothing refers to it, when a purge saw that already a day before, and when nobody stored it since: a
deposit under way has just stored it, and a backup under way may be about to copy it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select
from sqlmodel import SQLModel, col

from engine.database import Database, table_of
from engine.documents.model import OrphanContent
from engine.documents.store import Content, DocumentStore

#: How long a content must have been without anybody.
DELAY = timedelta(days=1)
#: How the columns that name a content end, in tables that have a tenant.
ADDRESS = "sha256"
#: Contents looked up at once.
_PAGE = 200

_marks = table_of(OrphanContent)
Key = tuple[UUID, str]


def purge_orphans(database: Database, store: DocumentStore, *, now: datetime) -> int:
    """Remove what has been without anybody for :data:`DELAY`; returns how many contents went."""
    store.recover()
    return sum(_purge_page(database, store, page, now) for page in _pages(store.contents()))


def _purge_page(database: Database, store: DocumentStore, page: Sequence[Content], now: datetime) -> int:
    with database.writing() as session:
        due = _mark(session.connection(), [(item.tenant_id, item.sha256) for item in page], now)
        session.commit()
    gone = 0
    for item in page:
        if (key := (item.tenant_id, item.sha256)) in due and item.stored_at < now - DELAY:
            with database.writing() as session:
                connection = session.connection()
                if key not in referred_to(connection, [key]) and store.forget(item, before=now - DELAY):
                    gone += 1
                    connection.execute(delete(_marks).where(_is(key)))
                session.commit()
    return gone


def _mark(connection: Connection, keys: Sequence[Key], now: datetime) -> set[Key]:
    """Note those that nobody refers to, forget the note of the others; those noted long enough ago."""
    used = referred_to(connection, keys)
    marks = select(_marks.c.tenant_id, _marks.c.sha256, _marks.c.seen_at).where(
        col(_marks.c.sha256).in_([sha256 for _, sha256 in keys])
    )
    seen = {(row.tenant_id, row.sha256): row.seen_at for row in connection.execute(marks)}
    for key in used & seen.keys():
        connection.execute(delete(_marks).where(_is(key)))
    if fresh := [key for key in keys if key not in used and key not in seen]:
        connection.execute(insert(_marks), [{"tenant_id": key[0], "sha256": key[1], "seen_at": now} for key in fresh])
    return {key for key, at in seen.items() if key not in used and at <= now - DELAY}


def referred_to(connection: Connection, keys: Sequence[Key]) -> set[Key]:
    """Those of these contents that any row names, in whatever table: see :data:`ADDRESS`."""
    wanted, found = set(keys), set()
    digests = [sha256 for _, sha256 in keys]
    for table in SQLModel.metadata.sorted_tables:
        if table is _marks or "tenant_id" not in table.c:
            continue
        for column in table.c:
            if column.name.endswith(ADDRESS):
                named = connection.execute(select(table.c.tenant_id, column).where(column.in_(digests)))
                found |= {(row[0], row[1]) for row in named}
    return found & wanted


def _is(key: Key) -> ColumnElement[bool]:
    return and_(_marks.c.tenant_id == key[0], _marks.c.sha256 == key[1])


def _pages(contents: Iterable[Content]) -> Iterator[list[Content]]:
    iterator = iter(contents)
    while page := list(islice(iterator, _PAGE)):
        yield page
