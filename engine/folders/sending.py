"""Sending a draft into its circuit: the places of the signatures are reserved in the document first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain as chain_of
from uuid import UUID

from sqlmodel import Session

from engine.circuits import Circuit, StepKind, forecast
from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.documents.actions import add_version
from engine.documents.model import Document, DocumentVersion, VersionKind
from engine.documents.store import CHUNK, DocumentStore
from engine.folders.actions import draft_of, send
from engine.folders.choices import refuse_sending
from engine.folders.facts import heads_seal, main_heads
from engine.folders.model import Folder
from engine.folders.rounds import chain
from engine.folders.rules import DOCUMENT_CHANGED, NO_CIRCUIT, NOT_FOUND
from engine.folders.signature import field_of
from engine.folders.standing import hold_standing
from engine.folders.starting import circuit_of
from engine.folders.variables import variables_at_start
from engine.folders.whole_rules import may_chain
from engine.papers.sandbox import run_in_child
from engine.people.model import Account
from engine.refusals import Refusal
from signing.errors import SigningRefused


def send_folder(
    database: Database,
    store: DocumentStore,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    folder_id: UUID,
    now: datetime,
) -> Folder | Refusal:
    """Reserve one field per signature of the circuit in each main document, then start the circuit.

    The document that the first person reads already has its places: later signatures only fill them, which is what a
    certified document allows (ISO 32000-2 §12.8.2.2).
    """
    with database.reading() as session:
        folder = draft_of(session, tenant_id, account.id, folder_id)
        if isinstance(folder, Refusal):
            return folder
        heads = main_heads(session, folder)
        version = circuit_of(session, tenant_id, folder.subtype_id)
        if version is None:
            return NO_CIRCUIT
        circuit = library.version(session, version.id)
        if refusal := refuse_sending(session, circuit, folder, variables_at_start(session, folder), now=now):
            return refusal
        names = signature_fields(session, circuit, folder, now)
    made = _reserve_all(store, heads, names)
    if isinstance(made, Refusal):
        return made
    with database.writing() as session:
        draft = draft_of(session, tenant_id, account.id, folder_id)  # locks it: of two sendings at once one is told
        if isinstance(draft, Refusal):
            return draft
        if heads_seal(main_heads(session, folder)) != heads_seal(heads):
            return DOCUMENT_CHANGED
        _write_reserved(session, made, now)
        sent = send(
            session,
            library,
            tenant_id=tenant_id,
            account=account,
            folder_id=folder_id,
            seen_heads=heads_seal(main_heads(session, folder)),
            now=now,
        )
        if isinstance(sent, Folder):
            session.commit()
    return sent


def chain_folder(
    database: Database,
    store: DocumentStore,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    folder_id: UUID,
    subtype_id: UUID,
    now: datetime,
    amount: Decimal | None = None,
) -> Folder | Refusal:
    """Send a finished folder into the circuit of another sub-type. ``amount``: as :func:`rounds.chain` takes it.

    A document that carries signatures is left as it is: its next ones reserve their place when they come.
    """
    with database.reading() as session:
        loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
        if loaded is None:
            return NOT_FOUND
        folder, standing = loaded
        if refusal := may_chain(standing):
            return refusal
        heads = main_heads(session, folder)
        version = circuit_of(session, tenant_id, subtype_id)
        if version is None:
            return NO_CIRCUIT
        known = folder.amount if folder.amount is not None else amount
        as_chained = folder.model_copy(update={"subtype_id": subtype_id, "amount": known})
        names = signature_fields(session, library.version(session, version.id), as_chained, now)
    unsigned = {key: pair for key, pair in heads.items() if pair[1].kind is not VersionKind.SIGNED}
    made = _reserve_all(store, unsigned, names)
    if isinstance(made, Refusal):
        return made
    with database.writing() as session:
        loaded = hold_standing(session, tenant_id, account.id, folder_id, now=now)
        if loaded is None:
            return NOT_FOUND
        if refusal := may_chain(loaded[1]):
            return refusal
        if heads_seal(main_heads(session, loaded[0])) != heads_seal(heads):
            return DOCUMENT_CHANGED
        _write_reserved(session, made, now)
        chained = chain(
            session,
            library,
            tenant_id=tenant_id,
            account=account,
            folder_id=folder_id,
            subtype_id=subtype_id,
            amount=amount,
            seen_heads=heads_seal(main_heads(session, loaded[0])),
            now=now,
        )
        if isinstance(chained, Folder):
            session.commit()
    return chained


def signature_fields(session: Session, circuit: Circuit, folder: Folder, now: datetime) -> list[str]:
    """The fields to reserve: one per signature that the circuit foresees for this folder, in order."""
    foreseen = forecast(circuit, variables_at_start(session, folder), now=now)
    return [
        field_of(folder.id, step.element_id, step.path, step.index)
        for step in foreseen
        if step.kind is StepKind.SIGNATURE
    ]


_Heads = Mapping[UUID, tuple[Document, DocumentVersion]]


def _reserve_all(
    store: DocumentStore, heads: _Heads, names: list[str]
) -> list[tuple[DocumentVersion, str, int]] | Refusal:
    """The contents of the versions in which the places are reserved: the head of each, its digest and size."""
    made = []
    for _, head in heads.values() if names else ():
        try:
            made.append((head, *_reserve(store, head, names)))
        except SigningRefused as refused:
            return Refusal(refused.code.value.lower(), refused.sentence)
    return made


def _write_reserved(session: Session, made: Sequence[tuple[DocumentVersion, str, int]], now: datetime) -> None:
    for head, sha256, size in made:
        if sha256 != head.sha256:  # otherwise every place was there already
            add_version(session, head, kind=VersionKind.FIELDS_RESERVED, sha256=sha256, size=size, now=now)


def _reserve(store: DocumentStore, head: DocumentVersion, names: list[str]) -> tuple[str, int]:
    with store.path(head.tenant_id, head.sha256) as path:
        tail: bytes = run_in_child("engine.folders.signature_jobs.reserve", path, names)
        with path.open("rb") as source:
            pieces = chain_of(iter(lambda: source.read(CHUNK), b""), (tail,))
            spooled = store.receive(pieces, max_bytes=head.size + len(tail))
    store.keep(head.tenant_id, spooled)
    return spooled.sha256, spooled.size
