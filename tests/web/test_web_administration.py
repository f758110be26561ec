"""The pages of those who administer a town: who comes in, people."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from engine.people.actions import join_tenant
from engine.people.model import OneTimeToken, Role
from notifications.model import Mail
from tests.support.administration import (
    DESKS,
    NEW,
    PEOPLE,
    account,
    desk_id,
    held,
    journal,
    mails,
    make_administrator,
    membership,
)
from tests.support.site import Site, hidden, words
from tests.support.world import PASSWORD, World
from web.routes import routes
from web.visits import Access

RULES = {Access.ADMINISTRATOR, Access.DESK_ADMINISTRATOR}
ADMINISTRATION = sorted(
    (method, route.path)
    for route in routes()
    if getattr(route, "access", None) in RULES
    for method in (route.methods or set()) - {"HEAD"}
)


def address(path: str, **known: object) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: str(known.get(name[1], uuid4())), path)


# Who may come here


def test_there_are_pages_to_protect() -> None:
    assert len(ADMINISTRATION) > 50
    assert all(path.startswith("/administration") for _, path in ADMINISTRATION)
    others = [route.path for route in routes() if getattr(route, "access", None) not in RULES]
    assert not [path for path in others if path.startswith("/administration")]


def test_only_who_administers_comes_in(site: Site) -> None:
    make_administrator(site.world)
    before = len(journal(site.world))
    for method, path in ADMINISTRATION:
        asked = address(path, person=site.world.accounts["maire"].id, desk=desk_id(site.world, "dgs"))
        form = {"data": {**NEW, "name": "Autre"}} if method == "POST" else {}
        stranger = site.nobody.request(method, asked, **form)
        assert (stranger.status_code, stranger.headers["location"].split("?")[0]) == (303, "/connexion"), path
        colleague = site.browser("dgs").request(method, asked, **form)
        assert colleague.status_code == 403, path
        assert "Accès refusé" in colleague.text
    assert len(journal(site.world)) == before


def test_people_and_desks_of_the_neighbours_are_out_of_reach(site: Site, neighbour: World) -> None:
    browser = site.browser("secretariat", neighbour)
    known = {"person": site.world.accounts["maire"].id, "desk": desk_id(site.world, "dgs")}
    for method, path in ADMINISTRATION:
        if "{" in path:
            form = {"data": {**NEW, "name": "Autre", "before": ""}} if method == "POST" else {}
            assert browser.request(method, address(path, **known), **form).status_code == 404, (method, path)
    assert journal(site.world) == []
    assert journal(neighbour) == []


def test_desks_of_the_neighbours_are_not_given(site: Site, admin: TestClient, neighbour: World) -> None:
    theirs = str(desk_id(neighbour, "maire"))
    answer = admin.post(f"{PEOPLE}/inviter", data={**NEW, "desk": theirs})
    assert answer.status_code == 422
    assert "n’existe pas dans votre collectivité" in answer.text
    answer = admin.post(f"{DESKS}/nouveau", data={"name": "Police", "parent": theirs})
    assert answer.status_code == 422
    assert "n’existe pas dans votre collectivité" in answer.text
    assert journal(site.world) == []


def test_the_menu_leads_there_only_for_who_administers(site: Site, admin: TestClient) -> None:
    assert f'href="{PEOPLE}"' in admin.get("/a-traiter").text
    assert "/administration" not in site.browser("maire").get("/a-traiter").text
    assert 'href="/mes-sessions"' in site.browser("maire").get("/a-traiter").text


# People


def test_somebody_is_invited_with_desks_and_the_mail_alone_has_the_link(site: Site, admin: TestClient) -> None:
    desks = [str(desk_id(site.world, name)) for name in ("secretariat", "dgs")]
    answer = admin.post(f"{PEOPLE}/inviter", data={**NEW, "email": " Agathe.Petit@essai.example ", "desk": desks})
    assert (answer.status_code, answer.headers["location"]) == (303, PEOPLE)
    agathe = account(site.world, NEW["email"])
    assert held(site.world, agathe.id) == {"secretariat", "dgs"}
    [mail] = mails(site.world, NEW["email"])
    link = re.search(r"https://\S+/choisir-mot-de-passe/(\S+)", mail.text)
    assert link
    assert "« Commune d’essai »" in mail.text
    page = admin.get(PEOPLE)
    assert "Agathe Petit Rédactrice · agathe.petit@essai.example" in words(page.text)
    assert "Invitation envoyée" in page.text
    person = admin.get(f"{PEOPLE}/{agathe.id}").text
    assert link[1] not in answer.text + page.text + person + admin.get("/administration/journal").text
    [entry] = journal(site.world)
    assert (entry.event, entry.actor_id) == ("tenant:person:invited", site.world.accounts["secretariat"].id)
    assert NEW["email"] not in entry.data


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": ""}, "Donnez l’adresse électronique"),
        ({"email": "agathe"}, "« agathe » n’est pas une adresse électronique utilisable"),
        ({"email": "agathe@mairie"}, "n’est pas une adresse"),
        ({"email": "agathé@essai.example"}, "n’est pas une adresse"),
        ({"email": "a@b.example, c@d.example"}, "n’est pas une adresse"),
        ({"email": "a..b@essai.example"}, "n’est pas une adresse"),
        ({"email": f"{'a' * 65}@essai.example"}, "n’est pas une adresse"),
        ({"email": "maire@essai.example"}, "Héloïse Lefèvre fait déjà partie de votre collectivité"),
        ({"given_name": " "}, "Donnez le prénom"),
        ({"surname": "–"}, "Donnez le nom"),
        ({"surname": "x" * 101}, "trop long pour le nom"),
        ({"title": "x" * 201}, "La qualité dépasse 200 caractères"),
    ],
)
def test_an_invitation_that_will_not_do_says_why_and_loses_nothing(
    site: Site, admin: TestClient, wrong: dict[str, str], said: str
) -> None:
    desk = str(desk_id(site.world, "dgs"))
    sent = {**NEW, **wrong, "desk": desk, "administers": "oui"}
    answer = admin.post(f"{PEOPLE}/inviter", data=sent)
    assert answer.status_code == 422
    assert said in words(answer.text)
    for name in NEW:
        assert hidden(re.sub(r' type="\w+"', "", answer.text), name) == sent[name]
    assert f'value="{desk}" checked' in answer.text
    assert 'name="administers" value="oui" checked' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert journal(site.world) == []
    with site.world.database.reading() as session:
        assert session.exec(select(Mail)).all() == []


def test_everything_wrong_is_said_at_once(admin: TestClient) -> None:
    text = words(admin.post(f"{PEOPLE}/inviter", data={}).text)
    for said in ("Donnez l’adresse", "Donnez le prénom", "Donnez le nom"):
        assert said in text


def test_what_is_typed_is_shown_as_text(admin: TestClient) -> None:
    nasty = '"><script>alert(1)</script>'
    answer = admin.post(f"{PEOPLE}/inviter", data={**NEW, "email": nasty, "title": nasty})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert nasty in html.unescape(answer.text)


def test_somebody_of_another_town_keeps_account_name_and_password(
    site: Site, admin: TestClient, neighbour: World
) -> None:
    known = neighbour.accounts["dgs"]
    sent = {"email": known.email, "given_name": "Autre", "surname": "Nom", "title": "Directrice commune"}
    answer = admin.post(f"{PEOPLE}/inviter", data={**sent, "desk": str(desk_id(site.world, "dgs"))})
    assert answer.status_code == 303
    assert "avait déjà un compte" in words(admin.get(PEOPLE).text)
    same = account(site.world, known.email)
    assert (same.id, same.full_name, same.password_hash) == (known.id, known.full_name, known.password_hash)
    [mail] = mails(site.world, known.email)
    assert "choisir-mot-de-passe" not in mail.text
    with site.world.database.reading() as session:
        assert session.exec(select(OneTimeToken)).all() == []
    browser = site.browser("dgs", neighbour)
    assert "Mes collectivités" in browser.get("/a-traiter").text
    assert browser.post("/mes-collectivites", data={"tenant": str(site.world.tenant.id)}).status_code == 303
    page = words(browser.get("/mes-collectivites").text)
    assert page.count("Vous y êtes") == 1
    folder = site.world.sent()
    assert browser.get(f"/dossiers/{folder.id}").status_code == 200
    assert site.browser("maire", neighbour).get(f"/dossiers/{folder.id}").status_code == 404


def test_one_does_not_enter_a_town_that_is_not_ones_own(site: Site, neighbour: World) -> None:
    browser = site.browser("maire")
    for asked in (str(neighbour.tenant.id), str(uuid4()), "non", ""):
        assert browser.post("/mes-collectivites", data={"tenant": asked}).status_code == 404
    assert "/mes-collectivites" not in browser.get("/a-traiter").text


def test_the_invitation_is_sent_again_until_a_password_is_chosen(site: Site, admin: TestClient) -> None:
    admin.post(f"{PEOPLE}/inviter", data=NEW)
    agathe = account(site.world, NEW["email"])
    again = f"{PEOPLE}/{agathe.id}/inviter"
    assert admin.post(again).headers["location"] == PEOPLE
    first, second = mails(site.world, NEW["email"])
    assert first.text != second.text
    link = re.search(r"/choisir-mot-de-passe/\S+", second.text)
    assert link
    site.nobody.post(link[0], data={"password": PASSWORD, "again": PASSWORD})
    assert "Compte actif" in words(admin.get(f"{PEOPLE}/{agathe.id}").text)
    assert admin.post(again).headers["location"] == f"{PEOPLE}/{agathe.id}"
    assert "n’attend pas d’invitation" in words(admin.get(f"{PEOPLE}/{agathe.id}").text)
    assert len(mails(site.world, NEW["email"])) == 2


def test_desks_are_given_and_taken_without_undoing_what_a_colleague_did_meanwhile(
    site: Site, admin: TestClient
) -> None:
    maire = site.world.accounts["maire"].id
    mine, dgs, adjoint = (str(desk_id(site.world, name)) for name in ("maire", "dgs", "adjoint"))
    page = f"{PEOPLE}/{maire}"
    seen = hidden(admin.get(page).text, "before")
    assert seen == mine
    admin.post(page, data={"title": "Maire", "before": seen, "desk": [mine, dgs]})
    assert held(site.world, maire) == {"maire", "dgs"}
    admin.post(page, data={"title": "Maire", "before": seen, "desk": [adjoint]})  # the page of before
    assert held(site.world, maire) == {"dgs", "adjoint"}
    given, changed = journal(site.world)
    assert '"given":["Directrice générale des services"]' in given.data
    assert '"taken":["Maire"]' in changed.data
    answer = admin.post(page, data={"title": "Maire", "before": f"{dgs} {adjoint}", "desk": [dgs, adjoint]})
    assert answer.status_code == 303
    assert len(journal(site.world)) == 2  # nothing changed, nothing written


@pytest.mark.parametrize("sent", [{"desk": "non"}, {"before": "non"}])
def test_what_no_page_of_ours_sends_is_refused(site: Site, admin: TestClient, sent: dict[str, str]) -> None:
    page = f"{PEOPLE}/{site.world.accounts['maire'].id}"
    assert admin.post(page, data={"title": "Maire", **sent}).status_code == 400
    assert held(site.world, site.world.accounts["maire"].id) == {"maire"}


def test_a_name_is_corrected_only_before_anybody_has_come_in_under_it(site: Site, admin: TestClient) -> None:
    admin.post(f"{PEOPLE}/inviter", data=NEW)
    agathe = account(site.world, NEW["email"])
    page = f"{PEOPLE}/{agathe.id}"
    names = {"given_name": "Agathe", "surname": "Petitjean", "title": "Rédactrice"}
    assert admin.post(page, data=names).status_code == 303
    assert account(site.world, NEW["email"]).full_name == "Agathe Petitjean"
    me = f"{PEOPLE}/{site.world.accounts['secretariat'].id}"
    assert 'name="surname"' not in admin.get(me).text
    mayor = {"given_name": "Héloïse", "surname": "Lefèvre", "title": "Maire", "administers": "oui"}
    answer = admin.post(me, data=mayor)
    assert answer.status_code == 422
    assert "ne se change pas ici" in words(answer.text)
    assert account(site.world, "secretariat@essai.example").full_name == "Sylvie Lemoine"


def test_nothing_here_changes_an_address(site: Site, admin: TestClient) -> None:
    maire = site.world.accounts["maire"]
    admin.post(f"{PEOPLE}/{maire.id}", data={"title": "Maire", "email": "secretariat@essai.example"})
    assert account(site.world, maire.email).id == maire.id


def test_closing_an_access_ends_sessions_and_leaves_the_work_on_the_desk(site: Site, admin: TestClient) -> None:
    folder = site.world.sent()
    dgs, browser = site.world.accounts["dgs"], site.browser("dgs")
    assert browser.get(f"/dossiers/{folder.id}").status_code == 200
    page = f"{PEOPLE}/{dgs.id}"
    asked = words(admin.get(f"{page}/desactiver").text)
    assert "plus personne ne tiendra : Directrice générale des services" in asked
    assert admin.post(f"{page}/desactiver").status_code == 303
    assert browser.get("/a-traiter").status_code == 303
    entered = site.nobody.post("/connexion", data={"email": dgs.email, "password": PASSWORD})
    assert entered.status_code == 422
    assert "incorrect" in entered.text
    site.nobody.post("/mot-de-passe-oublie", data={"email": dgs.email})
    assert mails(site.world, dgs.email) == []
    step = site.world.open_step(folder)
    assert step.desk_id == desk_id(site.world, "dgs")
    assert "Sans titulaire" in words(admin.get(DESKS).text)
    maire = site.world.accounts["maire"]
    mine, theirs = str(desk_id(site.world, "maire")), str(desk_id(site.world, "dgs"))
    admin.post(f"{PEOPLE}/{maire.id}", data={"title": "Maire", "before": mine, "desk": [mine, theirs]})
    assert site.browser("maire").get(f"/dossiers/{folder.id}").status_code == 200
    assert "Accès désactivé" in words(admin.get(page).text)
    assert admin.post(f"{page}/reactiver").status_code == 303
    again = site.nobody.post("/connexion", data={"email": dgs.email, "password": PASSWORD})
    assert again.status_code == 303
    assert site.nobody.get(f"/dossiers/{folder.id}").status_code == 200
    events = [entry.event for entry in journal(site.world)]
    assert events == ["tenant:person:disabled", "tenant:person:changed", "tenant:person:enabled"]


def test_a_closed_access_leaves_the_other_town_open(site: Site, admin: TestClient, neighbour: World) -> None:
    dgs = site.world.accounts["dgs"]
    with site.world.database.writing() as session:
        join_tenant(session, dgs, neighbour.tenant)
        session.commit()
    admin.post(f"{PEOPLE}/{dgs.id}/desactiver")
    entered = site.nobody.post("/connexion", data={"email": dgs.email, "password": PASSWORD})
    assert entered.status_code == 303
    answer = site.nobody.post("/mes-collectivites", data={"tenant": str(site.world.tenant.id)})
    assert answer.status_code == 404


def test_an_invitation_no_more_opens_anything_once_the_access_is_closed(site: Site, admin: TestClient) -> None:
    admin.post(f"{PEOPLE}/inviter", data=NEW)
    agathe = account(site.world, NEW["email"])
    admin.post(f"{PEOPLE}/{agathe.id}/desactiver")
    link = re.search(r"/choisir-mot-de-passe/\S+", mails(site.world, NEW["email"])[0].text)
    assert link
    assert site.nobody.get(link[0]).status_code == 410
    answer = admin.post(f"{PEOPLE}/inviter", data=NEW)
    assert answer.status_code == 422
    assert "ouvrez sa page pour le réactiver" in words(answer.text)


@pytest.mark.parametrize("how", ["desactiver", ""])
def test_the_last_administrator_stays(site: Site, admin: TestClient, how: str) -> None:
    me = site.world.accounts["secretariat"]
    page = f"{PEOPLE}/{me.id}"
    admin.post(f"{PEOPLE}/inviter", data={**NEW, "administers": "oui"})  # invited is not enough
    if how:
        assert admin.post(f"{page}/desactiver").headers["location"] == page
        text = admin.get(page).text
    else:
        answer = admin.post(page, data={"title": "Secrétaire en chef"})
        assert answer.status_code == 422
        text = answer.text
        assert 'value="Secrétaire en chef"' in text
    assert "Sylvie Lemoine est la seule personne à administrer la collectivité" in words(text)
    found = membership(site.world, me.id)
    assert found is not None
    assert (found.role, found.disabled_at) == (Role.TENANT_ADMIN, None)
    admin.post(f"{PEOPLE}/{site.world.accounts['dgs'].id}", data={"title": "DGS", "administers": "oui"})
    answer = admin.post(f"{page}/desactiver" if how else page, data={"title": "Secrétaire"})
    assert answer.status_code == 303
    assert admin.get(PEOPLE).status_code == (303 if how else 403)
