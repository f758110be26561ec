"""Coming in and going out through the pages."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from engine.clock import utc_now
from engine.people.actions import forgot_password, invite
from engine.people.model import LoginSession
from notifications.model import Mail
from tests.support.site import COOKIE, Site, words
from tests.support.world import PASSWORD
from web.doors import local_path

MAIRE = "maire@essai.example"


def enter(site: Site, password: str = PASSWORD, email: str = MAIRE, suite: str = "/", **headers: str):  # type: ignore[no-untyped-def]
    fields = {"email": email, "password": password, "suite": suite}
    return site.nobody.post("/connexion", data=fields, headers=headers)


def test_a_right_password_opens_a_session_kept_in_a_cookie_tied_to_the_host(site: Site) -> None:
    answer = enter(site, suite="/en-cours")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en-cours")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(re.split(r"; ", cookie))
    assert "Domain" not in cookie
    assert "Héloïse Lefèvre" in site.nobody.get("/a-traiter").text


def test_over_plain_http_the_cookie_has_a_name_that_browsers_accept(site: Site) -> None:
    browser = site.fresh("http://localhost:8000")
    answer = browser.post("/connexion", data={"email": MAIRE, "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("parapheur=")
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie
    assert browser.get("/a-traiter").status_code == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [(MAIRE, "un autre mot de passe"), ("personne@essai.example", PASSWORD), ("", ""), ("a\0b@essai.example", "x\0y")],
)
def test_a_wrong_log_in_says_so_and_opens_nothing(site: Site, email: str, password: str) -> None:
    answer = enter(site, password, email, suite="/termines")
    assert answer.status_code == 422
    assert "Adresse ou mot de passe incorrect" in answer.text
    assert 'aria-describedby="fault"' in answer.text
    assert 'value="/termines"' in answer.text
    assert "set-cookie" not in answer.headers
    with site.world.database.reading() as session:
        assert session.exec(select(LoginSession)).all() == []


def test_after_five_failures_the_address_waits_even_with_the_right_password(site: Site) -> None:
    for _ in range(5):
        enter(site, "un autre mot de passe")
    answer = enter(site)
    assert answer.status_code == 422
    assert "Attendez un quart d’heure" in answer.text


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/dossiers/0198", "/dossiers/0198"),
        ("/a-traiter?apres=0198", "/a-traiter?apres=0198"),
        ("https://ailleurs.example/", "/"),
        ("//ailleurs.example", "/"),
        ("/\\ailleurs.example", "/"),
        ("/\t/ailleurs.example", "/"),
        ("/\t\\ailleurs.example", "/"),
        ("\\\\ailleurs.example", "/"),
        ("javascript:alert(1)", "/"),
        ("ailleurs", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: b=c", "/"),
    ],
)
def test_after_logging_in_one_stays_here(asked: str, given: str) -> None:
    assert local_path(asked) == given


def test_the_log_in_page_is_skipped_when_one_is_already_in(site: Site) -> None:
    answer = site.browser("maire").get("/connexion?suite=/termines")
    assert (answer.status_code, answer.headers["location"]) == (303, "/termines")
    away = site.browser("maire").get("/connexion?suite=//ailleurs.example")
    assert away.headers["location"] == "/"


def test_logging_out_ends_the_session_on_the_server_too(site: Site) -> None:
    browser = site.browser("maire")
    secret = browser.cookies[COOKIE]
    answer = browser.post("/deconnexion")
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")
    [forgotten] = [cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith(COOKIE)]
    assert {"Max-Age=0", "Path=/", "Secure"} <= set(forgotten.split("; "))  # else browsers keep it
    stolen = site.fresh()
    stolen.cookies.set(COOKIE, secret, domain="parapheur.essai.example")
    assert stolen.get("/a-traiter").status_code == 303


def mails(site: Site) -> list[Mail]:
    with site.world.database.reading() as session:
        return list(session.exec(select(Mail)))


def test_a_forgotten_password_is_answered_alike_whether_the_address_is_known_or_not(site: Site) -> None:
    known = site.nobody.post("/mot-de-passe-oublie", data={"email": MAIRE})
    unknown = site.nobody.post("/mot-de-passe-oublie", data={"email": "personne@essai.example"})
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    assert [mail.to_address for mail in mails(site)] == [MAIRE]


def test_the_link_of_the_mail_leads_to_a_new_password_once(site: Site) -> None:
    site.nobody.post("/mot-de-passe-oublie", data={"email": MAIRE})
    link = re.search(r"https://\S+/choisir-mot-de-passe/(\S+)", mails(site)[0].text)
    assert link
    path = f"/choisir-mot-de-passe/{link[1]}"
    assert "Héloïse Lefèvre" in site.nobody.get(path).text
    new = "une phrase toute neuve"
    answer = site.nobody.post(path, data={"password": new, "again": new})
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")
    assert "Votre mot de passe est enregistré" in site.nobody.get("/connexion").text
    assert "Votre mot de passe est enregistré" not in site.nobody.get("/connexion").text
    assert enter(site).status_code == 422
    assert enter(site, new).status_code == 303
    again = site.nobody.post(path, data={"password": PASSWORD, "again": PASSWORD})
    assert again.status_code == 410
    assert "déjà servi" in again.text


def test_a_new_password_ends_the_sessions_that_were_open(site: Site) -> None:
    browser = site.browser("maire")
    with site.world.database.writing() as session:
        link = forgot_password(session, MAIRE, now=utc_now())
        assert link
        session.commit()
    new = {"password": "une phrase toute neuve", "again": "une phrase toute neuve"}
    assert site.nobody.post(f"/choisir-mot-de-passe/{link.secret}", data=new).status_code == 303
    assert browser.get("/a-traiter").status_code == 303


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("oh ! petit", "oh ! petit", "au moins 12 caractères"),
        ("x" * 201, "x" * 201, "dépasse 200 caractères"),
        ("une phrase toute neuve", "une phrase toute vieille", "ne sont pas les mêmes"),
    ],
)
def test_a_password_that_will_not_do_leaves_the_link_usable(site: Site, password: str, again: str, said: str) -> None:
    with site.world.database.writing() as session:
        link = invite(session, site.world.accounts["maire"], now=utc_now())
        session.commit()
    path = f"/choisir-mot-de-passe/{link.secret}"
    answer = site.nobody.post(path, data={"password": password, "again": again})
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert password not in answer.text
    assert site.nobody.get(path).status_code == 200


def test_a_word_that_we_did_not_leave_is_not_shown(site: Site) -> None:
    for value in ("good", "evil:Bonjour", "Bonjour%20%3A%20toi"):
        site.nobody.cookies.set("flash", value, domain="parapheur.essai.example")
        assert "Bonjour" not in site.nobody.get("/connexion").text


def test_a_made_up_link_is_dead(site: Site) -> None:
    answer = site.nobody.get("/choisir-mot-de-passe/inventé")
    assert answer.status_code == 410
    assert "Demander un lien" in answer.text


def test_a_form_of_another_site_is_refused_before_anything_is_read(site: Site) -> None:
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://ailleurs.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "https://parapheur.essai.example"},
    ):
        answer = enter(site, **headers)
        assert answer.status_code == 403
        assert "vient d’un autre site" in answer.text
        assert "content-security-policy" in answer.headers
    with site.world.database.reading() as session:
        assert session.exec(select(LoginSession)).all() == []


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "https://parapheur.essai.example"}])
def test_a_form_of_ours_is_accepted(site: Site, headers: dict[str, str]) -> None:
    assert enter(site, **headers).status_code == 303
