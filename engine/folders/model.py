"""Tables and values of the folders room."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from engine.database import text_enum
from engine.euros import Euros
from engine.ids import new_id

_OPEN_STEP = text("closed_at IS NULL")
_IN_TRAY, _ARCHIVED = text("archived_at IS NULL"), text("archived_at IS NOT NULL")


class FolderStatus(StrEnum):
    """Where a folder is in its life."""

    DRAFT = "DRAFT"
    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    REJECTED = "REJECTED"
    STOPPED = "STOPPED"  #: by its emitter, before the end of its circuit


#: A folder that is over, one way or another.
CLOSED = frozenset({FolderStatus.FINISHED, FolderStatus.REJECTED, FolderStatus.STOPPED})


class Act(StrEnum):
    """What a person does on a step, or on a whole folder."""

    VISA = "VISA"
    SIGNATURE = "SIGNATURE"
    REJECT = "REJECT"
    REFER_BACK = "REFER_BACK"
    PAPER_SIGNATURE = "PAPER_SIGNATURE"  #: declaring that the paper was signed by hand
    ASK_SECOND_OPINION = "ASK_SECOND_OPINION"
    SECOND_OPINION = "SECOND_OPINION"  #: giving the opinion that was asked, or declining
    TAKE_BACK_OPINION = "TAKE_BACK_OPINION"  #: who asked for an opinion wants it no more
    TRANSFER = "TRANSFER"
    REMIND = "REMIND"
    BYPASS = "BYPASS"  #: an administrator answers, in place of the world, a work that is stuck
    RETURN = "RETURN"  #: the folder goes back to a step that is done
    EDIT = "EDIT"  #: correcting a draft
    RECYCLE = "RECYCLE"  #: a rejected or stopped folder becomes a draft again
    CHAIN = "CHAIN"  #: a finished folder goes on in another circuit
    DUPLICATE = "DUPLICATE"  #: a new draft with the documents of this folder as they were deposited
    STOP = "STOP"  #: its emitter stops it
    FOLLOW = "FOLLOW"
    UNFOLLOW = "UNFOLLOW"
    ARCHIVE = "ARCHIVE"  #: its emitter clears it from the tray of what is over
    UNARCHIVE = "UNARCHIVE"


class Folder(SQLModel, table=True):
    """A set of documents travelling together."""

    __table_args__ = (
        Index("ix_folder_tray", "emitter_desk_id", "status", "id", sqlite_where=_IN_TRAY, postgresql_where=_IN_TRAY),
        Index("ix_folder_archived", "emitter_desk_id", "id", sqlite_where=_ARCHIVED, postgresql_where=_ARCHIVED),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    title: str
    subtype_id: UUID = Field(foreign_key="subtype.id")
    emitter_desk_id: UUID = Field(foreign_key="desk.id")
    created_by: UUID = Field(foreign_key="account.id")
    created_at: datetime
    amount: Decimal | None = Field(default=None, sa_type=Euros)  #: in euros, where the type asks for it
    status: FolderStatus = Field(default=FolderStatus.DRAFT, sa_type=text_enum(FolderStatus))
    sent_at: datetime | None = None  #: into the circuit of its present round
    closed_at: datetime | None = None
    round: int = 1  #: 1, then one more each time it is recycled, or goes on in another circuit
    origin_id: UUID | None = Field(default=None, foreign_key="folder.id")  #: the folder of which it is a copy
    archived_at: datetime | None = None  #: cleared from the trays of its emitter desk


class Follower(SQLModel, table=True):
    """Somebody who wants to be told when a folder comes to its end."""

    folder_id: UUID = Field(foreign_key="folder.id", primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", primary_key=True, index=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    since: datetime


class ChosenDesk(SQLModel, table=True):
    """The desk that whoever deposits chose for a step of the circuit."""

    __tablename__ = "chosen_desk"

    folder_id: UUID = Field(foreign_key="folder.id", primary_key=True)
    step: str = Field(primary_key=True)  #: the element that asks, after the call activities that lead to it
    desk_id: UUID = Field(foreign_key="desk.id", index=True)


class ProcessInstance(SQLModel, table=True):
    """The run of a circuit behind a folder: one row, guarded by ``version``."""

    __tablename__ = "process_instance"

    folder_id: UUID = Field(foreign_key="folder.id", primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    workflow_version_id: UUID = Field(foreign_key="workflow_version.id", index=True)
    version: int  #: grows by one with each transition
    state: bytes
    next_due_at: datetime | None = Field(default=None, index=True)


class Step(SQLModel, table=True):
    """A step that was opened for a desk; closed when somebody acted or when the circuit withdrew it."""

    __table_args__ = (
        Index("ix_step_open_desk", "desk_id", "id", sqlite_where=_OPEN_STEP, postgresql_where=_OPEN_STEP),
    )

    id: UUID = Field(primary_key=True)  #: the token of the circuit engine
    tenant_id: UUID = Field(foreign_key="tenant.id")
    folder_id: UUID = Field(foreign_key="folder.id", index=True)
    element_id: str  #: the element of the drawing
    path: str = ""  #: call activities that lead to its circuit, when it is not that of the folder
    instance: int | None = None  #: which of the times it is asked, from 1, when it is asked several times
    round: int = 1  #: of the folder, when it was opened
    name: str
    kind: str  #: VISA, SIGNATURE…
    desk_id: UUID = Field(foreign_key="desk.id")
    opened_at: datetime
    due_at: datetime | None = None  #: when its delay ends
    read_at: datetime | None = None  #: first time somebody who may act opened the folder
    closed_at: datetime | None = None
    outcome: str | None = None  #: approved, rejected…; None with ``closed_at`` set: withdrawn by the circuit
    acted_by: UUID | None = Field(default=None, foreign_key="account.id")
    #: by which ``acted_by`` stood in for the desk; None: as its holder
    delegation_id: UUID | None = Field(default=None, foreign_key="delegation.id")
    reason: str = ""  #: reason of a rejection, or the annotation left with a visa
    reminded_at: datetime | None = None  #: last time somebody asked for a reminder


class Verdict(StrEnum):
    """How a second opinion ended."""

    FAVOURABLE = "FAVOURABLE"
    UNFAVOURABLE = "UNFAVOURABLE"
    COMMENT = "COMMENT"  #: neither: what is said is in the text
    DECLINED = "DECLINED"  #: the desk that was asked gives none
    TAKEN_BACK = "TAKEN_BACK"  #: who had asked wants it no more


class SecondOpinion(SQLModel, table=True):
    """An opinion that the desk of an open step asks of another desk.

    Waited for while ``closed_at`` is empty and its step is open: the circuit itself knows nothing of it.
    """

    __tablename__ = "second_opinion"
    __table_args__ = (
        Index("ix_second_opinion_open", "step_id", unique=True, sqlite_where=_OPEN_STEP, postgresql_where=_OPEN_STEP),
        Index("ix_second_opinion_desk", "asked_desk_id", "id", sqlite_where=_OPEN_STEP, postgresql_where=_OPEN_STEP),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    folder_id: UUID = Field(foreign_key="folder.id", index=True)
    step_id: UUID = Field(foreign_key="step.id")
    asking_desk_id: UUID = Field(foreign_key="desk.id")  #: the desk that had the step when it was asked
    asked_by: UUID = Field(foreign_key="account.id")
    asked_desk_id: UUID = Field(foreign_key="desk.id")
    question: str
    asked_at: datetime
    read_at: datetime | None = None  #: first time somebody of the asked desk opened the folder since
    closed_at: datetime | None = None
    closed_by: UUID | None = Field(default=None, foreign_key="account.id")
    verdict: Verdict | None = Field(default=None, sa_type=text_enum(Verdict))
    text: str = ""  #: the opinion, or why it is declined


class Transfer(SQLModel, table=True):
    """A step went from one desk to another, whose it is since."""

    __tablename__ = "step_transfer"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    folder_id: UUID = Field(foreign_key="folder.id", index=True)
    step_id: UUID = Field(foreign_key="step.id", index=True)
    from_desk_id: UUID = Field(foreign_key="desk.id")
    to_desk_id: UUID = Field(foreign_key="desk.id")
    transferred_by: UUID = Field(foreign_key="account.id")
    transferred_at: datetime
    reason: str = ""


class PaperSignature(SQLModel, table=True):
    """Somebody declared that the paper was signed by hand, and gave its scan. It is no electronic signature."""

    __tablename__ = "paper_signature"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    folder_id: UUID = Field(foreign_key="folder.id", index=True)
    step_id: UUID = Field(foreign_key="step.id")
    document_id: UUID = Field(foreign_key="document.id", unique=True)  #: the scan, an annex of the folder
    signatory: str  #: who signed the paper, as declared
    signed_on: date  #: the day written on the paper, as declared
    declared_by: UUID = Field(foreign_key="account.id")
    declared_at: datetime
    withdrawn_at: datetime | None = None  #: the declaration was taken back since


class PreparedSignature(SQLModel, table=True):
    """A signature begun and not finished: what was prepared for one document, for one person, for a few minutes."""

    __tablename__ = "prepared_signature"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    folder_id: UUID = Field(foreign_key="folder.id", index=True)
    step_id: UUID = Field(foreign_key="step.id")
    account_id: UUID = Field(foreign_key="account.id")
    delegation_id: UUID | None = Field(default=None, foreign_key="delegation.id")  #: what the mark says of whose place
    document_id: UUID = Field(foreign_key="document.id")
    head_sha256: str  #: the version that was prepared; if the head has moved meanwhile, prepare again
    prepared: str  #: JSON of what signing needs to finish
    tail: bytes  #: the incremental revision, hole included
    created_at: datetime
    expires_at: datetime = Field(index=True)


class Signature(SQLModel, table=True):
    """A signature that was accepted."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    folder_id: UUID = Field(foreign_key="folder.id", index=True)
    step_id: UUID = Field(foreign_key="step.id")
    document_version_id: UUID = Field(foreign_key="document_version.id", unique=True)
    account_id: UUID = Field(foreign_key="account.id")
    holder: str  #: name in the certificate
    issuer: str
    fingerprint: str
    level: str  #: PAdES-B-B…
    signed_at: datetime
    withdrawn_at: datetime | None = None  #: taken back since: kept as evidence, no longer in the present document


class AwaitedMessage(SQLModel, table=True):
    """A message that a folder waits for, known by its name and its correlation key."""

    __tablename__ = "awaited_message"
    __table_args__ = (Index("ix_awaited_message_key", "tenant_id", "message", "key"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    folder_id: UUID = Field(foreign_key="folder.id", index=True)
    message: str
    key: str
