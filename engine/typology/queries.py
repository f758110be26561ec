"""Reads about types."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from engine.typology.model import FolderType, Subtype


def subtypes(session: Session, tenant_id: UUID) -> Sequence[tuple[FolderType, Subtype]]:
    """What a clerk may choose when depositing, in the order shown."""
    return session.exec(
        select(FolderType, Subtype)
        .join(Subtype, col(Subtype.folder_type_id) == FolderType.id)
        .where(FolderType.tenant_id == tenant_id)
        .order_by(col(Subtype.position), col(FolderType.name), col(Subtype.name))
    ).all()


def subtype_of(session: Session, tenant_id: UUID, subtype_id: UUID) -> Subtype | None:
    """A sub-type of this tenant."""
    subtype = session.get(Subtype, subtype_id)
    return subtype if subtype is not None and subtype.tenant_id == tenant_id else None
