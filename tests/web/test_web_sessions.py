"""« Mes sessions »: where one is logged in, and closing it there."""

from __future__ import annotations

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from engine.clock import utc_now
from engine.people.actions import open_session
from engine.people.model import LoginSession
from tests.support.site import COOKIE, Site, hidden, words
from web.sessions import browser_name

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox sur Windows"),
        (EDGE, "Edge sur Windows"),
        (IPHONE, "Safari sur iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome sur Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0", "Firefox sur Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", "Safari sur Mac"),
        ("<script>", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)
def test_a_browser_is_named_as_people_do(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def logged_in(site: Site, who: str, user_agent: str) -> TestClient:
    browser = site.fresh()
    with site.world.database.writing() as session:
        secret = open_session(session, site.world.accounts[who].id, user_agent=user_agent, now=utc_now())
        session.commit()
    browser.cookies.set(COOKIE, secret, domain="parapheur.essai.example")
    return browser


def test_one_sees_ones_sessions_and_closes_one_or_all_others(site: Site) -> None:
    here, office, phone = (logged_in(site, "maire", agent) for agent in (FIREFOX, EDGE, IPHONE))
    page = here.get("/mes-sessions").text
    text = words(page)
    for name in ("Firefox sur Windows", "Edge sur Windows", "Safari sur iPhone"):
        assert name in text
    assert text.count("Cette session") == 1
    assert here.cookies[COOKIE] not in page
    first = hidden(page, "session")
    assert here.post("/mes-sessions/fermer", data={"session": first}).status_code == 303
    assert sorted(browser.get("/a-traiter").status_code for browser in (office, phone)) == [200, 303]
    assert "La session est fermée." in words(here.get("/mes-sessions").text)
    assert here.post("/mes-sessions/fermer-les-autres").status_code == 303
    assert {browser.get("/a-traiter").status_code for browser in (office, phone)} == {303}
    assert "Fermer toutes les autres" not in here.get("/mes-sessions").text
    assert here.get("/a-traiter").status_code == 200


def test_nobody_closes_the_sessions_of_somebody_else(site: Site, admin: TestClient) -> None:
    mayor = logged_in(site, "maire", FIREFOX)
    with site.world.database.reading() as session:
        asked = select(LoginSession.secret_sha256).where(LoginSession.account_id == site.world.accounts["maire"].id)
        digest = session.exec(asked).one()
    assert digest not in admin.get("/mes-sessions").text
    admin.post("/mes-sessions/fermer", data={"session": digest})
    admin.post("/mes-sessions/fermer-les-autres")
    assert mayor.get("/a-traiter").status_code == 200
