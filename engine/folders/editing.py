"""Correcting a draft: its title, its amount, its document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session

from engine.circuits.library import CircuitLibrary
from engine.documents.actions import replace_content
from engine.documents.model import DocumentRole
from engine.documents.names import clean_name
from engine.documents.queries import documents_of
from engine.folders.actions import Deposited, draft_of
from engine.folders.choices import choose
from engine.folders.model import Folder
from engine.folders.rules import refuse_title
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Refusal
from engine.typology.queries import subtype_of
from engine.typology.rules import AMOUNT_MISSING


def edit_draft(
    session: Session,
    *,
    tenant_id: UUID,
    account: Account,
    folder_id: UUID,
    title: str,
    amount: Decimal | None,
    document: Deposited | None,
    library: CircuitLibrary | None = None,
    chosen: Mapping[str, str] | None = None,
    now: datetime,
) -> Folder | Refusal:
    """Change what is given; the content before stays among the versions. Nothing is kept unless the caller commits.

    ``amount``: in euros, kept where the sub-type asks for one. ``document``: what takes the place of the main document;
    None leaves it. ``chosen``: short names of the desks chosen, by step of the circuit that ``library`` gives; None
    leaves them.
    """
    folder = draft_of(session, tenant_id, account.id, folder_id)
    if isinstance(folder, Refusal):
        return folder
    subtype = subtype_of(session, tenant_id, folder.subtype_id)
    asks = subtype is not None and subtype.asks_amount
    if refusal := refuse_title(title) or (AMOUNT_MISSING if asks and amount is None else None):
        return refusal
    changed: dict[str, Any] = {}
    title = " ".join(title.split())
    if title != folder.title:
        changed["title"] = folder.title = title
    if asks and amount != folder.amount:
        folder.amount = amount
        changed["amount"] = str(amount)
    if document is not None:
        _replace(session, folder, document, now)
        changed |= {"document": document.name, "sha256": document.sha256}
    session.flush()
    if library and chosen is not None and (refusal := choose(session, library, folder, chosen, by=account.id, now=now)):
        return refusal
    if changed:
        record(
            session,
            tenant_id=tenant_id,
            chain=folder.id,
            event="folder:draft:changed",
            at=now,
            actor_id=account.id,
            data=changed,
        )
    return folder


def _replace(session: Session, folder: Folder, given: Deposited, now: datetime) -> None:
    documents = documents_of(session, folder.tenant_id, folder.id)
    main = next(document for document in documents if document.role is DocumentRole.MAIN)
    main.name = clean_name(given.name)
    replace_content(
        session,
        main,
        sha256=given.sha256,
        size=given.size,
        media_type=given.media_type,
        pages=given.pages,
        now=now,
    )
