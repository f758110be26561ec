"""The components at the widths of a phone and of a desk, light and dark: accessible, and nothing sticks out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.front.test_front_viewer import deed, picture
from tests.support.browser import visited
from tests.support.frontserver import Answer, FrontServer, Paper, Signing

pytestmark = pytest.mark.browser

SUPPORT = Path(__file__).parent.parent / "support"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {"phone": 390, "tablet": 820, "desk": 1280}
#: Each width and each scheme at least once; the other pairs with the long matrices.
SCREENS = [
    ("phone", "light"),
    ("tablet", "dark"),
    ("desk", "light"),
    pytest.param("phone", "dark", marks=pytest.mark.long),
    pytest.param("tablet", "light", marks=pytest.mark.long),
    pytest.param("desk", "dark", marks=pytest.mark.long),
]
#: What one can press and is shorter or narrower than a thumb: links inside sentences and fields set apart.
SMALL = """() => {
  const pressed = 'button, .button, select, textarea, .trays a, summary, label.row, input';
  return [...document.querySelectorAll(pressed)]
  .filter(e => e.checkVisibility() && !e.matches('[type=radio], [type=checkbox]'))
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, r]) => r.height < 43.5 || r.width < 43.5).map(([html]) => html); }"""


def violations(page: Page) -> list[Any]:
    """What axe finds wrong; given to the page by the debugger, since its policy refuses scripts of others."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text()})
    options = json.dumps({"runOnly": {"type": "tag", "values": TAGS}})
    told = "r => JSON.stringify(r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    run = f"axe.run(document, {options}).then({told})"
    answer = session.send("Runtime.evaluate", {"expression": run, "awaitPromise": True})
    found: list[Any] = json.loads(answer["result"]["value"])
    return found


@contextmanager
def shown(
    browser: Browser, server: FrontServer, name: str, width: str, scheme: Literal["light", "dark"]
) -> Iterator[Page]:
    server.pages["/acte.pdf"] = lambda _: Answer(deed(3), "application/pdf")
    server.pages["/premiere.jpg"] = lambda _: Answer(picture(), "image/jpeg")
    if name == "sheet.html":
        server.show("/page", Signing(server, [Paper.make("acte.pdf", b"%PDF-1.7\n")]).sheet())
    else:
        server.show("/page", (SUPPORT / name).read_text())
    size = {"width": WIDTHS[width], "height": 844}
    with visited(browser, server.address("/page"), viewport=size, color_scheme=scheme) as (page, complaints):
        if name == "reader.html":
            expect(page.locator(".leaf canvas").first).to_be_visible()
        yield page
    assert complaints.found == []


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
@pytest.mark.parametrize("name", ["sample.html", "reader.html", "sheet.html"])
def test_accessible_and_within_its_width(
    browser: Browser, server: FrontServer, name: str, width: str, scheme: Literal["light", "dark"]
) -> None:
    with shown(browser, server, name, width, scheme) as page:
        if name == "sheet.html":
            page.click("[data-open-dialog]")
        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= WIDTHS[width]
        assert page.evaluate(SMALL) == []


def test_the_test_sees_faults(browser: Browser, server: FrontServer) -> None:
    """Its tampering twin: pale text, a small button and a wide box are all caught."""
    with shown(browser, server, "sample.html", "phone", "light") as page:
        page.evaluate(
            """() => { document.querySelector('h1').style.color = '#ccc';
              document.querySelector('main .button').style.minHeight = '20px';
              document.querySelector('main .card').style.width = '600px'; }"""
        )
        assert "color-contrast" in [violation for violation, _ in violations(page)]
        assert page.evaluate("() => document.documentElement.scrollWidth") > WIDTHS["phone"]
        assert page.evaluate(SMALL) != []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_acts_are_always_in_view(browser: Browser, server: FrontServer, width: str) -> None:
    with shown(browser, server, "reader.html", width, "light") as page:
        act = page.get_by_role("button", name="Signer")
        expect(page.locator(".acts .rare")).to_be_visible(visible=width == "desk")
        expect(act).to_be_in_viewport(ratio=1)
        page.mouse.move(WIDTHS[width] / 3, 400)
        page.mouse.wheel(0, 3000)
        expect(page.locator(".leaf").nth(2)).to_be_in_viewport()
        expect(act).to_be_in_viewport(ratio=1)


def test_everything_is_reached_by_the_keyboard(browser: Browser, server: FrontServer) -> None:
    with shown(browser, server, "sample.html", "desk", "light") as page:
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Aller au contenu")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        opener = page.get_by_role("button", name="Rejeter…")
        opener.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Motif du rejet")).to_be_focused()
        assert page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth") == "3px"
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()


def test_printing_leaves_the_document(browser: Browser, server: FrontServer) -> None:
    with shown(browser, server, "reader.html", "desk", "dark") as page:
        page.emulate_media(media="print")
        expect(page.locator(".acts")).to_be_hidden()
        expect(page.locator(".tools")).to_be_hidden()
        expect(page.locator(".leaf canvas").first).to_be_visible()
