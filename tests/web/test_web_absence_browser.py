"""An absence in a real browser: declared by the mayor, answered by the deputy, and told wherever it must be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select

from engine.clock import utc_now
from engine.work.model import WorkItem
from notifications.handlers import folder_moved
from tests.front.test_front_look import violations
from tests.support.administration import mails, make_administrator
from tests.support.browser import chromium
from tests.support.circuits import publish_for
from tests.support.delegations import delegate
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.live import DESK, PHONE, seen, serving
from tests.support.mails import BASE
from tests.support.site import Site
from tests.support.world import World

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serving(site) as found:
        yield found


def tell(world: World) -> None:
    """Do what a worker does when a folder has moved."""
    with world.database.reading() as session:
        rows = session.exec(select(WorkItem).where(WorkItem.kind == "folder.moved")).all()
    for row in rows:
        folder_moved(world.database, orjson.loads(row.data), base_url=BASE, now=utc_now())


def test_the_mayor_goes_away_and_the_deputy_acts_in_their_absence(browser: Browser, site: Site, address: str) -> None:
    world, deputy = site.world, "adjoint@essai.example"
    publish_for(world, "one", drawing(START, step("a", desk="maire"), END, flow("start>a a>end")))
    with seen(browser, site, address, "maire", "/", PHONE) as page:
        page.locator("summary", has_text="Menu").click()
        page.get_by_role("link", name="Je m’absente").click()
        page.get_by_label("Au", exact=True).fill((utc_now() + timedelta(days=5)).date().isoformat())
        page.get_by_label("Qui remplace").select_option(label="Premier adjoint – François Noël")
        assert violations(page) == []
        page.get_by_role("button", name="Me faire remplacer").click()
        expect(page.get_by_role("status").first).to_contain_text("Votre absence est enregistrée")
        expect(page.get_by_text("pour Maire, du")).to_be_visible()
        assert violations(page) == []
    folder = world.sent(circuit="one", title="Permis de voirie")
    tell(world)
    [told, asked] = mails(world, deputy)
    assert "Vous remplacez le bureau Maire" in told.subject
    assert "en l’absence de Héloïse Lefèvre" in asked.text
    with seen(browser, site, address, "adjoint", "/a-traiter", DESK) as page:
        expect(page.get_by_text("Permis de voirie")).to_have_count(0)
        page.get_by_role("link", name="En délégation 1").click()
        expect(page.get_by_text("pour Maire, en l’absence de Héloïse Lefèvre")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("link", name="Permis de voirie").click()
        expect(page.get_by_text("Vous agissez pour le bureau Maire, en l’absence de Héloïse Lefèvre.")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("link", name="Viser").click()
        sheet = page.get_by_role("dialog", name="Viser")
        expect(sheet.get_by_text("en l’absence de Héloïse Lefèvre")).to_be_visible()
        sheet.get_by_role("button", name="Viser le dossier").click()
        expect(page.get_by_role("status").first).to_contain_text("est visé")
        page.goto(f"{address}/dossiers/{folder.id}")
        expect(page.get_by_text("visé par François Noël, en l’absence de Héloïse Lefèvre")).to_be_visible()


def test_administrators_see_and_give_delegations_on_any_screen(browser: Browser, site: Site, address: str) -> None:
    make_administrator(site.world)
    delegate(site.world, ceiling=10_000, deed_number="2026-12")
    for size in (PHONE, DESK):
        with seen(browser, site, address, "secretariat", "/administration/delegations", size) as page:
            expect(page.get_by_text("en l’absence de Héloïse Lefèvre")).to_be_visible()
            assert violations(page) == []
            page.get_by_role("link", name="Faire remplacer un bureau").click()
            expect(page.get_by_label("Plafond en euros")).to_be_visible()
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
