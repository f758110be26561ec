"""A PKI with OCSP, CRL and time stamps, made for the run by certomancer and served on loopback.

``from tests.support.pki import pki`` in a ``conftest.py`` gives a room the fixture; no key is ever written elsewhere
than in a temporary folder.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import yaml
from asn1crypto import pem
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, PKIArchitecture
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509 import load_der_x509_certificate

from tests.support.postgres import free_port

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

#: Label → common name. The first six are authorities and services, the others hold a certificate to sign with.
NAMES = {
    "root": "AC racine",
    "interm": "AC élus",
    "ocsp-root": "OCSP racine",
    "ocsp": "OCSP",
    "tsa": "Horodatage",
    "stranger-root": "AC inconnue",
    "maire": "Héloïse Lefèvre",  # RSA 2048, OCSP and CRL
    "adjoint": "François Noël",  # RSA 4096
    "dgs": "Zoé Çelik",  # P-256
    "elue": "Maëlle Œuvrard",  # P-384
    "listed": "Lise Liste",  # a CRL only
    "local": "Loïc Local",  # no revocation source
    "revoked": "René Révoqué",
    "revoked-listed": "Rose Radiée",  # a CRL only
    "expired": "Eusèbe Expiré",
    "future": "Fanny Future",
    "auth": "Héloïse Lefèvre (authentification)",
    "weak": "Fabien Faible",  # RSA 1024
    "stranger": "Inès Inconnue",
}
_CURVES: dict[str, ec.EllipticCurve] = {"dgs": ec.SECP256R1(), "elue": ec.SECP384R1()}
_RSA_BITS = {"adjoint": 4096, "weak": 1024}


def _usage(*names: str) -> dict[str, Any]:
    return {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": list(names)}}


def _extended(name: str, *, critical: bool = False) -> dict[str, Any]:
    return {"id": "extended_key_usage", "critical": critical, "value": [name]}


def _crl(issuer: str) -> dict[str, Any]:
    return {
        "id": "crl_distribution_points",
        "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": [issuer]}},
    }


def _ocsp(issuer: str) -> dict[str, Any]:
    return {
        "id": "authority_information_access",
        "smart-value": {"schema": "aia-urls", "params": {"ocsp-responder-names": [issuer]}},
    }


def _certificates() -> dict[str, Any]:
    always = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2040-01-01T00:00:00+0000"}
    revocation = {"revoked-since": "2021-06-01T00:00:00+0000", "reason": "key_compromise"}
    issuing = [
        {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
        _usage("key_cert_sign", "crl_sign"),
    ]
    responder = [_usage("digital_signature"), _extended("ocsp_signing", critical=True), {"id": "ocsp_no_check"}]
    signing, sources = _usage("non_repudiation"), [_crl("interm"), _ocsp("interm")]

    def made(label: str, issuer: str, *extensions: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"subject": label, "issuer": issuer, "validity": always, "extensions": list(extensions), **more}

    past = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2024-01-01T00:00:00+0000"}
    later = {"valid-from": "2035-01-01T00:00:00+0000", "valid-to": "2040-01-01T00:00:00+0000"}
    return {
        "root": made("root", "root", *issuing),
        "interm": made("interm", "root", *issuing, _crl("root"), _ocsp("root")),
        "ocsp-root": made("ocsp-root", "root", *responder),
        "ocsp": made("ocsp", "interm", *responder),
        "tsa": made(
            "tsa", "root", _usage("digital_signature"), _extended("time_stamping", critical=True), _crl("root")
        ),
        "stranger-root": made("stranger-root", "stranger-root", *issuing),
        **{label: made(label, "interm", signing, *sources) for label in ("maire", "adjoint", "dgs", "elue", "weak")},
        "listed": made("listed", "interm", signing, _crl("interm")),
        "local": made("local", "interm", signing),
        "revoked": made("revoked", "interm", signing, *sources, revocation=revocation),
        "revoked-listed": made("revoked-listed", "interm", signing, _crl("interm"), revocation=revocation),
        "expired": made("expired", "interm", signing, *sources, validity=past),
        "future": made("future", "interm", signing, *sources, validity=later),
        "auth": made("auth", "interm", _usage("digital_signature"), _extended("client_auth"), *sources),
        "stranger": made("stranger", "stranger-root", signing),
    }


def _entities() -> dict[str, Any]:
    entities: dict[str, Any] = {label: {"common-name": name} for label, name in NAMES.items()}
    entities["maire"] |= {"title": "Maire", "surname": "Lefèvre", "given-name": "Héloïse"}
    return entities


def _configuration(port: int) -> dict[str, Any]:
    def served(responder: str, issuer: str) -> dict[str, str]:
        return {"for-issuer": issuer, "responder-cert": responder}

    def listed(issuer: str) -> dict[str, str]:
        return {"for-issuer": issuer, "simulated-update-schedule": "P1D"}

    return {
        "external-url-prefix": f"http://127.0.0.1:{port}",
        "keysets": {"k": {"keys": {}}},
        "pki-architectures": {
            "fr": {
                "keyset": "k",
                "entity-defaults": {"country-name": "FR", "organization-name": "Essai"},
                "entities": _entities(),
                "certs": _certificates(),
                "services": {
                    "ocsp": {"interm": served("ocsp", "interm"), "root": served("ocsp-root", "root")},
                    "crl-repo": {"interm": listed("interm"), "root": listed("root")},
                    "time-stamping": {"tsa": {"signing-cert": "tsa"}},
                },
            }
        },
    }


@dataclass
class Pki:
    """Certificates and private keys by label, and where their revocation answers and time stamps are served."""

    architecture: PKIArchitecture
    private: dict[str, Key]
    url: str

    def der(self, label: str) -> bytes:
        """A certificate."""
        content: bytes = self.architecture.get_cert(CertLabel(label)).dump()
        return content

    @property
    def root_pem(self) -> bytes:
        """The root, as PEM."""
        return self.pem("root")

    def pem(self, label: str) -> bytes:
        """A certificate, as PEM."""
        content: bytes = pem.armor("CERTIFICATE", self.der(label))
        return content

    @property
    def tsa_url(self) -> str:
        """Where time stamps are asked for (RFC 3161 over HTTP)."""
        return f"{self.url}/fr/tsa/tsa"

    def sign(self, label: str, data: bytes, mechanism: str = "") -> bytes:
        """What this key holder answers to a blob; ``rsa-pkcs1`` or ``ecdsa`` unless told ``rsa-pss``."""
        key = self.private[label]
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        if mechanism == "rsa-pss":
            return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def mechanism(self, label: str) -> str:
        """The mechanism that this key uses by default."""
        return "ecdsa" if label in _CURVES else "rsa-pkcs1"

    def p12(self, label: str, password: str) -> bytes:
        """The key, its certificate and its issuers in a PKCS#12 file (PBES2, AES-256)."""
        certificate = load_der_x509_certificate(self.der(label))
        chain = [load_der_x509_certificate(self.der(item)) for item in ("interm", "root")]
        encryption = BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(
            NAMES[label].encode(), self.private[label], certificate, chain, encryption
        )


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _new_key(label: str) -> Key:
    if label in _CURVES:
        return ec.generate_private_key(_CURVES[label])
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS.get(label, 2048))


@contextmanager
def serve_pki() -> Iterator[Pki]:
    """The PKI, its OCSP responders, CRLs and time stamps answering on loopback."""
    port = free_port()
    private = {label: _new_key(label) for label in NAMES}
    config = _configuration(port)
    with tempfile.TemporaryDirectory() as folder:
        listed = config["keysets"]["k"]["keys"]
        for label, key in private.items():
            path = Path(folder) / f"{label}.pem"
            path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            listed[label] = {"path": str(path)}
        certomancer = CertomancerConfig.from_yaml(yaml.safe_dump(config), key_search_dir=folder)
        architecture = certomancer.get_pki_arch(ArchLabel("fr"))
        server = make_server(
            "127.0.0.1", port, Animator(AnimatorArchStore({ArchLabel("fr"): architecture})), handler_class=_Quiet
        )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Pki(architecture, private, f"http://127.0.0.1:{port}")
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@pytest.fixture(scope="session")
def pki() -> Iterator[Pki]:
    """One PKI for the whole run."""
    with serve_pki() as made:
        yield made
