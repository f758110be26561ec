"""The visible mark of a signature: a small PDF page with its fonts embedded, opaque, laid in the field."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from importlib.resources import files

import typst


@dataclass(frozen=True, slots=True)
class Mark:
    """What the mark says."""

    signer_name: str
    quality: str
    signed_at: str  #: already written in French, e.g. ``le 24 novembre 2026 à 14 h 05``
    issuer: str
    on_behalf_of: str | None = None


_lock = threading.Lock()
_compilers: list[typst.Compiler] = []


def draw_mark(mark: Mark, width: float, height: float) -> bytes:
    """A one-page PDF of that size, in points."""
    data = {
        "name": mark.signer_name,
        "quality": mark.quality,
        "at": mark.signed_at,
        "issuer": mark.issuer,
        "behalf": mark.on_behalf_of or "",
        "width": f"{width:g}",
        "height": f"{height:g}",
    }
    template = files("signing.pades").joinpath("mark.typ").read_bytes()
    with _lock:
        pdf = typst.compile(template, sys_inputs={"data": json.dumps(data)}, format="pdf")
    if not isinstance(pdf, bytes):
        raise TypeError("a mark is one page")
    return pdf
