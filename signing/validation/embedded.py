"""Finding the signatures of a PDF one by one, and seeing how much of the file they cover.

pyHanko gives up on the whole file when one signature is malformed, leaves out those of an unknown kind, and does not
look at bytes that follow the last revision.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.validation.report import Coverage

_log = logging.getLogger(__name__)
_KNOWN = {kind.value for kind in SigSeedSubFilter}
#: What may follow the last cross-reference section: its trailer, its position and the end mark (ISO 32000-2 §7.5.5),
#: with the white space that mail tools add.
_END = re.compile(
    rb"\s*(?:trailer\s*)?(?:<<(?:(?!startxref|endobj).)*>>\s*)?(?:endobj\s*)?startxref\s+\d+\s+%%EOF[\s\0]*",
    re.DOTALL,
)
_END_SIZE = 16_384
_FILLING = {MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE}


@dataclass(frozen=True, slots=True)
class Embedded:
    """The signatures of a file, in the order in which they were made."""

    regular: tuple[tuple[str, EmbeddedPdfSignature | None], ...]  #: by field name; None for one that cannot be read
    stamps: tuple[EmbeddedPdfSignature, ...]  #: document time stamps
    closed: bool  #: nothing follows the last revision
    signatures: frozenset[str]  #: every signature field, empty ones too
    showing: frozenset[str]  #: those that show something and that no judged signature fills
    may_be_filled: bool  #: who certified the document lets others fill its form


def find_signatures(reader: PdfFileReader) -> Embedded:
    """Every filled signature field; may raise when the file itself cannot be read."""
    readable: list[EmbeddedPdfSignature] = []
    broken: list[str] = []
    for name, value, field in enumerate_sig_fields(reader, filled_status=True):
        try:
            if value.get_object().get("/SubFilter") not in _KNOWN:
                raise ValueError("unknown kind of signature")
            readable.append(EmbeddedPdfSignature(reader, field, name))
        except MemoryError:
            raise
        except Exception:  # pyHanko on a hostile signature may raise anything; the report says which one it was
            _log.info("malformed signature", exc_info=True)
            broken.append(str(name))
    readable.sort(key=lambda signature: int(signature.signed_revision))
    regular = [(item.field_name, item) for item in readable if item.sig_object_type != "/DocTimeStamp"]
    return Embedded(
        regular=(*regular, *((name, None) for name in broken)),
        stamps=tuple(item for item in readable if item.sig_object_type == "/DocTimeStamp"),
        closed=any(coverage_of(item) is Coverage.FILE for item in readable) or _ends_cleanly(reader),
        signatures=frozenset(str(name) for name, _, _ in enumerate_sig_fields(reader)),
        showing=_showing(reader, {*broken, *(str(name) for name, _ in regular)}),
        may_be_filled=any(item.docmdp_level in _FILLING for item in readable),
    )


def _showing(reader: PdfFileReader, judged: set[str]) -> frozenset[str]:
    """Signature fields with an appearance that nobody signs: laid over a page, they show what was not signed."""
    return frozenset(
        str(name)
        for name, _, field in enumerate_sig_fields(reader)
        if str(name) not in judged and any("/AP" in widget for widget in _widgets(field.get_object()))
    )


def _widgets(field: Any) -> list[Any]:
    return [field, *(kid.get_object() for kid in field.get("/Kids", ()))]


def coverage_of(signature: EmbeddedPdfSignature) -> Coverage:
    """How much of the file the byte range of a signature covers."""
    level = signature.evaluate_signature_coverage()
    if level is SignatureCoverageLevel.ENTIRE_REVISION:
        return Coverage.REVISION
    if level is not SignatureCoverageLevel.ENTIRE_FILE:
        return Coverage.PART
    # pyHanko adds lengths up; the two parts must also meet at the hole and reach the end.
    _, first, start, length = (int(number) for number in signature.byte_range)
    stream = signature.reader.stream
    size = stream.seek(0, os.SEEK_END)
    meets = start == first + 2 * len(signature.pkcs7_content) + 2
    return Coverage.FILE if meets and start + length == size else Coverage.PART


def _ends_cleanly(reader: PdfFileReader) -> bool:
    last = max(
        reader.xrefs.get_xref_container_info(revision).end_location for revision in range(reader.xrefs.total_revisions)
    )
    reader.stream.seek(last)
    rest = reader.stream.read(_END_SIZE)
    return len(rest) < _END_SIZE and _END.fullmatch(rest) is not None
