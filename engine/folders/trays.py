"""The lists a person works from.

They hold the folders of all the tenants of a person together: ``tenant_ids`` are tenants that this person may enter,
and what they see in each is what they hold there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from engine.desks.authority import stand_ins_of
from engine.desks.delegation_queries import FolderColumns, covered
from engine.desks.delegation_rules import Matter, StandIn, choose
from engine.desks.model import Desk, DeskSupervisor
from engine.folders.facts import held_ids_among
from engine.folders.going_back import recoverable
from engine.folders.model import Folder, FolderStatus, Follower, Step
from engine.folders.opinion_trays import ASKED_DESK, asks_one_of, awaits_opinion, questions
from engine.folders.seeing import may_see
from engine.folders.tray_rows import (
    FolderRow,
    TrayPage,
    TrayRow,
    desk_names,
    folder_rows,
    folders_named,
    tenants_by_id,
)
from engine.people.model import Membership
from engine.refusals import Refusal
from engine.typology.model import FolderType, Subtype

#: Rows on one page of a tray.
PAGE = 50


class Tray(StrEnum):
    """The lists a person works from."""

    TO_DO = "TO_DO"
    DELEGATED = "DELEGATED"  #: what waits for a desk for which one stands in
    OPINIONS = "OPINIONS"  #: the opinion of one's desks is asked
    AWAITED = "AWAITED"  #: one's desks wait for an opinion
    SENT = "SENT"
    FINISHED = "FINISHED"
    REJECTED = "REJECTED"
    DRAFTS = "DRAFTS"
    RECOVERABLE = "RECOVERABLE"  #: one's last act may still be taken back
    FOLLOWED = "FOLLOWED"
    SUPERVISED = "SUPERVISED"  #: under way, at a desk that one supervises or sent by it
    ARCHIVED = "ARCHIVED"  #: cleared from the trays, still found


_STATUS = {
    Tray.SENT: (FolderStatus.IN_PROGRESS,),
    Tray.FINISHED: (FolderStatus.FINISHED,),
    Tray.REJECTED: (FolderStatus.REJECTED, FolderStatus.STOPPED),
    Tray.DRAFTS: (FolderStatus.DRAFT,),
    Tray.ARCHIVED: tuple(FolderStatus),
}


def tray(
    session: Session,
    tenant_ids: Collection[UUID],
    account_id: UUID,
    which: Tray,
    after: UUID | None = None,
    *,
    now: datetime,
) -> TrayPage:
    """A page of a person's tray. *À traiter* and *En délégation* show the oldest first, the others the newest first."""
    if which is Tray.RECOVERABLE:
        return _recoverable(session, tenant_ids, account_id, after, now)
    if which is Tray.DELEGATED:
        stand_ins = stand_ins_of(session, tenant_ids, account_id, now=now)
        return _waiting(session, tenant_ids, ~awaits_opinion() & covered(stand_ins, _MATTER), after, stand_ins, now)
    if which is Tray.FOLLOWED:
        return _followed(session, tenant_ids, account_id, after, now)
    if which is Tray.SUPERVISED:
        watched = supervised(account_id)
        return _newest(session, folders_named().where(col(Folder.tenant_id).in_(tenant_ids), watched), after)
    held = held_ids_among(session, tenant_ids, account_id)
    if not held:
        return TrayPage((), None)
    if which is Tray.TO_DO:
        return _waiting(session, tenant_ids, _to_do(held), after)
    if which is Tray.OPINIONS:
        return _to_answer(
            session, _waiting(session, tenant_ids, _to_advise(session, tenant_ids, account_id, held, now), after)
        )
    if which is Tray.AWAITED:
        return _awaited(session, _waiting(session, tenant_ids, _to_wait(held), after))
    return _emitted(session, tenant_ids, held, which, after)


def _to_do(held: Collection[UUID]) -> ColumnElement[bool]:
    return col(Step.desk_id).in_(held) & ~awaits_opinion()


def _to_wait(held: Collection[UUID]) -> ColumnElement[bool]:
    return col(Step.desk_id).in_(held) & awaits_opinion()


def _to_advise(
    session: Session, tenant_ids: Collection[UUID], account_id: UUID, held: Collection[UUID], now: datetime
) -> ColumnElement[bool]:
    """Of the desks that one holds, and of those for which one stands in."""
    stand_ins = stand_ins_of(session, tenant_ids, account_id, now=now)
    return asks_one_of(or_(ASKED_DESK.in_(held), covered(stand_ins, _MATTER_OF_ASKED)))


def _to_answer(session: Session, page: TrayPage) -> TrayPage:
    """What is asked of a row is an opinion, since the question."""
    asked = questions(session, [row.cursor for row in page.rows])
    rows = (
        replace(row, asked="SECOND_OPINION", since=asked[row.cursor].asked_at, unread=asked[row.cursor].unread)
        for row in page.rows
    )
    return replace(page, rows=tuple(rows))


