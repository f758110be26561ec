"""Acts on a whole folder, in a real browser: one road per act, and none of them without a guard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.folders.model import Act, Folder
from engine.typology.model import Subtype
from tests.front.test_front_look import violations
from tests.support.browser import chromium
from tests.support.live import DESK, PHONE, seen, serving
from tests.support.site import Site, words
from tests.support.world import blank_pdf

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serving(site) as found:
        yield found


def choose(page: Page, act: str) -> None:
    """An act of the menu « Plus »."""
    page.locator(".acts summary", has_text="Plus").click()
    menu = page.get_by_role("navigation", name="Autres actions")
    # The open menu covers a part of what is behind it, which may be too small to aim at until it closes.
    assert [found for found in violations(page) if found[0] != "target-size"] == []
    menu.locator("a, button", has_text=re.compile(f"^{act}$")).click()


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status").first).to_contain_text(text)


def rejected(site: Site) -> Folder:
    folder = site.world.sent(title="Délibération 2026-052")
    site.world.act("dgs", folder, Act.REJECT, "Le nombre de votants est faux.")
    return folder


def finished(site: Site) -> Folder:
    folder = site.world.sent(title="Délibération 2026-053")
    site.world.act("dgs", folder, Act.VISA)
    site.world.sign("maire", folder)
    return folder


def test_a_folder_is_stopped_with_a_reason(browser: Browser, site: Site, address: str) -> None:
    folder = site.world.sent(title="Délibération 2026-051")
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", PHONE) as page:
        choose(page, "Arrêter")
        sheet = page.get_by_role("dialog", name="Arrêter ce dossier ?")
        assert violations(page) == []
        sheet.get_by_role("button", name="Arrêter le dossier").click()
        expect(sheet.get_by_label("Motif de l’arrêt")).to_be_focused()  # the browser asks for it
        sheet.get_by_label("Motif de l’arrêt").fill("La séance est reportée.")
        sheet.get_by_role("button", name="Arrêter le dossier").click()
        said(page, "Le dossier est arrêté")
        expect(page.get_by_text("« La séance est reportée. »")).to_be_visible()
        expect(page.get_by_text("étape retirée : le dossier a été arrêté")).to_be_visible()
        page.goto(f"{address}/rejetes")
        expect(page.locator("article", has_text="2026-051").get_by_text("Arrêté")).to_be_visible()


def test_a_rejected_folder_is_made_a_draft_again_corrected_and_sent(browser: Browser, site: Site, address: str) -> None:
    folder = rejected(site)
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", DESK) as page:
        page.get_by_role("link", name="Reprendre en brouillon").click()
        sheet = page.get_by_role("dialog", name="Reprendre en brouillon ?")
        assert violations(page) == []
        sheet.get_by_role("button", name="Reprendre en brouillon").click()
        said(page, "de nouveau un brouillon")
        choose(page, "Corriger")
        page.get_by_label("Titre").fill("Délibération 2026-052 rectifiée")
        page.get_by_label("Nouveau document").set_input_files(
            {"name": "rectifiée.pdf", "mimeType": "application/pdf", "buffer": blank_pdf(2)}
        )
        assert violations(page) == []
        page.get_by_role("button", name="Enregistrer").click()
        said(page, "Le brouillon est corrigé")
        page.get_by_role("button", name="Envoyer dans le circuit").click()
        said(page, "Le dossier est envoyé")
        page.get_by_text("Premier envoi").click()
        expect(page.get_by_text("« Le nombre de votants est faux. »")).to_be_visible()
        assert violations(page) == []


def test_a_finished_folder_goes_on_in_the_circuit_that_is_shown(browser: Browser, site: Site, address: str) -> None:
    folder = finished(site)
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", PHONE) as page:
        choose(page, "Enchaîner un autre circuit")
        page.get_by_label("Circuit simple-signature").check()
        assert violations(page) == []
        page.get_by_role("button", name="Enchaîner").click()
        said(page, "Le dossier continue dans le circuit choisi")
        expect(page.get_by_text("Premier envoi : terminé, puis enchaîné")).to_be_visible()


def test_a_copy_is_a_draft_of_its_own(browser: Browser, site: Site, address: str) -> None:
    folder = finished(site)
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", DESK) as page:
        choose(page, "Dupliquer")
        said(page, "Voici la copie, en brouillon")
        expect(page.get_by_role("heading", name="Copie de Délibération 2026-053")).to_be_visible()
        assert str(folder.id) not in page.url


def test_a_folder_is_followed_and_no_longer(browser: Browser, site: Site, address: str) -> None:
    folder = site.world.sent(title="Délibération 2026-054")
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", DESK) as page:
        choose(page, "Suivre")
        said(page, "Vous suivez ce dossier")
        expect(page.get_by_text(f"Suivi par {site.world.accounts['secretariat'].full_name}")).to_be_visible()
        page.goto(f"{address}/suivis")
        assert violations(page) == []
        page.get_by_role("link", name="Délibération 2026-054").click()
        choose(page, "Ne plus suivre")
        said(page, "Vous ne suivez plus")


def test_a_folder_is_archived_and_comes_back(browser: Browser, site: Site, address: str) -> None:
    folder = finished(site)
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", PHONE) as page:
        choose(page, "Archiver")
        said(page, "Le dossier est archivé")
        page.goto(f"{address}/termines")
        expect(page.get_by_text("Aucun dossier de vos bureaux n’est encore terminé.")).to_be_visible()
        page.goto(f"{address}/archives")
        assert violations(page) == []
        page.get_by_role("link", name="Délibération 2026-053").click()
        choose(page, "Sortir des archives")
        said(page, "n’est plus archivé")


# Without scripts


def test_each_sheet_is_a_page_too_and_says_what_is_wrong(site: Site) -> None:
    clerk, running, over = site.browser("secretariat"), site.world.sent(), finished(site)
    answer = clerk.post(f"/dossiers/{running.id}/arreter", data={"reason": " "})
    assert answer.status_code == 422
    assert "Indiquez pourquoi vous arrêtez ce dossier" in words(answer.text)
    answer = clerk.post(f"/dossiers/{over.id}/enchainer", data={"subtype": "rien"})
    assert answer.status_code == 422
    assert "Choisissez dans la liste le circuit" in words(answer.text)
    draft = rejected(site)
    asked = words(clerk.get(f"/dossiers/{draft.id}/recycler").text)
    assert "Reprendre « Délibération 2026-052 » en brouillon ?" in asked
    assert clerk.post(f"/dossiers/{draft.id}/recycler").status_code == 303
    with site.world.database.writing() as session:
        session.get_one(Subtype, draft.subtype_id).asks_amount = True
        session.commit()
    for form, said_there in (
        ({"title": " "}, "Donnez un titre"),
        ({"title": "x", "amount": "douze"}, "« douze » n’est pas un montant"),
        ({"title": "x"}, "Donnez le montant"),
    ):
        answer = clerk.post(f"/dossiers/{draft.id}/modifier", data=form)
        assert answer.status_code == 422
        assert said_there in words(answer.text)
    file = {"document": ("faux.pdf", b"rien", "application/pdf")}
    answer = clerk.post(f"/dossiers/{draft.id}/modifier", data={"title": "x", "amount": "12"}, files=file)
    assert answer.status_code == 422
    assert "Ce fichier n’est pas un PDF" in words(answer.text)


@pytest.mark.parametrize("path", ["arreter", "recycler", "enchainer", "modifier", "archiver", "dupliquer", "suivre"])
def test_what_is_not_offered_is_neither_asked_nor_done(site: Site, path: str) -> None:
    folder, other = site.world.sent(), site.browser("maire")
    site.world.act("dgs", folder, Act.VISA)
    seen_by = other.get(f"/dossiers/{folder.id}/{path}")
    assert (seen_by.status_code, seen_by.headers["location"]) == (303, f"/dossiers/{folder.id}")
    if path != "suivre":
        form = {"reason": "Non.", "title": "x", "subtype": str(site.world.subtypes["deed"])}
        assert other.post(f"/dossiers/{folder.id}/{path}", data=form).status_code == 409
    assert site.browser("adjoint").post(f"/dossiers/{folder.id}/{path}").status_code == 404
