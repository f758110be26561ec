"""Places of signatures, reserved before anybody signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from pyhanko.sign.fields import SigFieldSpec, append_signature_field, enumerate_sig_fields

from signing.pades.appendix import Appendix
from signing.pades.document import open_document


@dataclass(frozen=True, slots=True)
class FieldBox:
    """A visible signature field; lengths in points, origin at the bottom left of the page."""

    name: str
    page: int  #: 0 is the first page, -1 the last
    x: float
    y: float
    width: float
    height: float


def reserve_fields(source: BinaryIO, boxes: Sequence[FieldBox]) -> bytes:
    """The revision that adds these empty fields to the document; nothing when all of them are there already.

    Raises :class:`signing.errors.SigningRefused`.
    """
    appendix = Appendix(source)
    writer = open_document(appendix)
    present = {name for name, _, _ in enumerate_sig_fields(writer.prev)}
    missing = [box for box in boxes if box.name not in present]
    if not missing:
        return b""
    for box in missing:
        corners = (round(box.x), round(box.y), round(box.x + box.width), round(box.y + box.height))
        append_signature_field(writer, SigFieldSpec(box.name, on_page=box.page, box=corners))
    writer.write_in_place()
    return appendix.tail
