"""Signature fields: reserved once, when the circuit starts, so that each signature only fills its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from pyhanko.pdf_utils.generic import ArrayObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from signing.errors import Code, SigningRefused
from signing.pades.appendix import Appendix
from signing.pades.document import open_document, reading

_A4 = (0.0, 0.0, 595.0, 842.0)
_INVISIBLE = (0, 0, 0, 0)
#: Levels of a page tree that are climbed: a hostile one may be a ring.
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class FieldBox:
    """A visible signature field; lengths in points, origin at the bottom left of the page as it is shown."""

    name: str
    page: int  #: 0 is the first page, -1 the last
    x: float
    y: float
    width: float
    height: float


def reserve_fields(source: BinaryIO, boxes: Sequence[FieldBox]) -> bytes:
    """The revision that adds these empty fields to the document; nothing when all of them are there already.

    On a certified document the fields are invisible: a new visible one would break the certification. Raises
    :class:`signing.errors.SigningRefused`.
    """
    appendix = Appendix(source)
    writer, facts = open_document(appendix)
    present = {name for name, _ in facts.fields}
    missing = [box for box in boxes if box.name not in present]
    if not missing:
        return b""
    with reading():
        for box in missing:
            corners = _INVISIBLE if facts.certification else _in_page_space(box, _page(writer, box.page))
            append_signature_field(writer, SigFieldSpec(box.name, on_page=box.page, box=corners))
        writer.write_in_place()
    return appendix.tail


def field_states(source: BinaryIO) -> dict[str, bool]:
    """The signature fields of a document by name, and whether each is signed. Raises ``SigningRefused``."""
    return dict(open_document(Appendix(source))[1].fields)


def page_rotation(page: Any) -> int:
    """How a page is turned when shown: 0, 90, 180 or 270 degrees clockwise (ISO 32000-2 §7.7.3.3)."""
    value = _inherited(page, "/Rotate")
    return int(value) // 90 * 90 % 360 if isinstance(value, (int, float)) else 0


def _page(writer: IncrementalPdfFileWriter, number: int) -> Any:
    count = int(writer.root["/Pages"]["/Count"])
    if not -count <= number < count:
        raise SigningRefused(
            Code.PAGE_MISSING,
            "La page prévue pour la signature n’existe pas dans ce document. Rien n’a été ajouté ;"
            " choisissez une autre page.",
        )
    return writer.find_page_for_modification(number)[0].get_object()


def _in_page_space(box: FieldBox, page: Any) -> tuple[int, int, int, int]:
    """The corners of a box in the page's own coordinates, before rotation and cropping."""
    left, bottom, right, top = _shown_part(page)
    width, height = right - left, top - bottom
    turn = page_rotation(page)

    def moved(x: float, y: float) -> tuple[float, float]:
        return {0: (x, y), 90: (width - y, x), 180: (width - x, height - y), 270: (y, height - x)}[turn]

    (x1, y1), (x2, y2) = moved(box.x, box.y), moved(box.x + box.width, box.y + box.height)
    return (
        round(left + min(x1, x2)),
        round(bottom + min(y1, y2)),
        round(left + max(x1, x2)),
        round(bottom + max(y1, y2)),
    )


def _shown_part(page: Any) -> tuple[float, float, float, float]:
    """The crop box, else the media box (ISO 32000-2 §14.11.2), left bottom right top."""
    for key in ("/CropBox", "/MediaBox"):
        corners = _inherited(page, key)
        if isinstance(corners, ArrayObject) and len(corners) == 4:
            x1, y1, x2, y2 = (float(corner) for corner in corners)
            return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
    return _A4


def _inherited(page: Any, key: str) -> Any:
    """A page's attribute, its own or an ancestor's (ISO 32000-2 §7.7.3.4); None when there is none."""
    node = page
    for _ in range(_MAX_DEPTH):
        if key in node:
            return node[key]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None
