"""Throw-away keys, certificates and key files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

#: What signs.
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def make_key(kind: str) -> PrivateKey:
    """A key: ``rsa2048``, ``rsa3072``, ``rsa4096``, ``p256``, ``p384``, ``p521``, ``k256``."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1(), "k256": ec.SECP256K1()}
    return ec.generate_private_key(curves[kind])


def certify(
    key: PrivateKey,
    name: str = "Jeanne Martin",
    *,
    by: tuple[x509.Certificate, PrivateKey] | None = None,
    days: int = 365,
    for_signature: bool | None = None,
    authority: bool = False,
) -> x509.Certificate:
    """A certificate for a key, self-signed unless ``by`` somebody. ``for_signature``: its key usage, if any."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[0].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if for_signature is not None:
        usage = x509.KeyUsage(
            digital_signature=not for_signature,
            content_commitment=for_signature,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(by[1] if by else key, hashes.SHA256())


def pem_key(key: PrivateKey) -> bytes:
    """A key in clear, PKCS#8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates as PEM."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def der(certificate: x509.Certificate) -> bytes:
    """A certificate as DER."""
    return certificate.public_bytes(serialization.Encoding.DER)


def key_file(
    key: PrivateKey, certificate: x509.Certificate, password: str, others: tuple[x509.Certificate, ...] = ()
) -> bytes:
    """A ``.p12`` in the present way: PBES2, AES-256."""
    return pkcs12.serialize_key_and_certificates(
        b"essai", key, certificate, others, serialization.BestAvailableEncryption(password.encode())
    )
