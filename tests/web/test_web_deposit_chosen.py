"""The deposit page asks for the desks that the circuit leaves open, and shows whom each choice would ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select

from engine.clock import utc_now
from engine.folders.model import ChosenDesk, Folder, FolderStatus
from engine.people.actions import open_session
from tests.front.test_front_look import violations
from tests.support.browser import chromium, visited
from tests.support.circuits import publish_for
from tests.support.desks import associate
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.serving import served
from tests.support.site import Site, words
from tests.support.world import blank_pdf

CHOOSING = drawing(START, step("avis", desk="chosen"), step("b", desk="maire"), END, flow("start>avis avis>b b>end"))


@pytest.fixture
def field(site: Site) -> str:
    """The name of the field; the secretariat may choose the clerk or the deputy."""
    publish_for(site.world, "choosing", CHOOSING)
    associate(site.world, "secretariat", "adjoint", "dgs")
    return f"chosen:{site.world.subtypes['choosing']}:avis"


def post(site: Site, **fields: str) -> Any:
    form = {"subtype": str(site.world.subtypes["choosing"]), "title": "Projet de note", "suite": "envoyer", **fields}
    file = {"document": ("note.pdf", blank_pdf(), "application/pdf")}
    return site.browser("secretariat").post("/deposer", data=form, files=file)


def only_folder(site: Site) -> Folder:
    with site.world.database.reading() as session:
        return session.exec(select(Folder)).one()


def test_the_page_offers_the_associated_desks_and_no_other(site: Site, field: str) -> None:
    page = site.browser("secretariat").get("/deposer").text
    select_of = re.search(rf'<select id="{field}".*?</select>', page, re.DOTALL)
    assert select_of
    assert words(select_of[0]) == "Choisissez le bureau Directrice générale des services Premier adjoint"
    assert "Bureau à choisir" in words(page)


def test_what_is_chosen_is_foreseen_then_asked(site: Site, field: str) -> None:
    asked = {"subtype": str(site.world.subtypes["choosing"]), field: "adjoint"}
    foreseen = site.browser("secretariat").get("/deposer/circuit", params=asked).text
    assert "Premier adjoint · François Noël" in words(foreseen)
    answer = post(site, **{field: "adjoint"})
    assert answer.status_code == 303, words(answer.text)
    assert only_folder(site).status is FolderStatus.IN_PROGRESS
    assert site.browser("adjoint").get(answer.headers["location"]).status_code == 200
    assert site.browser("dgs").get(answer.headers["location"]).status_code == 404


@pytest.mark.parametrize(
    ("given", "told"),
    [("", "Choisissez le bureau de l’étape « Étape avis »"), ("maire", "n’est pas, ou n’est plus, associé")],
)
def test_what_is_missing_or_not_associated_is_said_beside_the_field(
    site: Site, field: str, given: str, told: str
) -> None:
    answer = post(site, **{field: given})
    assert answer.status_code == 422
    assert told in words(answer.text)
    assert f'aria-describedby="{field}-fault"' in answer.text
    with site.world.database.reading() as session:
        assert session.exec(select(Folder)).all() == []


def test_a_draft_may_leave_it_for_later_and_be_finished_on_its_page(site: Site, field: str) -> None:
    assert post(site, suite="brouillon").status_code == 303
    draft = only_folder(site)
    refused = site.browser("secretariat").post(f"/dossiers/{draft.id}/envoyer", follow_redirects=True)
    assert "Choisissez le bureau de l’étape « Étape avis »" in words(refused.text)
    base = f"/dossiers/{draft.id}/modifier"
    assert "Qui agira" in site.browser("secretariat").get(base).text
    wrong = site.browser("secretariat").post(base, data={"title": draft.title, field: "maire"})
    assert wrong.status_code == 422
    saved = site.browser("secretariat").post(base, data={"title": draft.title, field: "dgs"})
    assert saved.status_code == 303
    with site.world.database.reading() as session:
        assert session.exec(select(ChosenDesk)).one().step == "avis"
    assert site.browser("secretariat").post(f"/dossiers/{draft.id}/envoyer").status_code == 303
    assert only_folder(site).status is FolderStatus.IN_PROGRESS


def test_without_an_associated_desk_the_page_says_whom_to_ask(site: Site) -> None:
    publish_for(site.world, "choosing", CHOOSING)
    page = site.browser("secretariat").get("/deposer").text
    assert "Aucun bureau n’est associé" in words(page)
    assert "Demandez à l’administrateur d’en associer" in words(post(site).text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_choosing_a_desk_redraws_the_circuit_and_keeps_the_file(
    browser: Browser, site: Site, field: str, width: int
) -> None:
    with site.world.database.writing() as session:
        secret = open_session(session, site.world.accounts["secretariat"].id, user_agent="essai", now=utc_now())
        session.commit()
    size = {"width": width, "height": 800}
    with (
        served(site.app) as address,
        visited(browser, f"{address}/connexion", viewport=size) as (page, complaints),
    ):
        page.context.add_cookies([{"name": "parapheur", "value": secret, "url": address}])
        page.goto(f"{address}/deposer")
        page.get_by_role("radio", name="deed").check()
        expect(page.get_by_label("Étape avis")).to_be_hidden()
        page.get_by_role("radio", name="choosing").check()
        page.get_by_label("Document").set_input_files(
            {"name": "note.pdf", "mimeType": "application/pdf", "buffer": blank_pdf()}
        )
        circuit = page.get_by_role("complementary", name="Circuit")
        expect(circuit).to_contain_text("Bureau à choisir")
        page.get_by_label("Étape avis").select_option(label="Premier adjoint")
        expect(circuit.get_by_text("Bureau à choisir")).to_have_count(0)
        expect(circuit.get_by_role("listitem").first).to_contain_text("Premier adjoint · François Noël")
        expect(circuit.get_by_role("heading")).to_have_count(1)  # of the other sub-types nothing came back
        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name="Envoyer dans le circuit").click()
        page.wait_for_url("**/dossiers/*", timeout=60_000)  # the document is inspected on the way
        expect(page.get_by_role("heading", name="note")).to_be_visible()
        expect(page.get_by_text("François Noël").first).to_be_visible()
        assert complaints.found == []
