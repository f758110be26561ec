"""Tables of the documents room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.database import text_enum
from engine.ids import new_id


class DocumentRole(StrEnum):
    """Signed, or only travelling."""

    MAIN = "MAIN"
    ANNEX = "ANNEX"


class VersionKind(StrEnum):
    """Why a version of a document exists."""

    DEPOSITED = "DEPOSITED"
    FIELDS_RESERVED = "FIELDS_RESERVED"  #: places of the signatures added when the folder was sent
    SIGNED = "SIGNED"
    SCANNED = "SCANNED"  #: the scan of a paper signed by hand
    RESTORED = "RESTORED"  #: the bytes of an earlier version again: the signatures since were withdrawn


class Document(SQLModel, table=True):
    """A document of a folder, whatever its versions."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", index=True)
    folder_id: UUID = Field(foreign_key="folder.id", index=True)
    role: DocumentRole = Field(sa_type=text_enum(DocumentRole))
    name: str  #: file name as deposited, cleaned of what a file system refuses
    position: int = 0


class DocumentVersion(SQLModel, table=True):
    """The bytes of a document at a moment, addressed by tenant and SHA-256."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id")
    document_id: UUID = Field(foreign_key="document.id", index=True)
    number: int  #: 1, 2, 3…; the head is the greatest
    kind: VersionKind = Field(sa_type=text_enum(VersionKind))
    sha256: str = Field(index=True)
    size: int  #: bytes
    media_type: str
    pages: int  #: 0 when the document has no pages
    created_at: datetime


class OrphanContent(SQLModel, table=True):
    """A content of the store that nothing referred to when it was looked at; removed if that lasts."""

    __tablename__ = "orphan_content"

    tenant_id: UUID = Field(primary_key=True)  #: no foreign key: what a tenant that is gone left is an orphan too
    sha256: str = Field(primary_key=True)
    seen_at: datetime  #: the first time
