"""Following a folder: being told when it comes to its end, without having anything to do on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.folders.model import Folder, Follower
from engine.folders.rules import NOT_FOUND
from engine.folders.seeing import may_see
from engine.folders.standing import hold_standing
from engine.folders.whole_rules import may_follow, may_unfollow
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Refusal


def follow(session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime) -> Folder | Refusal:
    """Be told from now on. Nothing is kept unless the caller commits."""
    loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
    if loaded is None:
        return NOT_FOUND
    folder, standing = loaded
    if refusal := may_follow(standing):
        return refusal
    session.add(Follower(folder_id=folder.id, account_id=account.id, tenant_id=tenant_id, since=now))
    session.flush()
    _note(session, folder, account, "folder:follower:added", now)
    return folder


def unfollow(
    session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime
) -> Folder | Refusal:
    """Be told no more. Nothing is kept unless the caller commits."""
    loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
    if loaded is None:
        return NOT_FOUND
    folder, standing = loaded
    if refusal := may_unfollow(standing):
        return refusal
    mine = (col(Follower.folder_id) == folder.id) & (col(Follower.account_id) == account.id)
    session.connection().execute(delete(Follower).where(mine))
    _note(session, folder, account, "folder:follower:removed", now)
    return folder


def followers_of(session: Session, folder: Folder, *, now: datetime) -> Sequence[Account]:
    """Who follows a folder and may still see it, by surname."""
    rows = session.exec(
        select(Account)
        .join(Follower, col(Follower.account_id) == Account.id)
        .where(Follower.folder_id == folder.id, col(Account.disabled_at).is_(None))
        .order_by(col(Account.surname), col(Account.given_name))
    ).all()
    return [account for account in rows if may_see(session, folder, account.id, now=now)]


def _note(session: Session, folder: Folder, account: Account, event: str, now: datetime) -> None:
    record(session, tenant_id=folder.tenant_id, chain=folder.id, event=event, at=now, actor_id=account.id)
