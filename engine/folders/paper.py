"""A signature on paper, where the drawing allows it: somebody of the desk declares it and gives the scan.

It is never shown as an electronic signature: the scan is an annex, the main documents stay as they are, and the proof
says who declared what, and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from engine.circuits.library import CircuitLibrary
from engine.documents.actions import add_document
from engine.documents.model import DocumentRole, VersionKind
from engine.documents.queries import documents_of
from engine.folders.actions import Acted, Deposited, act
from engine.folders.facts import StepLoaded
from engine.folders.model import Act, PaperSignature
from engine.folders.step_rules import refuse_paper
from engine.people.model import Account, Tenant
from engine.refusals import Refusal


@dataclass(frozen=True, slots=True)
class PaperView:
    """A signature on paper as pages show it."""

    paper: PaperSignature
    declarer: Account


def declare_paper_signature(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    step_id: UUID,
    seen_heads: str,
    signatory: str,
    signed_on: date | None,
    scan: Deposited,
    now: datetime,
    reason: str = "",
    outcome: str = "",
    fields: Mapping[str, Any] | None = None,
) -> Acted | Refusal:
    """Declare that the paper was signed by hand: the step ends as with a signature, by the same guards.

    ``signatory`` and ``signed_on``: who signed and which day, as written on the paper. ``scan``: already examined and
    in the store. Nothing is kept unless the caller commits; on a refusal the caller must not commit.
    """
    today = now.astimezone(ZoneInfo(session.get_one(Tenant, tenant_id).zone)).date()
    if refusal := refuse_paper(signatory, signed_on, today=today):
        return refusal
    assert signed_on is not None  # refused otherwise

    def write(loaded: StepLoaded) -> dict[str, Any]:
        return _write(session, loaded, account, " ".join(signatory.split()), signed_on, scan, now)

    return act(
        session,
        library,
        tenant_id=tenant_id,
        account=account,
        step_id=step_id,
        act=Act.PAPER_SIGNATURE,
        seen_heads=seen_heads,
        reason=reason,
        outcome=outcome,
        fields=fields,
        now=now,
        write_signature=write,
    )


def papers_of(session: Session, tenant_id: UUID, folder_id: UUID) -> Sequence[PaperView]:
    """The signatures on paper that were declared in a folder, in order."""
    rows = session.exec(
        select(PaperSignature, Account)
        .join(Account, col(Account.id) == PaperSignature.declared_by)
        .where(PaperSignature.tenant_id == tenant_id, PaperSignature.folder_id == folder_id)
        .order_by(col(PaperSignature.declared_at), col(PaperSignature.id))
    )
    return [PaperView(*row) for row in rows]


def _write(
    session: Session,
    loaded: StepLoaded,
    account: Account,
    signatory: str,
    signed_on: date,
    scan: Deposited,
    now: datetime,
) -> dict[str, Any]:
    folder = loaded.folder
    document = add_document(
        session,
        tenant_id=folder.tenant_id,
        folder_id=folder.id,
        name=scan.name,
        sha256=scan.sha256,
        size=scan.size,
        media_type=scan.media_type,
        pages=scan.pages,
        role=DocumentRole.ANNEX,
        position=1 + max(one.position for one in documents_of(session, folder.tenant_id, folder.id)),
        kind=VersionKind.SCANNED,
        now=now,
    )
    session.add(
        PaperSignature(
            tenant_id=folder.tenant_id,
            folder_id=folder.id,
            step_id=loaded.step.id,
            document_id=document.id,
            signatory=signatory,
            signed_on=signed_on,
            declared_by=account.id,
            declared_at=now,
        )
    )
    session.flush()
    said = {"signatory": signatory, "signed_on": signed_on.isoformat()}
    return {**said, "document": document.name, "sha256": scan.sha256}
