"""Writing in the journal, always inside the transaction of what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlmodel import Session

from engine.database import table_of
from engine.ids import new_id
from engine.journal.model import JournalEntry
from engine.journal.rules import GENESIS, canonical, entry_hash

_entries = table_of(JournalEntry)


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

    Two transactions that would add the same ``seq`` cannot both commit: the pair (chain, seq) is unique.
    """
    connection = session.connection()
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
