"""What each role may call: nobody more than their own, and no role acts in somebody's name."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from engine.clock import utc_now
from engine.desks.model import Delegation, Desk
from engine.desks.queries import holders
from engine.folders.model import Step
from engine.journal.queries import chain_entries
from engine.people.model import Account, Membership, Role
from tests.support.administration import DESKS, PEOPLE, desk_id, make_administrator, membership
from tests.support.site import Site, hidden, words
from tests.support.world import World
from tests.web.test_web_access import prepared_folder, well_formed
from web.journal import sentences
from web.routes import routes
from web.visits import Access

#: Who may call the routes of each rule, beside the public ones.
OPEN_TO = {
    Access.SIGNED_IN: {"none", "functional", "tenant", "platform"},
    Access.ENROLLING: {"none", "functional", "tenant", "platform"},
    Access.DESK_ADMINISTRATOR: {"functional", "tenant"},
    Access.ADMINISTRATOR: {"tenant"},
    Access.PLATFORM: {"platform"},
}
ROLES = ("none", "functional", "tenant", "platform")


@pytest.fixture
def entrusted(site: Site, admin: TestClient) -> TestClient:
    """The browser of the director, to whom the deputy's desk is entrusted."""
    answer = admin.post(
        f"{PEOPLE}/{site.world.accounts['dgs'].id}/bureaux-confies",
        data={"desk": str(desk_id(site.world, "adjoint"))},
    )
    assert answer.status_code == 303
    return site.browser("dgs")


def as_role(site: Site, role: str) -> TestClient:
    """The deputy, with a role: holds a desk that the folder below does not reach."""
    account = site.world.accounts["adjoint"].id
    with site.world.database.writing() as session:
        kept = session.get_one(Membership, (account, site.world.tenant.id))
        kept.role = {"functional": Role.FUNCTIONAL_ADMIN, "tenant": Role.TENANT_ADMIN}.get(role, Role.NONE)
        session.get_one(Account, account).platform_admin = role == "platform"
        session.commit()
    return site.browser("adjoint")


@pytest.mark.parametrize("role", ROLES)
def test_every_route_is_closed_to_the_roles_that_it_is_not_for(site: Site, role: str) -> None:
    browser, walked = as_role(site, role), set()
    for route in routes():
        access: Access = route.access  # type: ignore[attr-defined]
        if access not in OPEN_TO or role in OPEN_TO[access]:
            continue
        names = {name: uuid4() for name in route.param_convertors}
        for method in route.methods - {"HEAD"}:
            answer = browser.request(method, route.path.format(**names))
            assert answer.status_code == 403, (method, route.path)
            walked.add(access)
    assert walked == {access for access, roles in OPEN_TO.items() if role not in roles}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_acts_on_a_folder_that_waits_for_somebody_else(site: Site, role: str) -> None:
    folder, known = prepared_folder(site.world)  # waits for the mayor
    browser = as_role(site, role)
    for route in routes():
        if not route.path.startswith("/dossiers/{folder}"):
            continue
        names = {name: known.get(name, uuid4()) for name in route.param_convertors}
        for method in route.methods - {"HEAD"}:
            sent = well_formed(site.world, folder, method, route.path, known)
            answer = browser.request(method, route.path.format(**names), **sent)
            assert answer.status_code == 404, (method, route.path)
    with site.world.database.reading() as session:
        step = session.get_one(Step, UUID(str(known["step"])))
        assert (step.closed_at, step.read_at) == (None, None)
        assert len(chain_entries(session, site.world.tenant.id, folder.id)) == 2


def test_the_desks_in_charge_are_seen_and_changed_and_no_other(site: Site, entrusted: TestClient) -> None:
    page = entrusted.get(DESKS).text
    assert "Premier adjoint" in page
    assert str(desk_id(site.world, "maire")) not in page
    assert "Créer un bureau" not in page
    assert "/administration/circuits" not in page
    mine, other = desk_id(site.world, "adjoint"), desk_id(site.world, "maire")
    for path in (f"{DESKS}/{other}", f"{DESKS}/{other}/titulaires"):
        assert entrusted.get(path).status_code == 404
        assert entrusted.post(path, data={"name": "Pris"}).status_code == 404
    assert entrusted.post(f"{DESKS}/{mine}", data={"name": "Première adjointe"}).status_code == 303
    assert "/administration/bureaux" in entrusted.get("/a-traiter").text
    with site.world.database.reading() as session:
        assert session.get_one(Desk, mine).name == "Première adjointe"
        assert session.get_one(Desk, other).name == "Maire"


