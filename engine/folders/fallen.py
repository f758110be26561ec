"""What no longer counts in a folder because it went back, as the journal tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlmodel import Session

from engine.database import table_of
from engine.journal.model import JournalEntry

_entries = table_of(JournalEntry)


def what_fell(session: Session, folder_id: UUID) -> tuple[frozenset[UUID], frozenset[datetime]]:
    """The steps whose act no longer counts because the folder went back, and the moments at which it did."""
    rows = session.connection().execute(
        select(_entries.c.at, _entries.c.data)
        .where(_entries.c.chain == folder_id, _entries.c.state_before.is_not(None))
        .order_by(_entries.c.seq)
    )
    counted: dict[UUID, int] = {}
    gone: set[UUID] = set()
    moments = set()
    for row in rows:
        data: dict[str, Any] = orjson.loads(row.data)
        if "back_to" in data:
            moments.add(row.at)
            gone |= {step_id for step_id, version in counted.items() if version >= data["back_to"]}
        elif "step_id" in data:
            counted[UUID(data["step_id"])] = data["version"]
            gone.discard(UUID(data["step_id"]))
    return frozenset(gone), frozenset(moments)
