"""What pages show before somebody goes back: whether an act may be taken back, and what falls with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, exists, select

from engine.folders.model import Folder, FolderStatus, Signature, Step
from engine.folders.rewinding import choices, last_act, undo_facts
from engine.folders.rules import may_undo
from engine.people.model import Account
from engine.refusals import Refusal

#: How many folders are looked at, the last acts first, for those that may still be taken back.
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


def recoverable(session: Session, tenant_ids: Collection[UUID], account_id: UUID, *, now: datetime) -> Sequence[UUID]:
    """The folders on which this person may take back what they did, the last act first.

    Found from the steps that are open, which are few, not from all that this person ever did.
    """
    waiting, later = Step.__table__.alias(), Step.__table__.alias()  # type: ignore[attr-defined]
    followed = exists().where(
        later.c.folder_id == Step.folder_id,
        later.c.id != Step.id,
        later.c.read_at.is_not(None),
        later.c.opened_at >= col(Step.closed_at),
    )
    open_folders = select(waiting.c.folder_id).where(waiting.c.closed_at.is_(None), waiting.c.tenant_id.in_(tenant_ids))
    found = session.exec(
        select(Folder, Step.closed_at)
        .join(Step, col(Step.folder_id) == Folder.id)
        .where(
            col(Folder.id).in_(open_folders),
            Folder.status == FolderStatus.IN_PROGRESS,
            Step.acted_by == account_id,
            ~followed,
        )
        .order_by(col(Step.closed_at).desc())
        .limit(LOOKED_AT)
    ).all()
    folders = {folder.id: folder for folder, _ in found}
    return [
        folder.id for folder in folders.values() if isinstance(undoable(session, folder, account_id, now=now), Undoable)
    ]


def _signed(session: Session, folder_id: UUID) -> frozenset[UUID]:
    rows = session.exec(
        select(Signature.step_id).where(Signature.folder_id == folder_id, col(Signature.withdrawn_at).is_(None))
    )
    return frozenset(rows)
