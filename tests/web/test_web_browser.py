"""What circuits ask, in a real browser: fields and answers in dialogs, an act taken back, a signature with fields."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from engine.folders.model import Folder, Step
from parapheur.demo.seed import P12_PASSWORD
from tests.front.test_front_look import violations
from tests.support.browser import chromium
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.live import DESK, PHONE, seen, serving
from tests.support.site import Site
from tests.support.world import authority

pytestmark = pytest.mark.browser

FILLS = (
    ' parapheur:fills="amount:Montant TTC" parapheur:requiredForApproval="amount"'
    ' parapheur:outcomes="reserve:Avis réservé">'
    "<bpmn:documentation>Vérifiez les crédits.</bpmn:documentation></bpmn:userTask>"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serving(site) as found:
        yield found


@pytest.fixture
def folder(site: Site) -> Folder:
    asked = step("a").replace("/>", FILLS)
    signed = step("s", kind="signature", desk="maire").replace("/>", FILLS)
    publish_for(site.world, "asks", drawing(START, asked, signed, END, flow("start>a a>s s>end")))
    return site.world.sent(circuit="asks", title="Bon de commande 2026-17")


def outcomes(site: Site, folder: Folder) -> list[str | None]:
    with site.world.database.reading() as session:
        return list(session.exec(select(Step.outcome).where(Step.folder_id == folder.id).order_by(col(Step.id))))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_fields_are_filled_in_the_dialog_and_the_act_is_taken_back(
    browser: Browser, site: Site, address: str, folder: Folder, size: dict[str, int]
) -> None:
    with seen(browser, site, address, "dgs", f"/dossiers/{folder.id}", size) as page:
        expect(page.get_by_text("Vérifiez les crédits.")).to_be_visible()
        page.get_by_role("link", name="Viser ou répondre").click()
        sheet = page.get_by_role("dialog", name="Viser ou répondre")
        assert violations(page) == []
        sheet.get_by_role("button", name="Avis réservé").click()
        assert outcomes(site, folder) == [None]  # the browser asks for the compulsory field
        expect(sheet.get_by_label("Montant TTC")).to_be_focused()
        sheet.get_by_label("Montant TTC").fill("12 400,50")
        sheet.get_by_role("button", name="Avis réservé").click()
        expect(page.get_by_role("status").first).to_contain_text("a reçu la réponse « Avis réservé ».")
        assert outcomes(site, folder) == ["reserve", None]
        page.goto(f"{address}/recuperables")
        page.get_by_role("link", name="Bon de commande 2026-17").click()
        page.get_by_role("link", name="Récupérer").click()
        question = page.get_by_role("dialog", name="Récupérer ce dossier ?")
        assert violations(page) == []
        question.get_by_role("button", name="Récupérer le dossier").click()
        expect(page.get_by_role("status").first).to_contain_text("le dossier vous attend de nouveau")
        expect(page.get_by_role("link", name="Viser ou répondre")).to_be_visible()
        assert violations(page) == []


def test_a_signature_leaves_with_its_fields_and_its_answer(
    browser: Browser, site: Site, address: str, folder: Folder
) -> None:
    with seen(browser, site, address, "dgs", f"/dossiers/{folder.id}/viser", DESK) as page:
        page.get_by_label("Montant TTC").fill("1 200")
        page.get_by_role("button", name="Viser le dossier").click()
        expect(page.get_by_role("link", name="Reprendre mon action")).to_be_visible()
    with seen(browser, site, address, "maire", f"/dossiers/{folder.id}", DESK) as page:
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")  # its two halves scroll, not it
        page.get_by_role("button", name="Signer").click()
        sheet = page.get_by_role("dialog", name="Signer")
        expect(sheet.get_by_label("Montant TTC")).to_have_value("1200")
        sheet.get_by_label("Votre réponse").select_option("Avis réservé")
        sheet.get_by_label("Votre certificat").set_input_files(authority().p12["maire"])
        sheet.get_by_label("Mot de passe du certificat").fill(P12_PASSWORD)
        assert violations(page) == []
        sheet.get_by_role("button", name="Signer").click()
        expect(page.get_by_role("status").first).to_contain_text("a reçu la réponse « Avis réservé ».", timeout=60_000)
    assert outcomes(site, folder) == ["approved", "reserve"]
