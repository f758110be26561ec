"""Tables of the desks room."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.database import text_enum
from engine.euros import Euros
from engine.ids import new_id


class Desk(SQLModel, table=True):
    """A function that acts: Maire, DGS, Secrétariat général."""

    __table_args__ = (UniqueConstraint("tenant_id", "short_name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    name: str
    short_name: str  #: key used in circuits, unique in its tenant
    parent_desk_id: UUID | None = Field(default=None, foreign_key="desk.id")
    function: str = ""  #: what it is in the tree, as circuits climb to it; several desks may share one
    may_create: bool = False  #: its holders may deposit folders
    may_act: bool = True  #: circuits may aim at it, and its holders answer
    may_archive: bool = True  #: its holders may clear the folders it deposited, once they are over
    may_chain: bool = True  #: its holders may send a finished folder into another circuit
    closed_at: datetime | None = None  #: kept for the proof; nothing aims at it, nobody deposits in its name


class DeskHolder(SQLModel, table=True):
    """A person holds a desk."""

    __tablename__ = "desk_holder"

    desk_id: UUID = Field(foreign_key="desk.id", primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", primary_key=True, index=True)


class DeskAssociation(SQLModel, table=True):
    """A desk may choose another, when it deposits, for a step whose desk is chosen then."""

    __tablename__ = "desk_association"

    desk_id: UUID = Field(foreign_key="desk.id", primary_key=True)  #: the desk that deposits
    associated_desk_id: UUID = Field(foreign_key="desk.id", primary_key=True, index=True)


class DeskSupervisor(SQLModel, table=True):
    """A person sees the folders of a desk, and cannot act on them."""

    __tablename__ = "desk_supervisor"

    desk_id: UUID = Field(foreign_key="desk.id", primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", primary_key=True, index=True)


class DeskAdministrator(SQLModel, table=True):
    """A functional administrator has charge of a desk; what that allows is decided where the role is checked."""

    __tablename__ = "desk_administrator"

    desk_id: UUID = Field(foreign_key="desk.id", primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", primary_key=True, index=True)


class RenewalStanding(StrEnum):
    """Where a council renewal is in its life."""

    PLANNED = "PLANNED"  #: reviewed; done on its date
    APPLIED = "APPLIED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"  #: on its date something no longer fitted, and nothing was changed


class CouncilRenewal(SQLModel, table=True):
    """The change of all holders after an election, reviewed beforehand and done in one go."""

    __tablename__ = "council_renewal"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    effective_at: datetime
    plan: str  #: JSON: the holders of each desk; see engine.desks.renewal
    standing: RenewalStanding = Field(default=RenewalStanding.PLANNED, sa_type=text_enum(RenewalStanding))
    created_at: datetime
    created_by: UUID = Field(foreign_key="account.id")
    closed_at: datetime | None = None  #: when it was applied, cancelled or given up
    closed_by: UUID | None = Field(default=None, foreign_key="account.id")  #: None: the parapheur itself
    fault: str = ""  #: why it was given up, in French


class Delegation(SQLModel, table=True):
    """A desk stands in for another, from a day to another, for all folders or for those of a type."""

    __table_args__ = (
        Index("ix_delegation_in_force", "delegating_desk_id", "substitute_desk_id", "ends_at"),
        Index("ix_delegation_substitute", "substitute_desk_id", "ends_at"),
        Index("ix_delegation_tenant", "tenant_id", "ends_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    delegating_desk_id: UUID = Field(foreign_key="desk.id")
    substitute_desk_id: UUID = Field(foreign_key="desk.id")
    principal_id: UUID | None = Field(default=None, foreign_key="account.id")  #: who is away; None: the post is vacant
    starts_at: datetime
    ends_at: datetime  #: no longer in force from this moment on; brought forward when it is ended early
    folder_type_id: UUID | None = Field(default=None, foreign_key="folder_type.id")  #: None: every type
    subtype_id: UUID | None = Field(default=None, foreign_key="subtype.id")  #: None: every sub-type of the type
    ceiling: Decimal | None = Field(default=None, sa_type=Euros)  #: in euros; folders beyond it are not covered
    deed_number: str = ""  #: of the legal act (arrêté) that gives the delegation
    deed_date: date | None = None
    deed_name: str = ""  #: name of the file
    deed_sha256: str | None = None  #: its content, in the document store
    deed_size: int = 0
    created_at: datetime
    created_by: UUID = Field(foreign_key="account.id")
    ended_by: UUID | None = Field(default=None, foreign_key="account.id")  #: who ended it before its time
