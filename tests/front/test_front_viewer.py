"""The document in the page, in a real browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pikepdf
import pytest
import typst
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Complaints, visited
from tests.support.frontserver import Answer, FrontServer

pytestmark = pytest.mark.browser

PAGES = 12
PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Dossier</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="{{favicon.svg}}">
<link rel="stylesheet" href="{{main.css}}"><script type="module" src="{{viewer.js}}"></script></head>
<body><header class="top"><a class="brand" href="/">Parapheur</a></header><main class="reader">
<section class="sheet" aria-label="Document" tabindex="0"><div class="tools"></div>
<div class="viewer" data-viewer data-url="/acte.pdf" data-download="/telecharger" data-worker="{{pdf.worker.js}}">
<img src="/premiere.jpg" alt="Première page de acte.pdf"></div></section>
<aside><div class="scroll"><h1>Acte</h1></div></aside></main></body></html>"""
#: The share of a canvas that is not white.
INK = """leaf => { const c = leaf.querySelector('canvas');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let ink = 0; for (let i = 0; i < d.length; i += 4) if (d[i] + d[i + 1] + d[i + 2] < 700) ink++;
  return ink / (d.length / 4); }"""


def deed(pages: int = PAGES) -> bytes:
    """A PDF whose every page says its number."""
    source = "#pagebreak()\n".join(
        f"= Délibération, page {n}\nLe conseil décide d’acquérir la parcelle AB {100 + n}.\n"
        for n in range(1, pages + 1)
    )
    made: bytes = typst.compile(source.encode())
    return made


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 424), "#ddd").save(out, "JPEG")
    return out.getvalue()


@contextmanager
def opened(browser: Browser, server: FrontServer, pdf: bytes, **context: Any) -> Iterator[tuple[Page, Complaints]]:
    server.pages["/acte.pdf"] = lambda _: Answer(pdf, "application/pdf")
    server.pages["/premiere.jpg"] = lambda _: Answer(picture(), "image/jpeg")
    server.show("/dossier", PAGE)
    with visited(browser, server.address("/dossier"), **context) as found:
        yield found


def leaf(page: Page, number: int) -> Any:
    return page.locator(".leaf").nth(number - 1)


def test_pages_are_drawn_as_they_come_and_forgotten_afterwards(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, deed()) as (page, complaints):
        expect(leaf(page, 1).locator("canvas")).to_be_visible()
        expect(page.locator(".viewer img")).to_have_count(0)
        expect(page.locator(".leaf")).to_have_count(PAGES)
        expect(leaf(page, PAGES).locator("canvas")).to_have_count(0)
        assert leaf(page, 1).evaluate(INK) > 0.002
        leaf(page, PAGES).scroll_into_view_if_needed()
        expect(leaf(page, PAGES).locator("canvas")).to_be_visible()
        expect(leaf(page, 1).locator("canvas")).to_have_count(0)
        assert leaf(page, PAGES).evaluate(INK) > 0.002
        assert complaints.found == []


def test_the_text_can_be_selected_and_is_where_it_is_drawn(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, deed(1)) as (page, complaints):
        words = leaf(page, 1).get_by_text("Le conseil décide d’acquérir la parcelle AB 101.")
        expect(words).to_be_attached()
        expect(leaf(page, 1)).to_have_attribute("aria-label", "Page 1 sur 1")
        words.evaluate("node => getSelection().selectAllChildren(node)")
        assert page.evaluate("() => getSelection().toString()") == "Le conseil décide d’acquérir la parcelle AB 101."
        # The drawing has ink where the words are, and none as much lower.
        ink = """([words, below]) => { const leaf = words.closest('.leaf'), c = leaf.querySelector('canvas');
          const w = words.getBoundingClientRect(), l = leaf.getBoundingClientRect(), k = c.width / l.width;
          const y = (w.top - l.top + below * w.height) * k;
          const d = c.getContext('2d').getImageData((w.left - l.left) * k, y, w.width * k, w.height * k).data;
          let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i] < 128) n++; return n / (d.length / 4); }"""
        node = words.element_handle()
        assert page.evaluate(ink, [node, 0]) > 0.02
        assert page.evaluate(ink, [node, 3]) == 0
        assert complaints.found == []


def test_page_number_and_zoom(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, deed()) as (page, complaints):
        number = page.get_by_label("Page", exact=False).and_(page.locator("input"))
        expect(number).to_have_value("1")
        number.fill("9")
        number.press("Enter")
        expect(leaf(page, 9).locator("canvas")).to_be_visible()
        expect(leaf(page, 9)).to_be_in_viewport()
        page.locator(".sheet").focus()
        expect(number).to_have_value("9")
        number.fill("400")
        number.press("Enter")
        expect(number).to_have_value(str(PAGES))
        expect(leaf(page, PAGES)).to_be_in_viewport()

        before = leaf(page, PAGES).bounding_box()["width"]
        page.get_by_role("button", name="Agrandir").click()
        larger = leaf(page, PAGES).bounding_box()["width"]
        assert larger > before * 1.05
        expect(leaf(page, PAGES)).to_be_in_viewport()
        page.locator(".sheet").focus()
        page.keyboard.press("-")
        page.keyboard.press("-")
        assert leaf(page, PAGES).bounding_box()["width"] < before
        page.keyboard.press("0")
        sheet = page.locator(".viewer").bounding_box()["width"]
        assert leaf(page, 1).bounding_box()["width"] == pytest.approx(sheet, abs=1)
        assert complaints.found == []


