"""Table of the journal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.ids import new_id


class JournalEntry(SQLModel, table=True):
    """One thing that happened. Rows are only ever added."""

    __tablename__ = "journal_entry"
    __table_args__ = (UniqueConstraint("chain", "seq"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    chain: UUID  #: what the chain is about: a folder, or the tenant itself
    seq: int  #: 1, 2, 3… in its chain
    at: datetime
    actor_id: UUID | None = Field(default=None, foreign_key="account.id")  #: None: the system
    event: str  #: ``subject:object:past participle``, e.g. ``folder:step:approved``
    data: str  #: JSON object, keys sorted
    previous_hash: str
    hash: str  #: SHA-256 over everything above and the previous hash, hexadecimal
    state_before: bytes | None = None  #: state of the circuit before a transition, for the droit de remords
