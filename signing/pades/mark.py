"""The visible mark of a signature: a small PDF page with its fonts embedded, opaque, laid in the field."""

from __future__ import annotations

import io
import json
import re
import threading
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import typst
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NumberObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.french import in_the_absence_of

#: /Matrix that stands a mark upright on a page shown turned clockwise by so many degrees.
_UPRIGHT = {90: (0, 1, -1, 0, 0, 0), 180: (-1, 0, 0, -1, 0, 0), 270: (0, -1, 1, 0, 0, 0)}


@dataclass(frozen=True, slots=True)
class Mark:
    """What the mark says."""

    signer_name: str
    quality: str
    signed_at: str  #: already written in French, e.g. ``le 24 novembre 2026 à 14 h 05``
    issuer: str
    on_behalf_of: str | None = None  #: name, and quality if wanted, of the person who is absent


#: A piece of a word too long for a line: it may be broken there, so that nothing leaves the box.
_LONG_WORD = re.compile(r"(\S{30})(?=\S)")
_lock = threading.Lock()  # a compiler belongs to one caller at a time


@cache
def _template() -> bytes:
    return files("signing.pades").joinpath("mark.typ").read_bytes()


@cache
def _compiler() -> typst.Compiler:
    # The fonts that come with typst and no other: the same mark on every machine, and no search of the disk.
    return typst.Compiler(_template(), ignore_system_fonts=True)


def draw_mark(mark: Mark, width: float, height: float) -> bytes:
    """A one-page PDF of that size, in points."""
    absence = in_the_absence_of(mark.on_behalf_of) if mark.on_behalf_of else ""
    texts = {
        "name": mark.signer_name, "quality": mark.quality, "at": mark.signed_at, "issuer": mark.issuer,
        "behalf": absence,
    }  # fmt: skip
    data = {key: _LONG_WORD.sub("\\1\u200b", text) for key, text in texts.items()}
    data |= {"width": f"{width:g}", "height": f"{height:g}"}
    with _lock:
        # Without tags: the page becomes an appearance, where the structure of its own document means nothing.
        pdf = _compiler().compile(_template(), sys_inputs={"data": json.dumps(data)}, format="pdf", pdf_tags=False)
    if not isinstance(pdf, bytes):
        raise TypeError("a mark is one page")
    return pdf


def lay_mark(writer: IncrementalPdfFileWriter, widget: Any, mark: Mark, rotation: int) -> None:
    """Give a signature's widget its appearance, upright on a page turned by ``rotation`` degrees.

    A field without width or height is invisible and stays so.
    """
    x1, y1, x2, y2 = (float(corner) for corner in widget["/Rect"])
    width, height = abs(x2 - x1), abs(y2 - y1)
    if not (width and height):
        return
    if rotation in (90, 270):
        width, height = height, width
    drawn = PdfFileReader(io.BytesIO(draw_mark(mark, width, height)))
    reference = writer.import_page_as_xobject(drawn)
    if rotation:
        reference.get_object()["/Matrix"] = ArrayObject(NumberObject(number) for number in _UPRIGHT[rotation])
        widget["/MK"] = DictionaryObject({pdf_name("/R"): NumberObject(rotation)})
    widget["/AP"] = DictionaryObject({pdf_name("/N"): reference})
    writer.update_container(widget)
