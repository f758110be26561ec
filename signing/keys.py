"""How a key signs: the mechanisms accepted, their names in ASN.1, and the check of a raw signature."""

from __future__ import annotations

from enum import StrEnum

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import InvalidVersion, load_der_x509_certificate

from signing import der
from signing.errors import Code, SigningRefused

#: Salt of RSA-PSS, in bytes: the length of the digest (RFC 8017 §9.1), declared on both sides.
PSS_SALT = 32

SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))  # no parameters in CMS: RFC 5754 §2
_SHA256_IN_PSS = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.NULL)  # RFC 4055 §2.1
_PSS_PARAMETERS = der.sequence(
    der.tagged(0, _SHA256_IN_PSS),
    der.tagged(1, der.sequence(der.oid("1.2.840.113549.1.1.8"), _SHA256_IN_PSS)),
    der.tagged(2, der.integer(PSS_SALT)),
)


class Mechanism(StrEnum):
    """How the key signs; the digest is always SHA-256."""

    RSA_PKCS1 = "rsa-pkcs1"
    RSA_PSS = "rsa-pss"
    ECDSA = "ecdsa"  #: the signature is a DER sequence (RFC 5480), not the r‖s of browsers


_IDENTIFIERS = {
    Mechanism.RSA_PKCS1: der.sequence(der.oid("1.2.840.113549.1.1.11"), der.NULL),  # RFC 5754 §3.2
    Mechanism.RSA_PSS: der.sequence(der.oid("1.2.840.113549.1.1.10"), _PSS_PARAMETERS),  # RFC 4056 §3
    Mechanism.ECDSA: der.sequence(der.oid("1.2.840.10045.4.3.2")),  # RFC 5754 §3.3
}


def algorithm(mechanism: Mechanism) -> bytes:
    """The DER AlgorithmIdentifier of a mechanism."""
    return _IDENTIFIERS[mechanism]


def mechanism_of(name: str, certificate: bytes) -> Mechanism:
    """The mechanism of that name, provided that the certificate's key can do it; else :class:`SigningRefused`."""
    try:
        key = load_der_x509_certificate(certificate).public_key()
    except (ValueError, InvalidVersion, UnsupportedAlgorithm):
        key = None
    elliptic = isinstance(key, ec.EllipticCurvePublicKey)
    if name in set(Mechanism) and (elliptic or isinstance(key, rsa.RSAPublicKey)):
        mechanism = Mechanism(name)
        if (mechanism is Mechanism.ECDSA) == elliptic:
            return mechanism
    raise SigningRefused(
        Code.MECHANISM, "Ce type de clé n’est pas pris en charge. Rien n’a été signé ; choisissez un autre certificat."
    )


def verify_raw(certificate: bytes, mechanism: Mechanism, data: bytes, signature: bytes) -> None:
    """Check a raw signature over ``data`` with the certificate's key; :class:`SigningRefused` when it is not one."""
    mechanism_of(mechanism, certificate)
    key = load_der_x509_certificate(certificate).public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey) and mechanism is Mechanism.RSA_PSS:
            key.verify(signature, data, padding.PSS(padding.MGF1(hashes.SHA256()), PSS_SALT), hashes.SHA256())
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise SigningRefused(
            Code.SIG_CRYPTO_FAILURE,
            "La signature reçue n’est pas celle de ce certificat sur ce document. Le dossier n’a pas bougé ;"
            " recommencez, et prévenez l’administrateur si cela se reproduit.",
        ) from error
