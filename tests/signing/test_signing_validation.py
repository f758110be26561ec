"""What a validation says of good and bad signatures, with revocation answers really fetched."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from parapheur.fetching import fetch
from signing.certificates import TrustStore, judge_certificate, read_certificate
from signing.errors import Code
from signing.pades import FieldBox, Mark, finish, prepare, reserve_fields
from signing.validation import Indication, Report, RevocationMode, RevocationWord, Verdict, gather, validate
from tests.support.pki import Pki
from tests.support.world import authority, blank_pdf

MARK = Mark("Héloïse Lefèvre", "Maire", "le 24 novembre 2026", "AC élus")


def signed_by(pki: Pki, label: str) -> bytes:
    base = blank_pdf()
    base += reserve_fields(io.BytesIO(base), [FieldBox("S", 0, 300, 60, 200, 70)])
    prepared = prepare(
        io.BytesIO(base),
        certificate=pki.der(label),
        chain=[pki.der("interm")],
        mechanism=pki.mechanism(label),
        field="S",
        mark=MARK,
        at=datetime.now(UTC),
    )
    signature = pki.sign(label, prepared.signed_attributes)
    return base + finish(io.BytesIO(base), prepared, signature)


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


def certificate(who: str) -> tuple[bytes, tuple[bytes, ...]]:
    from parapheur.demo.seed import load_key

    holder = load_key(authority().p12[who]).holder
    return holder.certificate, holder.chain


@pytest.mark.parametrize(
    ("who", "code"),
    [("maire", Code.OK), ("expire", Code.EXPIRED), ("inconnue", Code.NO_CERTIFICATE_CHAIN_FOUND)],
)
def test_a_certificate_is_judged_before_it_signs(who: str, code: Code) -> None:
    trust = TrustStore.from_pem(authority().root_pem.read_bytes())
    assert judge_certificate(*certificate(who), trust, datetime.now(UTC)).code is code


def test_a_certificate_that_is_not_valid_yet_is_refused() -> None:
    trust = TrustStore.from_pem(authority().root_pem.read_bytes())
    verdict = judge_certificate(*certificate("maire"), trust, datetime.now(UTC) - timedelta(days=60))
    assert verdict.code is Code.NOT_YET_VALID


def test_a_certificate_for_another_use_is_refused(pki: Pki) -> None:
    trust = TrustStore.from_pem(pki.root_pem)
    assert judge_certificate(pki.der("interm"), (), trust, datetime.now(UTC)).code is Code.WRONG_USAGE
    assert judge_certificate(b"\x30\x03abc", (), trust, datetime.now(UTC)).code is Code.CERTIFICATE_UNREADABLE


def test_two_authorities_may_give_the_same_serial_number(pki: Pki) -> None:
    ours, theirs = read_certificate(certificate("maire")[0]), read_certificate(pki.der("maire"))
    assert ours.issuer_serial.rpartition("/")[0] != theirs.issuer_serial.rpartition("/")[0]
