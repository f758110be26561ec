"""Tables of the desks room."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.ids import new_id


class Desk(SQLModel, table=True):
    """A function that acts: Maire, DGS, Secrétariat général."""

    __table_args__ = (UniqueConstraint("tenant_id", "short_name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    name: str
    short_name: str  #: key used in circuits, unique in its tenant
    parent_desk_id: UUID | None = Field(default=None, foreign_key="desk.id")
    may_create: bool = False  #: its holders may deposit folders


class DeskHolder(SQLModel, table=True):
    """A person holds a desk."""

    __tablename__ = "desk_holder"

    desk_id: UUID = Field(foreign_key="desk.id", primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", primary_key=True, index=True)
