"""What a person is to a folder, read at the moment it is asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import Session
from sqlmodel import select as select_rows

from engine.database import table_of
from engine.desks.queries import desks_held
from engine.folders.facts import acting_for, hold_folder
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
    may_go_back = folder.status is FolderStatus.IN_PROGRESS and (emits or has_it)
    return Standing(
        status=folder.status,
        sees=may_see(session, folder, account_id, now=now),
        emits=emits,
        has_it=has_it,
        creates=any(desk.may_create for desk in desks.values()),
        chains=any(desk.may_chain for desk in saw),
        archives=emits and desks[folder.emitter_desk_id].may_archive,
        follows=bool(follows.scalar()),
        archived=folder.archived_at is not None,
        circulated=folder.sent_at is not None,
        done=may_go_back and _has_done(session, folder),
    )


def hold_standing(
    session: Session, tenant_id: UUID, account_id: UUID, folder_id: UUID, *, now: datetime
) -> tuple[Folder, Standing] | None:
    """A folder as it is now, kept to this transaction, and what this person is to it; None when there is none."""
    hold_folder(session, folder_id)
    folder = session.exec(
        select_rows(Folder)
        .where(Folder.id == folder_id, Folder.tenant_id == tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    return (folder, standing_of(session, folder, account_id, now=now)) if folder is not None else None


def _has_done(session: Session, folder: Folder) -> bool:
    """Whether an act of this round still counts."""
    acted = session.connection().execute(
        select(_steps.c.id).where(
            _steps.c.folder_id == folder.id, _steps.c.round == folder.round, _steps.c.acted_by.is_not(None)
        )
    )
    done = set(acted.scalars())
    return bool(done) and bool(done - what_fell(session, folder.id)[0])
