"""The CMS of a detached signature (RFC 5652) with the signed attributes of CAdES and PAdES (ETSI EN 319 122-1).

``signed_attributes`` gives the bytes that a key signs; ``signed_data`` puts the signature around them. Both are pure,
so that the key holder may answer in another request, from another machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from asn1crypto import x509

from signing import der
from signing.keys import SHA256, Mechanism, algorithm

_DATA = der.oid("1.2.840.113549.1.7.1")
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE = der.oid("1.2.840.113549.1.9.16.2.47")  # RFC 5035 §3
_VERSION_1 = der.integer(1)


def signed_attributes(digest: bytes, certificate: bytes) -> bytes:
    """The DER SET that is signed: content type, message digest, signing certificate.

    No signing time: in a PDF the claimed time is the entry /M (ETSI EN 319 142-1 §6.3). ``digest`` is the SHA-256 of
    what is signed, ``certificate`` the signatory's, in DER.
    """
    own = x509.Certificate.load(certificate)
    # ESSCertIDv2: SHA-256 is the default of its hashAlgorithm and is left out, as DER asks.
    reference = der.sequence(
        der.octets(hashlib.sha256(certificate).digest()),
        der.sequence(der.sequence(der.tagged(4, own.issuer.dump())), der.integer(own.serial_number)),
    )
    return der.set_of(
        _attribute(_CONTENT_TYPE, _DATA),
        _attribute(_MESSAGE_DIGEST, der.octets(digest)),
        _attribute(_SIGNING_CERTIFICATE, der.sequence(der.sequence(reference))),
    )


def signed_data(
    attributes: bytes, signature: bytes, certificate: bytes, chain: Sequence[bytes], mechanism: Mechanism
) -> bytes:
    """The DER ContentInfo of a detached signature; its certificates are the signatory's and ``chain``."""
    own = x509.Certificate.load(certificate)
    signer = der.sequence(
        _VERSION_1,
        der.sequence(own.issuer.dump(), der.integer(own.serial_number)),
        SHA256,
        _retagged(0xA0, attributes),
        algorithm(mechanism),
        der.octets(signature),
    )
    return der.sequence(
        _SIGNED_DATA,
        der.tagged(
            0,
            der.sequence(
                _VERSION_1,
                der.set_of(SHA256),
                der.sequence(_DATA),
                der.tagged(0, *sorted({certificate, *chain})),
                der.set_of(signer),
            ),
        ),
    )


def digest_in(attributes: bytes) -> bytes | None:
    """The message digest inside signed attributes that :func:`signed_attributes` made."""
    marker = _MESSAGE_DIGEST + b"\x31\x22\x04\x20"  # SET of one OCTET STRING of 32 bytes
    at = attributes.find(marker)
    return None if at < 0 else attributes[at + len(marker) : at + len(marker) + 32]


def issuers_of(certificate: bytes, others: Sequence[bytes]) -> tuple[bytes, ...]:
    """Among ``others``, what leads from a certificate towards its root, the self-issued root left out."""
    present = {item: x509.Certificate.load(item) for item in others}
    found: list[bytes] = []
    wanted = [x509.Certificate.load(certificate).issuer]
    for name in wanted:
        for item, read in present.items():
            if item in found or item == certificate or _same(read.subject, read.issuer):
                continue
            if _same(read.subject, name):
                found.append(item)
                wanted.append(read.issuer)
    return tuple(found)


def _same(one: x509.Name, other: x509.Name) -> bool:
    """Whether two names are the same (RFC 5280 §7.1); asn1crypto's own comparison, slow, is for those written alike."""
    return bool(one.dump() == other.dump() or one == other)


def _attribute(kind: bytes, content: bytes) -> bytes:
    return der.sequence(kind, der.set_of(content))


def _retagged(tag: int, encoded: bytes) -> bytes:
    """The same value under an implicit tag."""
    return bytes((tag,)) + encoded[1:]
