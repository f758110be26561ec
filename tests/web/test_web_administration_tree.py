"""The page of a desk: rights, associated desks, supervisors, holders; closing it; the tree on every screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import Session, select
from starlette.testclient import TestClient

from engine.clock import utc_now
from engine.desks.actions import give_desk
from engine.desks.links import linked_to
from engine.desks.model import Delegation, Desk
from engine.folders.model import Act
from engine.people.actions import open_session
from tests.front.test_front_look import violations
from tests.support.administration import DESKS, desk_id, held, journal, make_administrator
from tests.support.browser import chromium, visited
from tests.support.circuits import publish_for
from tests.support.desks import change, desk_named, grow_tree
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.serving import served
from tests.support.site import Site, words
from tests.support.world import World

ASKED = "rights associated supervisors"


def sent(world: World, name: str, **changed: Any) -> dict[str, Any]:
    """The form of a desk as its page sends it, with some fields changed."""
    with world.database.reading() as session:
        desk = desk_named(session, world, name)
        links = linked_to(session, desk.id)
    boxes = {"deposits": desk.may_create, "acts": desk.may_act, "archives": desk.may_archive, "chains": desk.may_chain}
    return {
        "name": desk.name,
        "parent": str(desk.parent_desk_id or ""),
        "function": desk.function,
        "asked": ASKED,
        **{box: "oui" for box, ticked in boxes.items() if ticked},
        **{link: [str(one) for one in ones] for link, ones in links.items()},
        **changed,
    }


def save(admin: TestClient, world: World, name: str, **changed: Any) -> Any:
    return admin.post(f"{DESKS}/{desk_id(world, name)}", data=sent(world, name, **changed))


def kept(world: World, name: str) -> Desk:
    with world.database.reading() as session:
        return desk_named(session, world, name)


def test_rights_function_and_links_are_kept_and_told(site: Site, admin: TestClient) -> None:
    world = site.world
    maire = str(world.accounts["maire"].id)
    answer = save(
        admin,
        world,
        "dgs",
        function=" Chef de Service ",
        archives="",
        chains="",
        supervisors=[maire],
        associated=[str(desk_id(world, "adjoint"))],
    )
    assert answer.status_code == 303, words(answer.text)
    desk = kept(world, "dgs")
    assert (desk.function, desk.may_act, desk.may_archive, desk.may_chain) == ("chef-de-service", True, False, False)
    with world.database.reading() as session:
        links = linked_to(session, desk.id)
    assert {name: {str(one) for one in ones} for name, ones in links.items()} == {
        "supervisors": {maire},
        "associated": {str(desk_id(world, "adjoint"))},
    }
    [entry] = journal(world)
    assert entry.event == "tenant:desk:changed"
    told = words(admin.get("/administration/journal").text)
    for said in (
        "fonction : chef-de-service",
        "n’archive pas",
        "nouveaux superviseurs : Héloïse Lefèvre",
        "associé à : Premier adjoint",
    ):
        assert said in told
    assert save(admin, world, "dgs").status_code == 303
    assert len(journal(world)) == 1, "saved again as it is: nothing to tell"


def test_what_a_form_does_not_ask_stays(site: Site, admin: TestClient) -> None:
    world = site.world
    change(world, "dgs", may_archive=False, function="direction")
    admin.post(f"{DESKS}/{desk_id(world, 'dgs')}", data={"name": "Direction", "parent": ""})
    desk = kept(world, "dgs")
    assert (desk.name, desk.function, desk.may_act, desk.may_archive) == ("Direction", "direction", True, False)
    assert held(world, world.accounts["dgs"].id) == {"dgs"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"supervisors": [str(uuid4())]}, "ne fait pas partie de votre collectivité"),
        ({"associated": [str(uuid4())]}, "n’existe pas dans votre collectivité"),
        ({"function": "2026"}, "ne peut pas servir de nom court"),
        ({"acts": ""}, "ne peut pas perdre le droit d’agir : le circuit « deed » le désigne"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_changes(
    site: Site, admin: TestClient, changed: dict[str, Any], told: str
) -> None:
    answer = save(admin, site.world, "dgs", **changed)
    assert answer.status_code == 422
    assert told in words(answer.text)
    assert journal(site.world) == []


def test_people_of_another_town_see_nothing_here(site: Site, admin: TestClient, neighbour: World) -> None:
    answer = save(admin, site.world, "dgs", supervisors=[str(neighbour.accounts["dgs"].id)])
    assert answer.status_code == 422
    strange = admin.post(f"{DESKS}/{desk_id(neighbour, 'dgs')}/fermer")
    assert strange.status_code == 404


def alone(world: World, admin: TestClient, name: str = "Archives") -> str:
    """A desk that nothing uses."""
    assert admin.post(f"{DESKS}/nouveau", data={"name": name, "asked": "rights", "acts": "oui"}).status_code == 303
    return f"{DESKS}/{desk_id(world, name.lower())}"


def test_a_desk_that_nothing_needs_is_closed_and_can_be_opened_again(site: Site, admin: TestClient) -> None:
    page = alone(site.world, admin)
    assert "Supprimer" in admin.get(f"{page}/fermer").text
    assert admin.post(f"{page}/fermer").status_code == 303
    assert kept(site.world, "archives").closed_at is not None
    assert "1 bureau fermé" in words(admin.get(DESKS).text)
    taken = admin.post(f"{DESKS}/nouveau", data={"name": "Autre", "parent": page.rpartition("/")[2]})
    assert "Le bureau « Archives » est fermé" in words(taken.text)
    assert admin.post(f"{page}/rouvrir").status_code == 303
    assert kept(site.world, "archives").closed_at is None
    events = [entry.event.rpartition(":")[2] for entry in journal(site.world)]
    assert events == ["created", "closed", "reopened"]


def test_a_desk_created_by_mistake_is_deleted(site: Site, admin: TestClient) -> None:
    page = alone(site.world, admin)
    assert admin.post(f"{page}/supprimer").status_code == 303
    with site.world.database.reading() as session:
        assert session.exec(select(Desk).where(Desk.short_name == "archives")).first() is None
    assert admin.get(page).status_code == 404
    assert "qui n’avait jamais servi" in words(admin.get("/administration/journal").text)


def delegate(session: Session, world: World) -> None:
    session.add(
        Delegation(
            tenant_id=world.tenant.id,
            delegating_desk_id=desk_named(session, world, "archives").id,
            substitute_desk_id=desk_named(session, world, "dgs").id,
            starts_at=utc_now(),
            ends_at=utc_now() + timedelta(days=3),
            created_at=utc_now(),
            created_by=world.accounts["dgs"].id,
        )
    )


@pytest.mark.parametrize(
    ("needing", "told"),
    [
        ("delegation", "une délégation le concerne"),
        ("below", "un bureau dépend de lui"),
        ("circuit", "le circuit « naming » le désigne"),
        ("step", "une étape attend ce bureau"),
    ],
)
def test_a_desk_that_something_needs_stays_open_and_says_why(
    site: Site, admin: TestClient, needing: str, told: str
) -> None:
    world, page = site.world, alone(site.world, admin)
    with world.database.writing() as session:
        if needing == "delegation":
            delegate(session, world)
        if needing == "below":
            desk_named(session, world, "adjoint").parent_desk_id = desk_named(session, world, "archives").id
        session.commit()
    if needing in {"circuit", "step"}:
        publish_for(world, "naming", drawing(START, step("a", desk="archives"), END, flow("start>a a>end")))
    if needing == "step":
        world.sent(circuit="naming")
    assert told in words(admin.get(f"{page}/fermer").text)
    for way in ("fermer", "supprimer"):
        admin.post(f"{page}/{way}")
        assert kept(world, "archives").closed_at is None


def test_a_desk_on_the_way_of_a_folder_stays_open_until_it_has_passed(site: Site, admin: TestClient) -> None:
    world, page = site.world, alone(site.world, admin)
    naming = drawing(START, step("a"), step("b", desk="archives"), END, flow("start>a a>b b>end"))
    publish_for(world, "naming", naming)
    folder = world.sent(circuit="naming")
    publish_for(world, "naming", drawing(START, step("a"), END, flow("start>a a>end")))
    assert words(admin.get(f"{page}/fermer").text).count("un dossier en cours doit encore passer par lui") == 1
    world.act("dgs", folder, Act.VISA)
    with world.database.writing() as session:
        give_desk(session, desk_named(session, world, "archives"), world.accounts["adjoint"].id)
        session.commit()
    world.act("adjoint", folder, Act.VISA)
    assert admin.post(f"{page}/supprimer", follow_redirects=True).status_code == 200
    assert kept(world, "archives").closed_at is None, "it has acted: it is closed, never deleted"
    assert admin.post(f"{page}/fermer").status_code == 303
    assert kept(world, "archives").closed_at is not None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_tree_is_read_and_a_desk_is_set_up_on_every_screen(browser: Browser, site: Site, width: int) -> None:
    world = site.world
    make_administrator(world)
    grow_tree(world)
    with world.database.writing() as session:
        secret = open_session(session, world.accounts["secretariat"].id, user_agent="essai", now=utc_now())
        session.commit()
    size = {"width": width, "height": 800}
    with (
        served(site.app) as address,
        visited(browser, f"{address}/connexion", viewport=size) as (page, complaints),
    ):
        page.context.add_cookies([{"name": "parapheur", "value": secret, "url": address}])
        page.goto(f"{address}{DESKS}")
        tree = page.locator("ul.tree")
        expect(tree.locator("ul ul").get_by_role("link", name="Secrétaire de mairie")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        tree.get_by_role("link", name="Directrice générale des services").click()
        page.get_by_text("Superviseurs").click()
        page.get_by_role("group", name="Ils voient ses dossiers").get_by_label("François Noël").check()
        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_role("status").first).to_contain_text("est enregistré")
        tree.get_by_role("link", name="Directrice générale des services").click()
        expect(page.get_by_text("Supervisé par François Noël")).to_be_visible()
        page.get_by_role("link", name="Fermer ce bureau").click()
        expect(page.get_by_text("le circuit « deed » le désigne")).to_be_visible()
        assert violations(page) == []
        assert complaints.found == []
