"""What a validation says of good and bad signatures, with revocation answers really fetched."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from parapheur.demo.seed import load_key
from parapheur.fetching import fetch
from signing.certificates import TrustStore, read_certificate
from signing.validation import (
    EvidenceKind,
    Indication,
    Report,
    RevocationMode,
    RevocationWord,
    Verdict,
    gather,
    validate,
)
from tests.support.pki import Pki
from tests.support.signed import signed_by
from tests.support.world import authority, blank_pdf


def judged(pki: Pki, document: bytes, *, fetched: bool, mode: RevocationMode = RevocationMode.AUTO) -> Report:
    trust, now = TrustStore.from_pem(pki.root_pem), datetime.now(UTC)
    report = validate(io.BytesIO(document), trust=trust, at=now, revocation=mode)
    if not fetched:
        return report
    evidence = gather(report.needs, fetch)
    assert evidence
    return validate(
        io.BytesIO(document), trust=trust, at=now + timedelta(seconds=1), revocation=mode, evidence=evidence
    )


def test_a_certificate_that_is_not_revoked_is_said_good(pki: Pki) -> None:
    report = judged(pki, signed_by(pki, "maire"), fetched=True)
    assert report.verdict is Verdict.VALID, report
    assert report.signatures[0].revocation is RevocationWord.GOOD


def test_a_revoked_certificate_is_said_so(pki: Pki) -> None:
    report = judged(pki, signed_by(pki, "revoked"), fetched=True)
    assert report.verdict is Verdict.NOT_VALID
    assert report.signatures[0].revocation is RevocationWord.REVOKED
    assert "révoqué" in report.signatures[0].summary


def test_a_source_that_was_not_reached_is_never_silently_valid(pki: Pki) -> None:
    report = judged(pki, signed_by(pki, "maire"), fetched=False)
    assert report.signatures[0].indication is Indication.INDETERMINATE
    assert report.signatures[0].revocation is RevocationWord.UNKNOWN
    assert "n’a pas pu être consultée" in report.signatures[0].summary
    assert [need.url for need in report.needs]


def test_revocation_may_be_left_aside_by_who_asks(pki: Pki) -> None:
    assert judged(pki, signed_by(pki, "revoked"), fetched=False, mode=RevocationMode.NONE).verdict is Verdict.VALID


def test_nothing_is_asked_about_a_chain_that_is_not_trusted(pki: Pki) -> None:
    report = validate(io.BytesIO(signed_by(pki, "maire")), trust=TrustStore(), at=datetime.now(UTC))
    assert report.needs == ()
    assert report.signatures[0].sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert report.signatures[0].intact


@pytest.mark.parametrize("document", [b"", b"bonjour", b"%PDF-1.7\n", blank_pdf()[:300], b"%PDF-1.7" + b"\xff" * 500])
def test_what_is_no_readable_pdf_is_said_so(document: bytes) -> None:
    assert validate(io.BytesIO(document), trust=TrustStore(), at=datetime.now(UTC)).verdict is Verdict.NOT_A_PDF


def test_a_pdf_without_signature_is_said_so() -> None:
    report = validate(io.BytesIO(blank_pdf()), trust=TrustStore(), at=datetime.now(UTC))
    assert report.verdict is Verdict.NO_SIGNATURE


def test_the_report_is_plain_json(pki: Pki) -> None:
    data = judged(pki, signed_by(pki, "maire"), fetched=True).to_dict()
    assert data["verdict"] == "VALID"
    assert data["signatures"][0]["signer"]["common_name"] == "Héloïse Lefèvre"


@pytest.mark.parametrize(
    ("label", "word", "verdict"),
    [
        ("maire", RevocationWord.GOOD, Verdict.VALID),
        ("dgs", RevocationWord.GOOD, Verdict.VALID),
        ("listed", RevocationWord.GOOD, Verdict.VALID),
        ("revoked", RevocationWord.REVOKED, Verdict.NOT_VALID),
        ("revoked-listed", RevocationWord.REVOKED, Verdict.NOT_VALID),
    ],
)
def test_ocsp_and_lists_are_both_understood(pki: Pki, label: str, word: RevocationWord, verdict: Verdict) -> None:
    report = judged(pki, signed_by(pki, label), fetched=True)
    assert (report.signatures[0].revocation, report.verdict) == (word, verdict)


def test_a_certificate_without_source_is_judged_without_it_unless_one_is_required(pki: Pki) -> None:
    document = signed_by(pki, "local")
    free = judged(pki, document, fetched=True)
    assert free.verdict is Verdict.VALID
    assert free.signatures[0].revocation is RevocationWord.NO_SOURCE
    assert any("il est jugé sans elle" in detail for detail in free.signatures[0].details)
    strict = judged(pki, document, fetched=True, mode=RevocationMode.REQUIRED)
    assert strict.verdict is Verdict.NOT_VALID
    assert "alors qu’elle est exigée" in strict.signatures[0].summary
    assert judged(pki, signed_by(pki, "maire"), fetched=True, mode=RevocationMode.REQUIRED).verdict is Verdict.VALID


@pytest.mark.parametrize("label", ["expired", "future"])
def test_a_certificate_out_of_its_dates_is_not_valid(pki: Pki, label: str) -> None:
    report = judged(pki, signed_by(pki, label), fetched=False)
    assert report.verdict is Verdict.NOT_VALID
    assert report.signatures[0].trusted
    assert report.signatures[0].intact


def test_an_expired_certificate_is_said_expired(pki: Pki) -> None:
    report = judged(pki, signed_by(pki, "expired"), fetched=False, mode=RevocationMode.NONE)
    assert "n’est pas dans ses dates de validité" in report.signatures[0].summary


def test_a_signatory_of_an_unknown_authority_is_not_trusted(pki: Pki) -> None:
    report = judged(pki, signed_by(pki, "stranger"), fetched=False)
    assert not report.signatures[0].trusted
    assert "n’est pas reconnue ici" in report.signatures[0].summary


def test_evidence_that_is_something_else_changes_nothing(pki: Pki) -> None:
    document, trust = signed_by(pki, "maire"), TrustStore.from_pem(pki.root_pem)
    for evidence in ([b""], [b"<html>"], [b"\x30\x03\x0a\x01\x06"], [pki.der("maire")], [b"\x30\x80" * 50]):
        report = validate(io.BytesIO(document), trust=trust, at=datetime.now(UTC), evidence=evidence)
        assert report.signatures[0].revocation is RevocationWord.UNKNOWN


def test_an_answer_about_somebody_else_does_not_clear_a_certificate(pki: Pki) -> None:
    trust, now = TrustStore.from_pem(pki.root_pem), datetime.now(UTC)
    good = validate(io.BytesIO(signed_by(pki, "maire")), trust=trust, at=now)
    evidence = gather([need for need in good.needs if need.kind is EvidenceKind.OCSP], fetch)
    report = validate(
        io.BytesIO(signed_by(pki, "revoked")), trust=trust, at=now + timedelta(seconds=1), evidence=evidence
    )
    assert report.verdict is Verdict.NOT_VALID
    assert report.signatures[0].revocation is RevocationWord.UNKNOWN


def test_two_authorities_may_give_the_same_serial_number(pki: Pki) -> None:
    ours = read_certificate(load_key(authority().p12["maire"]).holder.certificate)
    theirs = read_certificate(pki.der("maire"))
    assert ours.issuer_serial.rpartition("/")[0] != theirs.issuer_serial.rpartition("/")[0]
