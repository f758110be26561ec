"""The configuration of a town in the page: downloaded, looked at, brought in; never without having been shown."""

from __future__ import annotations

import html
import re
from typing import Any

from sqlmodel import select
from starlette.testclient import TestClient

from engine.desks.model import Desk
from engine.people.queries import members
from notifications.model import Mail
from tests.support.site import Site, words
from tests.support.world import World

CONFIGURATION = "/administration/configuration"
NEWCOMER = "  - adresse: agathe.petit@essai.example\n    prénom: Agathe\n    nom: Petit\n"


def text_of(browser: TestClient) -> str:
    answer = browser.get(f"{CONFIGURATION}/fichier")
    assert answer.headers["content-disposition"] == 'attachment; filename="essai.yaml"'
    return answer.content.decode()


def look(browser: TestClient, text: str) -> Any:
    return browser.post(CONFIGURATION, files={"file": ("essai.yaml", text.encode(), "application/yaml")})


def carried(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in re.findall(r'name="(carried|seen)" value="([^"]*)"', page)}


def desk_name(world: World, short_name: str) -> str:
    with world.database.reading() as session:
        found = select(Desk.name).where(Desk.tenant_id == world.tenant.id, Desk.short_name == short_name)
        return session.exec(found).one()


def test_what_a_file_would_change_is_shown_before_it_is_done(site: Site, admin: TestClient) -> None:
    assert "Rien n’est à changer" in words(look(admin, text_of(admin)).text)
    text = (
        text_of(admin)
        .replace("    nom: Maire\n", "    nom: Madame le maire\n")
        .replace("personnes:\n", f"personnes:\n{NEWCOMER}")
    )
    page = look(admin, text).text
    assert "Le bureau « Maire » change" not in words(page)
    assert "Le bureau « Madame le maire » change : nom : Madame le maire." in words(page)
    assert "Agathe Petit (agathe.petit@essai.example) entre dans la collectivité." in words(page)
    assert desk_name(site.world, "maire") == "Maire"  # nothing is done yet
    answer = admin.post(f"{CONFIGURATION}/importer", data={**carried(page), "invite": "oui"})
    assert answer.headers["location"] == CONFIGURATION
    assert "2 changements sont faits" in words(admin.get(CONFIGURATION).text)
    assert desk_name(site.world, "maire") == "Madame le maire"
    with site.world.database.reading() as session:
        assert "Agathe Petit" in {one.account.full_name for one in members(session, site.world.tenant.id)}
        [mail] = session.exec(select(Mail).where(Mail.to_address == "agathe.petit@essai.example")).all()
    assert "/choisir-mot-de-passe/" in mail.text
    journal = words(admin.get("/administration/journal").text)
    assert "a importé une configuration (2 changements)" in journal
    assert "Le bureau « Madame le maire » change" in journal


def test_a_file_that_will_not_do_is_refused_with_its_lines(site: Site, admin: TestClient) -> None:
    wrong = text_of(admin).replace("nom: Maire", "nom: ''", 1).replace("second facteur exigé de", "second facteur")
    answer = look(admin, wrong)
    assert answer.status_code == 422
    text = words(answer.text)
    assert "Rien n’a été changé" in text
    assert "collectivité › second facteur" in text
    assert "Ce champ n’existe pas" in text
    assert "Ce champ est vide" in text
    assert re.search(r"Ligne \d+", text)
    assert "Choisissez le fichier de configuration" in words(admin.post(CONFIGURATION, data={}).text)


def test_what_changed_meanwhile_is_shown_again_before_anything_is_done(site: Site, admin: TestClient) -> None:
    text = text_of(admin).replace("    nom: Maire\n", "    nom: Madame le maire\n")
    sent = carried(look(admin, text).text)
    with site.world.database.writing() as session:
        desk = session.exec(select(Desk).where(Desk.tenant_id == site.world.tenant.id, Desk.short_name == "dgs")).one()
        desk.name = "Direction"
        session.commit()
    answer = admin.post(f"{CONFIGURATION}/importer", data=sent)
    assert answer.status_code == 409
    assert "La collectivité a changé depuis que vous avez regardé" in words(answer.text)
    assert desk_name(site.world, "maire") == "Maire"
    again = admin.post(f"{CONFIGURATION}/importer", data=carried(answer.text))
    assert again.is_redirect
    assert desk_name(site.world, "dgs") == "Directrice générale des services"


def test_what_no_page_of_ours_sends_is_refused(site: Site, admin: TestClient) -> None:
    for sent in ("", "pas du base64", "YWJj"):
        assert admin.post(f"{CONFIGURATION}/importer", data={"carried": sent, "seen": ""}).status_code == 400
    assert site.browser("dgs").get(f"{CONFIGURATION}/fichier").status_code == 403
