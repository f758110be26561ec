"""PDFs: what they are, how they look, where they are blank.

The functions that take a path parse a foreign file: call them through :func:`engine.papers.sandbox.run_in_child`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2

from engine.refusals import Refused

#: More pages than this is not a document to sign but a mistake.
MAX_PAGES = 2_000
#: Side of a page in points beyond which it is not rendered (PDF 1.7 annex C.2 allows 14 400).
MAX_SIDE = 14_400
#: Resolution of the search for blank places, in points per pixel.
GRAIN = 4.0
#: Distance kept from the edges of the page and between marks, in points.
MARGIN = 28.0
GAP = 8.0

_KINDS = (
    (b"PK\x03\x04", "un document bureautique ou une archive"),
    (b"\xd0\xcf\x11\xe0", "un ancien document bureautique"),
    (b"\x89PNG", "une image PNG"),
    (b"\xff\xd8\xff", "une image JPEG"),
    (b"MZ", "un programme"),
    (b"\x7fELF", "un programme"),
    (b"{\\rtf", "un document RTF"),
    (b"<", "une page web ou un fichier XML"),
)


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What is worth knowing of a PDF before keeping it."""

    media_type: str
    pages: int
    signatures: int  #: signatures it already carries


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page; points, origin at the bottom left."""

    x: float
    y: float
    width: float
    height: float


def inspect_upload(path: Path) -> PaperFacts:
    """Check that a file is a PDF that can be read, shown and signed.

    Raises :class:`Refused` with a sentence that names the fault and the next step.
    """
    return _inspected(path, _examine)


def inspect_kept(path: Path) -> PaperFacts:
    """Check that a file which is kept, and never signed here, is a PDF that can be read. Raises :class:`Refused`."""
    return _inspected(path, _count)


def _inspected(path: Path, look: Callable[[pikepdf.Pdf], PaperFacts]) -> PaperFacts:
    _refuse_other_kinds(path)
    try:
        with pikepdf.open(path) as pdf:
            return look(pdf)
    except pikepdf.PasswordError:
        raise Refused(
            "password",
            "Ce PDF est protégé par un mot de passe. Rien n’a été déposé ; enregistrez-le sans mot de passe,"
            " puis déposez-le à nouveau.",
        ) from None
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise _damaged() from None


def _refuse_other_kinds(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise Refused("empty", "Ce fichier est vide. Rien n’a été déposé ; choisissez un autre fichier.")
    if b"%PDF-" in head:
        return
    kind = next((name for start, name in _KINDS if head.startswith(start)), "un fichier d’un autre type")
    raise Refused(
        "not_a_pdf",
        f"Ce fichier n’est pas un PDF : il semble être {kind}. Rien n’a été déposé ;"
        " enregistrez le document en PDF, puis déposez-le.",
    )


def _count(pdf: pikepdf.Pdf) -> PaperFacts:
    if not len(pdf.pages):
        raise _damaged()
    return PaperFacts("application/pdf", len(pdf.pages), 0)


def _examine(pdf: pikepdf.Pdf) -> PaperFacts:
    problems = pdf.check_pdf_syntax()
    pages = len(pdf.pages)
    if pages == 0 or any("damaged" in problem or "recover" in problem for problem in problems):
        raise _damaged()
    if pages > MAX_PAGES:
        raise Refused(
            "too_many_pages",
            f"Ce PDF compte {pages} pages ; la limite est de {MAX_PAGES}. Rien n’a été déposé ;"
            " séparez-le en plusieurs documents.",
        )
    form = pdf.Root.get("/AcroForm", {})
    if "/XFA" in form:
        raise Refused(
            "xfa",
            "Ce PDF est un formulaire dynamique (XFA), qu’on ne peut pas signer sûrement. Rien n’a été déposé ;"
            " imprimez-le en PDF, puis déposez le résultat.",
        )
    signatures = [field for field in _fields(form) if field.get("/FT") == "/Sig" and "/V" in field]
    if any(_forbids_changes(field["/V"]) for field in signatures):
        raise Refused(
            "certified",
            "Ce PDF est certifié par son auteur, qui interdit tout ajout : il ne peut pas être signé ici."
            " Demandez-lui une version qui l’accepte.",
        )
    return PaperFacts("application/pdf", pages, len(signatures))


def _fields(form: Any) -> list[Any]:
    found, waiting, seen = [], list(form.get("/Fields", [])), 0
    while waiting and seen < 10_000:
        field = waiting.pop()
        seen += 1
        found.append(field)
        waiting.extend(field.get("/Kids", []))
    return found


def _forbids_changes(signature: Any) -> bool:
    """ISO 32000-2 §12.8.2.2: a DocMDP transform with P = 1."""
    for reference in signature.get("/Reference", []):
        if reference.get("/TransformMethod") == "/DocMDP":
            return int(reference.get("/TransformParams", {}).get("/P", 2)) == 1
    return False


def _damaged() -> Refused:
    return Refused(
        "damaged",
        "Ce PDF est abîmé ou incomplet. Rien n’a été déposé ; refaites le PDF depuis le document d’origine,"
        " ou téléchargez-le à nouveau.",
    )


def render_page(path: Path, page: int, width: int) -> bytes:
    """The page as a JPEG ``width`` pixels wide. ``page``: 0 is the first, -1 the last."""
    document = pypdfium2.PdfDocument(path)
    document.init_forms()
    shown = document[page % len(document)]
    scale = width / max(1.0, min(shown.get_width(), MAX_SIDE))
    if shown.get_height() * scale > width * 6:
        scale = width * 6 / shown.get_height()
    image = shown.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    output = io.BytesIO()
    image.save(output, "JPEG", quality=82, optimize=True)
    return output.getvalue()


def free_box(path: Path, page: int, width: float, height: float, taken: Sequence[Box] = ()) -> Box:
    """Where a mark of that size can go on a page without covering anything: the lowest free place, rightmost first.

    Measured on the page as it is shown, rotated and cropped. Falls back to the bottom right corner when the page is
    full.
    """
    document = pypdfium2.PdfDocument(path)
    document.init_forms()
    shown = document[page % len(document)]
    right, top = shown.get_size()
    ink = _ink(shown)
    rows, columns = len(ink), len(ink[0])
    for box in taken:
        _cover(ink, box, top)
    wanted_columns, wanted_rows = int(width / GRAIN) + 1, int(height / GRAIN) + 1
    edge = int(MARGIN / GRAIN)
    for row in range(rows - edge - wanted_rows, edge - 1, -2):
        for column in range(columns - edge - wanted_columns, edge - 1, -2):
            if not any(any(line[column : column + wanted_columns]) for line in ink[row : row + wanted_rows]):
                return Box(column * GRAIN, top - row * GRAIN - height, width, height)
    step = len(taken) * (height + GAP)
    return Box(right - MARGIN - width, min(MARGIN + step, top - height), width, height)


def _ink(page: pypdfium2.PdfPage) -> list[bytearray]:
    """One byte per square of :data:`GRAIN` points: 1 where something is drawn."""
    image = page.render(scale=1 / GRAIN, may_draw_forms=True).to_pil().convert("L")
    pixels, columns = image.tobytes(), image.width
    return [
        bytearray(1 if value < 250 else 0 for value in pixels[row * columns : (row + 1) * columns])
        for row in range(image.height)
    ]


def _cover(ink: list[bytearray], box: Box, top: float) -> None:
    first, last = int((top - box.y - box.height - GAP) / GRAIN), int((top - box.y + GAP) / GRAIN)
    start, stop = int((box.x - GAP) / GRAIN), int((box.x + box.width + GAP) / GRAIN)
    for row in range(max(0, first), min(len(ink), last + 1)):
        for column in range(max(0, start), min(len(ink[row]), stop + 1)):
            ink[row][column] = 1
