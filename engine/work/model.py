"""Table of the work queue."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from engine.database import text_enum
from engine.ids import new_id

_OPEN = text("done_at IS NULL AND failed_at IS NULL")


class WorkItem(SQLModel, table=True):
    """Something to do once the transaction that wrote this row is committed."""

    __tablename__ = "work_item"
    __table_args__ = (
        Index("ix_work_item_open", "available_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_work_item_done", "done_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID | None = Field(default=None, foreign_key="tenant.id")
    kind: str
    data: str  #: JSON object
    key: str | None = Field(default=None, unique=True)  #: written once, however often it is asked for
    created_at: datetime
    available_at: datetime  #: not before this; once taken, the end of the lease
    attempts: int = 0  #: how often it was taken; also the fencing token
    failures: int = 0  #: attempts that ended in a fault; those that were postponed are not counted
    holder: str | None = None  #: the worker that has it
    done_at: datetime | None = None
    failed_at: datetime | None = None  #: given up after too many failures; an administrator may try again
    error: str | None = None


class Upkeep(StrEnum):
    """What is done for the house as a whole, for no tenant."""

    BACKUP = "BACKUP"
    RESTORE = "RESTORE"
    UPGRADE = "UPGRADE"
    PURGE = "PURGE"


class UpkeepRun(SQLModel, table=True):
    """One time that it was done to its end."""

    __tablename__ = "upkeep_run"
    __table_args__ = (Index("ix_upkeep_run_kind", "kind", "ended_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: Upkeep = Field(sa_type=text_enum(Upkeep))
    began_at: datetime
    ended_at: datetime
    data: str = "{}"  #: JSON object: counts, names
