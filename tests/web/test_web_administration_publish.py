"""In a real browser: a foreign drawing is published from the page, a type takes it, a folder is deposited in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select

from engine.folders.model import Folder, FolderStatus
from tests.front.test_front_look import violations
from tests.support.administration import make_administrator
from tests.support.browser import chromium
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.live import DESK, seen, serving
from tests.support.site import Site
from tests.support.world import blank_pdf

pytestmark = pytest.mark.browser

#: A drawing that says neither who acts nor that it can be run.
SKETCH = drawing(START, step("visa").replace(' parapheur:desk="dgs"', ""), END, flow("start>visa visa>end")).replace(
    b' isExecutable="true"', b""
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    make_administrator(site.world)
    with serving(site) as found:
        yield found


def test_a_circuit_is_published_from_the_page_and_a_folder_deposited_in_it(
    browser: Browser, site: Site, address: str, tmp_path: Path
) -> None:
    file, pdf = tmp_path / "bon-de-commande.bpmn", tmp_path / "Bon 12.pdf"
    file.write_bytes(SKETCH)
    pdf.write_bytes(blank_pdf())
    with seen(browser, site, address, "secretariat", "/administration/circuits", DESK) as page:
        page.get_by_role("link", name="Publier un circuit").first.click()
        page.get_by_label("Fichier BPMN ou DMN").set_input_files(file)
        page.get_by_label("Nom", exact=True).fill("Bon de commande")
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("heading", name="Il reste une question")).to_be_visible()
        expect(page.get_by_role("heading", name="Ce qui est changé du fichier")).to_be_visible()
        assert violations(page) == []
        page.get_by_label("Directrice générale des services").check()
        page.get_by_role("button", name="Répondre").click()
        expect(page.get_by_text("Ce circuit peut être publié")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Publier", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text("La version 1 du circuit « Bon de commande »")
        page.get_by_role("link", name="Types", exact=True).click()
        page.get_by_role("link", name="Créer un sous-type").click()
        page.get_by_label("Type", exact=True).fill("Achats")
        page.get_by_label("Sous-type").fill("Fournitures")
        page.get_by_label("Circuit").select_option("Bon de commande")
        page.get_by_label("Place dans la liste").fill("9")
        page.get_by_label("Demande un montant").check()
        page.get_by_role("button", name="Créer le sous-type").click()
        page.goto(f"{address}/deposer")
        amount = page.get_by_label("Montant en euros")
        expect(amount).to_be_hidden()  # the first type asks for none
        page.get_by_label("Achats Fournitures").check()
        page.get_by_label("Document").set_input_files(pdf)
        amount.fill("12 500")
        page.get_by_role("button", name="Envoyer dans le circuit").click()
        page.wait_for_url("**/dossiers/*", timeout=30_000)  # the document is examined, and its places reserved
        expect(page.get_by_role("heading", name="Bon 12")).to_be_visible()
        expect(page.get_by_text("12 500,00 €")).to_be_visible()
    with site.world.database.reading() as session:
        folder = session.exec(select(Folder)).one()
    assert (folder.status, str(folder.amount)) == (FolderStatus.IN_PROGRESS, "12500.00")
    assert site.world.open_step(folder).element_id == "visa"
