"""The visible mark: right words, inside its box, upright on any page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pikepdf
import pytest
from PIL import Image, ImageChops
from pypdfium2 import PdfDocument, PdfPage

from signing.pades import FieldBox, Mark
from signing.pades.mark import draw_mark
from tests.support.pki import Pki
from tests.support.signed import BOX, MARK, reserved, signed_by

LONG = Mark(
    "Marie-Françoise de La Rochefoucauld-Œuvrard",
    "Vice-présidente déléguée aux finances et à la commande publique",
    "le 24 novembre 2026 à 14 h 05 (heure de Paris)",
    "AC de démonstration – Signature des élus",
    "Émile NOËL, Maire",
)
ENDLESS = Mark("Anne" * 60, "x" * 300, "le " * 60, "AC" * 100, "É" * 90)


@contextmanager
def page_of(document: bytes, number: int = 0) -> Iterator[PdfPage]:
    with PdfDocument(document) as pdf:
        pdf.init_forms()
        page = pdf[number]
        yield page
        page.close()


def words(document: bytes) -> str:
    with page_of(document) as page:
        return " ".join(page.get_textpage().get_text_range().split())


def test_the_mark_says_it_all_with_its_accents() -> None:
    assert words(draw_mark(LONG, 300, 100)) == (
        "Signé électroniquement par Marie-Françoise de La Rochefoucauld-Œuvrard"
        " Vice-présidente déléguée aux finances et à la commande publique en l’absence d’Émile NOËL, Maire"
        " le 24 novembre 2026 à 14 h 05 (heure de Paris)"
        " certificat délivré par AC de démonstration – Signature des élus"
    )


def test_nobody_is_absent_unless_told() -> None:
    assert "absence" not in words(draw_mark(MARK, 300, 100))


@pytest.mark.parametrize("mark", [MARK, LONG, ENDLESS], ids=["usual", "long", "endless"])
@pytest.mark.parametrize(("width", "height"), [(140, 50), (212, 71), (400, 50), (140, 200)])
def test_nothing_leaves_the_box(mark: Mark, width: float, height: float) -> None:
    with page_of(draw_mark(mark, width, height)) as page:
        assert page.get_size() == (width, height)
        text = page.get_textpage()
        boxes = [text.get_charbox(index) for index in range(text.count_chars())]
    assert len(boxes) > 50
    assert min(box[0] for box in boxes) >= 0
    assert min(box[1] for box in boxes) >= 0
    assert max(box[2] for box in boxes) <= width
    assert max(box[3] for box in boxes) <= height


def test_its_fonts_are_embedded_and_it_is_opaque() -> None:
    with pikepdf.open(io.BytesIO(draw_mark(LONG, 212, 71))) as pdf:
        fonts = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"]
        described = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/FontName" in item]
        states = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/SMask" in item]
        assert fonts
        assert all({"/FontFile2", "/FontFile3"} & set(item.keys()) for item in described)
        assert described
        assert states == []


def page_pdf(rotation: int, crop: tuple[float, float, float, float] | None = None) -> bytes:
    pdf, output = pikepdf.new(), io.BytesIO()
    page = pdf.add_blank_page(page_size=(600, 800))
    page.Rotate = rotation
    if crop:
        page.CropBox = pikepdf.Array(crop)
    pdf.save(output)
    return output.getvalue()


def shown_in(document: bytes, box: FieldBox) -> tuple[Image.Image, Image.Image]:
    """What a reader sees in a box, and the page with the box blanked."""
    with page_of(document) as page:
        height = page.get_size()[1]
        image = page.render(scale=2, may_draw_forms=True).to_pil().convert("L")
    region = tuple(
        int(2 * number) for number in (box.x, height - box.y - box.height, box.x + box.width, height - box.y)
    )
    inside = image.crop(region)
    image.paste(255, region)
    return inside, image


@pytest.mark.parametrize("crop", [None, (50, 100, 500, 700)], ids=["whole", "cropped"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_mark_is_upright_where_it_was_asked(
    pki: Pki, rotation: int, crop: tuple[float, float, float, float] | None
) -> None:
    box = FieldBox(BOX.name, 0, 200, 40, 212, 71)
    document = signed_by(pki, "maire", reserved(page_pdf(rotation, crop), box))
    inside, outside = shown_in(document, box)
    with page_of(draw_mark(MARK, 212, 71)) as page:
        expected = page.render(scale=2).to_pil().convert("L")
    difference = ImageChops.difference(inside, expected.resize(inside.size)).histogram()
    changed = sum(difference[100:])
    assert changed < 0.03 * inside.width * inside.height
    assert min(inside.tobytes()) < 120
    assert min(outside.tobytes()) > 200  # the soft edge of a frame may reach the next pixel
