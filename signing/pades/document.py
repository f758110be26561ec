"""Opening a PDF to append a revision to it, with a French sentence when that cannot be done."""

from __future__ import annotations

from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError, PdfReadError
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.errors import Code, SigningRefused
from signing.pades.appendix import Appendix


def open_document(appendix: Appendix) -> IncrementalPdfFileWriter:
    """A writer of one more revision.

    Raises :class:`SigningRefused` when the file is no PDF, needs a password, is an XFA form or is certified against
    any change.
    """
    try:
        writer = IncrementalPdfFileWriter(appendix, strict=False)
        if writer.prev.encrypted:
            _open_encrypted(writer)
        root = writer.root
        form = root.get("/AcroForm")
        xfa = form is not None and "/XFA" in form.get_object()
        certification = _certification(writer)
    except SigningRefused:
        raise
    except (PdfReadError, PdfError, ValueError, KeyError, IndexError, TypeError, RecursionError, OSError) as error:
        raise SigningRefused(
            Code.NOT_A_PDF,
            "Ce PDF est abîmé et ne peut pas être signé. Le dossier n’a pas bougé ;"
            " refaites le PDF depuis le document d’origine.",
        ) from error
    if xfa:
        raise SigningRefused(
            Code.XFA,
            "Ce PDF est un formulaire dynamique (XFA), qu’on ne peut pas signer sûrement."
            " Imprimez-le en PDF, puis déposez le résultat.",
        )
    if certification is MDPPerm.NO_CHANGES:
        raise SigningRefused(
            Code.CERTIFIED,
            "Ce PDF est certifié par son auteur, qui interdit tout ajout : il ne peut pas être signé ici.",
        )
    return writer


def _open_encrypted(writer: IncrementalPdfFileWriter) -> None:
    if writer.prev.decrypt(b"").status is AuthStatus.FAILED:
        raise SigningRefused(
            Code.PASSWORD_NEEDED,
            "Ce PDF est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis déposez-le à nouveau.",
        )
    writer.encrypt(b"")


def _certification(writer: IncrementalPdfFileWriter) -> MDPPerm | None:
    signatures: list[EmbeddedPdfSignature] = writer.prev.embedded_signatures
    for signature in signatures:
        level = signature.docmdp_level
        if level is not None:
            return level
    return None
