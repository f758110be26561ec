"""A demonstration certification authority, and a local one for TLS; nothing here is worth anything outside a trial."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ORGANIZATION_IDENTIFIER = ObjectIdentifier("2.5.4.97")
TOWN, SIREN = "Commune de Saint-Aubin-des-Grèves", "000000000"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody who gets a personal certificate."""

    key: str
    given_name: str
    surname: str
    title: str
    email: str


@dataclass(frozen=True, slots=True)
class DemoAuthority:
    """Where everything is."""

    root_pem: Path
    p12: dict[str, Path]  #: by signatory key; also ``expire`` and ``inconnue`` to try the refusals


@dataclass(frozen=True, slots=True)
class _Issuer:
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate


def ensure_authority(folder: Path, signatories: Sequence[Signatory], password: str, now: datetime) -> DemoAuthority:
    """Make what is missing in ``folder``: authorities, one ``.p12`` per signatory, an expired and an unknown one."""
    folder.mkdir(parents=True, exist_ok=True)
    root = _authority(folder, "ac-racine", "AC racine de démonstration", None, now)
    issuer = _authority(folder, "ac-signature", "AC de démonstration – Signature des élus", root, now)
    stranger = _authority(folder, "ac-inconnue", "AC inconnue (essai)", None, now)
    files = {}
    for person in signatories:
        files[person.key] = folder / f"{person.key}.p12"
        _signatory(files[person.key], person, issuer, (root,), password, now - timedelta(days=30), now, 730)
    first = signatories[0]
    files["expire"], files["inconnue"] = folder / "certificat-expire.p12", folder / "autorite-inconnue.p12"
    _signatory(files["expire"], first, issuer, (root,), password, now - timedelta(days=800), now, -35)
    _signatory(files["inconnue"], first, stranger, (), password, now - timedelta(days=30), now, 365)
    return DemoAuthority(folder / "ac-racine.pem", files)


def ensure_tls(folder: Path, hosts: Sequence[str], now: datetime) -> tuple[Path, Path, Path]:
    """A server certificate for these names and addresses, from a local authority: (authority, certificate, key).

    Made again when a host is missing from it or when it is about to expire.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = _authority(folder, "ac-locale", "AC locale de la démonstration (TLS)", None, now)
    certificate, key_file = folder / "serveur.pem", folder / "serveur-cle.pem"
    wanted = {_general_name(host) for host in hosts}
    if certificate.exists() and key_file.exists():
        present = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = present.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if wanted <= set(names) and present.not_valid_after_utc > now + timedelta(days=7):
            return folder / "ac-locale.pem", certificate, key_file
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = _builder(_name({NameOID.COMMON_NAME: hosts[0]}), authority.certificate.subject, key, now, 365)
    builder = (
        builder.add_extension(x509.SubjectAlternativeName(sorted(wanted, key=str)), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(digital_signature=True, key_encipherment=True), critical=True)
    )
    signed = builder.sign(authority.key, hashes.SHA256())
    _write(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _write(certificate, signed.public_bytes(Encoding.PEM))
    return folder / "ac-locale.pem", certificate, key_file


def _authority(folder: Path, name: str, common_name: str, parent: _Issuer | None, now: datetime) -> _Issuer:
    pem, key_file = folder / f"{name}.pem", folder / f"{name}-cle.pem"
    if pem.exists() and key_file.exists():
        key = load_pem_private_key(key_file.read_bytes(), None)
        if isinstance(key, rsa.RSAPrivateKey):
            return _Issuer(key, x509.load_pem_x509_certificate(pem.read_bytes()))
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    subject = _name(
        {NameOID.COUNTRY_NAME: "FR", NameOID.ORGANIZATION_NAME: "Démonstration", NameOID.COMMON_NAME: common_name}
    )
    builder = _builder(
        subject, parent.certificate.subject if parent else subject, key, now - timedelta(days=1000), 4650
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).add_extension(
        _usage(key_cert_sign=True, crl_sign=True), critical=True
    )
    certificate = builder.sign(parent.key if parent else key, hashes.SHA256())
    _write(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _write(pem, certificate.public_bytes(Encoding.PEM))
    return _Issuer(key, certificate)


def _signatory(
    path: Path,
    person: Signatory,
    issuer: _Issuer,
    others: Sequence[_Issuer],
    password: str,
    start: datetime,
    now: datetime,
    days: int,
) -> None:
    """Write a ``.p12`` (PBES2, AES-256) valid from ``start`` until ``days`` after ``now``. No revocation source."""
    if path.exists():
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    full_name = f"{person.given_name} {person.surname}"
    subject = _name(
        {
            NameOID.COUNTRY_NAME: "FR",
            NameOID.ORGANIZATION_NAME: TOWN,
            ORGANIZATION_IDENTIFIER: f"NTRFR-{SIREN}",
            NameOID.TITLE: person.title,
            NameOID.SURNAME: person.surname,
            NameOID.GIVEN_NAME: person.given_name,
            NameOID.COMMON_NAME: full_name,
        }
    )
    builder = _builder(subject, issuer.certificate.subject, key, start, (now - start).days + days)
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.RFC822Name(person.email)]), critical=False
    ).add_extension(_usage(content_commitment=True), critical=True)
    certificate = builder.sign(issuer.key, hashes.SHA256())
    chain = [item.certificate for item in (issuer, *others)]
    encryption = BestAvailableEncryption(password.encode())
    _write(path, pkcs12.serialize_key_and_certificates(full_name.encode(), key, certificate, chain, encryption))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, start: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
    )


def _name(parts: dict[ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
