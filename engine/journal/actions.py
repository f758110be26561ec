"""Writing in the journal, always inside the transaction of what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Label,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import BIT
from sqlmodel import Session

from engine.database import table_of
from engine.ids import new_id
from engine.journal.model import JournalEntry
from engine.journal.rules import GENESIS, canonical, entry_hash

_entries = table_of(JournalEntry)
_INSERT = insert(_entries)
_LAST = (
    select(_entries.c.seq, _entries.c.hash)
    .where(_entries.c.chain == bindparam("of"))
    .order_by(_entries.c.seq.desc())
    .limit(1)
)

#: The random end of an identifier, as a positive PostgreSQL bigint; should two chains share it, they wait in turn.
_LOCK_BITS = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class Last:
    """The end of a chain, read in this transaction by whoever holds it."""

    seq: int
    hash: str


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
    last: Last | None = None,
) -> int:
    """Add an entry to ``chain`` (a folder's id, or the tenant's own) and return its ``seq``.

    ``last``: the end of the chain, when the caller holds it and has read it. Two transactions that write in the same
    chain at once do so one after the other; whatever happens, two entries never carry the same ``seq``: the pair
    (chain, seq) is unique.
    """
    connection = session.connection()
    if last is None:
        last = _read_last(connection, chain)
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
    connection.execute(_INSERT, {"id": new_id(), "hash": digest, "state_before": state_before, **facts})
    return seq


def last_of(chain: ColumnElement[UUID]) -> tuple[Label[int], Label[str]]:
    """Columns ``last_seq`` and ``last_hash`` of a chain, to be read with other facts by whoever holds it."""
    newest = _entries.alias()
    end = newest.c.seq.desc()
    seq = select(newest.c.seq).where(newest.c.chain == chain).order_by(end).limit(1)
    digest = select(newest.c.hash).where(newest.c.chain == chain).order_by(end).limit(1)
    return seq.scalar_subquery().label("last_seq"), digest.scalar_subquery().label("last_hash")


def lock_on(chain: ColumnElement[UUID]) -> ColumnElement[None]:
    """What a PostgreSQL statement selects to keep a chain to its transaction: the lock of :func:`record`."""
    tail = func.replace(func.right(cast(chain, Text), 17), "-", "")
    bits = cast(cast(literal("x").concat(tail), BIT(64)), BigInteger)
    return func.pg_advisory_xact_lock(bits.bitwise_and(_LOCK_BITS))


def _read_last(connection: Connection, chain: UUID) -> Last | None:
    _hold(connection, chain)
    row = connection.execute(_LAST, {"of": chain}).first()
    return Last(row.seq, row.hash) if row else None


def _hold(connection: Connection, chain: UUID) -> None:
    """Keep the chain to this transaction until it ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(chain.int & _LOCK_BITS)))
