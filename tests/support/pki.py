"""A PKI with OCSP, CRL and time stamps, made for the run by certomancer and served on loopback."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import yaml
from asn1crypto import pem
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, PKIArchitecture
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.postgres import free_port


def _configuration(port: int) -> dict[str, object]:
    start, end = "2020-01-01T00:00:00+0000", "2040-01-01T00:00:00+0000"
    validity = {"valid-from": start, "valid-to": end}

    def usage(*names: str) -> dict[str, object]:
        return {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": list(names)}}

    authority = {"id": "basic_constraints", "critical": True, "value": {"ca": True}}
    issuing = [authority, usage("key_cert_sign", "crl_sign")]
    crl = {"schema": "crl-dist-url", "params": {"crl-repo-names": ["interm"]}}
    ocsp = {"schema": "aia-urls", "params": {"ocsp-responder-names": ["interm"]}}
    signer = [
        usage("non_repudiation"),
        {"id": "crl_distribution_points", "smart-value": crl},
        {"id": "authority_information_access", "smart-value": ocsp},
    ]
    responder = [
        usage("digital_signature"),
        {"id": "extended_key_usage", "critical": True, "value": ["ocsp_signing"]},
        {"id": "ocsp_no_check"},
    ]

    def certificate(label: str, issuer: str, extensions: list[dict[str, object]]) -> dict[str, object]:
        return {"subject": label, "issuer": issuer, "validity": validity, "extensions": extensions}

    revocation = {"revoked-since": "2021-06-01T00:00:00+0000", "reason": "key_compromise"}
    certs = {
        "root": certificate("root", "root", issuing),
        "interm": certificate("interm", "root", issuing),
        "ocsp": certificate("ocsp", "interm", responder),
        "maire": certificate("maire", "interm", signer),
        "revoked": {**certificate("revoked", "interm", signer), "revocation": revocation},
    }
    names = {
        "root": "AC racine",
        "interm": "AC élus",
        "ocsp": "OCSP",
        "maire": "Héloïse Lefèvre",
        "revoked": "René Révoqué",
    }
    return {
        "external-url-prefix": f"http://127.0.0.1:{port}",
        "keysets": {"k": {"keys": {}}},
        "pki-architectures": {
            "fr": {
                "keyset": "k",
                "entity-defaults": {"country-name": "FR", "organization-name": "Essai"},
                "entities": {label: {"common-name": name} for label, name in names.items()},
                "certs": certs,
                "services": {
                    "ocsp": {"interm": {"for-issuer": "interm", "responder-cert": "ocsp"}},
                    "crl-repo": {"interm": {"for-issuer": "interm", "simulated-update-schedule": "P1D"}},
                },
            }
        },
    }


@dataclass
class Pki:
    """Certificates by label, and where their revocation answers are served."""

    architecture: PKIArchitecture
    private: dict[str, rsa.RSAPrivateKey]

    def der(self, label: str) -> bytes:
        """A certificate."""
        content: bytes = self.architecture.get_cert(CertLabel(label)).dump()
        return content

    @property
    def root_pem(self) -> bytes:
        """The root, as PEM."""
        content: bytes = pem.armor("CERTIFICATE", self.der("root"))
        return content


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_pki() -> Iterator[Pki]:
    """The PKI, its OCSP responder and its CRLs answering on loopback."""
    port = free_port()
    private = {
        label: rsa.generate_private_key(public_exponent=65537, key_size=2048)
        for label in ("root", "interm", "ocsp", "maire", "revoked")
    }
    config = _configuration(port)
    with tempfile.TemporaryDirectory() as folder:
        listed = config["keysets"]["k"]["keys"]  # type: ignore[index]
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
            yield Pki(architecture, private)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
