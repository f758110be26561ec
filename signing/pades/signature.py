"""Preparing a signature, and finishing it once the key holder has signed.

``prepare`` appends a revision with a hole and gives the DER of the CMS signed attributes: those are the bytes that the
person's key signs. ``finish`` verifies the signature, builds the CMS and fills the hole.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from asn1crypto import x509
from pyhanko.pdf_utils.form_tools import get_single_field_annot
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from signing.cms import digest_in, issuers_of, signed_attributes, signed_data
from signing.errors import Code, SigningRefused
from signing.keys import Mechanism, mechanism_of, verify_raw
from signing.pades.appendix import Appendix
from signing.pades.document import open_document, reading
from signing.pades.fields import page_rotation
from signing.pades.mark import Mark, lay_mark

#: Hexadecimal characters left at least for the CMS.
RESERVED = 24_576
#: Bytes of it kept for what is not a certificate: the signature, its attributes, a time stamp to come.
BESIDE_CERTIFICATES = 8_192
CHUNK = 1 << 20


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

    ``certificate`` and ``chain`` are DER, what leads to no issuer of the certificate is left out; ``at`` is the claimed
    time written in the document; ``revision`` is a revision not yet appended that comes first (a field reserved at the
    last moment). Raises :class:`SigningRefused`.
    """
    way, issuers = _key_holder(certificate, chain, mechanism)
    appendix = Appendix(source, revision)
    writer, _ = open_document(appendix)
    with reading():
        widget = _empty_field(writer, field)
        lay_mark(writer, widget, mark, page_rotation(widget["/P"]) if "/P" in widget else 0)
        embedding = PdfCMSEmbedder().write_cms(field, writer, existing_fields_only=True)
        next(embedding)
        hole = max(RESERVED, 2 * (len(certificate) + sum(map(len, issuers)) + BESIDE_CERTIFICATES))
        embedding.send(SigObjSetup(SignatureObject(at, SigSeedSubFilter.PADES, bytes_reserved=hole)))
        made, _ = embedding.send(SigIOSetup("sha256", in_place=True, chunk_size=CHUNK))
    return Prepared(
        tail=appendix.tail,
        digest=made.document_digest,
        start=made.reserved_region_start,
        end=made.reserved_region_end,
        signed_attributes=signed_attributes(made.document_digest, certificate),
        mechanism=way,
        certificate=certificate,
        chain=issuers,
    )


def finish(source: BinaryIO, prepared: Prepared, signature: bytes) -> bytes:
    """The revision with the signature in its hole.

    Refuses (:class:`SigningRefused`) a signature that is not this certificate's over these attributes, and a document
    that is not the one prepared.
    """
    verify_raw(prepared.certificate, prepared.mechanism, prepared.signed_attributes, signature)
    size, digest = _document_digest(source, prepared)
    if not digest == prepared.digest == digest_in(prepared.signed_attributes):
        raise SigningRefused(
            Code.DOCUMENT_CHANGED,
            "Le document n’est plus celui qui a été préparé. Rien n’a été signé ; recommencez.",
        )
    made = signed_data(prepared.signed_attributes, signature, prepared.certificate, prepared.chain, prepared.mechanism)
    content = made.hex().upper().encode()
    start, end = prepared.start - size, prepared.end - size
    if len(content) > end - start - 2:
        raise SigningRefused(
            Code.TOO_LARGE,
            "La chaîne de certificats est trop longue pour la place réservée. Rien n’a été signé ;"
            " prévenez l’administrateur.",
        )
    filled = b"<" + content.ljust(end - start - 2, b"0") + b">"
    return prepared.tail[:start] + filled + prepared.tail[end:]


def _document_digest(source: BinaryIO, prepared: Prepared) -> tuple[int, bytes]:
    """Size of the base, and SHA-256 of base and revision with the hole left out."""
    digest = hashlib.sha256()
    source.seek(0)
    size = 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    digest.update(prepared.tail[: max(0, prepared.start - size)])
    digest.update(prepared.tail[max(0, prepared.end - size) :])
    return size, digest.digest()


def _key_holder(certificate: bytes, chain: Sequence[bytes], mechanism: str) -> tuple[Mechanism, tuple[bytes, ...]]:
    try:
        x509.Certificate.load(certificate, strict=True)
        return mechanism_of(mechanism, certificate), issuers_of(certificate, chain)
    except (ValueError, TypeError) as error:
        raise SigningRefused(
            Code.CERTIFICATE_UNREADABLE,
            "Ce certificat ne peut pas être lu. Rien n’a été signé ; demandez un nouveau fichier à votre autorité.",
        ) from error


def _empty_field(writer: IncrementalPdfFileWriter, field: str) -> Any:
    """The widget of a reserved field, which is still empty."""
    for name, value, reference in enumerate_sig_fields(writer):
        if name != field:
            continue
        if value is not None:
            raise SigningRefused(
                Code.FIELD_SIGNED, "Cette place de signature est déjà occupée. Rien n’a été signé en votre nom."
            )
        return get_single_field_annot(reference.get_object())
    raise SigningRefused(
        Code.FIELD_MISSING,
        "La place réservée à cette signature n’est plus dans le document. Le dossier n’a pas bougé ;"
        " prévenez l’administrateur.",
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
