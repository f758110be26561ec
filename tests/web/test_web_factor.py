"""The second factor in the pages: setting it up, coming in with it, requiring it, resetting it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from starlette.testclient import TestClient

from engine.clock import utc_now
from engine.journal.queries import chain_entries
from engine.people.model import Membership, Role, SecondFactor, SecondFactorNeed, Tenant
from engine.people.queries import has_second_factor
from tests.support.administration import mails
from tests.support.site import COOKIE, Site, words
from tests.support.world import PASSWORD, make_world
from web.journal import sentences

MAIRE = "maire@essai.example"


def enrol(browser: TestClient) -> tuple[pyotp.TOTP, list[str]]:
    """Set the second factor up; the application of the person, and the recovery codes."""
    assert browser.post("/second-facteur/commencer").headers["location"] == "/second-facteur/confirmer"
    page = browser.get("/second-facteur/confirmer").text
    secret = re.search(r"secret=([A-Z2-7]+)", page)
    assert secret
    assert "<svg" in page
    totp = pyotp.TOTP(secret[1])
    shown = browser.post("/second-facteur/confirmer", data={"code": totp.at(utc_now())})
    assert shown.status_code == 200, words(shown.text)
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", shown.text)
    assert len(codes) == 10
    return totp, codes


def following(totp: pyotp.TOTP) -> str:
    """The code of the next interval: the present one has served."""
    return totp.at(utc_now() + timedelta(seconds=30))


def log_in(site: Site, email: str = MAIRE) -> TestClient:
    browser = site.fresh()
    answer = browser.post("/connexion", data={"email": email, "password": PASSWORD, "suite": "/termines"})
    assert answer.headers["location"] == "/connexion/second-facteur?suite=/termines"
    return browser


def test_it_is_set_up_then_asked_at_log_in(site: Site) -> None:
    mayor = site.browser("maire")
    totp, codes = enrol(mayor)
    assert "Le second facteur est activé" in words(mayor.get("/second-facteur").text)
    assert mayor.get("/second-facteur/confirmer").status_code == 303, "the secret is not shown again"
    [told] = mails(site.world, MAIRE)
    assert "vient d’être activé" in told.text
    browser = log_in(site)
    assert COOKIE not in browser.cookies
    assert browser.get("/a-traiter").status_code == 303
    cookie = next(c for c in browser.cookies.jar if c.name == f"{COOKIE}-code")
    assert cookie.secure
    wrong = browser.post("/connexion/second-facteur", data={"code": "000000", "suite": "/termines"})
    assert wrong.status_code == 422
    assert "Ce code n’est pas le bon" in words(wrong.text)
    came = browser.post("/connexion/second-facteur", data={"code": following(totp), "suite": "/termines"})
    assert (came.status_code, came.headers["location"]) == (303, "/termines")
    assert browser.get("/a-traiter").status_code == 200
    assert f"{COOKIE}-code" not in browser.cookies
    replay = log_in(site)
    assert replay.post("/connexion/second-facteur", data={"code": totp.at(utc_now())}).status_code == 422
    assert replay.post("/connexion/second-facteur", data={"code": codes[0]}).headers["location"] == "/"
    assert "il vous en reste 9" in words(replay.get("/a-traiter").text)
    assert "code de secours" in mails(site.world, MAIRE)[-1].text


def test_without_a_right_password_the_page_of_the_code_leads_back(site: Site) -> None:
    assert site.nobody.get("/connexion/second-facteur").headers["location"] == "/connexion"
    answer = site.nobody.post("/connexion/second-facteur", data={"code": "123456"})
    assert answer.headers["location"] == "/connexion"
    assert "Connectez-vous de nouveau" in words(site.nobody.get("/connexion").text)


def test_where_a_town_requires_it_everything_else_waits(site: Site, admin: TestClient) -> None:
    asked = admin.post("/administration/securite", data={"need": "EVERYBODY"})
    assert asked.status_code == 303
    assert admin.get("/administration/journal").headers["location"] == "/second-facteur", "the administrator first"
    mayor = site.browser("maire")
    for path in ("/a-traiter", "/deposer", f"/dossiers/{site.world.tenant.id}"):
        assert mayor.get(path).headers["location"] == "/second-facteur"
    script = mayor.get("/bannettes/compteurs", headers={"hx-request": "true"})
    assert (script.status_code, script.headers["hx-redirect"]) == (403, "/second-facteur")
    assert "exige un second facteur" in words(mayor.get("/second-facteur").text)
    totp, _ = enrol(mayor)
    assert mayor.get("/a-traiter").status_code == 200
    off = mayor.post("/second-facteur/desactiver", data={"code": following(totp)})
    assert off.status_code == 422
    assert "ne peut pas être désactivé" in words(off.text)
    assert site.browser("dgs").post("/deconnexion").status_code == 303


def test_what_the_town_requires_of_its_administrators_leaves_the_others_alone(site: Site, admin: TestClient) -> None:
    admin.post("/administration/securite", data={"need": "ADMINISTRATORS"})
    assert site.browser("maire").get("/a-traiter").status_code == 200
    assert admin.get("/a-traiter").status_code == 303
    enrol(admin)
    page = words(admin.get("/administration/securite").text)
    assert "Héloïse Lefèvre" in page
    assert "Sylvie Lemoine ," not in page
    assert "exige le second facteur : des personnes qui administrent" in words(
        admin.get("/administration/journal").text
    )
    assert admin.post("/administration/securite", data={"need": "ROBOTS"}).status_code == 400


def test_an_administrator_resets_a_lost_one_and_the_person_is_told(
    site: Site, admin: TestClient, tmp_path: Path
) -> None:
    neighbour = make_world(site.world.database, tmp_path / "voisine", "voisine")
    mayor, maire = site.browser("maire"), site.world.accounts["maire"].id
    with site.world.database.writing() as session:
        session.add(Membership(account_id=maire, tenant_id=neighbour.tenant.id))
        session.commit()
    reset = f"/administration/personnes/{maire}/second-facteur"
    assert admin.post(reset).headers["location"] == f"/administration/personnes/{maire}"
    assert "il n’y a rien à réinitialiser" in words(admin.get(f"/administration/personnes/{maire}").text)
    enrol(mayor)
    assert "Réinitialiser le second facteur" in admin.get(f"/administration/personnes/{maire}").text
    assert admin.post(reset).status_code == 303
    assert "réinitialisé" in words(admin.get(f"/administration/personnes/{maire}").text)
    assert mayor.get("/a-traiter").status_code == 303
    assert "réinitialiser le second facteur" in mails(site.world, MAIRE)[-1].text
    with site.world.database.reading() as session:
        assert not has_second_factor(session, maire)
        for tenant_id in (site.world.tenant.id, neighbour.tenant.id):
            lines = sentences(session, chain_entries(session, tenant_id, tenant_id))
            assert lines[-1].sentence == "a réinitialisé le second facteur de Héloïse Lefèvre"
    entered = site.nobody.post("/connexion", data={"email": MAIRE, "password": PASSWORD})
    assert entered.headers["location"] == "/"


def test_nobody_resets_their_own_nor_that_of_a_stranger(site: Site, admin: TestClient, tmp_path: Path) -> None:
    neighbour = make_world(site.world.database, tmp_path / "voisine", "voisine")
    enrol(admin)
    own = site.world.accounts["secretariat"].id
    admin.post(f"/administration/personnes/{own}/second-facteur")
    assert "Votre propre second facteur" in words(admin.get(f"/administration/personnes/{own}").text)
    stranger = neighbour.accounts["maire"].id
    with site.world.database.writing() as session:
        session.add(SecondFactor(account_id=stranger, secret="x", created_at=utc_now(), confirmed_at=utc_now()))
        session.commit()
    assert admin.post(f"/administration/personnes/{stranger}/second-facteur").status_code == 404
    with site.world.database.reading() as session:
        assert has_second_factor(session, stranger)
        assert has_second_factor(session, own)


@pytest.mark.parametrize("role", [Role.NONE, Role.FUNCTIONAL_ADMIN])
def test_only_who_administers_the_town_requires_and_resets(site: Site, role: Role) -> None:
    with site.world.database.writing() as session:
        session.get_one(Membership, (site.world.accounts["dgs"].id, site.world.tenant.id)).role = role
        session.commit()
    browser = site.browser("dgs")
    assert browser.post("/administration/securite", data={"need": "EVERYBODY"}).status_code == 403
    maire = site.world.accounts["maire"].id
    assert browser.post(f"/administration/personnes/{maire}/second-facteur").status_code == 403
    with site.world.database.reading() as session:
        assert session.get_one(Tenant, site.world.tenant.id).second_factor is SecondFactorNeed.NOBODY
