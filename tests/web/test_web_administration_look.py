"""The pages of administration in a real browser: accessible at every width, light and dark, and without scripts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from engine.clock import utc_now
from engine.desks.members import invite_member
from engine.people.actions import join_tenant, open_session
from engine.people.model import Membership, Role
from engine.people.rules import NewPerson
from tests.front.test_front_look import SCREENS, SMALL, WIDTHS, violations
from tests.support.browser import chromium, visited
from tests.support.postgres import free_port
from tests.support.site import open_site
from tests.support.world import World, make_world

pytestmark = pytest.mark.browser

PEOPLE, DESKS = "/administration/personnes", "/administration/bureaux"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def served(world: World, tmp_path: Path) -> Iterator[str]:
    """The pages on a real port, over a town with an administrator, somebody invited and somebody closed out."""
    port = free_port()
    with world.database.writing() as session:
        clerk = world.accounts["secretariat"]
        session.get_one(Membership, (clerk.id, world.tenant.id)).role = Role.TENANT_ADMIN
        session.get_one(Membership, (world.accounts["adjoint"].id, world.tenant.id)).disabled_at = utc_now()
        person = NewPerson("marie-charlotte@essai.example", "Marie-Charlotte", "de La Rochefoucauld-Montbel", "DRH")
        invite_member(session, tenant_id=world.tenant.id, by=clerk.id, person=person, now=utc_now())
        open_session(session, clerk.id, user_agent="Mozilla/5.0 (iPhone) Safari/604.1", now=utc_now())
        session.commit()
    with open_site(world, tmp_path, base_url=f"http://localhost:{port}") as site:
        server = uvicorn.Server(uvicorn.Config(site.app, port=port, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                thread.join(0.02)
                assert thread.is_alive()
            yield f"http://localhost:{port}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def logged_in(browser: Browser, world: World, address: str, **context: Any) -> Iterator[Page]:
    with world.database.writing() as session:
        secret = open_session(session, world.accounts["secretariat"].id, user_agent="", now=utc_now())
        session.commit()
    cookie: Any = {"name": "parapheur", "value": secret, "url": address}
    with visited(browser, f"{address}/connexion", **context) as (page, complaints):
        page.context.add_cookies([cookie])
        yield page
    assert complaints.without("422") == []  # what Chromium says of a form sent back with what is wrong in it


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_accessible_and_within_its_width(
    browser: Browser, world: World, served: str, width: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    neighbour = make_world(world.database, tmp_path / "voisine", "voisine")
    with world.database.writing() as session:
        join_tenant(session, world.accounts["secretariat"], neighbour.tenant)
        session.commit()
    maire = world.accounts["maire"].id
    size: Any = {"width": WIDTHS[width], "height": 844}
    with logged_in(browser, world, served, viewport=size, color_scheme=scheme) as page:
        for path in (
            PEOPLE,
            f"{PEOPLE}/inviter",
            f"{PEOPLE}/{maire}",
            f"{PEOPLE}/{maire}/desactiver",
            DESKS,
            f"{DESKS}/nouveau",
            "/administration/calendrier",
            "/administration/circuits",
            "/administration/types/nouveau",
            "/administration/travaux",
            "/administration/configuration",
            "/administration/journal",
            "/mes-sessions",
            "/mes-collectivites",
        ):
            page.goto(f"{served}{path}")
            page.locator(".menu summary").click()
            expect(page.get_by_role("link", name="Administration", exact=True)).to_be_in_viewport(ratio=1)
            if path != PEOPLE:  # open, it hides what is under it, which is looked at too
                page.locator(".menu summary").click()
            assert violations(page) == [], path
            assert page.evaluate("() => document.documentElement.scrollWidth") <= WIDTHS[width], path
            assert page.evaluate(SMALL) == [], path


def test_everything_is_done_on_a_phone_without_scripts(browser: Browser, world: World, served: str) -> None:
    size: Any = {"width": WIDTHS["phone"], "height": 844}
    with logged_in(browser, world, served, viewport=size, java_script_enabled=False) as page:
        page.goto(f"{served}/a-traiter")
        page.get_by_text("Menu", exact=True).click()
        page.get_by_role("link", name="Administration", exact=True).click()
        page.get_by_role("link", name="Bureaux").click()
        page.get_by_role("link", name="Créer un bureau").click()
        page.get_by_label("Nom", exact=True).fill("Police municipale")
        page.get_by_label("Bureau supérieur").select_option("Maire")
        page.get_by_role("button", name="Créer le bureau").click()
        expect(page.get_by_role("status")).to_contain_text("Le bureau « Police municipale » est créé")
        page.get_by_role("link", name="Personnes", exact=True).click()
        page.get_by_role("link", name="Inviter une personne").click()
        page.get_by_label("Adresse électronique").fill("maire@essai.example")
        page.get_by_label("Prénom").fill("Agathe")
        page.get_by_label("Nom", exact=True).fill("Petit")
        page.get_by_role("checkbox", name="Police municipale").check()
        page.get_by_role("button", name="Envoyer l’invitation").click()
        expect(page.get_by_role("alert")).to_contain_text("Héloïse Lefèvre fait déjà partie de votre collectivité")
        expect(page.get_by_role("checkbox", name="Police municipale")).to_be_checked()
        page.get_by_label("Adresse électronique").fill("agathe@essai.example")
        page.get_by_role("button", name="Envoyer l’invitation").click()
        expect(page.get_by_role("status")).to_contain_text("Une invitation part vers agathe@essai.example")
        page.get_by_role("link", name="Agathe Petit").click()
        page.get_by_role("button", name="Envoyer l’invitation de nouveau").click()
        expect(page.get_by_role("status")).to_contain_text("Une nouvelle invitation part")
        page.get_by_role("link", name="Agathe Petit").click()
        page.get_by_role("link", name="Désactiver l’accès…").click()
        page.get_by_role("button", name="Désactiver l’accès").click()
        expect(page.get_by_role("status")).to_contain_text("L’accès de Agathe Petit est désactivé")
        page.get_by_text("Menu", exact=True).click()
        page.get_by_role("link", name="Mes sessions").click()
        page.get_by_role("button", name="Fermer toutes les autres").click()
        expect(page.locator("article")).to_have_count(1)
