"""One account, several towns, one tray: their folders together, each read within its own town, never another's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from engine.desks.actions import create_desk, give_desk
from engine.folders.model import Act, Folder
from engine.people.actions import join_tenant
from engine.people.model import Membership, Role, Tenant
from engine.work.model import WorkItem
from tests.folders.test_folders_beside import TRANSMITTED, token_of
from tests.support.administration import make_administrator
from tests.support.circuits import publish_for
from tests.support.site import Site, hidden, words
from tests.support.world import NOW, World, make_world
from web.trays import TRAYS

ADDRESSES = [address for address, *_ in TRAYS.values()]


@pytest.fixture
def neighbour(world: World, tmp_path: Path) -> World:
    """The community of which the mayor is a vice-president, and for which the clerk of the town works too."""
    made = make_world(world.database, tmp_path / "voisine", "voisine")
    made.store = world.store  # one house keeps the documents of both
    with world.database.writing() as session:
        session.get_one(Tenant, made.tenant.id).name = "Communauté voisine"
        for who in ("maire", "secretariat"):
            join_tenant(session, world.accounts[who], made.tenant, title="Mutualisé")
        desk = create_desk(session, tenant_id=made.tenant.id, name="Vice-présidence", short_name="vp", may_create=True)
        give_desk(session, desk, world.accounts["maire"].id)
        for short_name, who in (("maire", "maire"), ("secretariat", "secretariat")):
            give_desk(session, _desk(session, made, short_name), world.accounts[who].id)
        session.commit()
    return made


def _desk(session, world: World, short_name: str):  # type: ignore[no-untyped-def]
    from engine.desks.queries import desks_by_short_name

    return desks_by_short_name(session, world.tenant.id)[short_name]


@pytest.fixture
def stranger(world: World, tmp_path: Path) -> World:
    """A town that is none of theirs."""
    made = make_world(world.database, tmp_path / "lointaine", "lointaine")
    made.store = world.store
    return made


@pytest.fixture
def mayor(site: Site, neighbour: World) -> TestClient:
    return site.browser("maire")


def waiting(world: World, title: str) -> Folder:
    """A folder that waits for the mayor's desk of this town."""
    return world.sent(title=title, circuit="simple-signature")


def test_the_tray_shows_the_folders_of_all_ones_towns_and_narrows_to_one(
    site: Site, neighbour: World, mayor: TestClient
) -> None:
    waiting(site.world, "Arrêté de la commune")
    waiting(neighbour, "Convention de la communauté")
    page = mayor.get("/a-traiter").text
    text = words(page)
    assert "Arrêté de la commune Commune d’essai ·" in text
    assert "Convention de la communauté Communauté voisine ·" in text
    assert "À traiter 2" in text
    narrowed = words(mayor.get("/a-traiter?collectivite=voisine").text)
    assert "Convention de la communauté" in narrowed
    assert "Arrêté de la commune" not in narrowed
    assert "À traiter 1" in narrowed
    assert "Convention de la communauté Communauté voisine ·" not in narrowed  # said once, above
    assert "bannette=TO_DO&amp;collectivite=voisine" in mayor.get("/a-traiter?collectivite=voisine").text
    assert "À traiter 1" in words(mayor.get("/bannettes/compteurs?bannette=TO_DO&collectivite=voisine").text)


