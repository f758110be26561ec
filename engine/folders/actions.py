"""The use cases of a folder: deposit, send, act, discard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, update
from sqlmodel import Session, col, select

from engine.circuits import Circuit, CircuitStuck, Outcome, complete
from engine.circuits.library import CircuitLibrary
from engine.database import table_of
from engine.desks.authority import Authority
from engine.desks.queries import desks_depositing
from engine.documents.actions import add_document
from engine.documents.model import Document, DocumentVersion
from engine.folders.choices import choose
from engine.folders.drawn import asked_of, is_excluded
from engine.folders.events import STARTED
from engine.folders.facts import (
    StepLoaded,
    acting_for,
    authority_of,
    heads_seal,
    held_ids,
    hold_folder,
    hold_folder_of,
    load_step,
    main_heads,
    present_seal,
)
from engine.folders.model import Act, ChosenDesk, Folder, FolderStatus, Step
from engine.folders.rules import (
    ALREADY_SENT,
    DOCUMENT_CHANGED,
    HAS_CIRCULATED,
    NO_CIRCUIT,
    NOT_FOUND,
    OUTCOMES,
    may_act,
    may_act_as_drawn,
    refuse_title,
)
from engine.folders.starting import begin_run, circuit_of, start_run
from engine.folders.transitions import write_progress
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Refusal, Refused
from engine.typology.queries import subtype_of
from engine.typology.rules import may_deposit

_steps = table_of(Step)
_CLOSE_STEP = update(_steps).where(_steps.c.id == bindparam("step"), _steps.c.closed_at.is_(None))

#: What the journal calls them.
_EVENTS = {
    Outcome.APPROVED.value: "approved",
    Outcome.REJECTED.value: "rejected",
    Outcome.REFER_BACK.value: "referred_back",
}
_SIGNED = {Act.SIGNATURE: "signed", Act.PAPER_SIGNATURE: "paper_signed"}
_BLIND = frozenset({Act.REJECT, Act.REFER_BACK})  #: whatever the document says


@dataclass(frozen=True, slots=True)
class Deposited:
    """A document received, checked and already in the store."""

    name: str
    sha256: str
    size: int
    media_type: str
    pages: int


@dataclass(frozen=True, slots=True)
class Acted:
    """An act that was done (once the caller commits)."""

    folder_id: UUID
    status: FolderStatus


def deposit(
    session: Session,
    *,
    tenant_id: UUID,
    account: Account,
    subtype_id: UUID,
    title: str,
    document: Deposited,
    now: datetime,
    desk_id: UUID | None = None,
    library: CircuitLibrary | None = None,
    chosen: Mapping[str, str] | None = None,
    amount: Decimal | None = None,
) -> Folder | Refusal:
    """Create a draft with its main document. ``desk_id``: the emitter desk; by default the first that may deposit.

    ``amount``: in euros; kept where the sub-type asks for one, which then has to be given. ``chosen``: short names of
    the desks chosen for its steps, by step of the circuit that ``library`` gives.
    """
    if refusal := refuse_title(title):
        return refusal
    desks = desks_depositing(session, tenant_id, account.id)
    desk = next((d for d in desks if desk_id in (None, d.id)), None)
    if desk is None:
        return Refusal(
            "may_not_create",
            "Aucun de vos bureaux ne peut déposer de dossier. Demandez ce droit à l’administrateur.",
        )
    subtype = subtype_of(session, tenant_id, subtype_id)
    if subtype is None:
        return Refusal("unknown_subtype", "Choisissez le type du dossier dans la liste.")
    if refusal := may_deposit(subtype, amount):
        return refusal
    folder = Folder(
        tenant_id=tenant_id,
        title=" ".join(title.split()),
        subtype_id=subtype_id,
        emitter_desk_id=desk.id,
        created_by=account.id,
        created_at=now,
        amount=amount if subtype.asks_amount else None,
    )
    session.add(folder)
    session.flush()
    _write_draft(session, folder, desk.name, document, account, now)
    if library is not None and chosen:
        return choose(session, library, folder, chosen, by=account.id, now=now) or folder
    return folder


def _write_draft(
    session: Session, folder: Folder, desk_name: str, document: Deposited, account: Account, now: datetime
) -> None:
    add_document(
        session,
        tenant_id=folder.tenant_id,
        folder_id=folder.id,
        name=document.name,
        sha256=document.sha256,
        size=document.size,
        media_type=document.media_type,
        pages=document.pages,
        now=now,
    )
    record(
        session,
        tenant_id=folder.tenant_id,
        chain=folder.id,
        event="folder:draft:created",
        at=now,
        actor_id=account.id,
        data={
            "title": folder.title,
            "desk": desk_name,
            "document": document.name,
            "sha256": document.sha256,
            **({} if folder.amount is None else {"amount": str(folder.amount)}),
        },
    )


def send(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    folder_id: UUID,
    seen_heads: str,
    now: datetime,
) -> Folder | Refusal:
    """Start the circuit of a draft. ``seen_heads``: seal of the documents that were prepared for it."""
    folder = draft_of(session, tenant_id, account.id, folder_id)
    if isinstance(folder, Refusal):
        return folder
    if heads_seal(main_heads(session, folder)) != seen_heads:
        return DOCUMENT_CHANGED
    version = circuit_of(session, tenant_id, folder.subtype_id)
    if version is None:
        return NO_CIRCUIT
    try:
        progress = start_run(session, library, folder, version, now)
        begin_run(session, folder, version, progress, event=STARTED, account=account, data={}, now=now)
    except Refused as refused:
        return refused.refusal
    except CircuitStuck as stuck:
        return Refusal("circuit_stuck", str(stuck))
    return folder


def draft_of(session: Session, tenant_id: UUID, account_id: UUID, folder_id: UUID) -> Folder | Refusal:
    """A draft of a desk that this person holds, kept to this transaction."""
    hold_folder(session, folder_id)
    folder = session.exec(
        select(Folder)
        .where(Folder.id == folder_id, Folder.tenant_id == tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if folder is None or folder.emitter_desk_id not in held_ids(session, tenant_id, account_id):
        return NOT_FOUND
    if folder.status is not FolderStatus.DRAFT:
        return ALREADY_SENT
    return folder


def discard_draft(
    session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime
) -> Folder | Refusal:
    """Erase a draft that was never sent; the journal keeps that it existed, the store forgets at the next purge."""
    folder = draft_of(session, tenant_id, account.id, folder_id)
    if isinstance(folder, Refusal):
        return folder
    if folder.sent_at is not None:
        return HAS_CIRCULATED
    record(
        session,
        tenant_id=tenant_id,
        chain=folder.id,
        event="folder:draft:discarded",
        at=now,
        actor_id=account.id,
        data={"title": folder.title},
    )
    documents = select(Document.id).where(Document.folder_id == folder.id)
    session.connection().execute(delete(DocumentVersion).where(col(DocumentVersion.document_id).in_(documents)))
    session.connection().execute(delete(Document).where(col(Document.folder_id) == folder.id))
    session.connection().execute(update(Folder).where(col(Folder.origin_id) == folder.id).values(origin_id=None))
    session.connection().execute(delete(ChosenDesk).where(col(ChosenDesk.folder_id) == folder.id))
    session.delete(folder)
    session.flush()
    return folder


def act(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    step_id: UUID,
    act: Act,
    seen_heads: str,
    now: datetime,
    reason: str = "",
    outcome: str = "",
    fields: Mapping[str, Any] | None = None,
    write_signature: Callable[[StepLoaded], dict[str, Any]] | None = None,
) -> Acted | Refusal:
    """Do an act on an open step: the same road for page, batch, interface and mail link.

    ``seen_heads``: seal of the documents the person was shown. ``reason``: reason of a rejection, or annotation.
    ``outcome``: a word of the drawing's own, instead of the usual one of the act. ``fields``: what the step fills, by
    name. ``write_signature``: writes the signed versions in this transaction, once the guard has said yes, and returns
    what the journal tells of them. Nothing is kept unless the caller commits; on a refusal the caller must not commit.
    """
    hold_folder_of(session, step_id)
    loaded = load_step(session, tenant_id, step_id, account.id)
    if loaded is None:
        return NOT_FOUND
    authority = authority_of(session, loaded, account.id, now=now)
    refusal = may_act(
        loaded.facts,
        act,
        authority=authority,
        document_unchanged=act in _BLIND or present_seal(session, loaded.folder) == seen_heads,
        reason=reason,
        signed=write_signature is not None,
    )
    if refusal:
        return refusal
    assert isinstance(authority, Authority)  # may_act refuses otherwise
    circuit = library.version(session, loaded.run.workflow_version_id)
    word = outcome or OUTCOMES[act]
    excluded = is_excluded(session, circuit, loaded, account.id, authority)
    refusal = may_act_as_drawn(asked_of(circuit, loaded), act, word, fields or {}, excluded=excluded)
    if refusal:
        return refusal
    try:
        evidence = {**told_of(authority), **(write_signature(loaded) if write_signature else {})}
        _close_step(session, loaded, account, authority, word, reason.strip(), now)
        status = _move(session, circuit, loaded, account, act, word, fields or {}, reason.strip(), evidence, now)
    except Refused as refused:
        return refused.refusal
    except CircuitStuck as stuck:
        return Refusal("circuit_stuck", str(stuck))
    return Acted(loaded.folder.id, status)


def told_of(authority: Authority) -> dict[str, str]:
    """What the journal keeps of the capacity in which somebody acted: nothing for a holder."""
    if authority.delegation_id is None:
        return {}
    return {"delegation_id": str(authority.delegation_id), "on_behalf_of": authority.on_behalf_of or ""}


def _close_step(
    session: Session,
    loaded: StepLoaded,
    account: Account,
    authority: Authority,
    word: str,
    reason: str,
    now: datetime,
) -> None:
    done = {
        "closed_at": now,
        "outcome": word,
        "acted_by": account.id,
        "delegation_id": authority.delegation_id,
        "reason": reason,
    }
    changed = session.connection().execute(_CLOSE_STEP, {"step": loaded.step.id, **done})
    if changed.rowcount != 1:
        raise Refused("step_already_done", "Cette étape vient d’être traitée. Votre action n’a pas été enregistrée.")


def _move(
    session: Session,
    circuit: Circuit,
    loaded: StepLoaded,
    account: Account,
    act: Act,
    word: str,
    fields: Mapping[str, Any],
    reason: str,
    evidence: Mapping[str, Any],
    now: datetime,
) -> FolderStatus:
    progress = complete(
        circuit,
        loaded.run.state,
        str(loaded.step.id),
        outcome=word,
        by={"account": str(account.id), "desk": loaded.desk.short_name},
        variables=fields,
        now=now,
        calendar=loaded.run.calendar,
    )
    facts = {
        "step": loaded.step.name,
        "element": loaded.step.element_id,
        "step_id": str(loaded.step.id),
        "desk": loaded.desk.name,
        **({"reason": reason} if reason else {}),
        **({"fields": dict(fields)} if fields else {}),
        **evidence,
    }
    return write_progress(
        session,
        loaded.folder,
        loaded.run,
        progress,
        event=f"folder:step:{_SIGNED.get(act) or _EVENTS.get(word, 'answered')}",
        actor_id=account.id,
        data=facts if word in _EVENTS else {**facts, **_answer(circuit, loaded, word)},
        now=now,
    )


def _answer(circuit: Circuit, loaded: StepLoaded, word: str) -> dict[str, str]:
    """What the journal keeps of a word of the drawing's own: it stays readable when the drawing has changed."""
    return {"outcome": word, "answer": circuit.at(loaded.step.path).step(loaded.step.element_id).outcomes[word]}


def note_reading(session: Session, *, tenant_id: UUID, account: Account, folder_id: UUID, now: datetime) -> bool:
    """Write that somebody who may act has opened the folder; False when there was nothing to note."""
    hold_folder(session, folder_id)
    folder = session.get(Folder, folder_id)
    acting = acting_for(session, folder, account.id, now=now) if folder and folder.tenant_id == tenant_id else {}
    unread = session.exec(
        select(Step).where(
            Step.tenant_id == tenant_id,
            Step.folder_id == folder_id,
            col(Step.closed_at).is_(None),
            col(Step.read_at).is_(None),
            col(Step.desk_id).in_(acting),
        )
    ).all()
    for step in unread:
        step.read_at = now
        record(
            session,
            tenant_id=tenant_id,
            chain=folder_id,
            event="folder:step:read",
            at=now,
            actor_id=account.id,
            data={"step": step.name, **told_of(acting[step.desk_id])},
        )
    session.flush()
    return bool(unread)
