"""Preparing a signature, and finishing it once the key holder has signed.

``prepare`` appends a revision with a hole and gives the DER of the CMS signed attributes: those are the bytes that the
person's key signs. ``finish`` verifies the signature, builds the CMS and fills the hole.
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO

from asn1crypto import algos, cms, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import load_der_x509_certificate
from pyhanko.sign import ExternalSigner, PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.errors import Code, SigningRefused
from signing.pades.appendix import Appendix
from signing.pades.document import open_document
from signing.pades.mark import Mark, draw_mark
from signing.running import run

#: Hexadecimal characters left for the CMS: a signature, its certificate and two issuers, with a time stamp to come.
RESERVED = 24_576
CHUNK = 1 << 20
#: Salt of RSA-PSS, in bytes: the length of the digest (RFC 8017 §9.1), declared on both sides.
PSS_SALT = 32


class Mechanism(StrEnum):
    """How the key signs; the digest is always SHA-256."""

    RSA_PKCS1 = "rsa-pkcs1"
    RSA_PSS = "rsa-pss"
    ECDSA = "ecdsa"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be signed: everything that ``finish`` needs."""

    tail: bytes  #: the revision to append, its hole full of zeros
    digest: bytes  #: SHA-256 of the document without the hole
    start: int  #: offset of the first byte of the hole in the whole document
    end: int  #: offset of the first byte after it
    signed_attributes: bytes  #: DER: the bytes to sign
    mechanism: Mechanism
    certificate: bytes  #: DER
    chain: tuple[bytes, ...]  #: DER

    def to_dict(self) -> dict[str, Any]:
        """JSON values of everything but the tail."""
        return {
            "digest": self.digest.hex(),
            "start": self.start,
            "end": self.end,
            "signed_attributes": _text(self.signed_attributes),
            "mechanism": self.mechanism.value,
            "certificate": _text(self.certificate),
            "chain": [_text(item) for item in self.chain],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any], *, tail: bytes) -> Prepared:
        """What :meth:`to_dict` wrote, with its tail."""
        return cls(
            tail=tail,
            digest=bytes.fromhex(data["digest"]),
            start=data["start"],
            end=data["end"],
            signed_attributes=base64.b64decode(data["signed_attributes"]),
            mechanism=Mechanism(data["mechanism"]),
            certificate=base64.b64decode(data["certificate"]),
            chain=tuple(base64.b64decode(item) for item in data["chain"]),
        )


def prepare(
    source: BinaryIO,
    *,
    certificate: bytes,
    chain: Sequence[bytes],
    mechanism: str,
    field: str,
    mark: Mark,
    at: datetime,
    revision: bytes = b"",
) -> Prepared:
    """Append a revision in which the reserved ``field`` waits for this certificate's signature.

    ``certificate`` and ``chain`` are DER; ``at`` is the claimed time written in the document; ``revision`` is a
    revision not yet appended that comes first (a field reserved at the last moment). Raises :class:`SigningRefused`.
    """
    signer = _signer(certificate, chain, mechanism)
    appendix = Appendix(source, revision)
    writer = open_document(appendix)
    width, height = _field_size(writer.prev, field)
    with tempfile.NamedTemporaryFile(suffix=".pdf") as page:
        page.write(draw_mark(mark, width, height))
        page.flush()
        metadata = PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
        pdf_signer = PdfSigner(
            metadata,
            signer,
            stamp_style=StaticStampStyle.from_pdf_file(page.name, border_width=0),
        )
        session = pdf_signer.init_signing_session(writer, existing_fields_only=True)
        session.system_time = at
        document = session.prepare_tbs_document(
            validation_info=None, bytes_reserved=RESERVED, appearance_text_params=None
        )
        digest, _ = document.digest_tbs_document(in_place=True, chunk_size=CHUNK)
    attributes = run(lambda: signer.signed_attrs(digest.document_digest, "sha256", use_pades=True))
    return Prepared(
        tail=appendix.tail,
        digest=digest.document_digest,
        start=digest.reserved_region_start,
        end=digest.reserved_region_end,
        signed_attributes=attributes.dump(),
        mechanism=Mechanism(mechanism),
        certificate=certificate,
        chain=tuple(chain),
    )


