"""Sending a folder back, in a real browser: referred back where the drawing says, returned to a step that is done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from engine.folders.model import Act, Folder, Step
from tests.front.test_front_look import violations
from tests.support.browser import chromium
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, exclusive, flow, step
from tests.support.live import DESK, PHONE, seen, serving
from tests.support.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serving(site) as found:
        yield found


def waiting(site: Site, folder: Folder) -> list[str]:
    with site.world.database.reading() as session:
        rows = select(Step.element_id).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))
        return sorted(session.exec(rows).all())


def test_a_step_is_referred_back_from_a_phone(browser: Browser, site: Site, address: str) -> None:
    steps = (exclusive("m", None), step("fix", desk="emitter"), step("a"), exclusive("x", "ok"))
    arrows = flow('start>m m>fix fix>a a>x x>end:ok x>m:no:outcome="refer_back"')
    publish_for(site.world, "loop", drawing(START, *steps, END, arrows))
    folder = site.world.sent(circuit="loop", title="À corriger")
    site.world.act("secretariat", folder, Act.VISA)
    with seen(browser, site, address, "dgs", f"/dossiers/{folder.id}", PHONE) as page:
        page.get_by_role("link", name="Renvoyer").click()
        sheet = page.get_by_role("dialog", name="Renvoyer")
        assert violations(page) == []
        sheet.get_by_role("button", name="Renvoyer le dossier").click()
        expect(sheet.get_by_label("Motif du renvoi")).to_be_focused()  # the browser asks for it
        assert waiting(site, folder) == ["a"]
        sheet.get_by_label("Motif du renvoi").fill("Une page manque.")
        sheet.get_by_role("button", name="Renvoyer le dossier").click()
        expect(page.get_by_role("status").first).to_contain_text("À corriger")
    assert waiting(site, folder) == ["fix"]


def test_a_folder_returns_to_a_step_that_is_done(browser: Browser, site: Site, address: str) -> None:
    folder = site.world.sent(title="À revoir")
    site.world.act("dgs", folder, Act.VISA)
    with seen(browser, site, address, "secretariat", f"/dossiers/{folder.id}", DESK) as page:
        page.locator("summary", has_text="Plus").click()
        page.get_by_role("link", name="Faire revenir à une étape").click()
        expect(page.get_by_text("Tombe : action de Zoé Çelik")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("radio").check()
        page.get_by_label("Motif du retour").fill("Le montant a changé.")
        page.get_by_role("button", name="Faire revenir le dossier").click()
        expect(page.get_by_role("status").first).to_contain_text("Le dossier est revenu à l’étape choisie")
        page.get_by_role("link", name="Journal du dossier").click()
        expect(page.get_by_text("a fait revenir le dossier à l’étape")).to_contain_text("Le montant a changé.")
    assert waiting(site, folder) == ["visa-dgs"]
