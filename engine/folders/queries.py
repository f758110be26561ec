"""Reads about folders, always within a person's own tenants and desks.

A folder is read within its one tenant. Trays hold those of all the tenants of a person together: ``tenant_ids`` are
tenants that this person may enter, and what they see in each is what they hold there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from engine.desks.model import Desk
from engine.folders.facts import held_ids, held_ids_among
from engine.folders.going_back import recoverable
from engine.folders.model import Folder, FolderStatus, ProcessInstance, Signature, Step
from engine.people.model import Account, Tenant
from engine.typology.model import FolderType, Subtype

#: Rows on one page of a tray.
PAGE = 50


class Tray(StrEnum):
    """The lists a person works from."""

    TO_DO = "TO_DO"
    SENT = "SENT"
    FINISHED = "FINISHED"
    REJECTED = "REJECTED"
    DRAFTS = "DRAFTS"
    RECOVERABLE = "RECOVERABLE"  #: one's last act may still be taken back


_STATUS = {
    Tray.SENT: FolderStatus.IN_PROGRESS,
    Tray.FINISHED: FolderStatus.FINISHED,
    Tray.REJECTED: FolderStatus.REJECTED,
    Tray.DRAFTS: FolderStatus.DRAFT,
}


@dataclass(frozen=True, slots=True)
class TrayRow:
    """One line of a tray."""

    folder_id: UUID
    title: str
    type_name: str
    subtype_name: str
    emitter: str  #: name of the emitter desk
    since: datetime  #: since when the folder is where it is
    asked: str | None  #: kind of the open step in *À traiter*; None in the other trays
    unread: bool
    waiting_for: tuple[str, ...]  #: desks that have it now
    step: str | None  #: name of the open step in *À traiter*; None in the other trays
    due_at: datetime | None  #: when the delay of what is waited for ends
    cursor: UUID
    tenant: str  #: name of the tenant that the folder belongs to
    zone: str  #: IANA time zone of that tenant


@dataclass(frozen=True, slots=True)
class TrayPage:
    """A page of a tray; ``next_cursor`` when more follow."""

    rows: tuple[TrayRow, ...]
    next_cursor: UUID | None


def tray(
    session: Session, tenant_ids: Collection[UUID], account_id: UUID, which: Tray, after: UUID | None = None
) -> TrayPage:
    """A page of a person's tray. *À traiter* shows the oldest first, the others the newest first."""
    if which is Tray.RECOVERABLE:
        return _recoverable(session, tenant_ids, account_id)
    held = held_ids_among(session, tenant_ids, account_id)
    if not held:
        return TrayPage((), None)
    if which is Tray.TO_DO:
        return _to_do(session, tenant_ids, held, after)
    return _emitted(session, tenant_ids, held, _STATUS[which], after)


def _to_do(session: Session, tenant_ids: Collection[UUID], held: frozenset[UUID], after: UUID | None) -> TrayPage:
    query = (
        select(Step, Folder, Subtype, FolderType)
        .join(Folder, col(Folder.id) == Step.folder_id)
        .join(Subtype, col(Subtype.id) == Folder.subtype_id)
        .join(FolderType, col(FolderType.id) == Subtype.folder_type_id)
        .where(col(Step.tenant_id).in_(tenant_ids), col(Step.closed_at).is_(None), col(Step.desk_id).in_(held))
        .order_by(col(Step.opened_at), col(Step.id))
        .limit(PAGE + 1)
    )
    if after is not None:
        last = session.get_one(Step, after)
        query = query.where(
            or_(
                col(Step.opened_at) > last.opened_at,
                (col(Step.opened_at) == last.opened_at) & (col(Step.id) > last.id),
            )
        )
    found = session.exec(query).all()
    emitters = _desk_names(session, {folder.emitter_desk_id for _, folder, _, _ in found})
    tenants = _tenants(session, tenant_ids)
    rows = tuple(
        TrayRow(
            folder_id=folder.id,
            title=folder.title,
            type_name=folder_type.name,
            subtype_name=subtype.name,
            emitter=emitters[folder.emitter_desk_id],
            since=step.opened_at,
            asked=step.kind,
            unread=step.read_at is None,
            waiting_for=(),
            step=step.name,
            due_at=step.due_at,
            cursor=step.id,
            tenant=tenants[folder.tenant_id].name,
            zone=tenants[folder.tenant_id].zone,
        )
        for step, folder, subtype, folder_type in found[:PAGE]
    )
    return TrayPage(rows, rows[-1].cursor if len(found) > PAGE else None)


_FolderRow = tuple[Folder, str, str, str]


