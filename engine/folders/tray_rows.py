"""Lines of the trays, and what is read to write them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from engine.desks.model import Desk
from engine.folders.model import Folder, FolderStatus, Step
from engine.people.model import Tenant
from engine.typology.model import FolderType, Subtype


@dataclass(frozen=True, slots=True)
class TrayRow:
    """One line of a tray."""

    folder_id: UUID
    title: str
    status: FolderStatus
    type_name: str
    subtype_name: str
    emitter: str  #: name of the emitter desk
    since: datetime  #: since when the folder is where it is
    asked: str | None  #: kind of the open step in *À traiter*, ``SECOND_OPINION``; None in the other trays
    unread: bool
    waiting_for: tuple[str, ...]  #: desks that have it now
    step: str | None  #: name of the open step in *À traiter*; None in the other trays
    due_at: datetime | None  #: when the delay of what is waited for ends
    cursor: UUID
    tenant: str  #: name of the tenant that the folder belongs to
    zone: str  #: IANA time zone of that tenant
    desk: str | None = None  #: name of the desk that is asked, in *En délégation*
    on_behalf_of: str | None = None  #: who is away from it


@dataclass(frozen=True, slots=True)
class TrayPage:
    """A page of a tray; ``next_cursor`` when more follow."""

    rows: tuple[TrayRow, ...]
    next_cursor: UUID | None


FolderRow = tuple[Folder, str, str, str]


def folders_named() -> SelectOfScalar[FolderRow]:
    """Folders with the names of their type, sub-type and emitter desk."""
    query: SelectOfScalar[FolderRow] = (
        select(Folder, FolderType.name, Subtype.name, Desk.name)  # type: ignore[assignment]
        .join(Subtype, col(Subtype.id) == Folder.subtype_id)
        .join(FolderType, col(FolderType.id) == Subtype.folder_type_id)
        .join(Desk, col(Desk.id) == Folder.emitter_desk_id)
    )
    return query


def folder_rows(session: Session, found: Sequence[FolderRow]) -> tuple[TrayRow, ...]:
    waiting = _waiting_for(session, [folder.id for folder, *_ in found])
    tenants = tenants_by_id(session, {folder.tenant_id for folder, *_ in found})
    return tuple(
        TrayRow(
            folder_id=folder.id,
            title=folder.title,
            status=folder.status,
            type_name=type_name,
            subtype_name=subtype_name,
            emitter=emitter,
            since=folder.closed_at or folder.sent_at or folder.created_at,
            asked=None,
            unread=False,
            waiting_for=tuple(dict.fromkeys(desk for desk, _ in waiting.get(folder.id, ()))),
            step=None,
            due_at=min((due for _, due in waiting.get(folder.id, ()) if due is not None), default=None),
            cursor=folder.id,
            tenant=tenants[folder.tenant_id].name,
            zone=tenants[folder.tenant_id].zone,
        )
        for folder, type_name, subtype_name, emitter in found
    )


def desk_names(session: Session, desk_ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(session.exec(select(Desk.id, Desk.name).where(col(Desk.id).in_(desk_ids))).all())


def tenants_by_id(session: Session, tenant_ids: Collection[UUID]) -> dict[UUID, Tenant]:
    return {tenant.id: tenant for tenant in session.exec(select(Tenant).where(col(Tenant.id).in_(tenant_ids)))}


def _waiting_for(session: Session, folder_ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, datetime | None]]]:
    """The desks that have each folder, and until when."""
    waiting: dict[UUID, list[tuple[str, datetime | None]]] = {}
    rows = session.exec(
        select(Step.folder_id, Desk.name, Step.due_at)
        .join(Desk, col(Desk.id) == Step.desk_id)
        .where(col(Step.folder_id).in_(folder_ids), col(Step.closed_at).is_(None))
        .order_by(col(Step.id))
    )
    for folder_id, desk_name, due_at in rows:
        waiting.setdefault(folder_id, []).append((desk_name, due_at))
    return waiting
