"""Tables of the typology room."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, false
from sqlmodel import Field, SQLModel

from engine.ids import new_id


class FolderType(SQLModel, table=True):
    """Délibération, arrêté, bon de commande…"""

    __tablename__ = "folder_type"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    name: str


class Subtype(SQLModel, table=True):
    """A variant of a type; it names the circuit."""

    __table_args__ = (UniqueConstraint("folder_type_id", "name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    folder_type_id: UUID = Field(foreign_key="folder_type.id")
    name: str
    workflow_definition_id: UUID = Field(foreign_key="workflow_definition.id")
    position: int = 0  #: order in the list shown to the clerk
    asks_amount: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  #: in euros, at deposit
    closed_at: datetime | None = None  #: nothing is deposited any more; what was deposited goes on
