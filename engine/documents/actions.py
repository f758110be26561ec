"""Adding documents and versions to a folder."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from engine.documents.model import Document, DocumentRole, DocumentVersion, VersionKind
from engine.documents.names import clean_name
from engine.documents.queries import deposited_of, head_of, version_numbered


def add_document(
    session: Session,
    *,
    tenant_id: UUID,
    folder_id: UUID,
    name: str,
    sha256: str,
    size: int,
    media_type: str,
    pages: int,
    now: datetime,
    role: DocumentRole = DocumentRole.MAIN,
    position: int = 0,
    kind: VersionKind = VersionKind.DEPOSITED,
) -> Document:
    """Add a document with its first version; the bytes are already in the store. ``kind``: why that one exists."""
    document = Document(tenant_id=tenant_id, folder_id=folder_id, role=role, name=clean_name(name), position=position)
    session.add(document)
    session.flush()
    session.add(
        DocumentVersion(
            tenant_id=tenant_id,
            document_id=document.id,
            number=1,
            kind=kind,
            sha256=sha256,
            size=size,
            media_type=media_type,
            pages=pages,
            created_at=now,
        )
    )
    session.flush()
    return document


def add_version(
    session: Session, head: DocumentVersion, *, kind: VersionKind, sha256: str, size: int, now: datetime
) -> DocumentVersion:
    """Add the version that follows ``head``.

    Two transactions that follow the same head cannot both commit: (document, number) is unique.
    """
    version = DocumentVersion(
        tenant_id=head.tenant_id,
        document_id=head.document_id,
        number=head.number + 1,
        kind=kind,
        sha256=sha256,
        size=size,
        media_type=head.media_type,
        pages=head.pages,
        created_at=now,
    )
    session.add(version)
    session.flush()
    return version


def restore_version(session: Session, fallen: DocumentVersion, *, now: datetime) -> DocumentVersion:
    """Go on from the version before ``fallen``: its bytes become the head again, as a new version."""
    before = version_numbered(session, fallen.tenant_id, fallen.document_id, fallen.number - 1)
    head = head_of(session, fallen.tenant_id, fallen.document_id)
    return add_version(session, head, kind=VersionKind.RESTORED, sha256=before.sha256, size=before.size, now=now)


def restore_deposited(session: Session, tenant_id: UUID, document_id: UUID, *, now: datetime) -> DocumentVersion:
    """Go on from what was deposited last, without what was added since; returns the head, new or not."""
    head, deposited = head_of(session, tenant_id, document_id), deposited_of(session, tenant_id, document_id)
    if head.sha256 == deposited.sha256:
        return head
    version = DocumentVersion(
        tenant_id=tenant_id,
        document_id=document_id,
        number=head.number + 1,
        kind=VersionKind.RESTORED,
        sha256=deposited.sha256,
        size=deposited.size,
        media_type=deposited.media_type,
        pages=deposited.pages,
        created_at=now,
    )
    session.add(version)
    session.flush()
    return version


def replace_content(
    session: Session,
    document: Document,
    *,
    sha256: str,
    size: int,
    media_type: str,
    pages: int,
    now: datetime,
) -> DocumentVersion:
    """Deposit other bytes for a document, as its new version; they are already in the store."""
    version = DocumentVersion(
        tenant_id=document.tenant_id,
        document_id=document.id,
        number=head_of(session, document.tenant_id, document.id).number + 1,
        kind=VersionKind.DEPOSITED,
        sha256=sha256,
        size=size,
        media_type=media_type,
        pages=pages,
        created_at=now,
    )
    session.add(version)
    session.flush()
    return version
