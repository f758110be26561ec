"""Those who look after the installation: towns opened and closed, none of them entered by it."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from engine.journal.queries import chain_entries
from engine.people.actions import join_tenant
from engine.people.model import Account, Membership, Role, Tenant
from tests.support.administration import mails
from tests.support.site import Site, words
from tests.support.world import PASSWORD, World, make_world
from web.journal import sentences

TOWNS = "/installation/collectivites"
NEW = {
    "name": "Communauté de la Baie",
    "zone": "Indian/Reunion",
    "email": "anne@baie.example",
    "given_name": "Anne",
    "surname": "Le Goff",
}


@pytest.fixture
def overseer(site: Site) -> TestClient:
    """The browser of the director, who looks after the installation and administers nothing."""
    with site.world.database.writing() as session:
        session.get_one(Account, site.world.accounts["dgs"].id).platform_admin = True
        session.commit()
    return site.browser("dgs")


@pytest.fixture
def neighbour(world: World, tmp_path: Path) -> World:
    made = make_world(world.database, tmp_path / "voisine", "voisine")
    with world.database.writing() as session:
        session.get_one(Tenant, made.tenant.id).name = "Commune voisine"
        session.get_one(Membership, (made.accounts["maire"].id, made.tenant.id)).role = Role.TENANT_ADMIN
        session.commit()
    return made


def told(site: Site, tenant_id: object) -> list[str]:
    with site.world.database.reading() as session:
        lines = sentences(session, chain_entries(session, tenant_id, tenant_id))  # type: ignore[arg-type]
    return [f"{line.who} {line.sentence}" for line in lines]


def test_a_town_is_opened_with_what_it_needs_and_its_administrator_invited(site: Site, overseer: TestClient) -> None:
    answer = overseer.post(f"{TOWNS}/ouvrir", data=NEW)
    assert answer.headers["location"] == TOWNS
    page = words(overseer.get(TOWNS).text)
    assert "« Communauté de la Baie » est ouverte" in page
    assert "administrée par Anne Le Goff" in page
    [mail] = mails(site.world, "anne@baie.example")
    assert "Communauté de la Baie" in mail.text
    with site.world.database.reading() as session:
        tenant = session.exec(select(Tenant).where(Tenant.name == NEW["name"])).one()
    assert tenant.zone == "Indian/Reunion"
    assert told(site, tenant.id)[0] == "Zoé Çelik a ouvert la collectivité « Communauté de la Baie »"


def test_what_is_wrong_is_said_field_by_field_and_nothing_is_opened(site: Site, overseer: TestClient) -> None:
    answer = overseer.post(f"{TOWNS}/ouvrir", data={**NEW, "name": "Commune d’essai", "zone": "Mars", "email": "x"})
    assert answer.status_code == 422
    text = words(answer.text)
    for fault in ("existe déjà, sous le nom court", "n’est pas une adresse électronique", "Mars"):
        assert fault in text
    with site.world.database.reading() as session:
        assert len(session.exec(select(Tenant)).all()) == 1


def test_a_closed_town_is_entered_by_nobody_and_comes_back_as_it_was(
    site: Site, overseer: TestClient, neighbour: World
) -> None:
    folder = neighbour.sent()
    clerk = site.browser("secretariat", neighbour)
    assert clerk.get(f"/dossiers/{folder.id}").status_code == 200
    address = f"{TOWNS}/{neighbour.tenant.id}"
    assert "4 personnes n’y entreront plus" in words(overseer.get(f"{address}/fermer").text)
    assert overseer.post(f"{address}/fermer").status_code == 303
    assert clerk.get(f"/dossiers/{folder.id}").headers["location"].startswith("/connexion")
    refused = site.fresh().post("/connexion", data={"email": "secretariat@voisine.example", "password": PASSWORD})
    assert refused.status_code == 422
    assert "Commune voisine" in words(overseer.get(TOWNS).text)
    assert overseer.post(f"{address}/rouvrir").status_code == 303
    assert clerk.get(f"/dossiers/{folder.id}").status_code == 200
    assert told(site, neighbour.tenant.id)[-2:] == [
        "Zoé Çelik a fermé la collectivité « Commune voisine »",
        "Zoé Çelik a rouvert la collectivité « Commune voisine »",
    ]


def test_one_does_not_close_the_door_behind_oneself(site: Site, overseer: TestClient, neighbour: World) -> None:
    own = f"{TOWNS}/{site.world.tenant.id}/fermer"
    overseer.post(own)
    assert "la seule collectivité par laquelle vous entrez" in words(overseer.get(TOWNS).text)
    with site.world.database.writing() as session:
        join_tenant(session, site.world.accounts["dgs"], neighbour.tenant)
        session.commit()
    overseer.post(own)
    assert overseer.get(TOWNS).status_code == 200
    with site.world.database.reading() as session:
        assert session.get_one(Tenant, site.world.tenant.id).closed_at is not None


def test_looking_after_the_installation_enters_no_town(site: Site, overseer: TestClient, neighbour: World) -> None:
    folder = neighbour.sent(title="Secret de la voisine")
    assert overseer.get(f"/dossiers/{folder.id}").status_code == 404
    assert overseer.get("/administration/personnes").status_code == 403
    assert overseer.post("/mes-collectivites", data={"tenant": str(neighbour.tenant.id)}).status_code == 404
    for page in (TOWNS, f"{TOWNS}/ouvrir", f"{TOWNS}/{neighbour.tenant.id}/fermer"):
        assert "Secret de la voisine" not in overseer.get(page).text
    for path in ("fermer", "rouvrir"):
        assert overseer.post(f"{TOWNS}/{uuid4()}/{path}").status_code == 404
