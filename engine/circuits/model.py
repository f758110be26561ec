"""Tables of the circuits room: definitions and their immutable published versions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.ids import new_id


class WorkflowDefinition(SQLModel, table=True):
    """A circuit, whatever its versions."""

    __tablename__ = "workflow_definition"
    __table_args__ = (UniqueConstraint("tenant_id", "short_name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    short_name: str
    name: str


class WorkflowVersion(SQLModel, table=True):
    """What was published once and never changes; a folder keeps the version it started with."""

    __tablename__ = "workflow_version"
    __table_args__ = (UniqueConstraint("workflow_definition_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    workflow_definition_id: UUID = Field(foreign_key="workflow_definition.id")
    number: int
    bpmn: bytes
    sha256: str
    called: str = "{}"  #: JSON: the version of each circuit it calls, by short name, pinned when it was published
    published_at: datetime
