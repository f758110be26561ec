"""In a real browser: a second factor set up and asked, a council renewed, one tray for two towns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from engine.clock import utc_now
from engine.desks.actions import give_desk
from engine.desks.queries import desks_by_short_name, holders
from engine.people.actions import join_tenant, open_session
from engine.people.model import Account, Tenant
from tests.front.test_front_look import SMALL, violations
from tests.support.administration import make_administrator
from tests.support.browser import chromium, visited
from tests.support.serving import served
from tests.support.site import Site
from tests.support.world import PASSWORD, make_world

pytestmark = pytest.mark.browser

PHONE: Any = {"width": 390, "height": 844}
DESK: Any = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with served(site.app) as found:
        yield found


def come_in(page: Page, site: Site, address: str, who: str, path: str) -> None:
    """Go to a page of somebody who is logged in."""
    with site.world.database.writing() as session:
        secret = open_session(session, site.world.accounts[who].id, user_agent="essai", now=utc_now())
        session.commit()
    page.context.add_cookies([{"name": "parapheur", "value": secret, "url": address}])
    page.goto(f"{address}{path}")


def check_look(page: Page) -> None:
    """Axe finds nothing, nothing is wider than the screen, no target is too small."""
    assert violations(page) == [], page.url
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), page.url
    assert page.evaluate(SMALL) == [], page.url


def test_a_second_factor_is_set_up_on_a_phone_then_asked(browser: Browser, site: Site, address: str) -> None:
    with visited(browser, f"{address}/connexion", viewport=PHONE) as (page, complaints):
        come_in(page, site, address, "maire", "/second-facteur")
        check_look(page)
        page.get_by_role("button", name="Activer le second facteur").click()
        expect(page.get_by_role("img", name="Code QR à photographier")).to_be_visible()
        check_look(page)
        page.get_by_text("Sans appareil photo").click()
        totp = pyotp.TOTP(page.locator("details code").inner_text().replace(" ", ""))
        page.get_by_label("Code à six chiffres").fill("000000")
        page.get_by_role("button", name="Confirmer").click()
        expect(page.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
        page.get_by_label("Code à six chiffres").fill(totp.at(utc_now()))
        page.get_by_role("button", name="Confirmer").click()
        expect(page.locator(".codes li")).to_have_count(10)
        check_look(page)
        page.get_by_role("link", name="C’est noté, continuer").click()
        page.get_by_role("button", name="Se déconnecter").click()
        page.get_by_label("Adresse électronique").fill("maire@essai.example")
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        expect(page.get_by_role("heading", name="Second facteur")).to_be_visible()
        expect(page.get_by_label("Code de l’application")).to_be_focused()
        check_look(page)
        page.get_by_label("Code de l’application").fill(totp.at(utc_now() + timedelta(seconds=30)))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="À traiter")).to_be_visible()
        assert complaints.without("422") == []


def test_a_council_is_renewed_after_it_was_read_again(browser: Browser, site: Site, address: str) -> None:
    make_administrator(site.world)
    site.world.sent(circuit="simple-signature", title="Arrêté en attente")
    with visited(browser, f"{address}/connexion", viewport=DESK) as (page, complaints):
        come_in(page, site, address, "secretariat", "/administration/renouvellement")
        check_look(page)
        page.get_by_role("link", name="Préparer un renouvellement").click()
        mayor = page.get_by_role("region", name="Maire", exact=True)
        mayor.get_by_role("checkbox", name="Héloïse Lefèvre").uncheck()
        mayor.get_by_label("Ajouter une personne déjà présente").select_option("François Noël, Premier adjoint")
        mayor.get_by_role("button", name="Ajouter, et continuer").click()
        expect(mayor.get_by_role("checkbox", name="François Noël")).to_be_checked()
        deputy = page.get_by_role("region", name="Premier adjoint")
        deputy.get_by_role("checkbox", name="François Noël").uncheck()
        deputy.get_by_text("Inviter une personne nouvelle").click()
        deputy.get_by_label("Prénom").fill("Agathe")
        deputy.get_by_label("Nom", exact=True).fill("Petit")
        deputy.get_by_label("Adresse électronique").fill("maire@")
        check_look(page)
        page.evaluate("() => document.forms[1].noValidate = true")
        page.get_by_role("button", name="Voir ce qui changerait").click()
        expect(deputy.get_by_role("alert")).to_contain_text("n’est pas une adresse électronique utilisable")
        deputy.get_by_label("Adresse électronique").fill("agathe@essai.example")
        page.get_by_role("button", name="Voir ce qui changerait").click()
        main = page.get_by_role("main")
        expect(main).to_contain_text("1 dossier y attend et y restera : Arrêté en attente")
        expect(main).to_contain_text("Agathe Petit (à inviter : agathe@essai.example)")
        expect(main).to_contain_text("Héloïse Lefèvre ne tient plus aucun bureau")
        check_look(page)
        page.set_viewport_size(PHONE)
        check_look(page)
        page.get_by_role("button", name="Appliquer maintenant").click()
        expect(page.get_by_role("status")).to_contain_text("Le renouvellement est appliqué")
        assert complaints.without("422") == []
    with site.world.database.reading() as session:
        desks = desks_by_short_name(session, site.world.tenant.id)
        people = holders(session, [desk.id for desk in desks.values()])
    assert [one.surname for one in people[desks["maire"].id]] == ["Noël"]
    assert [one.surname for one in people[desks["adjoint"].id]] == ["Petit"]


def test_pages_of_people_and_of_the_installation_hold_on_a_phone(browser: Browser, site: Site, address: str) -> None:
    make_administrator(site.world)
    with site.world.database.writing() as session:
        session.get_one(Account, site.world.accounts["secretariat"].id).platform_admin = True
        desk = desks_by_short_name(session, site.world.tenant.id)["maire"].id
        session.commit()
    person = f"/administration/personnes/{site.world.accounts['maire'].id}"
    with visited(browser, f"{address}/connexion", viewport=PHONE) as (page, complaints):
        come_in(page, site, address, "secretariat", person)
        for path in (
            f"{person}/depart",
            f"{person}/bureaux-confies",
            f"/administration/bureaux/{desk}/titulaires",
            "/administration/securite",
            "/installation/collectivites",
            "/installation/collectivites/ouvrir",
        ):
            page.goto(f"{address}{path}")
            check_look(page)
        page.goto(f"{address}{person}/depart")
        page.get_by_role("button", name="Enregistrer le départ").click()
        expect(page.get_by_role("alert")).to_contain_text("Dites à qui revient le bureau « Maire »")
        page.get_by_label("Maire").select_option(label="François Noël, Premier adjoint")
        page.get_by_role("button", name="Enregistrer le départ").click()
        expect(page.get_by_role("status")).to_contain_text("Le départ de Héloïse Lefèvre est enregistré")
        expect(page.get_by_role("article").filter(has_text="Héloïse Lefèvre")).not_to_contain_text("maire@essai")
        assert complaints.without("422") == []


def test_one_tray_holds_the_folders_of_two_towns(browser: Browser, site: Site, address: str, tmp_path: Path) -> None:
    neighbour = make_world(site.world.database, tmp_path / "voisine", "voisine")
    neighbour.store = site.world.store
    with site.world.database.writing() as session:
        session.get_one(Tenant, neighbour.tenant.id).name = "Communauté de communes du Pays de la Baie"
        join_tenant(session, site.world.accounts["dgs"], neighbour.tenant, title="Directrice mutualisée")
        give_desk(session, desks_by_short_name(session, neighbour.tenant.id)["dgs"], site.world.accounts["dgs"].id)
        session.commit()
    here, there = site.world.sent(title="Délibération d’ici"), neighbour.sent(title="Délibération de là")
    with visited(browser, f"{address}/connexion", viewport=PHONE) as (page, complaints):
        come_in(page, site, address, "dgs", "/a-traiter")
        towns = page.get_by_role("navigation", name="Collectivités")
        expect(page.locator("article")).to_have_count(2)
        check_look(page)
        towns.get_by_role("link", name="Communauté de communes").click()
        expect(page.locator("article")).to_have_count(1)
        expect(towns.get_by_role("link", name="Communauté de communes")).to_have_attribute("aria-current", "true")
        page.set_viewport_size(DESK)
        check_look(page)
        page.get_by_role("link", name="Délibération de là").click()
        expect(page.get_by_role("banner")).to_contain_text("Communauté de communes du Pays de la Baie")
        page.locator("a.main", has_text="Viser").click()
        page.get_by_role("dialog").get_by_role("button", name="Viser").click()
        expect(page.get_by_role("heading", name="Délibération d’ici")).to_be_visible()
        assert page.url.endswith(str(here.id)), "the next one, in the other town"
        expect(page.get_by_role("banner")).to_contain_text("Commune d’essai")
        assert complaints.found == []
    assert neighbour.open_step(there).kind == "SIGNATURE"
