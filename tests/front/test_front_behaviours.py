"""The small behaviours of every page, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Complaints, visited
from tests.support.frontserver import Answer, FrontServer

pytestmark = pytest.mark.browser

HEAD = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Déposer</title>
<meta name="htmx-config" content='{"includeIndicatorCSS": false}'><link rel="icon" href="{{favicon.svg}}">
<link rel="stylesheet" href="{{main.css}}"><script type="module" src="{{app.js}}"></script></head><body>"""
DEPOSIT = """<main class="plain-page"><h1>Déposer</h1><form method="post" action="/deposer"
enctype="multipart/form-data">LOST
<div class="field"><label for="document">Document</label><div class="drop" data-drop data-max-bytes="2000000">
<input id="document" name="document" type="file"><strong data-chosen role="status"></strong></div></div>
<div class="field"><label for="title">Titre</label>FAULT
<input id="title" name="title" data-title-from-file INVALID></div>
<div class="row"><button class="button main" name="suite" value="envoyer">Envoyer</button></div></form></main>
</body></html>"""


def form(fault: str = "") -> str:
    """The deposit form, plain or with what is wrong."""
    page = DEPOSIT.replace("LOST", '<p class="note" data-file-lost>À choisir de nouveau.</p>' if fault else "")
    page = page.replace("FAULT", f'<span class="fault" id="f" role="alert">{fault}</span>' if fault else "")
    return page.replace("INVALID", 'aria-invalid="true" aria-describedby="f"' if fault else "")


@contextmanager
def opened(browser: Browser, server: FrontServer, body: str) -> Iterator[tuple[Page, Complaints]]:
    server.show("/page", HEAD + body)
    server.show("/suite", HEAD + "<h1>Suite</h1>")
    with visited(browser, server.address("/page")) as found:
        yield found


def choose(page: Page, size: int = 1000, name: str = "délibération_12.pdf") -> None:
    page.set_input_files("#document", {"name": name, "mimeType": "application/pdf", "buffer": b"x" * size})


def test_a_chosen_file_is_told_and_names_the_folder(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, form()) as (page, complaints):
        choose(page, 1_234_000)
        expect(page.locator("[data-chosen]")).to_have_text("délibération_12.pdf – 1,2\u00a0Mo")
        expect(page.locator("#title")).to_have_value("délibération 12")
        choose(page, 300, "arrêté.pdf")
        expect(page.locator("#title")).to_have_value("arrêté")
        page.fill("#title", "Le mien")
        choose(page, 300)
        expect(page.locator("#title")).to_have_value("Le mien")
        assert complaints.found == []


def test_a_file_too_big_is_not_sent(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, form()) as (page, _):
        choose(page, 2_000_001)
        expect(page.locator("[data-chosen]")).to_contain_text("Ce fichier dépasse 2\u00a0Mo")
        page.click("button")
        assert server.bodies("/deposer") == []
        choose(page, 2_000_000)
        expect(page.locator("[data-chosen]")).not_to_contain_text("dépasse")


def test_a_dropped_file_is_taken(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, form()) as (page, _):
        page.locator("[data-drop]").evaluate(
            """zone => { const data = new DataTransfer(); data.items.add(new File(['abc'], 'plan.pdf'));
              for (const type of ['dragover', 'drop'])
                zone.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true})); }"""
        )
        expect(page.locator("[data-chosen]")).to_have_text("plan.pdf – 1\u00a0ko")
        expect(page.locator("#title")).to_have_value("plan")


def test_sending_a_file_then_going_where_told(browser: Browser, server: FrontServer) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def receive(_: bytes) -> Answer:
        reached.set()
        assert go_on.wait(10)
        return Answer.json({"next": "/suite"})

    server.pages["/deposer"] = receive
    with opened(browser, server, form()) as (page, complaints):
        choose(page, 1_500_000)
        page.dblclick("button")
        assert reached.wait(10)
        expect(page.locator(".upload [role=status]")).to_have_text("Le fichier est arrivé. Le parapheur le contrôle…")
        go_on.set()
        expect(page.locator("h1")).to_have_text("Suite")
        (body,) = server.bodies("/deposer")
        assert len(body) > 1_500_000
        assert b'name="suite"\r\n\r\nenvoyer' in body
        assert complaints.found == []


