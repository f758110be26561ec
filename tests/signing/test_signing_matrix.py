"""Key × mechanism, each judged by pdfsig, openssl and qpdf and by our validation, each with its tampering twins."""

from __future__ import annotations

import asyncio
import dataclasses
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import x509
from pyhanko.sign import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing import der
from signing.certificates import TrustStore
from signing.cms import digest_in, signed_attributes
from signing.errors import Code, SigningRefused
from signing.pades import finish
from signing.validation import RevocationMode, Verdict, validate
from tests.support.pki import Pki
from tests.support.signed import openssl_says, pdfsig_says, prepared_by, qpdf_accepts, reserved, signed_by

KEYS = [
    ("maire", "rsa-pkcs1"),
    ("maire", "rsa-pss"),
    ("adjoint", "rsa-pkcs1"),
    ("adjoint", "rsa-pss"),
    ("dgs", "ecdsa"),
    ("elue", "ecdsa"),
]


def verdict(pki: Pki, document: bytes) -> Verdict:
    trust = TrustStore.from_pem(pki.root_pem)
    return validate(io.BytesIO(document), trust=trust, at=datetime.now(UTC), revocation=RevocationMode.NONE).verdict


@pytest.mark.parametrize(("label", "mechanism"), KEYS)
def test_every_judge_accepts_the_signature_and_sees_a_changed_byte(
    pki: Pki, label: str, mechanism: str, tmp_path: Path
) -> None:
    document = signed_by(pki, label, mechanism=mechanism)
    assert "Signature is Valid" in pdfsig_says(document, tmp_path)
    assert openssl_says(document, pki.root_pem, tmp_path) == ""
    assert qpdf_accepts(document, tmp_path)
    assert verdict(pki, document) is Verdict.VALID

    changed = document.replace(b"/MediaBox [ 0 0 612 792 ]", b"/MediaBox [ 0 0 612 793 ]", 1)
    assert changed != document
    assert "Digest Mismatch" in pdfsig_says(changed, tmp_path)
    assert "content verify error" in openssl_says(changed, pki.root_pem, tmp_path)
    assert verdict(pki, changed) is Verdict.NOT_VALID


@pytest.mark.parametrize(("label", "mechanism"), KEYS)
def test_a_signature_with_one_bit_changed_is_refused(pki: Pki, label: str, mechanism: str) -> None:
    document = reserved()
    prepared = prepared_by(pki, label, document, mechanism=mechanism)
    good = pki.sign(label, prepared.signed_attributes, mechanism)
    for at in (0, len(good) // 2, len(good) - 1):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        assert refusal(lambda s=bad: finish(io.BytesIO(document), prepared, s)) is Code.SIG_CRYPTO_FAILURE


def refusal(action: Callable[[], object]) -> Code:
    with pytest.raises(SigningRefused) as caught:
        action()
    return caught.value.code


def test_a_pss_signature_does_not_pass_for_pkcs1(pki: Pki) -> None:
    document = reserved()
    prepared = prepared_by(pki, "maire", document)
    signature = pki.sign("maire", prepared.signed_attributes, "rsa-pss")
    assert refusal(lambda: finish(io.BytesIO(document), prepared, signature)) is Code.SIG_CRYPTO_FAILURE


def test_what_was_stored_cannot_be_changed_between_the_two_calls(pki: Pki) -> None:
    document = reserved()
    prepared, other = prepared_by(pki, "maire", document), prepared_by(pki, "listed", document)
    signature = pki.sign("maire", prepared.signed_attributes)
    tail = prepared.tail
    cases = {
        "another certificate": (
            dataclasses.replace(prepared, certificate=pki.der("listed")),
            Code.SIG_CRYPTO_FAILURE,
        ),
        "another mark": (dataclasses.replace(prepared, tail=tail[:40] + b"?" + tail[41:]), Code.DOCUMENT_CHANGED),
        "a longer tail": (dataclasses.replace(prepared, tail=tail + b"\n"), Code.DOCUMENT_CHANGED),
        "another digest": (dataclasses.replace(prepared, digest=bytes(32)), Code.DOCUMENT_CHANGED),
        "the digest of another document": (
            dataclasses.replace(prepared, digest=other.digest, tail=other.tail, start=other.start, end=other.end),
            Code.DOCUMENT_CHANGED,
        ),
    }
    for name, (changed, code) in cases.items():
        assert refusal(lambda p=changed: finish(io.BytesIO(document), p, signature)) is code, name
    assert verdict(pki, document + finish(io.BytesIO(document), prepared, signature)) is Verdict.VALID


def test_a_document_prepared_twice_is_finished_once(pki: Pki) -> None:
    document = reserved()
    first, second = prepared_by(pki, "maire", document), prepared_by(pki, "dgs", document)
    signed = document + finish(io.BytesIO(document), first, pki.sign("maire", first.signed_attributes))
    late = pki.sign("dgs", second.signed_attributes)
    assert refusal(lambda: finish(io.BytesIO(signed), second, late)) is Code.DOCUMENT_CHANGED


def test_a_hole_that_is_too_small_is_refused(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signing.pades.signature.RESERVED", 512)
    monkeypatch.setattr("signing.pades.signature.BESIDE_CERTIFICATES", 64)
    document = reserved()
    prepared = prepared_by(pki, "adjoint", document)
    signature = pki.sign("adjoint", prepared.signed_attributes)
    assert refusal(lambda: finish(io.BytesIO(document), prepared, signature)) is Code.TOO_LARGE


def test_only_real_issuers_go_into_the_signature(pki: Pki) -> None:
    prepared = prepared_by(pki, "maire", reserved())
    assert prepared.chain == (pki.der("interm"),)  # the root was given too


@pytest.mark.parametrize("label", ["maire", "adjoint", "dgs", "elue"])
def test_the_attributes_are_those_that_pyhanko_would_write(pki: Pki, label: str) -> None:
    digest, own = bytes(range(32)), x509.Certificate.load(pki.der(label))
    signer = ExternalSigner(signing_cert=own, cert_registry=SimpleCertificateStore())
    theirs = asyncio.run(signer.signed_attrs(digest, "sha256", use_pades=True))
    ours = signed_attributes(digest, pki.der(label))
    assert ours == theirs.dump()
    assert digest_in(ours) == digest


def test_attributes_without_digest_have_none() -> None:
    assert digest_in(der.set_of(der.sequence(der.oid("1.2.840.113549.1.9.3")))) is None


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (der.integer(0), "020100"),
        (der.integer(127), "02017f"),
        (der.integer(128), "02020080"),
        (der.integer(1 << 64), "0209010000000000000000"),
        (der.oid("1.2.840.113549.1.7.2"), "06092a864886f70d010702"),
        (der.oid("2.16.840.1.101.3.4.2.1"), "0609608648016503040201"),
        (der.octets(bytes(127)), "047f" + "00" * 127),
        (der.octets(bytes(128)), "048180" + "00" * 128),
        (der.octets(bytes(300)), "0482012c" + "00" * 300),
        (der.set_of(b"\x02\x01\x02", b"\x02\x01\x01"), "3106020101020102"),
        (der.tagged(2, der.NULL), "a2020500"),
    ],
)
def test_der_is_written_as_the_standard_says(made: bytes, expected: str) -> None:
    assert made.hex() == expected
