"""Clearing a folder that is over from the trays of its emitter, and putting it back. Nothing is erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from engine.folders.model import Folder
from engine.folders.rules import NOT_FOUND
from engine.folders.standing import hold_standing
from engine.folders.whole_rules import Standing, may_archive, may_unarchive
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Refusal


def archive(session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime) -> Folder | Refusal:
    """Move a folder to *Archivés*. Nothing is kept unless the caller commits."""
    return _move(session, tenant_id, account, folder_id, may_archive, "folder:tray:archived", archived_at=now, now=now)


def unarchive(
    session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime
) -> Folder | Refusal:
    """Put a folder back in the tray where it was. Nothing is kept unless the caller commits."""
    return _move(
        session, tenant_id, account, folder_id, may_unarchive, "folder:tray:unarchived", archived_at=None, now=now
    )


def _move(
    session: Session,
    tenant_id: UUID,
    account: Account,
    folder_id: UUID,
    guard: Callable[[Standing], Refusal | None],
    event: str,
    *,
    archived_at: datetime | None,
    now: datetime,
) -> Folder | Refusal:
    loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
    if loaded is None:
        return NOT_FOUND
    folder, standing = loaded
    if refusal := guard(standing):
        return refusal
    folder.archived_at = archived_at
    session.flush()
    record(session, tenant_id=tenant_id, chain=folder.id, event=event, at=now, actor_id=account.id)
    return folder
