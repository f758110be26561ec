"""Reads about one folder, always within its tenant. The lists of folders are in ``trays``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from engine.desks.authority import NOBODY
from engine.desks.model import Delegation, Desk
from engine.folders.model import Folder, FolderStatus, ProcessInstance, Signature, Step
from engine.folders.seeing import may_see
from engine.people.model import Account


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as the folder page shows it."""

    step: Step
    desk: Desk
    actor: Account | None
    on_behalf_of: str | None = None  #: who was away, when the actor stood in


def tenant_of_folder(session: Session, folder_id: UUID) -> UUID | None:
    """The tenant that a folder belongs to. Says nothing of whether it may be seen: see :func:`visible_folder`."""
    return session.exec(select(Folder.tenant_id).where(Folder.id == folder_id)).first()


def visible_folder(
    session: Session, tenant_id: UUID, account_id: UUID, folder_id: UUID, *, now: datetime
) -> Folder | None:
    """A folder that this person may see, as :func:`engine.folders.seeing.may_see` decides; None otherwise."""
    folder = session.exec(select(Folder).where(Folder.id == folder_id, Folder.tenant_id == tenant_id)).first()
    return folder if folder is not None and may_see(session, folder, account_id, now=now) else None


def steps_of(session: Session, tenant_id: UUID, folder_id: UUID) -> Sequence[StepView]:
    """Every step that was opened, in order."""
    away = aliased(Account)
    rows = session.exec(
        select(Step, Desk, Account, away)
        .join(Desk, col(Desk.id) == Step.desk_id)
        .outerjoin(Account, col(Account.id) == Step.acted_by)
        .outerjoin(Delegation, col(Delegation.id) == Step.delegation_id)
        .outerjoin(away, col(away.id) == Delegation.principal_id)
        .where(Step.tenant_id == tenant_id, Step.folder_id == folder_id)
        .order_by(col(Step.opened_at), col(Step.id))
    ).all()
    return [StepView(step, desk, actor, _absent(step, principal)) for step, desk, actor, principal in rows]


def _absent(step: Step, principal: Account | None) -> str | None:
    if step.delegation_id is None:
        return None
    return principal.full_name if principal is not None else NOBODY


def signatures_of(session: Session, tenant_id: UUID, folder_id: UUID) -> Sequence[Signature]:
    """The signatures that a folder received, the first one first."""
    return session.exec(
        select(Signature)
        .where(Signature.tenant_id == tenant_id, Signature.folder_id == folder_id)
        .order_by(col(Signature.signed_at), col(Signature.id))
    ).all()


def running_on(session: Session, tenant_id: UUID) -> dict[UUID, int]:
    """How many folders are under way on each version of a circuit; those on which none is are left out."""
    rows = session.exec(
        select(ProcessInstance.workflow_version_id, func.count())
        .join(Folder, col(Folder.id) == ProcessInstance.folder_id)
        .where(Folder.tenant_id == tenant_id, Folder.status == FolderStatus.IN_PROGRESS)
        .group_by(col(ProcessInstance.workflow_version_id))
    ).all()
    return dict(rows)
