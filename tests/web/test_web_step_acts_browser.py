"""In a real browser: an opinion asked and given, a transfer, a reminder, a paper declared, a stuck task bypassed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from engine.folders.model import Act, Folder
from engine.work.model import WorkItem
from tests.folders.test_folders_beside import ON_PAPER, TRANSMITTED
from tests.front.test_front_look import violations
from tests.support.administration import make_administrator
from tests.support.browser import chromium
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow
from tests.support.live import DESK, PHONE, seen, serving
from tests.support.site import Site
from tests.support.world import NOW, blank_pdf

pytestmark = pytest.mark.browser

#: High enough for the whole column: axe takes what is half under the bar of the acts for too small.
HIGH = {**DESK, "height": 1400}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serving(site) as found:
        yield found


def check_look(page: Page) -> None:
    """Axe finds nothing and nothing is wider than the screen."""
    assert violations(page) == [], page.url
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), page.url


def choose(page: Page, line: str) -> None:
    """A line of the menu « Plus »."""
    page.get_by_text("Plus", exact=True).click()
    page.get_by_role("link", name=line).click()


def test_an_opinion_is_asked_on_a_desk_and_given_on_a_phone(browser: Browser, site: Site, address: str) -> None:
    folder = site.world.sent(title="Budget primitif")
    path = f"/dossiers/{folder.id}"
    with seen(browser, site, address, "dgs", path, HIGH) as page:
        choose(page, "Demander un avis")
        sheet = page.get_by_role("dialog", name="Demander un avis")
        expect(sheet).to_be_visible()
        check_look(page)
        sheet.get_by_text("Annuler").click()
        expect(sheet).to_have_count(0)
        choose_again = page.get_by_role("link", name="Demander un avis")
        choose_again.click()
        sheet.get_by_label("Bureau consulté").select_option("Premier adjoint – François Noël")
        sheet.get_by_label("Votre question").fill("Les crédits suffisent-ils ?")
        sheet.get_by_role("button", name="Demander l’avis").click()
        expect(page.get_by_role("link", name="Reprendre la question")).to_be_visible()
        check_look(page)
    with seen(browser, site, address, "adjoint", "/avis-a-donner", PHONE) as page:
        check_look(page)
        page.get_by_role("link", name="Budget primitif").click()
        page.get_by_role("link", name="Donner un avis").click()
        sheet = page.get_by_role("dialog", name="Donner un avis")
        sheet.get_by_label("Défavorable").check()
        sheet.get_by_label("Ce que vous en dites").fill("Il manque 2 000 €.")
        check_look(page)
        sheet.get_by_role("button", name="Envoyer la réponse").click()
        expect(page.get_by_role("heading", name="À traiter")).to_be_visible()
    with seen(browser, site, address, "dgs", path, PHONE) as page:
        expect(page.get_by_text("avis défavorable de François Noël")).to_be_visible()
        expect(page.get_by_role("link", name="Viser")).to_be_visible()
        check_look(page)


def test_a_step_is_transferred_from_a_phone(browser: Browser, site: Site, address: str) -> None:
    folder = site.world.sent(title="Budget primitif")
    with seen(browser, site, address, "dgs", f"/dossiers/{folder.id}", PHONE) as page:
        choose(page, "Transférer")
        sheet = page.get_by_role("dialog", name="Transférer")
        sheet.get_by_label("Bureau qui traitera l’étape").select_option("Maire – Héloïse Lefèvre")
        sheet.get_by_label("Motif (facultatif)").fill("Vous suivez ce projet.")
        check_look(page)
        sheet.get_by_role("button", name="Transférer l’étape").click()
        expect(page.get_by_text("transféré par Zoé Çelik")).to_be_visible()
        check_look(page)


def test_a_reminder_is_sent_from_the_folder(browser: Browser, site: Site, address: str) -> None:
    folder = site.world.sent(title="Budget primitif")
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", DESK) as page:
        choose(page, "Relancer")
        page.get_by_role("dialog", name="Relancer").get_by_role("button", name="Envoyer la relance").click()
        expect(page.get_by_text("La relance part : Zoé Çelik.")).to_be_visible()


def test_a_paper_signature_is_declared_with_its_scan(
    browser: Browser, site: Site, address: str, tmp_path: Path
) -> None:
    publish_for(site.world, "paper", drawing(START, ON_PAPER, END, flow("start>s s>end")))
    folder = site.world.sent(circuit="paper", title="Convention d’objectifs")
    scan = tmp_path / "convention-signee.pdf"
    scan.write_bytes(blank_pdf())
    with seen(browser, site, address, "maire", f"/dossiers/{folder.id}", PHONE) as page:
        choose(page, "Déclarer une signature papier")
        page.get_by_label("Qui a signé le papier").fill("Héloïse Lefèvre, maire")
        page.get_by_label("Jour de la signature").fill("2020-01-02")
        page.get_by_label("Scan du papier signé").set_input_files(scan)
        check_look(page)
        page.get_by_role("button", name="Déclarer la signature").click()
        expect(page.get_by_text("a sa signature papier déclarée")).to_be_visible(timeout=60_000)
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", HIGH) as page:
        expect(page.get_by_text("ce n’est pas une signature électronique")).to_be_visible()
        check_look(page)


def test_a_stuck_task_is_bypassed_by_an_administrator(browser: Browser, site: Site, address: str) -> None:
    publish_for(site.world, "transmitted", TRANSMITTED)
    make_administrator(site.world, "adjoint")
    folder: Folder = site.world.sent(circuit="transmitted", title="Budget primitif")
    site.world.act("dgs", folder, Act.VISA)
    with site.world.database.writing() as session:
        row = session.exec(select(WorkItem).where(WorkItem.kind == "folder.service")).one()
        row.attempts, row.failed_at, row.error = 8, NOW, "le service ne répond pas"
        session.commit()
    with seen(browser, site, address, "adjoint", "/administration/travaux", PHONE) as page:
        page.get_by_role("link", name="Tâches qui bloquent un dossier").click()
        check_look(page)
        page.get_by_role("link", name="Contourner").click()
        page.get_by_label("Motif").fill("Transmis à la main.")
        check_look(page)
        page.get_by_role("button", name="Contourner la tâche").click()
        expect(page.get_by_text("Aucune tâche ne bloque de dossier")).to_be_visible()
