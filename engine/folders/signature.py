"""A signature in three calls: check the certificate, prepare the documents, finish.

All cryptography, parsing and storing are over before a write transaction opens; the private key never comes here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain as chain_of
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.desks.authority import Authority
from engine.documents.actions import add_version
from engine.documents.model import Document, DocumentVersion, VersionKind
from engine.documents.store import CHUNK, DocumentStore
from engine.folders.actions import Acted, act
from engine.folders.facts import StepLoaded, authority_of, heads_seal, load_step, main_heads
from engine.folders.marks import mark_of
from engine.folders.model import Act, PreparedSignature, Signature
from engine.folders.rules import DOCUMENT_CHANGED, NOT_FOUND, may_act
from engine.ids import new_id
from engine.papers.sandbox import run_in_child
from engine.people.actions import bind_certificate
from engine.people.model import Account, SignerCertificate
from engine.people.queries import certificate_known_as
from engine.people.rules import certificate_is_theirs
from engine.refusals import Refusal, Refused
from signing.certificates import CertificateFacts, TrustStore, judge_certificate
from signing.errors import SigningRefused
from signing.pades import Prepared, finish

#: How long a prepared signature may wait for its key.
PREPARED_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The public side of what the person signs with, as their page declares it."""

    certificate: bytes  #: DER
    chain: tuple[bytes, ...]  #: DER, issuers that came with the certificate
    mechanism: str  #: ``rsa-pkcs1``, ``rsa-pss``, ``ecdsa``


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """What the page needs to check and sign one document."""

    id: UUID
    name: str
    start: int  #: first byte of the hole left for the signature
    end: int  #: first byte after it
    attributes: bytes  #: DER of the signed attributes: the bytes to sign


def check_certificate(
    session: Session, trust: TrustStore, account: Account, holder: KeyHolder, *, now: datetime
) -> CertificateFacts | Refusal:
    """Whether this certificate may sign for this person now: chain, dates, usage, and whose it is."""
    verdict = judge_certificate(holder.certificate, holder.chain, trust, now)
    if not verdict.ok or verdict.facts is None:
        return Refusal(f"certificate_{verdict.code.value.lower()}", verdict.sentence)
    facts = verdict.facts
    known = certificate_known_as(session, facts.issuer_serial)
    names = [name for name in (facts.common_name, f"{facts.given_name} {facts.surname}".strip()) if name]
    refusal = certificate_is_theirs(account, facts.issuer_serial, names, known)
    return refusal or facts


def prepare_signature(
    database: Database,
    store: DocumentStore,
    trust: TrustStore,
    *,
    tenant_id: UUID,
    account: Account,
    step_id: UUID,
    seen_heads: str,
    holder: KeyHolder,
    zone: str,
    now: datetime,
) -> list[PreparedDocument] | Refusal:
    """Prepare each main document of the folder for this person's signature on this step."""
    with database.reading() as session:
        loaded = load_step(session, tenant_id, step_id, account.id)
        if loaded is None:
            return NOT_FOUND
        heads = main_heads(session, loaded.folder)
        authority = authority_of(session, loaded, account.id, now=now)
        refusal = may_act(
            loaded.facts,
            Act.SIGNATURE,
            authority=authority,
            document_unchanged=heads_seal(heads) == seen_heads,
            signed=True,
        )
        if refusal:
            return refusal
        facts = check_certificate(session, trust, account, holder, now=now)
        if isinstance(facts, Refusal):
            return facts
        assert isinstance(authority, Authority)  # may_act refuses otherwise
        mark = mark_of(session, loaded, account, authority, facts, zone=zone, now=now)
    rows = []
    for document, head in heads.values():
        try:
            with store.path(tenant_id, head.sha256) as path:
                prepared: Prepared = run_in_child(
                    "engine.folders.signature_jobs.prepare_document",
                    path,
                    certificate=holder.certificate,
                    chain=holder.chain,
                    mechanism=holder.mechanism,
                    field=field_name(loaded),
                    mark=mark,
                    at=now,
                )
        except SigningRefused as refused:
            return Refusal(refused.code.value.lower(), refused.sentence)
        rows.append((document, _row(loaded, account, authority, document, head, prepared, now)))
    with database.writing() as session:
        session.connection().execute(
            delete(PreparedSignature).where(
                (col(PreparedSignature.step_id) == step_id) & (col(PreparedSignature.account_id) == account.id)
                | (col(PreparedSignature.expires_at) < now)
            )
        )
        session.add_all(row for _, row in rows)
        session.commit()
    return [_to_sign(document, row) for document, row in rows]


