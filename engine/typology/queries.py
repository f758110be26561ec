"""Reads about types."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from engine.desks.delegation_form import Kind
from engine.typology.model import FolderType, Subtype


def subtypes(session: Session, tenant_id: UUID) -> Sequence[tuple[FolderType, Subtype]]:
    """What a clerk may choose when depositing, in the order shown; those closed to new deposits left out."""
    return session.exec(
        select(FolderType, Subtype)
        .join(Subtype, col(Subtype.folder_type_id) == FolderType.id)
        .where(FolderType.tenant_id == tenant_id, col(Subtype.closed_at).is_(None))
        .order_by(col(Subtype.position), col(FolderType.name), col(Subtype.name))
    ).all()


def subtype_of(session: Session, tenant_id: UUID, subtype_id: UUID) -> Subtype | None:
    """A sub-type of this tenant."""
    subtype = session.get(Subtype, subtype_id)
    return subtype if subtype is not None and subtype.tenant_id == tenant_id else None


def names_of_subtype(session: Session, tenant_id: UUID, subtype_id: UUID) -> tuple[str, str]:
    """The names of a sub-type's type and of the sub-type; empty when this tenant has none such."""
    found = session.exec(
        select(FolderType.name, Subtype.name)
        .join(Subtype, col(Subtype.folder_type_id) == FolderType.id)
        .where(FolderType.tenant_id == tenant_id, Subtype.id == subtype_id)
    ).first()
    return (found[0], found[1]) if found else ("", "")


def all_types(session: Session, tenant_id: UUID) -> list[tuple[FolderType, list[Subtype]]]:
    """Every type of the tenant by name, with its sub-types in the order shown to the clerk, closed ones included."""
    types = session.exec(
        select(FolderType).where(FolderType.tenant_id == tenant_id).order_by(col(FolderType.name), col(FolderType.id))
    ).all()
    kinds = session.exec(
        select(Subtype)
        .where(Subtype.tenant_id == tenant_id)
        .order_by(col(Subtype.position), col(Subtype.name), col(Subtype.id))
    ).all()
    return [(kind, [one for one in kinds if one.folder_type_id == kind.id]) for kind in types]


def type_of(session: Session, tenant_id: UUID, type_id: UUID) -> FolderType | None:
    """A type of this tenant."""
    found = session.get(FolderType, type_id)
    return found if found is not None and found.tenant_id == tenant_id else None


def kinds(session: Session, tenant_id: UUID) -> dict[UUID, Kind]:
    """What a delegation may be limited to, in the order shown: each type, then its sub-types; closed ones too."""
    found: dict[UUID, Kind] = {}
    rows = session.exec(
        select(FolderType, Subtype)
        .join(Subtype, col(Subtype.folder_type_id) == FolderType.id)
        .where(FolderType.tenant_id == tenant_id)
        .order_by(col(FolderType.name), col(FolderType.id), col(Subtype.position), col(Subtype.name))
    )
    for folder_type, subtype in rows:
        found.setdefault(folder_type.id, Kind(folder_type.id, None, folder_type.name))
        found[subtype.id] = Kind(folder_type.id, subtype.id, f"{folder_type.name} · {subtype.name}")
    return found
