"""Tables of the circuits room: circuits, decision tables, and their immutable published versions."""

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
    retired_at: datetime | None = None  #: no folder starts with it any more; those under way go on
    retired_by: UUID | None = None  #: the account that did; None: the command


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
    decisions: str = Field(default="{}", sa_column_kwargs={"server_default": "{}"})  #: JSON: likewise for its tables
    published_at: datetime
    published_by: UUID | None = None  #: the account that did; None: the command


class DecisionTable(SQLModel, table=True):
    """A file of decisions that circuits ask, whatever its versions."""

    __tablename__ = "decision_table"
    __table_args__ = (UniqueConstraint("tenant_id", "short_name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    short_name: str
    name: str


class DecisionTableVersion(SQLModel, table=True):
    """A DMN file, published once, that never changes; a circuit keeps the version that it was published with."""

    __tablename__ = "decision_table_version"
    __table_args__ = (UniqueConstraint("decision_table_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    decision_table_id: UUID = Field(foreign_key="decision_table.id")
    number: int
    dmn: bytes
    sha256: str
    published_at: datetime
    published_by: UUID | None = None  #: the account that did; None: the command


class WorkflowDraft(SQLModel, table=True):
    """A file that somebody uploaded to make a circuit, or decisions, of it: until it is published, or thrown away."""

    __tablename__ = "workflow_draft"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    short_name: str  #: of the circuit, or of the decisions, that it will be a version of
    name: str  #: empty: the one that the file gives
    file_name: str  #: as it was uploaded
    source: bytes  #: as it was uploaded
    answers: str = "{}"  #: JSON: the questions of the import that were answered, by id: ``[question, answer]``
    created_at: datetime
    created_by: UUID = Field(foreign_key="account.id")