def finish_signature(
    database: Database,
    store: DocumentStore,
    library: CircuitLibrary,
    trust: TrustStore,
    *,
    tenant_id: UUID,
    account: Account,
    step_id: UUID,
    signatures: Mapping[UUID, bytes],
    now: datetime,
    outcome: str = "",
    fields: Mapping[str, Any] | None = None,
) -> Acted | Refusal:
    """Verify what the page signed, make the signed versions and move the folder, all or nothing.

    ``outcome``, ``fields``: as :func:`engine.folders.actions.act` takes them.
    """
    with database.reading() as session:
        rows = session.exec(
            select(PreparedSignature).where(
                PreparedSignature.tenant_id == tenant_id,
                PreparedSignature.step_id == step_id,
                PreparedSignature.account_id == account.id,
            )
        ).all()
        loaded = load_step(session, tenant_id, step_id, account.id)
        if loaded is None:
            return NOT_FOUND
        # Said first: when a finished signature lost its answer, nothing prepared is left, yet the folder did move.
        authority = authority_of(session, loaded, account.id, now=now)
        refusal = may_act(
            loaded.facts,
            Act.SIGNATURE,
            authority=authority,
            document_unchanged=True,
            signed=True,
        )
        if refusal:
            return refusal
        heads = main_heads(session, loaded.folder)
        if refusal := _refuse_other_capacity(authority, rows):
            return refusal
    if not rows or {row.id for row in rows} != set(signatures) or any(row.expires_at <= now for row in rows):
        return Refusal(
            "prepared_expired", "La préparation de la signature a expiré. Le dossier n’a pas bougé ; recommencez."
        )
    if any(row.document_id not in heads or heads[row.document_id][1].sha256 != row.head_sha256 for row in rows):
        return DOCUMENT_CHANGED
    holder = _holder(rows[0])
    with database.reading() as session:
        facts = check_certificate(session, trust, account, holder, now=now)
    if isinstance(facts, Refusal):
        return facts
    made = []
    for row in rows:
        head = heads[row.document_id][1]
        try:
            sha256, size = _embed(store, head, row, signatures[row.id])
        except SigningRefused as refused:
            return Refusal(refused.code.value.lower(), refused.sentence)
        made.append((head, sha256, size))

    with database.writing() as session:

        def write(step: StepLoaded) -> dict[str, Any]:
            if refusal := _refuse_other_capacity(authority_of(session, step, account.id, now=now), rows):
                raise Refused(refusal.code, refusal.sentence)
            return _write_signatures(session, step, account, facts, holder, made, now)

        acted = act(
            session,
            library,
            tenant_id=tenant_id,
            account=account,
            step_id=step_id,
            act=Act.SIGNATURE,
            seen_heads=heads_seal(heads),
            now=now,
            outcome=outcome,
            fields=fields,
            write_signature=write,
        )
        if isinstance(acted, Acted):
            session.connection().execute(delete(PreparedSignature).where(col(PreparedSignature.step_id) == step_id))
            session.commit()
    return acted


def _refuse_other_capacity(authority: Authority | Refusal, rows: Sequence[PreparedSignature]) -> Refusal | None:
    """The mark of the document says in whose absence it is signed: that must still be so when it is finished."""
    if isinstance(authority, Refusal):
        return authority
    if all(row.delegation_id == authority.delegation_id for row in rows):
        return None
    return Refusal(
        "capacity_changed",
        "Vous n’agissez plus au même titre que lorsque cette signature a été préparée : une délégation a changé entre"
        " temps. Le dossier n’a pas bougé ; recommencez.",
    )


def field_name(loaded: StepLoaded) -> str:
    """The signature field that a step signs, reserved when the folder was sent if the step was foreseen then."""
    return field_of(loaded.folder.id, loaded.step.element_id, loaded.step.path, loaded.step.instance)


def field_of(folder_id: UUID, element_id: str, path: str = "", instance: int | None = None) -> str:
    """The name of the field reserved for a step; it carries the folder, for a document may be signed in several.

    A full stop would separate levels of names (ISO 32000-2 §12.7.4.2): there is none.
    """
    parts = ["Signature", folder_id.hex[-12:], *path.split("/"), element_id, "" if instance is None else str(instance)]
    return "-".join(part.replace(".", "_") for part in parts if part)


