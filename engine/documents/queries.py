"""Reads about documents, always within one tenant."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from engine.documents.model import Document, DocumentVersion, VersionKind


def documents_of(session: Session, tenant_id: UUID, folder_id: UUID) -> Sequence[Document]:
    """The documents of a folder in their order."""
    return session.exec(
        select(Document)
        .where(Document.tenant_id == tenant_id, Document.folder_id == folder_id)
        .order_by(col(Document.role).desc(), col(Document.position), col(Document.id))
    ).all()


def versions_of(session: Session, tenant_id: UUID, document_id: UUID) -> Sequence[DocumentVersion]:
    """Every version of a document, the first one first."""
    return session.exec(
        select(DocumentVersion)
        .where(DocumentVersion.tenant_id == tenant_id, DocumentVersion.document_id == document_id)
        .order_by(col(DocumentVersion.number))
    ).all()


def head_of(session: Session, tenant_id: UUID, document_id: UUID) -> DocumentVersion:
    """The present version of a document."""
    return session.exec(
        select(DocumentVersion)
        .where(DocumentVersion.tenant_id == tenant_id, DocumentVersion.document_id == document_id)
        .order_by(col(DocumentVersion.number).desc())
        .limit(1)
    ).one()


def deposited_of(session: Session, tenant_id: UUID, document_id: UUID) -> DocumentVersion:
    """The version that was deposited last, before what circuits added to it."""
    return session.exec(
        select(DocumentVersion)
        .where(
            DocumentVersion.tenant_id == tenant_id,
            DocumentVersion.document_id == document_id,
            DocumentVersion.kind == VersionKind.DEPOSITED,
        )
        .order_by(col(DocumentVersion.number).desc())
        .limit(1)
    ).one()


def version_numbered(session: Session, tenant_id: UUID, document_id: UUID, number: int) -> DocumentVersion:
    """One version of a document; the one that was deposited is 1."""
    return session.exec(
        select(DocumentVersion).where(
            DocumentVersion.tenant_id == tenant_id,
            DocumentVersion.document_id == document_id,
            DocumentVersion.number == number,
        )
    ).one()


def first_of(session: Session, tenant_id: UUID, document_id: UUID) -> DocumentVersion:
    """The version that was deposited."""
    return version_numbered(session, tenant_id, document_id, 1)