def test_holders_of_a_desk_in_charge_are_changed(site: Site, entrusted: TestClient) -> None:
    world, desk = site.world, desk_id(site.world, "adjoint")
    page = f"{DESKS}/{desk}/titulaires"
    before = hidden(entrusted.get(page).text, "before")
    assert before == str(world.accounts["adjoint"].id)
    maire = str(world.accounts["maire"].id)
    assert entrusted.post(page, data={"before": before, "holder": [maire]}).headers["location"] == DESKS
    with world.database.reading() as session:
        assert [one.surname for one in holders(session, [desk])[desk]] == ["Lefèvre"]
        told = sentences(session, chain_entries(session, world.tenant.id, world.tenant.id))[-1]
    assert told.who == "Zoé Çelik"
    assert told.sentence == (
        "a changé les titulaires du bureau « Premier adjoint » (donné à Héloïse Lefèvre ; retiré à François Noël)"
    )
    assert entrusted.post(page, data={"holder": [str(uuid4())]}).headers["location"] == page
    assert "n’a pas d’accès ouvert" in words(entrusted.get(page).text)


def make_delegation(world: World, short_name: str) -> Delegation:
    with world.database.writing() as session:
        made = Delegation(
            tenant_id=world.tenant.id,
            delegating_desk_id=desk_id(world, short_name),
            substitute_desk_id=desk_id(world, "dgs"),
            starts_at=utc_now(),
            ends_at=utc_now() + timedelta(days=30),
            created_at=utc_now(),
            created_by=world.accounts["maire"].id,
        )
        session.add(made)
        session.commit()
    return made


def test_delegations_of_a_desk_in_charge_only(site: Site, entrusted: TestClient) -> None:
    mine, other = make_delegation(site.world, "adjoint"), make_delegation(site.world, "maire")
    base = "/administration/delegations"
    page = entrusted.get(base).text
    assert str(mine.id) in page
    assert str(other.id) not in page
    assert entrusted.post(f"{base}/{other.id}/terminer").status_code == 404
    assert entrusted.get(f"{base}/{other.id}/acte").status_code == 404
    assert entrusted.post(f"{base}/{mine.id}/terminer").status_code == 303
    asked = {"desk": str(desk_id(site.world, "maire")), "substitute": str(desk_id(site.world, "dgs"))}
    assert entrusted.post(f"{base}/nouvelle", data=asked).status_code == 404
    assert str(desk_id(site.world, "maire")) not in entrusted.get(f"{base}/nouvelle").text.split('name="substitute"')[0]
    with site.world.database.reading() as session:
        kept = {row.id: row.ended_by for row in session.exec(select(Delegation))}
    assert kept == {mine.id: site.world.accounts["dgs"].id, other.id: None}


def test_a_charge_taken_away_closes_the_pages(site: Site, admin: TestClient, entrusted: TestClient) -> None:
    dgs = site.world.accounts["dgs"].id
    assert "Administre Premier adjoint." in words(admin.get(f"{PEOPLE}/{dgs}").text)
    admin.post(f"{PEOPLE}/{dgs}/bureaux-confies")
    assert entrusted.get(DESKS).status_code == 403
    kept = membership(site.world, dgs)
    assert kept is not None
    assert kept.role is Role.NONE


def test_a_charge_outlives_the_administration_of_the_town(site: Site, admin: TestClient, entrusted: TestClient) -> None:
    make_administrator(site.world, "dgs")
    dgs = site.world.accounts["dgs"].id
    page = admin.get(f"{PEOPLE}/{dgs}").text
    before = hidden(page, "before")
    admin.post(f"{PEOPLE}/{dgs}", data={"title": "DGS", "before": before, "desk": before.split()})
    kept = membership(site.world, dgs)
    assert kept is not None
    assert kept.role is Role.FUNCTIONAL_ADMIN
    assert entrusted.get(DESKS).status_code == 200