@contextmanager
def open_prepared(
    database: Database, store: DocumentStore, *, tenant_id: UUID, account_id: UUID, prepared_id: UUID
) -> Iterator[Iterator[bytes] | None]:
    """The prepared document in pieces, for the page that will check its digest; None when it is not this person's."""
    with database.reading() as session:
        row = session.get(PreparedSignature, prepared_id)
    if row is None or row.account_id != account_id or row.tenant_id != tenant_id:
        yield None
        return
    yield chain_of(store.chunks(tenant_id, row.head_sha256), (row.tail,))


def _row(
    loaded: StepLoaded,
    account: Account,
    authority: Authority,
    document: Document,
    head: DocumentVersion,
    prepared: Prepared,
    now: datetime,
) -> PreparedSignature:
    return PreparedSignature(
        id=new_id(),
        tenant_id=loaded.folder.tenant_id,
        folder_id=loaded.folder.id,
        step_id=loaded.step.id,
        account_id=account.id,
        delegation_id=authority.delegation_id,
        document_id=document.id,
        head_sha256=head.sha256,
        prepared=json.dumps(prepared.to_dict()),
        tail=prepared.tail,
        created_at=now,
        expires_at=now + PREPARED_LIFE,
    )


def _to_sign(document: Document, row: PreparedSignature) -> PreparedDocument:
    prepared = _prepared(row)
    return PreparedDocument(
        id=row.id,
        name=document.name,
        start=prepared.start,
        end=prepared.end,
        attributes=prepared.signed_attributes,
    )


def _prepared(row: PreparedSignature) -> Prepared:
    return Prepared.from_dict(json.loads(row.prepared), tail=row.tail)


def _holder(row: PreparedSignature) -> KeyHolder:
    prepared = _prepared(row)
    return KeyHolder(prepared.certificate, tuple(prepared.chain), prepared.mechanism)


def _embed(store: DocumentStore, head: DocumentVersion, row: PreparedSignature, signature: bytes) -> tuple[str, int]:
    """Put the signature in its hole and keep the new version's bytes; returns their digest and size."""
    with store.open(head.tenant_id, head.sha256) as source:
        tail = finish(source, _prepared(row), signature)
        source.seek(0)
        pieces = chain_of(iter(lambda: source.read(CHUNK), b""), (tail,))
        spooled = store.receive(pieces, max_bytes=head.size + len(tail))
    store.keep(head.tenant_id, spooled)
    return spooled.sha256, spooled.size


def _write_signatures(
    session: Session,
    loaded: StepLoaded,
    account: Account,
    facts: CertificateFacts,
    holder: KeyHolder,
    made: Sequence[tuple[DocumentVersion, str, int]],
    now: datetime,
) -> dict[str, Any]:
    """Inside the act's transaction: the signed versions, the signatures, the certificate's first use."""
    if certificate_known_as(session, facts.issuer_serial) is None:
        bind_certificate(session, _binding(account, facts, holder.certificate, now))
    digests = []
    for head, sha256, size in made:
        version = add_version(session, head, kind=VersionKind.SIGNED, sha256=sha256, size=size, now=now)
        session.add(
            Signature(
                tenant_id=loaded.folder.tenant_id,
                folder_id=loaded.folder.id,
                step_id=loaded.step.id,
                document_version_id=version.id,
                account_id=account.id,
                holder=facts.common_name,
                issuer=facts.issuer,
                fingerprint=facts.fingerprint,
                level="PAdES-B-B",
                signed_at=now,
            )
        )
        digests.append(sha256)
    session.flush()
    return {"certificate": facts.fingerprint, "holder": facts.common_name, "level": "PAdES-B-B", "signed": digests}


def _binding(account: Account, facts: CertificateFacts, der: bytes, now: datetime) -> SignerCertificate:
    return SignerCertificate(
        account_id=account.id,
        issuer_serial=facts.issuer_serial,
        fingerprint=facts.fingerprint,
        holder=facts.common_name,
        issuer=facts.issuer,
        not_before=facts.not_before,
        not_after=facts.not_after,
        der=der,
        bound_at=now,
    )


def register_certificate(
    session: Session, trust: TrustStore, account: Account, holder: KeyHolder, *, now: datetime
) -> CertificateFacts | Refusal:
    """Check a certificate and note that it is this person's own, so that its expiry can be told in time."""
    facts = check_certificate(session, trust, account, holder, now=now)
    if not isinstance(facts, Refusal) and certificate_known_as(session, facts.issuer_serial) is None:
        bind_certificate(session, _binding(account, facts, holder.certificate, now))
    return facts
