"""The pages of those who administer a town: types and sub-types, which the deposit page follows."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from engine.circuits.actions import retire
from engine.journal.queries import chain_entries
from engine.typology.model import FolderType, Subtype
from tests.support.site import Site, words
from tests.support.world import NOW, World

TYPES = "/administration/types"


def circuit_of(world: World, kind: str) -> str:
    with world.database.reading() as session:
        return str(session.get_one(Subtype, world.subtypes[kind]).workflow_definition_id)


def subtype_named(world: World, name: str) -> Subtype:
    with world.database.reading() as session:
        return session.exec(select(Subtype).where(Subtype.tenant_id == world.tenant.id, Subtype.name == name)).one()


def told(world: World) -> list[str]:
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, world.tenant.id)
    return [entry.event for entry in entries if entry.event.split(":")[1] in {"type", "subtype"}]


def sent(world: World, **fields: str) -> dict[str, str]:
    known = {"type_name": "Bon de commande", "name": "Travaux", "circuit": circuit_of(world, "deed"), "position": "3"}
    return {**known, **fields}


def test_a_new_subtype_is_offered_at_once_when_depositing(site: Site, admin: TestClient) -> None:
    answer = admin.post(f"{TYPES}/nouveau", data=sent(site.world, name=" Travaux  et voirie", asks_amount="oui"))
    assert (answer.status_code, answer.headers["location"]) == (303, TYPES)
    made = subtype_named(site.world, "Travaux et voirie")
    assert (made.position, made.asks_amount, made.closed_at) == (3, True, None)
    assert "Bon de commande Travaux et voirie" in words(admin.get("/deposer").text)
    listed = words(admin.get(TYPES).text)
    assert "Travaux et voirie Circuit : deed · place 3 · demande un montant" in listed
    assert told(site.world) == ["tenant:subtype:created"]
    assert "a créé le sous-type « Travaux et voirie »" in words(admin.get("/administration/journal").text)


def test_a_known_type_takes_a_further_subtype_whatever_its_accents(site: Site, admin: TestClient) -> None:
    for name in ("Travaux", "Fournitures"):
        assert admin.post(f"{TYPES}/nouveau", data=sent(site.world, type_name="Bon de commandé", name=name)).is_redirect
    kinds = {subtype_named(site.world, name).folder_type_id for name in ("Travaux", "Fournitures")}
    assert len(kinds) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"type_name": " "}, "Donnez un nom au type"),
        ({"type_name": "x" * 101}, "Le nom du type dépasse 100 caractères"),
        ({"name": "…"}, "Donnez un nom au sous-type"),
        ({"name": "x" * 101}, "Le nom du sous-type dépasse 100 caractères"),
        ({"type_name": "deed", "name": "CIRCUIT DEED"}, "Ce type a déjà un sous-type « Circuit deed »"),
        ({"circuit": ""}, "Choisissez le circuit dans la liste"),
        ({"circuit": str(uuid4())}, "Choisissez le circuit dans la liste"),
        ({"position": "-1"}, "un nombre entier, de 0 à 9999"),
        ({"position": "12345"}, "un nombre entier, de 0 à 9999"),
        ({"position": "premier"}, "un nombre entier, de 0 à 9999"),
    ],
)
def test_a_subtype_that_will_not_do_says_why_and_loses_nothing(
    site: Site, admin: TestClient, wrong: dict[str, str], said: str
) -> None:
    answer = admin.post(f"{TYPES}/nouveau", data=sent(site.world, **wrong, asks_amount="oui"))
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert 'name="asks_amount" value="oui" checked' in answer.text
    assert told(site.world) == []
    with site.world.database.reading() as session:
        assert session.exec(select(FolderType).where(FolderType.name == "Bon de commande")).first() is None


def test_a_subtype_is_closed_and_opened_again_and_what_is_under_way_goes_on(site: Site, admin: TestClient) -> None:
    world, address = site.world, f"{TYPES}/{site.world.subtypes['deed']}"
    under_way = world.sent()
    form = {"name": "Circuit deed", "circuit": circuit_of(world, "deed"), "position": "0"}
    assert admin.post(address, data={**form, "closed": "oui"}).is_redirect
    assert "deed Circuit deed" not in words(admin.get("/deposer").text)
    assert "Fermé aux dépôts" in words(admin.get(TYPES).text)
    assert world.open_step(under_way).closed_at is None
    assert admin.post(address, data={**form, "closed": "oui"}).is_redirect  # the same again tells nothing new
    assert admin.post(address, data=form).is_redirect
    assert "deed Circuit deed" in words(admin.get("/deposer").text)
    assert told(world) == ["tenant:subtype:changed"] * 2


def test_a_retired_circuit_stays_where_it_was_and_is_not_chosen_anew(site: Site, admin: TestClient) -> None:
    world = site.world
    with world.database.writing() as session:
        retire(session, tenant_id=world.tenant.id, short_name="deed", now=NOW)
        session.commit()
    assert "Circuit retiré" in words(admin.get(TYPES).text)
    page = admin.get(f"{TYPES}/{world.subtypes['deed']}").text
    assert "deed (retiré)" in page
    form = {"name": "Actes anciens", "circuit": circuit_of(world, "deed"), "position": "0"}
    assert admin.post(f"{TYPES}/{world.subtypes['deed']}", data=form).is_redirect
    answer = admin.post(f"{TYPES}/nouveau", data=sent(world))
    assert answer.status_code == 422
    assert "Choisissez le circuit dans la liste" in words(answer.text)


def test_a_type_is_renamed_unless_another_has_that_name(site: Site, admin: TestClient) -> None:
    kind = subtype_named(site.world, "Circuit deed").folder_type_id
    assert admin.post(f"{TYPES}/{kind}/nom", data={"name": "Délibération"}).is_redirect
    assert "Délibération Circuit deed" in words(admin.get("/deposer").text)
    answer = admin.post(f"{TYPES}/{kind}/nom", data={"name": "Simple-Signature"})
    assert answer.status_code == 422
    assert "Le type « simple-signature » existe déjà" in words(answer.text)
    assert told(site.world) == ["tenant:type:renamed"]


def test_the_types_of_another_town_are_out_of_reach(site: Site, admin: TestClient, neighbour: World) -> None:
    theirs: UUID = neighbour.subtypes["deed"]
    form = {"name": "Pris", "circuit": circuit_of(site.world, "deed"), "position": "0"}
    assert admin.get(f"{TYPES}/{theirs}").status_code == 404
    assert admin.post(f"{TYPES}/{theirs}", data=form).status_code == 404
    kind = subtype_named(neighbour, "Circuit deed").folder_type_id
    assert admin.post(f"{TYPES}/{kind}/nom", data={"name": "Pris"}).status_code == 404
    answer = admin.post(f"{TYPES}/nouveau", data=sent(site.world, circuit=circuit_of(neighbour, "deed")))
    assert answer.status_code == 422
    assert subtype_named(neighbour, "Circuit deed").name == "Circuit deed"


def test_who_does_not_administer_sees_none_of_it(site: Site) -> None:
    assert site.browser("dgs").get(TYPES).status_code == 403
