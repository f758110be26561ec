"""Supervisors see the folders of a desk, in a tray of their own, and act on none."""

from __future__ import annotations

from engine.desks.model import DeskSupervisor
from engine.folders.model import Act
from engine.people.actions import create_account, join_tenant
from tests.support.desks import desk_named
from tests.support.site import Site, words
from tests.support.world import NOW, World


def supervise(world: World, desk: str) -> None:
    """Somebody who holds nothing, and supervises a desk."""
    with world.database.writing() as session:
        account = create_account(session, email="vigie@essai.example", given_name="Ada", surname="Vigie", now=NOW)
        join_tenant(session, account, world.tenant, title="")
        session.add(DeskSupervisor(desk_id=desk_named(session, world, desk).id, account_id=account.id))
        world.accounts["vigie"] = account
        session.commit()


def test_what_a_supervised_desk_has_is_seen_and_not_acted_upon(site: Site) -> None:
    world = site.world
    supervise(world, "dgs")
    folder = world.sent(title="Budget primitif")
    world.deposit(title="Brouillon discret")
    browser = site.browser("vigie")
    tray = words(browser.get("/supervises").text)
    assert "Budget primitif" in tray
    assert "Brouillon discret" not in tray
    page = browser.get(f"/dossiers/{folder.id}")
    assert page.status_code == 200
    assert "Rejeter" not in words(page.text)
    assert "/viser" not in page.text
    step = {"step": str(world.open_step(folder).id), "heads": world.heads(folder)}
    assert browser.post(f"/dossiers/{folder.id}/viser", data=step).status_code in {403, 404, 409}
    assert not hasattr(world.act("vigie", folder, Act.VISA), "status")


def test_a_folder_that_left_the_desk_leaves_the_tray_and_stays_readable(site: Site) -> None:
    world = site.world
    supervise(world, "dgs")
    folder = world.sent(title="Budget primitif")
    world.act("dgs", folder, Act.VISA)
    browser = site.browser("vigie")
    assert "Budget primitif" not in words(browser.get("/supervises").text)
    assert browser.get(f"/dossiers/{folder.id}").status_code == 200


def test_who_supervises_nothing_sees_nothing(site: Site) -> None:
    world = site.world
    supervise(world, "adjoint")
    folder = world.sent(title="Budget primitif")
    browser = site.browser("vigie")
    assert "Supervisés" not in words(browser.get("/a-traiter").text)
    assert browser.get(f"/dossiers/{folder.id}").status_code == 404
