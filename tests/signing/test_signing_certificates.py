"""Which certificates may sign, and what is read in them."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest
from asn1crypto import x509

from signing.certificates import TrustStore, judge_certificate, read_certificate
from signing.cms import issuers_of
from signing.errors import Code
from tests.support.pki import Pki

NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("maire", Code.OK),
        ("adjoint", Code.OK),
        ("dgs", Code.OK),
        ("elue", Code.OK),
        ("local", Code.OK),
        ("revoked", Code.OK),  # revocation is confirmed afterwards
        ("expired", Code.EXPIRED),
        ("future", Code.NOT_YET_VALID),
        ("auth", Code.WRONG_USAGE),
        ("interm", Code.WRONG_USAGE),
        ("weak", Code.WEAK_KEY),
        ("stranger", Code.NO_CERTIFICATE_CHAIN_FOUND),
    ],
)
def test_each_certificate_gets_its_verdict(pki: Pki, label: str, code: Code) -> None:
    verdict = judge_certificate(pki.der(label), [pki.der("interm")], TrustStore.from_pem(pki.root_pem), NOW)
    assert verdict.code is code
    assert verdict.ok is (code is Code.OK)
    assert verdict.ok or "Rien n’a été signé" in verdict.sentence


def test_a_missing_intermediate_breaks_the_chain_unless_it_is_known_here(pki: Pki) -> None:
    alone, known = TrustStore.from_pem(pki.root_pem), TrustStore.from_pem(pki.root_pem, pki.pem("interm"))
    assert judge_certificate(pki.der("maire"), (), alone, NOW).code is Code.NO_CERTIFICATE_CHAIN_FOUND
    assert judge_certificate(pki.der("maire"), (), known, NOW).ok
    assert issuers_of(pki.der("maire"), known.complete(())) == (pki.der("interm"),)
    assert issuers_of(pki.der("maire"), alone.complete(())) == ()


def test_an_intermediate_may_be_trusted_by_itself(pki: Pki) -> None:
    trust = TrustStore().with_roots(pki.pem("interm"))
    assert judge_certificate(pki.der("maire"), (), trust, NOW).ok
    assert not judge_certificate(pki.der("stranger"), (), trust, NOW).ok


def test_a_certificate_in_the_chain_is_never_a_root_by_itself(pki: Pki) -> None:
    chain = [pki.der("stranger-root"), pki.der("interm")]
    verdict = judge_certificate(pki.der("stranger"), chain, TrustStore.from_pem(pki.root_pem), NOW)
    assert verdict.code is Code.NO_CERTIFICATE_CHAIN_FOUND


def test_a_forged_certificate_is_not_accepted(pki: Pki) -> None:
    forged = x509.Certificate.load(pki.der("maire"))
    signature = bytearray(forged["signature_value"].native)
    signature[10] ^= 1
    forged["signature_value"] = bytes(signature)
    verdict = judge_certificate(forged.dump(force=True), [pki.der("interm")], TrustStore.from_pem(pki.root_pem), NOW)
    assert verdict.code is Code.NO_CERTIFICATE_CHAIN_FOUND


def test_what_a_certificate_says_is_read(pki: Pki) -> None:
    facts = read_certificate(pki.der("maire"))
    assert (facts.common_name, facts.given_name, facts.surname, facts.title) == (
        "Héloïse Lefèvre", "Héloïse", "Lefèvre", "Maire",
    )  # fmt: skip
    assert (facts.issuer, facts.organization, facts.key) == ("AC élus", "Essai", "RSA 2048")
    assert facts.usages == {"non_repudiation"}
    assert facts.declares_revocation
    assert not read_certificate(pki.der("local")).declares_revocation
    assert read_certificate(pki.der("elue")).key == "EC secp384r1"
    assert len(facts.fingerprint) == 64


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"\x30\x03abc", b"\x30\x82\xff\xff", b"bonjour"])
def test_what_is_no_certificate_is_said_so(der: bytes) -> None:
    verdict = judge_certificate(der, (), TrustStore(), NOW)
    assert (verdict.code, verdict.facts) == (Code.CERTIFICATE_UNREADABLE, None)


def test_a_truncated_certificate_never_raises(pki: Pki) -> None:
    der, trust = pki.der("maire"), TrustStore.from_pem(pki.root_pem)
    for at in range(0, len(der), 7):
        assert judge_certificate(der[:at], (), trust, NOW).code is Code.CERTIFICATE_UNREADABLE
        changed = der[:at] + bytes([der[at] ^ 0x55]) + der[at + 1 :]
        assert not judge_certificate(changed, [pki.der("interm")], trust, NOW).ok


def test_a_trust_store_goes_to_a_child_process(pki: Pki) -> None:
    trust = pickle.loads(pickle.dumps(TrustStore.from_pem(pki.root_pem, pki.pem("interm"))))
    assert judge_certificate(pki.der("maire"), (), trust, NOW).ok


def test_a_file_without_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="no PEM"):
        TrustStore.from_pem(b"bonjour")
