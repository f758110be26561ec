"""What a person is to a folder, read at the moment it is asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import Session

from engine.database import table_of
from engine.desks.model import Desk
from engine.desks.queries import desks_held
from engine.folders.facts import acting_for
from engine.folders.fallen import what_fell
from engine.folders.model import Folder, FolderStatus, Follower, Step
from engine.folders.seeing import may_see
from engine.folders.whole_rules import Standing

_steps, _followers = table_of(Step), table_of(Follower)


def standing_of(session: Session, folder: Folder, account_id: UUID, *, now: datetime) -> Standing:
    """What decides on the acts of this person on this folder, of a tenant that is theirs."""
    desks = {desk.id: desk for desk in desks_held(session, folder.tenant_id, account_id)}
    emits = folder.emitter_desk_id in desks
    acting = acting_for(session, folder, account_id, now=now)
    passed = (
        session.connection()
        .execute(select(_steps.c.desk_id, _steps.c.closed_at).where(_steps.c.folder_id == folder.id))
        .all()
    )
    has_it = folder.status is FolderStatus.IN_PROGRESS and any(
        row.closed_at is None and row.desk_id in acting for row in passed
    )
    saw = [desks[row.desk_id] for row in passed if row.desk_id in desks]
    saw += [desks[folder.emitter_desk_id]] if emits else []
    follows = session.connection().execute(
        select(exists().where(_followers.c.folder_id == folder.id, _followers.c.account_id == account_id))
    )
    return Standing(
        status=folder.status,
        sees=may_see(session, folder, account_id, now=now),
        emits=emits,
        has_it=has_it,
        creates=any(desk.may_create for desk in desks.values()),
        chains=any(map(_may_chain, saw)),
        archives=emits and _may_archive(desks[folder.emitter_desk_id]),
        follows=bool(follows.scalar()),
        archived=folder.archived_at is not None,
        circulated=folder.sent_at is not None,
        done=(emits or has_it) and folder.status is FolderStatus.IN_PROGRESS and _has_done(session, folder),
    )


def _may_chain(desk: Desk) -> bool:
    return desk.may_create


def _may_archive(desk: Desk) -> bool:
    return desk.may_create


def _has_done(session: Session, folder: Folder) -> bool:
    """Whether an act of this round still counts."""
    acted = session.connection().execute(
        select(_steps.c.id).where(
            _steps.c.folder_id == folder.id, _steps.c.round == folder.round, _steps.c.acted_by.is_not(None)
        )
    )
    done = set(acted.scalars())
    return bool(done) and bool(done - what_fell(session, folder.id)[0])
