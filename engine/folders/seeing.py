"""Who may read a folder, decided at the moment it is asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from engine.database import table_of
from engine.desks.authority import stand_ins_of
from engine.desks.queries import desks_supervised
from engine.folders.facts import held_ids, matter_of
from engine.folders.model import Folder, FolderStatus, Step
from engine.folders.passing import beside_steps
from engine.people.model import Membership

_steps = table_of(Step)


def may_see(session: Session, folder: Folder, account_id: UUID, *, now: datetime) -> bool:
    """Whether a person may read a folder of a tenant that is theirs.

    Holders of the desk that sent it, and of every desk to which it was passed or whose opinion was asked. Whoever
    stands in for a desk reads what waits for that desk, while the delegation is in force, whatever its ceiling; then
    only that on which they acted. Supervisors of a desk read what it sent and what was passed to it.
    """
    held = held_ids(session, folder.tenant_id, account_id)
    if folder.emitter_desk_id in held:
        return True
    rows = (
        session.connection()
        .execute(
            select(_steps.c.desk_id, _steps.c.closed_at, _steps.c.acted_by, _steps.c.delegation_id).where(
                _steps.c.folder_id == folder.id
            )
        )
        .all()
    )
    if any(row.desk_id in held for row in rows):
        return True
    stood_in = any(row.acted_by == account_id and row.delegation_id is not None for row in rows)
    if stood_in and _has_access(session, folder.tenant_id, account_id):
        return True
    watched = {desk.id for desk in desks_supervised(session, folder.tenant_id, account_id)}
    sent_by = {folder.emitter_desk_id} if folder.status is not FolderStatus.DRAFT else set()
    if watched & (sent_by | {row.desk_id for row in rows}):
        return True
    beside = beside_steps(session, folder.id)
    if beside.ever & held:
        return True
    waiting = {row.desk_id for row in rows if row.closed_at is None} | beside.asked_now
    stand_ins = stand_ins_of(session, (folder.tenant_id,), account_id, now=now)
    if not waiting & stand_ins.keys():
        return False
    matter = matter_of(session, folder)
    return any(one.is_about(matter) for desk_id in waiting for one in stand_ins.get(desk_id, ()))


def _has_access(session: Session, tenant_id: UUID, account_id: UUID) -> bool:
    membership = session.get(Membership, (account_id, tenant_id))
    return membership is not None and membership.disabled_at is None