def _awaited(session: Session, page: TrayPage) -> TrayPage:
    """What is waited for is another desk's."""
    asked = questions(session, [row.cursor for row in page.rows])
    rows = (
        replace(row, asked=None, since=asked[row.cursor].asked_at, unread=False, waiting_for=(asked[row.cursor].desk,))
        for row in page.rows
    )
    return replace(page, rows=tuple(rows))


#: Where a delegation looks for what it covers, in a statement about steps, their folders and sub-types.
_MATTER = FolderColumns(col(Step.desk_id), col(Subtype.folder_type_id), col(Folder.subtype_id), col(Folder.amount))
_MATTER_OF_ASKED = FolderColumns(ASKED_DESK, col(Subtype.folder_type_id), col(Folder.subtype_id), col(Folder.amount))


def _waiting(
    session: Session,
    tenant_ids: Collection[UUID],
    mine: ColumnElement[bool],
    after: UUID | None,
    stand_ins: Mapping[UUID, Sequence[StandIn]] = MappingProxyType({}),
    now: datetime | None = None,
) -> TrayPage:
    """The open steps that are ``mine``, the oldest first; with who is away, when one stands in."""
    query = (
        select(Step, Folder, Subtype, FolderType)
        .join(Folder, col(Folder.id) == Step.folder_id)
        .join(Subtype, col(Subtype.id) == Folder.subtype_id)
        .join(FolderType, col(FolderType.id) == Subtype.folder_type_id)
        .where(col(Step.tenant_id).in_(tenant_ids), col(Step.closed_at).is_(None), mine)
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
    desks = desk_names(session, {desk_id for step, folder, _, _ in found for desk_id in _desks_told(step, folder)})
    tenants = tenants_by_id(session, tenant_ids)
    rows = tuple(
        TrayRow(
            folder_id=folder.id,
            title=folder.title,
            status=folder.status,
            type_name=folder_type.name,
            subtype_name=subtype.name,
            emitter=desks[folder.emitter_desk_id],
            since=step.opened_at,
            asked=step.kind,
            unread=step.read_at is None,
            waiting_for=(),
            step=step.name,
            due_at=step.due_at,
            cursor=step.id,
            tenant=tenants[folder.tenant_id].name,
            zone=tenants[folder.tenant_id].zone,
            desk=desks[step.desk_id] if step.desk_id in stand_ins else None,
            on_behalf_of=_away(step, folder, subtype, stand_ins, now),
        )
        for step, folder, subtype, folder_type in found[:PAGE]
    )
    return TrayPage(rows, rows[-1].cursor if len(found) > PAGE else None)


def _desks_told(step: Step, folder: Folder) -> tuple[UUID, UUID]:
    return step.desk_id, folder.emitter_desk_id


def _away(
    step: Step,
    folder: Folder,
    subtype: Subtype,
    stand_ins: Mapping[UUID, Sequence[StandIn]],
    now: datetime | None,
) -> str | None:
    if now is None or step.desk_id not in stand_ins:
        return None
    matter = Matter(subtype.folder_type_id, subtype.id, folder.amount)
    chosen = choose(stand_ins[step.desk_id], matter, "", now=now)
    return None if isinstance(chosen, Refusal) else chosen.on_behalf_of


def _emitted(
    session: Session, tenant_ids: Collection[UUID], held: frozenset[UUID], which: Tray, after: UUID | None
) -> TrayPage:
    archived = col(Folder.archived_at).is_not(None) if which is Tray.ARCHIVED else col(Folder.archived_at).is_(None)
    query = folders_named().where(
        col(Folder.emitter_desk_id).in_(held), col(Folder.status).in_(_STATUS[which]), archived
    )
    return _newest(session, query.where(col(Folder.tenant_id).in_(tenant_ids)), after)


def _followed(
    session: Session, tenant_ids: Collection[UUID], account_id: UUID, after: UUID | None, now: datetime
) -> TrayPage:
    """What a person follows and may still see."""
    query = folders_named().join(Follower, col(Follower.folder_id) == Folder.id)
    query = query.where(col(Folder.tenant_id).in_(tenant_ids), Follower.account_id == account_id)
    query = query.order_by(col(Folder.id).desc()).limit(PAGE + 1)
    seen: list[FolderRow] = []
    while len(seen) <= PAGE:
        batch = session.exec(query if after is None else query.where(col(Folder.id) < after)).all()
        seen += [row for row in batch if may_see(session, row[0], account_id, now=now)]
        if len(batch) <= PAGE:
            break
        after = batch[-1][0].id
    rows = folder_rows(session, seen[:PAGE])
    return TrayPage(rows, rows[-1].cursor if len(seen) > PAGE else None)


def supervised(account_id: UUID) -> ColumnElement[bool]:
    """In a statement about folders: those under way that a supervised desk sent, or has now."""
    desks = (
        select(DeskSupervisor.desk_id)
        .join(Desk, col(Desk.id) == DeskSupervisor.desk_id)
        .join(
            Membership,
            (col(Membership.account_id) == DeskSupervisor.account_id) & (col(Membership.tenant_id) == Desk.tenant_id),
        )
        .where(DeskSupervisor.account_id == account_id, col(Membership.disabled_at).is_(None))
    )
    has_it = select(Step.folder_id).where(col(Step.closed_at).is_(None), col(Step.desk_id).in_(desks))
    at_work = col(Folder.status) == FolderStatus.IN_PROGRESS
    return at_work & (col(Folder.emitter_desk_id).in_(desks) | col(Folder.id).in_(has_it))


def _newest(session: Session, query: SelectOfScalar[FolderRow], after: UUID | None) -> TrayPage:
    query = query.order_by(col(Folder.id).desc()).limit(PAGE + 1)
    if after is not None:
        query = query.where(col(Folder.id) < after)
    found = session.exec(query).all()
    rows = folder_rows(session, found[:PAGE])
    return TrayPage(rows, rows[-1].cursor if len(found) > PAGE else None)


def _recoverable(
    session: Session, tenant_ids: Collection[UUID], account_id: UUID, after: UUID | None, now: datetime
) -> TrayPage:
    """The last acts first."""
    may_be_taken_back = recoverable(session, tenant_ids, account_id, most=PAGE + 1, after=after, now=now)
    order = {folder_id: place for place, folder_id in enumerate(may_be_taken_back[:PAGE])}
    found = session.exec(folders_named().where(col(Folder.tenant_id).in_(tenant_ids), col(Folder.id).in_(order))).all()
    rows = folder_rows(session, sorted(found, key=lambda row: order[row[0].id]))
    return TrayPage(rows, rows[-1].cursor if len(may_be_taken_back) > PAGE else None)


def tray_counts(session: Session, tenant_ids: Collection[UUID], account_id: UUID, *, now: datetime) -> dict[Tray, int]:
    """How many folders wait in each tray that is worth counting: finished ones are an archive and are not."""
    held = held_ids_among(session, tenant_ids, account_id)
    counts = {Tray.TO_DO: 0, Tray.DELEGATED: 0, Tray.SENT: 0, Tray.REJECTED: 0, Tray.DRAFTS: 0}
    if stand_ins := stand_ins_of(session, tenant_ids, account_id, now=now):
        counts[Tray.DELEGATED] = _open_steps(session, tenant_ids, ~awaits_opinion() & covered(stand_ins, _MATTER))
    watched = (
        select(func.count()).select_from(Folder).where(col(Folder.tenant_id).in_(tenant_ids), supervised(account_id))
    )
    if number := session.exec(watched).one():
        counts[Tray.SUPERVISED] = number
    if not held:
        return counts
    counts[Tray.TO_DO] = session.exec(
        select(func.count())
        .select_from(Step)
        .where(col(Step.tenant_id).in_(tenant_ids), col(Step.closed_at).is_(None), _to_do(held))
    ).one()
    advise = _to_advise(session, tenant_ids, account_id, held, now)
    for question, mine in ((Tray.OPINIONS, advise), (Tray.AWAITED, _to_wait(held))):
        counts[question] = _open_steps(session, tenant_ids, mine)
    by_status = session.exec(
        select(Folder.status, func.count())
        .where(
            col(Folder.tenant_id).in_(tenant_ids),
            col(Folder.emitter_desk_id).in_(held),
            col(Folder.status) != FolderStatus.FINISHED,
            col(Folder.archived_at).is_(None),
        )
        .group_by(col(Folder.status))
    ).all()
    found = dict(by_status)
    for which, statuses in _STATUS.items():
        if which in counts:
            counts[which] = sum(found.get(status, 0) for status in statuses)
    return counts


def _open_steps(session: Session, tenant_ids: Collection[UUID], mine: ColumnElement[bool]) -> int:
    """How many open steps are ``mine``, which may speak of their folders and sub-types."""
    return session.exec(
        select(func.count())
        .select_from(Step)
        .join(Folder, col(Folder.id) == Step.folder_id)
        .join(Subtype, col(Subtype.id) == Folder.subtype_id)
        .where(col(Step.tenant_id).in_(tenant_ids), col(Step.closed_at).is_(None), mine)
    ).one()


def next_to_do(
    session: Session, tenant_ids: Collection[UUID], account_id: UUID, not_this: UUID, *, now: datetime
) -> UUID | None:
    """The folder to show after an act: the oldest that waits for this person, held or by delegation, in any tenant."""
    held = held_ids_among(session, tenant_ids, account_id)
    stand_ins = stand_ins_of(session, tenant_ids, account_id, now=now)
    return session.exec(
        select(Step.folder_id)
        .join(Folder, col(Folder.id) == Step.folder_id)
        .join(Subtype, col(Subtype.id) == Folder.subtype_id)
        .where(
            col(Step.tenant_id).in_(tenant_ids),
            col(Step.closed_at).is_(None),
            or_(col(Step.desk_id).in_(held), covered(stand_ins, _MATTER)),
            ~awaits_opinion(),
            Step.folder_id != not_this,
        )
        .order_by(col(Step.opened_at), col(Step.id))
        .limit(1)
    ).first()
