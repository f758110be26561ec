"""Opening a PDF to append a revision to it, with a French sentence when that cannot be done."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from signing.errors import Code, SigningRefused
from signing.pades.appendix import Appendix

#: What pyHanko raises on a damaged or hostile file, besides its own errors.
_BROKEN = (
    PdfError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, OSError,
    NotImplementedError, ArithmeticError, struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What decides whether a PDF can be signed."""

    fields: tuple[tuple[str, bool], ...]  #: name of each signature field, and whether it is signed
    certification: int | None  #: permission P of a certified document (ISO 32000-2 §12.8.2.2): 1 no change, 2, 3
    encrypted: bool
    password_needed: bool  #: nothing else is known then
    xfa: bool  #: the visible content is an XFA form


def inspect_pdf(source: BinaryIO) -> PdfFacts:
    """Read what decides whether a PDF can be signed; :class:`SigningRefused` (``NOT_A_PDF``) when it is none."""
    with reading():
        return _facts(PdfFileReader(source, strict=False))


def open_document(appendix: Appendix) -> tuple[IncrementalPdfFileWriter, PdfFacts]:
    """A writer of one more revision.

    Raises :class:`SigningRefused` when the file is no PDF, needs a password, is an XFA form or is certified against
    any change.
    """
    with reading():
        writer = IncrementalPdfFileWriter(appendix, strict=False)
        facts = _facts(writer.prev)
        _refuse(facts)
        if facts.encrypted:
            writer.encrypt(b"")
    return writer, facts


@contextmanager
def reading() -> Iterator[None]:
    """Turn what a broken file makes pyHanko raise into a refusal."""
    try:
        yield
    except SigningRefused:
        raise
    except _BROKEN as error:
        raise SigningRefused(
            Code.NOT_A_PDF,
            "Ce PDF est abîmé et ne peut pas être signé. Le dossier n’a pas bougé ;"
            " refaites le PDF depuis le document d’origine.",
        ) from error


def _facts(reader: PdfFileReader) -> PdfFacts:
    if reader.encrypted and reader.decrypt(b"").status is AuthStatus.FAILED:
        return PdfFacts((), None, True, True, False)
    form = reader.root.get("/AcroForm")
    fields = tuple((str(name), value is not None) for name, value, _ in enumerate_sig_fields(reader))
    signatures = reader.embedded_signatures if any(signed for _, signed in fields) else ()
    levels = [signature.docmdp_level for signature in signatures]
    return PdfFacts(
        fields=fields,
        certification=next((level.value for level in levels if level is not None), None),
        encrypted=bool(reader.encrypted),
        password_needed=False,
        xfa=form is not None and "/XFA" in form.get_object(),
    )


def _refuse(facts: PdfFacts) -> None:
    if facts.password_needed:
        raise SigningRefused(
            Code.PASSWORD_NEEDED,
            "Ce PDF est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis déposez-le à nouveau.",
        )
    if facts.xfa:
        raise SigningRefused(
            Code.XFA,
            "Ce PDF est un formulaire dynamique (XFA), qu’on ne peut pas signer sûrement."
            " Imprimez-le en PDF, puis déposez le résultat.",
        )
    if facts.certification == 1:
        raise SigningRefused(
            Code.CERTIFIED,
            "Ce PDF est certifié par son auteur, qui interdit tout ajout : il ne peut pas être signé ici.",
        )