def finish(source: BinaryIO, prepared: Prepared, signature: bytes) -> bytes:
    """The revision with the signature in its hole.

    Refuses (:class:`SigningRefused`) a signature that is not this certificate's over these attributes, and a document
    that is not the one prepared.
    """
    verify_raw(prepared, signature)
    if document_digest(source, prepared) != prepared.digest:
        raise SigningRefused(
            Code.DOCUMENT_CHANGED,
            "Le document n’est plus celui qui a été préparé. Rien n’a été signé ; recommencez.",
        )
    signer = _signer(prepared.certificate, prepared.chain, prepared.mechanism, signature)
    attributes = cms.CMSAttributes.load(prepared.signed_attributes)
    info = run(lambda: signer.async_sign_prescribed_attributes("sha256", attributes))
    content = info.dump().hex().upper().encode()
    base_size = source.seek(0, 2)
    start, end = prepared.start - base_size, prepared.end - base_size
    if len(content) > end - start - 2:
        raise SigningRefused(
            Code.TOO_LARGE,
            "La chaîne de certificats est trop longue pour la place réservée. Rien n’a été signé ;"
            " prévenez l’administrateur.",
        )
    tail = bytearray(prepared.tail)
    tail[start + 1 : start + 1 + len(content)] = content
    return bytes(tail)


def document_digest(source: BinaryIO, prepared: Prepared) -> bytes:
    """SHA-256 of base and revision, the hole left out."""
    digest = hashlib.sha256()
    source.seek(0)
    size = 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    digest.update(prepared.tail[: prepared.start - size])
    digest.update(prepared.tail[prepared.end - size :])
    return digest.digest()


def verify_raw(prepared: Prepared, signature: bytes) -> None:
    """Check the signature over the signed attributes with the declared certificate's key."""
    key = load_der_x509_certificate(prepared.certificate).public_key()
    data = prepared.signed_attributes
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and prepared.mechanism is Mechanism.ECDSA:
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey) and prepared.mechanism is Mechanism.RSA_PKCS1:
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, rsa.RSAPublicKey) and prepared.mechanism is Mechanism.RSA_PSS:
            key.verify(signature, data, padding.PSS(padding.MGF1(hashes.SHA256()), PSS_SALT), hashes.SHA256())
        else:
            raise _wrong_mechanism()
    except InvalidSignature as error:
        raise SigningRefused(
            Code.SIG_CRYPTO_FAILURE,
            "La signature reçue n’est pas celle de ce certificat sur ce document. Le dossier n’a pas bougé ;"
            " recommencez, et prévenez l’administrateur si cela se reproduit.",
        ) from error


def _signer(
    certificate: bytes, chain: Sequence[bytes], mechanism: str, signature: bytes | None = None
) -> ExternalSigner:
    own = x509.Certificate.load(certificate)
    registry = SimpleCertificateStore()
    registry.register_multiple([own, *(x509.Certificate.load(item) for item in chain)])
    return ExternalSigner(
        signing_cert=own,
        cert_registry=registry,
        signature_value=signature,
        signature_mechanism=_algorithm(mechanism, own),
        embed_roots=False,
    )


def _algorithm(mechanism: str, certificate: x509.Certificate) -> algos.SignedDigestAlgorithm:
    kind = certificate.public_key.algorithm
    if mechanism == Mechanism.RSA_PKCS1 and kind == "rsa":
        return algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
    if mechanism == Mechanism.RSA_PSS and kind == "rsa":
        return algos.SignedDigestAlgorithm(
            {
                "algorithm": "rsassa_pss",
                "parameters": algos.RSASSAPSSParams(
                    {
                        "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                        "mask_gen_algorithm": algos.MaskGenAlgorithm(
                            {"algorithm": "mgf1", "parameters": algos.DigestAlgorithm({"algorithm": "sha256"})}
                        ),
                        "salt_length": PSS_SALT,
                    }
                ),
            }
        )
    if mechanism == Mechanism.ECDSA and kind == "ec":
        return algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    raise _wrong_mechanism()


def _wrong_mechanism() -> SigningRefused:
    return SigningRefused(
        Code.MECHANISM, "Ce type de clé n’est pas pris en charge. Rien n’a été signé ; choisissez un autre certificat."
    )


def _field_size(reader: Any, field: str) -> tuple[float, float]:
    for name, value, reference in enumerate_sig_fields(reader):
        if name != field:
            continue
        if value is not None:
            raise SigningRefused(
                Code.FIELD_SIGNED, "Cette place de signature est déjà occupée. Rien n’a été signé en votre nom."
            )
        widget = reference.get_object()
        if "/Rect" not in widget and "/Kids" in widget:
            widget = widget["/Kids"][0]
        x1, y1, x2, y2 = (float(corner) for corner in widget["/Rect"])
        return abs(x2 - x1), abs(y2 - y1)
    raise SigningRefused(
        Code.FIELD_MISSING,
        "La place réservée à cette signature n’est plus dans le document. Le dossier n’a pas bougé ;"
        " prévenez l’administrateur.",
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
