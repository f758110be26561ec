"""A new draft with the documents of a folder."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from engine.desks.queries import desks_depositing
from engine.documents.actions import add_document
from engine.documents.queries import deposited_of, documents_of
from engine.folders.model import Folder, PaperSignature
from engine.folders.rules import MAX_TITLE, NOT_FOUND
from engine.folders.standing import hold_standing
from engine.folders.whole_rules import MAY_NOT_CREATE, may_duplicate
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Refusal
from engine.typology.queries import subtype_of
from engine.typology.rules import may_deposit


def duplicate(
    session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime
) -> Folder | Refusal:
    """Make a draft with the documents of a folder as they were deposited, without what circuits added to them.

    It is of the desk that sent the folder when this person may deposit there, else of the first where they may.
    Nothing is kept unless the caller commits.
    """
    loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
    if loaded is None:
        return NOT_FOUND
    folder, standing = loaded
    if refusal := may_duplicate(standing):
        return refusal
    subtype = subtype_of(session, tenant_id, folder.subtype_id)
    assert subtype is not None, "a folder has a sub-type of its tenant"
    refusal = may_deposit(subtype, folder.amount)
    if refusal and refusal.code != "amount_missing":  # asked since: it is given in the draft
        return refusal
    desks = desks_depositing(session, tenant_id, account.id)
    if not desks:
        return MAY_NOT_CREATE
    desk = next((desk for desk in desks if desk.id == folder.emitter_desk_id), desks[0])
    copy = Folder(
        tenant_id=tenant_id,
        title=f"Copie de {folder.title}"[:MAX_TITLE].rstrip(),
        subtype_id=folder.subtype_id,
        amount=folder.amount,
        emitter_desk_id=desk.id,
        created_by=account.id,
        created_at=now,
        origin_id=folder.id,
    )
    session.add(copy)
    session.flush()
    copied = _copy_documents(session, folder, copy, now)
    record(
        session,
        tenant_id=tenant_id,
        chain=copy.id,
        event="folder:draft:copied",
        at=now,
        actor_id=account.id,
        data={"title": copy.title, "desk": desk.name, "origin": str(folder.id), "of": folder.title, "sha256": copied},
    )
    return copy


def _copy_documents(session: Session, folder: Folder, copy: Folder, now: datetime) -> list[str]:
    """The contents are in the store already, under their digests: only rows are written."""
    scans = session.exec(select(PaperSignature.document_id).where(PaperSignature.folder_id == folder.id)).all()
    copied = []
    for document in documents_of(session, folder.tenant_id, folder.id):
        if document.id in scans:
            continue  # what was signed by hand is no document of the copy
        version = deposited_of(session, folder.tenant_id, document.id)
        add_document(
            session,
            tenant_id=folder.tenant_id,
            folder_id=copy.id,
            name=document.name,
            sha256=version.sha256,
            size=version.size,
            media_type=version.media_type,
            pages=version.pages,
            now=now,
            role=document.role,
            position=document.position,
        )
        copied.append(version.sha256)
    return copied
