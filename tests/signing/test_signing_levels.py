"""Signatures of every level, made by pyHanko with time stamps and proofs of the test PKI."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import crl, keys, ocsp, x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from parapheur.fetching import fetch
from signing.certificates import TrustStore, trusted_path
from signing.validation import Indication, Report, RevocationMode, Verdict, gather, validate, validate_with
from signing.validation.revocation import EvidenceKind, needs_of, read_evidence
from tests.support.pki import Pki
from tests.support.world import blank_pdf


@dataclass(frozen=True)
class Proofs:
    """Revocation answers for everybody in the PKI, and when they were fetched."""

    evidence: tuple[bytes, ...]
    at: datetime


def stored(pki: Pki, *labels: str) -> SimpleCertificateStore:
    registry = SimpleCertificateStore()
    registry.register_multiple([x509.Certificate.load(pki.der(label)) for label in labels])
    return registry


def private(pki: Pki, label: str) -> keys.PrivateKeyInfo:
    der = pki.private[label].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return keys.PrivateKeyInfo.load(der)


@pytest.fixture(scope="module")
def proofs(pki: Pki) -> Proofs:
    trust, now = TrustStore.from_pem(pki.root_pem, pki.pem("interm")), datetime.now(UTC)
    needs = []
    for label in ("maire", "tsa"):
        path = trusted_path(x509.Certificate.load(pki.der(label)), [], trust, now)
        assert path is not None
        for need in needs_of(path):
            needs += [need, need.instead] if need.instead else [need]
    answers = tuple(answer for need in needs if (answer := fetch(need)) is not None)
    assert len(answers) == len(needs)
    return Proofs(answers, datetime.now(UTC) + timedelta(seconds=1))


def signed_at_level(pki: Pki, level: str, proofs: Proofs) -> bytes:
    responses, lists = read_evidence(proofs.evidence)
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(pki.der("root"))],
        other_certs=[x509.Certificate.load(pki.der("interm"))],
        crls=[crl.CertificateList.load(item.crl_data.dump()) for item in lists],
        ocsps=[ocsp.OCSPResponse.load(item.ocsp_response_data.dump()) for item in responses],
        allow_fetching=False,
        time_tolerance=timedelta(minutes=2),
    )
    signer = SimpleSigner(
        x509.Certificate.load(pki.der("maire")), private(pki, "maire"), stored(pki, "maire", "interm")
    )
    long_term = level in {"PAdES-B-LT", "PAdES-B-LTA"}
    metadata = PdfSignatureMetadata(
        field_name="S",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED if level == "PKCS7" else SigSeedSubFilter.PADES,
        embed_validation_info=long_term,
        validation_context=context if long_term else None,
        use_pades_lta=level == "PAdES-B-LTA",
    )
    stamper = DummyTimeStamper(x509.Certificate.load(pki.der("tsa")), private(pki, "tsa"), stored(pki, "tsa", "root"))
    output = io.BytesIO()
    pdf_signer = PdfSigner(metadata, signer, timestamper=None if level in {"PAdES-B-B", "PKCS7"} else stamper)
    writer = IncrementalPdfFileWriter(io.BytesIO(blank_pdf()))
    asyncio.run(pdf_signer.async_sign_pdf(writer, output=output))
    return output.getvalue()


def judged(pki: Pki, document: bytes, *evidence: bytes) -> Report:
    return validate(
        io.BytesIO(document),
        trust=TrustStore.from_pem(pki.root_pem),
        at=datetime.now(UTC) + timedelta(seconds=2),
        evidence=evidence,
    )


LEVELS = ["PKCS7", "PAdES-B-B", "PAdES-B-T", "PAdES-B-LT", "PAdES-B-LTA"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_good_signature_is_valid_at_its_level(pki: Pki, level: str, proofs: Proofs) -> None:
    document = signed_at_level(pki, level, proofs)
    offline = judged(pki, document)
    assert offline.signatures[0].level == level
    if level in {"PAdES-B-LT", "PAdES-B-LTA"}:  # the proofs are inside: nothing is asked to anybody
        assert (offline.verdict, offline.needs) == (Verdict.VALID, ()), offline
        report = offline
    else:
        assert offline.signatures[0].indication is Indication.INDETERMINATE
        report = judged(pki, document, *gather(offline.needs, fetch))
    assert report.verdict is Verdict.VALID, report
    stamped = level not in {"PKCS7", "PAdES-B-B"}
    assert (report.signatures[0].proven_at is not None) is stamped


@pytest.mark.parametrize("level", LEVELS)
def test_a_changed_byte_is_seen_at_every_level(pki: Pki, level: str, proofs: Proofs) -> None:
    document = signed_at_level(pki, level, proofs).replace(b"[ 0 0 612 792 ]", b"[ 0 0 612 793 ]", 1)
    report = judged(pki, document, *proofs.evidence)
    assert report.verdict is Verdict.NOT_VALID
    assert not report.signatures[0].intact
    assert report.signatures[0].indication is Indication.TOTAL_FAILED


def test_a_stamp_of_an_unknown_authority_proves_nothing(pki: Pki, proofs: Proofs) -> None:
    document = signed_at_level(pki, "PAdES-B-T", proofs)
    trust = TrustStore().with_roots(pki.pem("interm"))  # the signatory's authority, not the stamp's
    report = validate(io.BytesIO(document), trust=trust, at=datetime.now(UTC), revocation=RevocationMode.NONE)
    assert report.verdict is Verdict.NOT_VALID
    assert report.signatures[0].proven_at is None
    assert "l’autorité qui l’a horodatée n’est pas reconnue" in report.signatures[0].summary


def test_the_second_source_is_asked_when_the_first_is_silent(pki: Pki, proofs: Proofs) -> None:
    document, asked = signed_at_level(pki, "PAdES-B-B", proofs), []

    def only_lists(need: object) -> bytes | None:
        asked.append(need.kind)
        return fetch(need) if need.kind is EvidenceKind.CRL else b"<html>proxy</html>"

    report = validate_with(
        only_lists, io.BytesIO(document), trust=TrustStore.from_pem(pki.root_pem), at=datetime.now(UTC)
    )
    assert report.verdict is Verdict.VALID
    assert asked == [EvidenceKind.OCSP, EvidenceKind.CRL] * 2  # the intermediate, then the signatory
    silent = validate_with(
        lambda need: None, io.BytesIO(document), trust=TrustStore.from_pem(pki.root_pem), at=datetime.now(UTC)
    )
    assert silent.signatures[0].indication is Indication.INDETERMINATE


def test_fetching_is_bounded(pki: Pki, proofs: Proofs) -> None:
    report, calls = judged(pki, signed_at_level(pki, "PAdES-B-B", proofs)), []
    assert gather(report.needs, calls.append, limit=3) == ()
    assert len(calls) == 3