def test_zoomed_pages_are_drawn_again_sharply(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, deed(1)) as (page, _):
        canvas = leaf(page, 1).locator("canvas")
        expect(canvas).to_be_visible()
        before = canvas.evaluate("c => c.width")
        for _click in range(3):
            page.get_by_role("button", name="Agrandir").click()
        width = leaf(page, 1).evaluate("leaf => leaf.clientWidth")
        assert width > before
        expect(canvas).to_have_js_property("width", width)


@pytest.mark.parametrize("kind", ["cut", "no pdf", "password", "missing"])
def test_a_document_that_cannot_be_shown_can_be_downloaded(browser: Browser, server: FrontServer, kind: str) -> None:
    good = deed(1)
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(good)) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    bad = {"cut": good[:200], "no pdf": b"<html>", "password": locked.getvalue(), "missing": good}[kind]
    with opened(browser, server, bad) as (page, _):
        if kind == "missing":
            server.pages["/acte.pdf"] = lambda _: Answer(b"", status=404)
            page.reload()
        problem = page.get_by_role("alert")
        expect(problem).to_have_text("Le document ne peut pas être affiché en entier ici. Téléchargez-le pour le lire.")
        expect(problem.get_by_role("link")).to_have_attribute("href", "/telecharger")
        expect(page.locator(".viewer img")).to_be_visible()


def scan(kind: str) -> bytes:
    """A page that is only an image, as scanners write them."""
    image = Image.new("L" if kind == "jpeg2000" else "1", (400, 560), 255 if kind == "jpeg2000" else 1)
    image.paste(0, (50, 50, 350, 250))
    out = io.BytesIO()
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(400, 560))
    if kind == "jpeg2000":
        image.save(out, "JPEG2000")
        stream = pikepdf.Stream(pdf, out.getvalue())
        stream.Filter = pikepdf.Name.JPXDecode
    else:
        image.save(out, "TIFF", compression="group4")
        with Image.open(out) as tiff:
            (start,), (size,) = tiff.tag_v2[273], tiff.tag_v2[279]
        stream = pikepdf.Stream(pdf, out.getvalue()[start : start + size])
        stream.Filter = pikepdf.Name.CCITTFaxDecode
        stream.DecodeParms = pikepdf.Dictionary(K=-1, Columns=400, Rows=560, BlackIs1=True)
        stream.ColorSpace, stream.BitsPerComponent = pikepdf.Name.DeviceGray, 1
    stream.Type, stream.Subtype, stream.Width, stream.Height = pikepdf.Name.XObject, pikepdf.Name.Image, 400, 560
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=stream))
    pdf.pages[0].Contents = pdf.make_stream(b"400 0 0 560 0 0 cm /I Do")
    saved = io.BytesIO()
    pdf.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("kind", ["jpeg2000", "fax"])
def test_scans_are_shown_without_webassembly(browser: Browser, server: FrontServer, kind: str) -> None:
    with opened(browser, server, scan(kind)) as (page, complaints):
        expect(leaf(page, 1).locator("canvas")).to_be_visible()
        # The black rectangle is 300 × 200 of 400 × 560.
        assert leaf(page, 1).evaluate(INK) == pytest.approx(300 * 200 / (400 * 560), abs=0.02)
        assert complaints.found == []


def test_check_marks_come_from_our_fonts(browser: Browser, server: FrontServer) -> None:
    """ZapfDingbats is never embedded: the boxes ticked in administrative forms need it."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.ZapfDingbats)
    pdf.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Z=font))
    pdf.pages[0].Contents = pdf.make_stream(b"BT /Z 150 Tf 30 50 Td (n) Tj ET")  # a black square
    saved = io.BytesIO()
    pdf.save(saved)
    with opened(browser, server, saved.getvalue()) as (page, complaints):
        expect(leaf(page, 1).locator("canvas")).to_be_visible()
        assert leaf(page, 1).evaluate(INK) > 0.2
        assert any("FoxitDingbats" in path for _, path, _ in server.received)
        assert complaints.found == []


def test_on_a_phone(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, deed(3), viewport={"width": 390, "height": 844}, device_scale_factor=3) as (
        page,
        found,
    ):
        expect(leaf(page, 1).locator("canvas")).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        expect(page.get_by_role("button", name="Agrandir")).to_be_hidden()
        leaf(page, 3).scroll_into_view_if_needed()
        expect(leaf(page, 3).locator("canvas")).to_be_visible()
        assert found.found == []
