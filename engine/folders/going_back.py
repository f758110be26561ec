"""What pages show before somebody goes back: whether an act may be taken back, and what falls with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, exists, func, or_
from sqlmodel import Session, col, select

from engine.database import table_of
from engine.folders.model import Folder, FolderStatus, Signature, Step
from engine.folders.rewinding import choices, last_act, undo_facts
from engine.folders.rules import may_undo
from engine.people.model import Account
from engine.refusals import Refusal

#: How many folders are looked at at a time, for those on which one's act may still be taken back.
LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Undoable:
    """The last act on a folder, which whoever gave it may take back."""

    step: str
    signed: bool  #: whether a signature was produced, which is then withdrawn


@dataclass(frozen=True, slots=True)
class Fallen:
    """An act that would fall."""

    step_id: UUID
    step: str
    actor: str  #: full name
    signed: bool


@dataclass(frozen=True, slots=True)
class Return:
    """A step that a folder could go back to, and what falls then: its own act first."""

    step_id: UUID
    step: str
    falls: tuple[Fallen, ...]


def undoable(session: Session, folder: Folder, account_id: UUID, *, now: datetime) -> Undoable | Refusal:
    """The act that this person may take back now, or why there is none."""
    last = last_act(session, folder.id)
    refusal = may_undo(undo_facts(session, folder, last, account_id, now=now))
    if refusal:
        return refusal
    return Undoable(last[0].step, last[0].step_id in _signed(session, folder.id))


def returns(session: Session, folder: Folder) -> list[Return]:
    """The steps that a folder could go back to, the last one done first."""
    found = choices(session, folder.id)
    actors = {item.actor_id for falling in found for item in falling if item.actor_id}
    names = {
        account.id: account.full_name for account in session.exec(select(Account).where(col(Account.id).in_(actors)))
    }
    signed = _signed(session, folder.id)
    offered = []
    for falling in found:
        falls = tuple(
            Fallen(item.step_id, item.step, names[item.actor_id], item.step_id in signed)
            for item in falling
            if item.step_id is not None and item.actor_id is not None
        )
        offered.append(Return(falls[0].step_id, falls[0].step, falls))
    return offered


def recoverable(
    session: Session,
    tenant_ids: Collection[UUID],
    account_id: UUID,
    *,
    most: int,
    after: UUID | None = None,
    now: datetime,
) -> Sequence[UUID]:
    """The folders on which this person may take back what they did, the last act first, ``most`` of them.

    ``after``: the folder after which to go on. Found from the steps that are open, which are few, not from all that
    this person ever did; each is then asked of the same guard as the act itself, until enough are found.
    """
    candidates = _unfollowed(tenant_ids, account_id)
    query = select(Folder, candidates.c.at).join(candidates, candidates.c.folder_id == col(Folder.id))
    query = query.where(Folder.status == FolderStatus.IN_PROGRESS)
    query = query.order_by(candidates.c.at.desc(), col(Folder.id).desc())
    place = _place(session, account_id, after) if after is not None else None
    found: list[UUID] = []
    while len(found) < most:
        asked = query if place is None else query.where(_beyond(candidates, place))
        rows = session.exec(asked.limit(LOOKED_AT)).all()
        found += [row[0].id for row in rows if isinstance(undoable(session, row[0], account_id, now=now), Undoable)]
        if len(rows) < LOOKED_AT:
            break
        place = (rows[-1][1], rows[-1][0].id)
    return found[:most]


def _unfollowed(tenant_ids: Collection[UUID], account_id: UUID) -> Subquery:
    """Of each folder that waits for somebody: when this person acted last, if no step opened since was read."""
    waiting, later = table_of(Step).alias(), table_of(Step).alias()
    followed = exists().where(
        later.c.folder_id == Step.folder_id,
        later.c.id != Step.id,
        later.c.read_at.is_not(None),
        later.c.opened_at >= col(Step.closed_at),
    )
    open_folders = select(waiting.c.folder_id).where(waiting.c.closed_at.is_(None), waiting.c.tenant_id.in_(tenant_ids))
    return (
        select(Step.folder_id, func.max(Step.closed_at).label("at"))
        .where(col(Step.folder_id).in_(open_folders), Step.acted_by == account_id, ~followed)
        .group_by(col(Step.folder_id))
        .subquery()
    )


def _place(session: Session, account_id: UUID, folder_id: UUID) -> tuple[datetime, UUID]:
    """Where a folder stands in that order. Raises :class:`NoResultFound` when this person did nothing on it."""
    acted = select(Step.closed_at).where(Step.folder_id == folder_id, Step.acted_by == account_id)
    at = session.exec(acted.order_by(col(Step.closed_at).desc()).limit(1)).one()
    assert at is not None, "an act has a moment"
    return at, folder_id


def _beyond(candidates: Subquery, place: tuple[datetime, UUID]) -> ColumnElement[bool]:
    at, folder_id = place
    return or_(candidates.c.at < at, and_(candidates.c.at == at, col(Folder.id) < folder_id))


def _signed(session: Session, folder_id: UUID) -> frozenset[UUID]:
    rows = session.exec(
        select(Signature.step_id).where(Signature.folder_id == folder_id, col(Signature.withdrawn_at).is_(None))
    )
    return frozenset(rows)