def test_pages_of_a_tray_keep_to_the_town_chosen(
    site: Site, neighbour: World, mayor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.folders.trays.PAGE", 1)
    for number in range(2):
        waiting(site.world, f"Ici {number}")
        waiting(neighbour, f"Là {number}")
    first = mayor.get("/a-traiter?collectivite=voisine").text
    assert "Là 0" in first
    following = first.split('href="?apres=')[1].split('"')[0].replace("&amp;", "&")
    second = mayor.get(f"/a-traiter?apres={following}").text
    assert "Là 1" in second
    assert "Ici" not in second


def test_a_folder_of_another_of_ones_towns_opens_without_entering_it(
    site: Site, neighbour: World, mayor: TestClient
) -> None:
    with site.world.database.writing() as session:
        session.get_one(Tenant, neighbour.tenant.id).zone = "Indian/Reunion"
        session.commit()
    folder = neighbour.sent(title="Délibération de la communauté")
    neighbour.act("dgs", folder, Act.VISA)
    page = mayor.get(f"/dossiers/{folder.id}")
    assert page.status_code == 200
    text = words(page.text)
    assert "Héloïse Lefèvre · Communauté voisine" in text
    local = (NOW + timedelta(hours=4, minutes=5)).strftime("%H h %M").lstrip("0")
    assert local in text, "moments are told in the zone of the folder's own town"
    assert mayor.get(f"/dossiers/{folder.id}/journal").status_code == 200
    assert "Héloïse Lefèvre · Commune d’essai" in words(mayor.get("/a-traiter").text)


def test_one_acts_there_and_the_next_folder_may_be_of_another_town(site: Site, neighbour: World) -> None:
    """The clerk of both is given a visa in the community; the next that waits for her is in the town."""
    with site.world.database.writing() as session:
        for world in (site.world, neighbour):
            give_desk(session, _desk(session, world, "dgs"), site.world.accounts["secretariat"].id)
        session.commit()
    there, here = neighbour.sent(title="Là"), site.world.sent(title="Ici")
    clerk = site.browser("secretariat")
    asked = f"/dossiers/{there.id}/viser"
    sheet = clerk.get(asked).text
    answer = clerk.post(asked, data={"step": hidden(sheet, "step"), "heads": hidden(sheet, "heads")})
    assert answer.headers["location"] == f"/dossiers/{here.id}"
    assert neighbour.open_step(there).kind == "SIGNATURE"


def test_one_deposits_for_the_town_one_chooses(site: Site, neighbour: World) -> None:
    clerk = site.browser("secretariat")
    page = clerk.get("/deposer?collectivite=voisine").text
    assert str(neighbour.subtypes["deed"]) in page
    assert str(site.world.subtypes["deed"]) not in page
    from tests.support.world import blank_pdf

    answer = clerk.post(
        "/deposer?collectivite=voisine",
        data={"title": "Convention", "subtype": str(neighbour.subtypes["deed"]), "suite": "brouillon"},
        files={"document": ("convention.pdf", blank_pdf(), "application/pdf")},
    )
    assert answer.status_code == 303, words(answer.text)
    with site.world.database.reading() as session:
        folder = session.exec(select(Folder).where(Folder.title == "Convention")).one()
    assert folder.tenant_id == neighbour.tenant.id
    assert "Convention" in words(clerk.get("/brouillons").text)
    mixed = clerk.post(
        "/deposer?collectivite=voisine",
        data={"title": "Autre", "subtype": str(site.world.subtypes["deed"]), "suite": "brouillon"},
        files={"document": ("autre.pdf", blank_pdf(), "application/pdf")},
    )
    assert mixed.status_code == 422, "a type of one town is none of another"


def test_never_a_row_of_a_town_that_is_not_ones_own(
    site: Site, neighbour: World, stranger: World, mayor: TestClient
) -> None:
    for world, title in ((site.world, "Ici"), (neighbour, "Là"), (stranger, "Chez les autres")):
        waiting(world, title)
        world.deposit(title)
    asked = [
        f"{tray}{query}" for tray in ADDRESSES for query in ("", "?collectivite=lointaine", "?collectivite=voisine")
    ]
    for browser in (mayor, site.browser("secretariat")):
        for address in (*asked, "/deposer?collectivite=lointaine", "/bannettes/compteurs?collectivite=lointaine"):
            answer = browser.get(address)
            assert answer.status_code == 200
            assert "Chez les autres" not in answer.text, address
            assert "lointaine" not in answer.text, address
    for browser in (site.browser("maire", stranger), site.browser("secretariat", stranger)):
        for tray in ADDRESSES:
            text = browser.get(tray).text
            assert "Ici" not in text
            assert "Là" not in text


def test_a_town_from_which_one_was_shut_out_leaves_the_tray_at_once(
    site: Site, neighbour: World, mayor: TestClient
) -> None:
    waiting(site.world, "Ici")
    folder = waiting(neighbour, "Là")
    with site.world.database.writing() as session:
        session.get_one(Membership, (site.world.accounts["maire"].id, neighbour.tenant.id)).disabled_at = NOW
        session.commit()
    assert "Là" not in mayor.get("/a-traiter").text
    assert mayor.get(f"/dossiers/{folder.id}").status_code == 404
    with site.world.database.writing() as session:
        session.get_one(Membership, (site.world.accounts["maire"].id, neighbour.tenant.id)).disabled_at = None
        session.get_one(Tenant, neighbour.tenant.id).closed_at = NOW
        session.commit()
    assert "Là" not in mayor.get("/a-traiter").text, "a town that is closed is entered by nobody"
    assert mayor.get(f"/dossiers/{folder.id}").status_code == 404


def test_administration_stays_with_the_town_that_is_open(site: Site, neighbour: World, mayor: TestClient) -> None:
    with site.world.database.writing() as session:
        asked = select(Membership).where(
            Membership.account_id == site.world.accounts["maire"].id, col(Membership.tenant_id) == neighbour.tenant.id
        )
        session.exec(asked).one().role = Role.TENANT_ADMIN
        session.commit()
    folder = waiting(neighbour, "Là")
    assert "/administration" not in mayor.get(f"/dossiers/{folder.id}").text
    assert mayor.get("/administration/personnes?collectivite=voisine").status_code == 403
    mayor.post("/mes-collectivites", data={"tenant": str(neighbour.tenant.id)})
    assert mayor.get("/administration/personnes").status_code == 200
    assert "/administration" in mayor.get("/a-traiter").text


def test_who_administers_one_town_sees_no_page_of_administration_about_a_folder_of_another(
    site: Site, neighbour: World, mayor: TestClient
) -> None:
    make_administrator(site.world, "maire")
    publish_for(neighbour, "transmitted", TRANSMITTED)
    folder = neighbour.sent(circuit="transmitted", title="Budget")
    neighbour.act("dgs", folder, Act.VISA)
    with site.world.database.writing() as session:
        row = session.exec(select(WorkItem).where(WorkItem.kind == "folder.service")).one()
        row.attempts, row.failed_at, row.error = 8, NOW, "le service ne répond pas"
        session.commit()
    path = f"/administration/taches-bloquees/{folder.id}/{token_of(neighbour, folder)}"
    assert mayor.get("/administration/taches-bloquees").status_code == 200
    assert mayor.get(path).status_code == 404
    assert mayor.post(path, data={"reason": "non"}).status_code == 404
