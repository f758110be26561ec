"""Writing in the journal, always inside the transaction of what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select
from sqlmodel import Session

from engine.database import table_of
from engine.ids import new_id
from engine.journal.model import JournalEntry
from engine.journal.rules import GENESIS, canonical, entry_hash

_entries = table_of(JournalEntry)

#: The random end of an identifier, as a positive PostgreSQL bigint; should two chains share it, they wait in turn.
_LOCK_BITS = (1 << 62) - 1


def record(
    session: Session,
    *,
    tenant_id: UUID,
    chain: UUID,
    event: str,
    at: datetime,
    actor_id: UUID | None = None,
    data: dict[str, Any] | None = None,
    state_before: bytes | None = None,
) -> int:
    """Add an entry to ``chain`` (a folder's id, or the tenant's own) and return its ``seq``.

    Two transactions that write in the same chain at once do so one after the other; whatever happens, two entries
    never carry the same ``seq``: the pair (chain, seq) is unique.
    """
    connection = session.connection()
    _hold(connection, chain)
    last = connection.execute(
        select(_entries.c.seq, _entries.c.hash)
        .where(_entries.c.chain == chain)
        .order_by(_entries.c.seq.desc())
        .limit(1)
    ).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    facts = {
        "tenant_id": tenant_id,
        "chain": chain,
        "seq": seq,
        "at": at,
        "actor_id": actor_id,
        "event": event,
        "data": canonical(data or {}),
        "previous_hash": previous,
    }
    digest = entry_hash(**facts)  # type: ignore[arg-type]
    connection.execute(insert(_entries).values(id=new_id(), hash=digest, state_before=state_before, **facts))
    return seq


def _hold(connection: Connection, chain: UUID) -> None:
    """Keep the chain to this transaction until it ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(chain.int & _LOCK_BITS)))
