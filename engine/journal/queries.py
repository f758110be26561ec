"""Reading the journal."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from engine.journal.model import JournalEntry


def chain_entries(session: Session, tenant_id: UUID, chain: UUID) -> Sequence[JournalEntry]:
    """Every entry of a chain of this tenant, oldest first."""
    return session.exec(
        select(JournalEntry)
        .where(JournalEntry.tenant_id == tenant_id, JournalEntry.chain == chain)
        .order_by(col(JournalEntry.seq))
    ).all()
