"""Between two rounds: stopping a folder, making a draft of it again, sending it into another circuit.

What happened in earlier rounds stays in the journal, in the steps and in the versions of the documents; it cannot be
taken back any more.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from engine.circuits import CircuitStuck
from engine.circuits.library import CircuitLibrary
from engine.database import table_of
from engine.documents.actions import restore_deposited
from engine.documents.model import DocumentRole, DocumentVersion
from engine.documents.queries import documents_of
from engine.folders.events import CHAINED, RECYCLED, STOPPED
from engine.folders.facts import RunRow, heads_seal, load_run, main_heads
from engine.folders.model import AwaitedMessage, Folder, FolderStatus, PaperSignature, Signature, Step
from engine.folders.rules import DOCUMENT_CHANGED, NO_CIRCUIT, NOT_FOUND
from engine.folders.standing import hold_standing
from engine.folders.starting import begin_run, circuit_of, start_run
from engine.folders.transitions import FOLDER_STOPPED, TIMER_DUE, write_state
from engine.folders.whole_rules import may_chain, may_recycle, may_stop, refuse_stop_reason
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Refusal, Refused
from engine.typology.queries import subtypes
from engine.typology.rules import may_deposit
from engine.work.actions import cancel, enqueue

_steps, _signatures, _versions = table_of(Step), table_of(Signature), table_of(DocumentVersion)
_papers = table_of(PaperSignature)

UNKNOWN_CIRCUIT = Refusal("unknown_subtype", "Choisissez dans la liste le circuit dans lequel le dossier continue.")


def stop(
    session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, reason: str, now: datetime
) -> Folder | Refusal:
    """Stop a folder before the end of its circuit: nobody is asked anything any more, and those concerned are told.

    Nothing is kept unless the caller commits.
    """
    loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
    if loaded is None:
        return NOT_FOUND
    folder, standing = loaded
    if refusal := may_stop(standing) or refuse_stop_reason(reason):
        return refusal
    run = _run(session, folder)
    withdrawn = _withdraw_open(session, folder, now)
    try:
        version = _leave(session, folder, run, now)
    except Refused as refused:
        return refused.refusal
    folder.status, folder.closed_at = FolderStatus.STOPPED, now
    session.flush()
    record(
        session,
        tenant_id=tenant_id,
        chain=folder.id,
        event=STOPPED,
        at=now,
        actor_id=account.id,
        data={"reason": reason.strip(), "version": version, "round": folder.round},
        state_before=run.state,
    )
    told = {
        "folder_id": str(folder.id),
        "version": version,
        "round": folder.round,
        "withdrawn": [str(step_id) for step_id in withdrawn],
        "by": str(account.id),
        "reason": reason.strip(),
    }
    enqueue(session, FOLDER_STOPPED, told, now=now, tenant_id=tenant_id, key=f"{FOLDER_STOPPED}:{folder.id}:{version}")
    return folder


def recycle(session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime) -> Folder | Refusal:
    """Make a draft again of a rejected or stopped folder, to correct it and send it anew.

    The same folder goes on: journal and earlier steps stay. Its documents are again what was deposited; signatures
    produced stay in the evidence, marked withdrawn. Nothing is kept unless the caller commits.
    """
    loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
    if loaded is None:
        return NOT_FOUND
    folder, standing = loaded
    if refusal := may_recycle(standing):
        return refusal
    run = _run(session, folder)
    try:
        version = _leave(session, folder, run, now)
    except Refused as refused:
        return refused.refusal
    withdrawn, papers = _withdraw_signatures(session, folder, now), _withdraw_papers(session, folder, now)
    main = (one for one in documents_of(session, tenant_id, folder.id) if one.role is DocumentRole.MAIN)
    for document in main:  # nothing is added to the others
        restore_deposited(session, tenant_id, document.id, now=now)
    before = folder.round
    folder.status, folder.closed_at, folder.archived_at, folder.round = FolderStatus.DRAFT, None, None, before + 1
    session.flush()
    record(
        session,
        tenant_id=tenant_id,
        chain=folder.id,
        event=RECYCLED,
        at=now,
        actor_id=account.id,
        data={
            "version": version,
            "ended_round": before,
            "ended_workflow_version": str(run.workflow_version_id),
            **({"signatures_withdrawn": withdrawn} if withdrawn else {}),
            **({"papers_withdrawn": papers} if papers else {}),
        },
        state_before=run.state,
    )
    return folder


def chain(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    folder_id: UUID,
    subtype_id: UUID,
    seen_heads: str,
    now: datetime,
    amount: Decimal | None = None,
) -> Folder | Refusal:
    """Send a finished folder into the circuit of another sub-type: the same folder goes on, signatures included.

    ``amount``: in euros, where the sub-type asks for one that the folder does not have yet. ``seen_heads``: seal of the
    documents that were prepared for it. Nothing is kept unless the caller commits.
    """
    loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
    if loaded is None:
        return NOT_FOUND
    folder, standing = loaded
    if refusal := may_chain(standing):
        return refusal
    chosen = next((pair for pair in subtypes(session, tenant_id) if pair[1].id == subtype_id), None)
    if chosen is None:
        return UNKNOWN_CIRCUIT
    known = folder.amount if folder.amount is not None else amount
    if refusal := may_deposit(chosen[1], known):
        return refusal
    version = circuit_of(session, tenant_id, subtype_id)
    if version is None:
        return NO_CIRCUIT
    if heads_seal(main_heads(session, folder)) != seen_heads:
        return DOCUMENT_CHANGED
    run, before = _run(session, folder), folder.round
    folder.subtype_id, folder.archived_at, folder.round = subtype_id, None, before + 1
    folder.amount = known if chosen[1].asks_amount else folder.amount
    session.flush()
    ended = {"ended_round": before, "ended_workflow_version": str(run.workflow_version_id)}
    data = {"subtype": chosen[1].name, "type": chosen[0].name, **ended}
    try:
        progress = start_run(session, library, folder, version, now)
        begin_run(session, folder, version, progress, event=CHAINED, account=account, data=data, now=now)
    except Refused as refused:
        return refused.refusal
    except CircuitStuck as stuck:
        return Refusal("circuit_stuck", str(stuck))
    return folder


def _run(session: Session, folder: Folder) -> RunRow:
    loaded = load_run(session, folder.id)
    assert loaded is not None, "only folders that were sent come here"
    return loaded[1]


def _leave(session: Session, folder: Folder, run: RunRow, now: datetime) -> int:
    """Let a run rest: nothing moves it any more. Its state stays, for the journal to be read against it."""
    write_state(session, folder.id, run.version, run.state, None)
    awaited = col(AwaitedMessage.folder_id) == folder.id
    session.connection().execute(delete(AwaitedMessage).where(awaited))
    cancel(session, [], prefixes=[f"{TIMER_DUE}:{folder.id}:"], now=now, reason="annulé : le dossier est arrêté")
    return run.version + 1


def _withdraw_open(session: Session, folder: Folder, now: datetime) -> list[UUID]:
    withdrawn = session.connection().execute(
        update(_steps)
        .where(_steps.c.folder_id == folder.id, _steps.c.closed_at.is_(None))
        .values(closed_at=now)
        .returning(_steps.c.id)
    )
    return list(withdrawn.scalars())


def _withdraw_papers(session: Session, folder: Folder, now: datetime) -> int:
    """Mark the signatures on paper withdrawn; how many. Their scans stay, as what was declared."""
    in_force = (_papers.c.folder_id == folder.id) & _papers.c.withdrawn_at.is_(None)
    return session.connection().execute(update(_papers).where(in_force).values(withdrawn_at=now)).rowcount


def _withdraw_signatures(session: Session, folder: Folder, now: datetime) -> list[str]:
    """Mark every signature of the folder withdrawn; the digests of the versions that carried them."""
    connection = session.connection()
    in_force = (_signatures.c.folder_id == folder.id) & _signatures.c.withdrawn_at.is_(None)
    digests = connection.execute(
        select(_versions.c.sha256)
        .join(_signatures, _signatures.c.document_version_id == _versions.c.id)
        .where(in_force)
        .order_by(_signatures.c.signed_at, _versions.c.number)
    ).scalars()
    found = list(digests)
    connection.execute(update(_signatures).where(in_force).values(withdrawn_at=now))
    return found