def test_what_is_wrong_is_shown_and_the_file_stays_chosen(browser: Browser, server: FrontServer) -> None:
    again = HEAD + form("Le titre est trop long.")
    answers = [Answer(again.encode(), status=422), Answer.json({"next": "/suite"})]
    server.pages["/deposer"] = lambda _: answers.pop(0)
    with opened(browser, server, form()) as (page, complaints):
        choose(page)
        page.click("button")
        expect(page.get_by_role("alert")).to_have_text("Le titre est trop long.")
        expect(page.locator("#title")).to_be_focused()
        expect(page.locator("[data-file-lost]")).to_have_count(0)
        expect(page.locator("[data-chosen]")).to_contain_text("délibération_12.pdf")
        page.click("button")
        expect(page.locator("h1")).to_have_text("Suite")
        assert b"x" * 1000 in server.bodies("/deposer")[1]
        assert complaints.without("422") == []


def test_refusals_and_lost_connections_while_sending(browser: Browser, server: FrontServer) -> None:
    sentence = "Ce que vous avez envoyé dépasse la taille permise."
    answers: list[Answer | None] = [Answer.json({"code": "413", "sentence": sentence}, 413), *[None] * 6]
    server.pages["/deposer"] = lambda _: answers.pop(0)
    with opened(browser, server, form()) as (page, _):
        choose(page)
        page.click("button")
        expect(page.get_by_role("alert")).to_have_text(sentence)
        expect(page.get_by_role("alert")).to_be_focused()
        page.click("button")
        expect(page.get_by_role("alert")).to_contain_text("La connexion s’est coupée pendant l’envoi")


def test_plain_forms_are_sent_once(browser: Browser, server: FrontServer) -> None:
    reached = threading.Event()
    go_on = threading.Event()

    def receive(_: bytes) -> Answer:
        reached.set()
        assert go_on.wait(10)
        return Answer(b"", status=303, headers=(("location", "/suite"),))

    server.pages["/viser"] = receive
    body = '<form method="post" action="/viser"><button class="button">Viser</button></form>'
    with opened(browser, server, body) as (page, _):
        page.dblclick("button", no_wait_after=True)
        assert reached.wait(10)
        go_on.set()
        expect(page.locator("h1")).to_have_text("Suite")
        assert len(server.bodies("/viser")) == 1


@pytest.mark.parametrize("sure", [True, False])
def test_a_question_first(browser: Browser, server: FrontServer, sure: bool) -> None:
    asked = []
    server.pages["/supprimer"] = lambda _: Answer(b"", status=303, headers=(("location", "/suite"),))
    body = '<h1>Page</h1><form method="post" action="/supprimer" data-confirm="Supprimer ?"><button>Oui</button></form>'
    with opened(browser, server, body) as (page, _):
        page.on("dialog", lambda d: (asked.append(d.message), d.accept() if sure else d.dismiss()))
        page.click("button")
        expect(page.locator("h1")).to_have_text("Suite" if sure else "Page")
    assert asked == ["Supprimer ?"]
    assert len(server.bodies("/supprimer")) == sure


def test_dialogs_open_in_place_and_close(browser: Browser, server: FrontServer) -> None:
    body = """<a href="/suite" data-open-dialog="#d">Rejeter</a><dialog id="d"><h2>Rejeter</h2>
      <button type="button" data-close>Annuler</button></dialog>"""
    with opened(browser, server, body) as (page, complaints):
        page.click("a")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
        expect(page.locator("a")).to_be_focused()
        page.click("a")
        page.click("[data-close]")
        expect(page.locator("dialog")).to_be_hidden()
        assert complaints.found == []


def test_copying(browser: Browser, server: FrontServer) -> None:
    body = '<code id="seal">ab12</code> <button data-copy="#seal">Copier</button>'
    with opened(browser, server, body) as (page, _):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.click("button")
        expect(page.locator("button")).to_have_text("Copié")
        assert page.evaluate("() => navigator.clipboard.readText()") == "ab12"
        expect(page.locator("button")).to_have_text("Copier")


def test_the_circuit_of_the_chosen_type(browser: Browser, server: FrontServer) -> None:
    body = """<label><input type="radio" name="subtype" value="a" checked>A</label>
      <label><input type="radio" name="subtype" value="b">B</label>
      <section data-way="a">Circuit A</section><section data-way="b">Circuit B</section>"""
    with opened(browser, server, body) as (page, _):
        expect(page.get_by_text("Circuit B")).to_be_hidden()
        page.get_by_label("B").check()
        expect(page.get_by_text("Circuit B")).to_be_visible()
        expect(page.get_by_text("Circuit A")).to_be_hidden()
