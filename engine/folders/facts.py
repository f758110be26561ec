"""Loading what a decision needs, in as few statements as it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from engine.desks.model import Desk
from engine.desks.queries import desks_held
from engine.documents.model import Document, DocumentRole, DocumentVersion
from engine.documents.queries import documents_of, head_of
from engine.folders.model import Folder, Step
from engine.folders.rules import StepFacts
from engine.people.model import Account


@dataclass(frozen=True, slots=True)
class StepLoaded:
    """A step with what decides on it."""

    step: Step
    folder: Folder
    desk: Desk
    facts: StepFacts


def load_step(session: Session, tenant_id: UUID, step_id: UUID) -> StepLoaded | None:
    """A step of this tenant as it is now, whatever this session read before; None when there is none."""
    row = session.exec(
        select(Step, Folder, Desk, Account)
        .join(Folder, col(Folder.id) == Step.folder_id)
        .join(Desk, col(Desk.id) == Step.desk_id)
        .outerjoin(Account, col(Account.id) == Step.acted_by)
        .where(Step.id == step_id, Step.tenant_id == tenant_id)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        return None
    step, folder, desk, actor = row
    facts = StepFacts(
        status=folder.status,
        kind=step.kind,
        desk_id=desk.id,
        desk_name=desk.name,
        closed=step.closed_at is not None,
        closed_by=actor.full_name if actor else None,
    )
    return StepLoaded(step, folder, desk, facts)


def held_ids(session: Session, tenant_id: UUID, account_id: UUID) -> frozenset[UUID]:
    """The desks a person holds, resolved at the moment it is asked."""
    return frozenset(desk.id for desk in desks_held(session, tenant_id, account_id))


def main_heads(session: Session, folder: Folder) -> dict[UUID, tuple[Document, DocumentVersion]]:
    """The main documents of a folder with their present versions."""
    return {
        document.id: (document, head_of(session, folder.tenant_id, document.id))
        for document in documents_of(session, folder.tenant_id, folder.id)
        if document.role is DocumentRole.MAIN
    }


def heads_seal(heads: Mapping[UUID, tuple[Document, DocumentVersion]]) -> str:
    """What a page carries to prove which versions it showed: the digests of the main documents, in order."""
    return ".".join(version.sha256 for _, version in heads.values())
