"""How entries are chained, and how a chain is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from engine.journal.model import JournalEntry

#: What the first entry of a chain points back to.
GENESIS = "0" * 64


def canonical(data: dict[str, Any]) -> str:
    """JSON with sorted keys: the same facts give the same text, hence the same hash."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z, default=str).decode()


def entry_hash(
    *,
    tenant_id: UUID,
    chain: UUID,
    seq: int,
    at: datetime,
    actor_id: UUID | None,
    event: str,
    data: str,
    previous_hash: str,
) -> str:
    """SHA-256, hexadecimal, over the facts of an entry and the hash of the one before."""
    parts = [
        str(tenant_id),
        str(chain),
        str(seq),
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        str(actor_id or ""),
        event,
        data,
        previous_hash,
    ]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def broken_at(entries: Iterable[JournalEntry]) -> int | None:
    """The ``seq`` at which a chain, given in order from its first entry, stops being whole; None when it is whole."""
    previous, expected = GENESIS, 1
    for entry in entries:
        recomputed = entry_hash(
            tenant_id=entry.tenant_id,
            chain=entry.chain,
            seq=entry.seq,
            at=entry.at,
            actor_id=entry.actor_id,
            event=entry.event,
            data=entry.data,
            previous_hash=entry.previous_hash,
        )
        if entry.seq != expected or entry.previous_hash != previous or entry.hash != recomputed:
            return expected
        previous, expected = entry.hash, expected + 1
    return None