def _emitted(
    session: Session, tenant_ids: Collection[UUID], held: frozenset[UUID], status: FolderStatus, after: UUID | None
) -> TrayPage:
    query = (
        _folders()
        .where(col(Folder.tenant_id).in_(tenant_ids), col(Folder.emitter_desk_id).in_(held), Folder.status == status)
        .order_by(col(Folder.id).desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        query = query.where(col(Folder.id) < after)
    found = session.exec(query).all()
    rows = _folder_rows(session, found[:PAGE])
    return TrayPage(rows, rows[-1].cursor if len(found) > PAGE else None)


def _recoverable(session: Session, tenant_ids: Collection[UUID], account_id: UUID) -> TrayPage:
    """The last acts first, as many as are looked at: there is no second page."""
    order = {folder_id: place for place, folder_id in enumerate(recoverable(session, tenant_ids, account_id))}
    found = session.exec(_folders().where(col(Folder.tenant_id).in_(tenant_ids), col(Folder.id).in_(order))).all()
    return TrayPage(_folder_rows(session, sorted(found, key=lambda row: order[row[0].id])), None)


def _folders() -> SelectOfScalar[_FolderRow]:
    """Folders with the names of their type, sub-type and emitter desk."""
    query: SelectOfScalar[_FolderRow] = (
        select(Folder, FolderType.name, Subtype.name, Desk.name)  # type: ignore[assignment]
        .join(Subtype, col(Subtype.id) == Folder.subtype_id)
        .join(FolderType, col(FolderType.id) == Subtype.folder_type_id)
        .join(Desk, col(Desk.id) == Folder.emitter_desk_id)
    )
    return query


def _folder_rows(session: Session, found: Sequence[_FolderRow]) -> tuple[TrayRow, ...]:
    waiting = _waiting_for(session, [folder.id for folder, *_ in found])
    tenants = _tenants(session, {folder.tenant_id for folder, *_ in found})
    return tuple(
        TrayRow(
            folder_id=folder.id,
            title=folder.title,
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


def _desk_names(session: Session, desk_ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(session.exec(select(Desk.id, Desk.name).where(col(Desk.id).in_(desk_ids))).all())


def _tenants(session: Session, tenant_ids: Collection[UUID]) -> dict[UUID, Tenant]:
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


def tray_counts(session: Session, tenant_ids: Collection[UUID], account_id: UUID) -> dict[Tray, int]:
    """How many folders wait in each tray that is worth counting: finished ones are an archive and are not."""
    held = held_ids_among(session, tenant_ids, account_id)
    counts = {Tray.TO_DO: 0, Tray.SENT: 0, Tray.REJECTED: 0, Tray.DRAFTS: 0}
    if not held:
        return counts
    counts[Tray.TO_DO] = session.exec(
        select(func.count())
        .select_from(Step)
        .where(col(Step.tenant_id).in_(tenant_ids), col(Step.closed_at).is_(None), col(Step.desk_id).in_(held))
    ).one()
    by_status = session.exec(
        select(Folder.status, func.count())
        .where(
            col(Folder.tenant_id).in_(tenant_ids),
            col(Folder.emitter_desk_id).in_(held),
            col(Folder.status) != FolderStatus.FINISHED,
        )
        .group_by(col(Folder.status))
    ).all()
    for which, status in _STATUS.items():
        if which in counts:
            counts[which] = dict(by_status).get(status, 0)
    return counts


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as the folder page shows it."""

    step: Step
    desk: Desk
    actor: Account | None


def tenant_of_folder(session: Session, folder_id: UUID) -> UUID | None:
    """The tenant that a folder belongs to. Says nothing of whether it may be seen: see :func:`visible_folder`."""
    return session.exec(select(Folder.tenant_id).where(Folder.id == folder_id)).first()


def visible_folder(session: Session, tenant_id: UUID, account_id: UUID, folder_id: UUID) -> Folder | None:
    """A folder that this person may see: emitted by, or passed to, a desk they hold; None otherwise."""
    folder = session.exec(select(Folder).where(Folder.id == folder_id, Folder.tenant_id == tenant_id)).first()
    if folder is None:
        return None
    held = held_ids(session, tenant_id, account_id)
    if folder.emitter_desk_id in held:
        return folder
    passed = session.exec(
        select(Step.id).where(Step.folder_id == folder_id, col(Step.desk_id).in_(held)).limit(1)
    ).first()
    return folder if passed else None


def steps_of(session: Session, tenant_id: UUID, folder_id: UUID) -> Sequence[StepView]:
    """Every step that was opened, in order."""
    rows = session.exec(
        select(Step, Desk, Account)
        .join(Desk, col(Desk.id) == Step.desk_id)
        .outerjoin(Account, col(Account.id) == Step.acted_by)
        .where(Step.tenant_id == tenant_id, Step.folder_id == folder_id)
        .order_by(col(Step.opened_at), col(Step.id))
    ).all()
    return [StepView(step, desk, actor) for step, desk, actor in rows]


def signatures_of(session: Session, tenant_id: UUID, folder_id: UUID) -> Sequence[Signature]:
    """The signatures that a folder received, the first one first."""
    return session.exec(
        select(Signature)
        .where(Signature.tenant_id == tenant_id, Signature.folder_id == folder_id)
        .order_by(col(Signature.signed_at), col(Signature.id))
    ).all()


def next_to_do(session: Session, tenant_ids: Collection[UUID], account_id: UUID, not_this: UUID) -> UUID | None:
    """The folder to show after an act: the oldest one that waits for this person, in whichever of their tenants."""
    held = held_ids_among(session, tenant_ids, account_id)
    return session.exec(
        select(Step.folder_id)
        .where(
            col(Step.tenant_id).in_(tenant_ids),
            col(Step.closed_at).is_(None),
            col(Step.desk_id).in_(held),
            Step.folder_id != not_this,
        )
        .order_by(col(Step.opened_at), col(Step.id))
        .limit(1)
    ).first()


def running_on(session: Session, tenant_id: UUID) -> dict[UUID, int]:
    """How many folders are under way on each version of a circuit; those on which none is are left out."""
    rows = session.exec(
        select(ProcessInstance.workflow_version_id, func.count())
        .join(Folder, col(Folder.id) == ProcessInstance.folder_id)
        .where(Folder.tenant_id == tenant_id, Folder.status == FolderStatus.IN_PROGRESS)
        .group_by(col(ProcessInstance.workflow_version_id))
    ).all()
    return dict(rows)
