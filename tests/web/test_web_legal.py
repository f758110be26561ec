"""Legal notices, personal data, and the health of the installation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.people.model import Account
from engine.symptoms import Symptom
from tests.support.site import Site, open_site, words
from tests.support.world import World
from web.services import LegalNotices

FILLED = LegalNotices(
    publisher="Commune d’essai, 1 place de la Mairie",
    director="Héloïse Lefèvre, maire",
    host="Syndicat d’essai, 2 rue du Port",
    privacy_contact="dpo@essai.example",
    retention="Dix ans pour les délibérations.",
)


def test_the_public_pages_say_what_was_filled_in(world: World, tmp_path: Path) -> None:
    with open_site(world, tmp_path, legal=FILLED) as site:
        notices, privacy = (
            words(site.nobody.get(path).text) for path in ("/mentions-legales", "/donnees-personnelles")
        )
    for said in (FILLED.publisher, FILLED.director, FILLED.host):
        assert said in notices
    for said in (FILLED.privacy_contact, FILLED.retention, "CNIL"):
        assert said in privacy
    assert "Non renseigné" not in notices + privacy


def test_what_is_missing_is_said_to_be(site: Site) -> None:
    notices, privacy = (words(site.nobody.get(path).text) for path in ("/mentions-legales", "/donnees-personnelles"))
    assert notices.count("Non renseigné") == 3
    assert privacy.count("Non renseigné") == 2
    assert "PARAPHEUR_LEGAL_HOST" in notices
    assert "PARAPHEUR_PRIVACY_CONTACT" in privacy


def test_every_page_leads_to_them(site: Site) -> None:
    for page in (site.nobody.get("/connexion").text, site.browser("dgs").get("/a-traiter").text):
        assert 'href="/mentions-legales"' in page
        assert 'href="/donnees-personnelles"' in page
    assert "Pour vous, ici : Commune d’essai" in words(site.browser("dgs").get("/donnees-personnelles").text)


def test_only_who_looks_after_the_installation_sees_its_health(site: Site) -> None:
    world = site.world
    said = (
        Symptom(True, "Python 3.14"),
        Symptom(False, "Serveur SMTP", "Vérifiez-le."),
        Symptom(False, "Mentions", "Remplissez-les.", grave=False),
    )
    site.app.state.services = replace(site.app.state.services, examine=lambda: said)
    assert site.nobody.get("/installation/sante").status_code == 303
    assert site.browser("dgs").get("/installation/sante").status_code == 403
    with world.database.writing() as session:
        session.get_one(Account, world.accounts["dgs"].id).platform_admin = True
        session.commit()
    page = words(site.browser("dgs").get("/installation/sante").text)
    assert "2 points à voir" in page
    assert "Serveur SMTP Vérifiez-le. Mal" in page
    assert "Mentions Remplissez-les. À voir" in page
    assert "Python 3.14 Bien" in page
    assert 'href="/installation/collectivites"' in site.browser("dgs").get("/a-traiter").text
    assert 'href="/installation/' not in site.browser("maire").get("/a-traiter").text
