"""The page of the work queue: what waits and what failed is told in French, tried again or given up with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from engine.journal.queries import chain_entries
from engine.people.model import Account
from engine.work.actions import claim, enqueue
from engine.work.model import WorkItem
from engine.work.rules import MAX_ATTEMPTS
from notifications.actions import SEND_MAIL
from parapheur.settings import Settings
from parapheur.wiring import make_handlers
from parapheur.worker import Worker
from tests.support.site import Site, words
from tests.support.world import NOW, World
from web.works import COSTS, KINDS

WORKS = "/administration/travaux"
FAULT = "ValueError : le serveur répond n’importe quoi"


def add(world: World, kind: str = "folder.service", tenant_id: UUID | None = None, **values: Any) -> UUID:
    """A row as a worker leaves it."""
    with world.database.writing() as session:
        known = set(session.exec(select(WorkItem.id)))
        data = values.pop("data", {"folder_id": str(uuid4())})
        enqueue(session, kind, data, now=NOW, tenant_id=tenant_id or world.tenant.id)
        [made] = [item for item in session.exec(select(WorkItem)) if item.id not in known]
        for name, value in values.items():
            setattr(made, name, value)
        session.commit()
    return made.id


def given_up(world: World, **values: Any) -> UUID:
    return add(world, failed_at=NOW, failures=MAX_ATTEMPTS, attempts=MAX_ATTEMPTS, error=FAULT, **values)


def row(world: World, item_id: UUID) -> WorkItem:
    with world.database.reading() as session:
        return session.get_one(WorkItem, item_id)


def told(world: World) -> list[str]:
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, world.tenant.id)
    return [entry.event for entry in entries if entry.event.startswith("tenant:work:")]


def test_everything_that_a_worker_does_has_its_words(world: World, tmp_path: Any) -> None:
    handlers = make_handlers(Settings(data_dir=tmp_path), world.database)
    assert set(handlers) <= set(KINDS)
    assert set(COSTS) == set(KINDS)


def test_what_failed_is_shown_with_its_folder_its_error_and_its_attempts(site: Site, admin: TestClient) -> None:
    folder = site.world.sent(title="Convention de prêt")
    given_up(site.world, data={"folder_id": str(folder.id)})
    add(site.world, error="serveur absent", attempts=3, available_at=NOW + timedelta(hours=2))
    page = words(admin.get(WORKS).text)
    assert "Arrêtés après trop d’échecs (1)" in page
    assert "Faire une tâche automatique du circuit · Convention de prêt" in page
    assert f"{MAX_ATTEMPTS} essais" in page
    assert f"Dernière erreur : {FAULT}" in page
    assert "En difficulté (1)" in page
    assert "3 essais" in page
    assert "Prévenir qu’un dossier a avancé · Convention de prêt" in page


def test_a_row_is_tried_again_and_does_its_work(site: Site, admin: TestClient) -> None:
    item = given_up(site.world)
    assert admin.post(f"{WORKS}/{item}/reessayer").headers["location"] == WORKS
    assert (row(site.world, item).failed_at, row(site.world, item).failures) == (None, 0)
    done: list[Any] = []
    handlers = {kind: lambda data, _now: done.append(data) for kind in KINDS}
    Worker(site.world.database, handlers).drain()
    assert row(site.world, item).done_at is not None
    assert told(site.world) == ["tenant:work:retried"]
    journal = words(admin.get("/administration/journal").text)
    assert "a fait réessayer 1 travail (faire une tâche automatique du circuit)" in journal


def test_everything_in_trouble_is_tried_again_at_once(site: Site, admin: TestClient) -> None:
    items = [given_up(site.world) for _ in range(60)]
    later = add(site.world, SEND_MAIL, error="absent", available_at=NOW + timedelta(days=1), data={})
    planned = add(site.world, "folder.timer", available_at=NOW + timedelta(days=1))
    answer = admin.post(f"{WORKS}/reessayer")
    assert "61 travaux vont être essayés de nouveau" in words(admin.get(answer.headers["location"]).text)
    assert all(row(site.world, item).failed_at is None for item in items)
    assert row(site.world, later).available_at < NOW + timedelta(hours=1)
    assert row(site.world, planned).available_at == NOW + timedelta(days=1)  # what only waits for its time keeps it
    assert told(site.world) == ["tenant:work:retried"]
    assert "Rien n’est à essayer" in words(admin.get(admin.post(f"{WORKS}/reessayer").headers["location"]).text)


def test_a_row_is_given_up_with_a_reason_that_the_journal_keeps(site: Site, admin: TestClient) -> None:
    item = given_up(site.world)
    assert "restera arrêté à cette tâche" in words(admin.get(f"{WORKS}/{item}/abandonner").text)
    for reason, said in ((" ", "Dites pourquoi ce travail"), ("x" * 301, "Le motif dépasse 300 caractères")):
        answer = admin.post(f"{WORKS}/{item}/abandonner", data={"reason": reason})
        assert (answer.status_code, said in words(answer.text)) == (422, True)
    assert row(site.world, item).done_at is None
    assert admin.post(f"{WORKS}/{item}/abandonner", data={"reason": "Service fermé"}).headers["location"] == WORKS
    kept = row(site.world, item)
    assert (kept.done_at is not None, kept.error) == (True, "Abandonné : Service fermé")
    assert told(site.world) == ["tenant:work:abandoned"]
    assert "a abandonné un travail (faire une tâche automatique du circuit) : « Service fermé »" in words(
        admin.get("/administration/journal").text
    )
    assert admin.post(f"{WORKS}/{item}/abandonner", data={"reason": "Encore"}).status_code == 404


@pytest.mark.parametrize("what", ["reessayer", "abandonner"])
def test_a_row_in_the_hands_of_a_worker_is_left_to_it(site: Site, admin: TestClient, what: str) -> None:
    item = add(site.world, error="absent", attempts=1)
    with site.world.database.writing() as session:
        assert [taken.id for taken in claim(session, "un ouvrier", now=NOW + timedelta(days=1))] == [item]
        session.commit()
    answer = admin.post(f"{WORKS}/{item}/{what}", data={"reason": "Trop tard"})
    assert "en train d’être fait" in words(admin.get(answer.headers["location"]).text)
    assert (row(site.world, item).holder, row(site.world, item).done_at) == ("un ouvrier", None)
    assert told(site.world) == []


def test_the_work_of_another_town_and_of_the_installation_is_out_of_reach(
    site: Site, admin: TestClient, neighbour: World
) -> None:
    theirs = given_up(neighbour)
    with site.world.database.writing() as session:
        enqueue(session, SEND_MAIL, {}, now=NOW)
        nobodys = session.exec(select(WorkItem.id).where(WorkItem.tenant_id == None)).one()  # noqa: E711
        session.commit()
    assert "Rien n’est en difficulté" in words(admin.get(WORKS).text)
    for item in (theirs, nobodys):
        assert admin.post(f"{WORKS}/{item}/reessayer").status_code == 404
        assert admin.get(f"{WORKS}/{item}/abandonner").status_code == 404
        assert admin.post(f"{WORKS}/{item}/abandonner", data={"reason": "Pris"}).status_code == 404
    assert row(neighbour, theirs).failed_at is not None


def test_the_work_of_no_town_is_shown_to_who_looks_after_the_installation(site: Site, admin: TestClient) -> None:
    with site.world.database.writing() as session:
        enqueue(session, SEND_MAIL, {}, now=NOW)
        item = session.exec(select(WorkItem).where(WorkItem.tenant_id == None)).one()  # noqa: E711
        item.failed_at, item.failures, item.error = NOW, MAX_ATTEMPTS, FAULT
        session.commit()
    given_up(site.world)
    assert admin.get("/installation/travaux").status_code == 403
    with site.world.database.writing() as session:
        session.get_one(Account, site.world.accounts["dgs"].id).platform_admin = True
        session.commit()
    keeper = site.browser("dgs")
    page = words(keeper.get("/installation/travaux").text)
    assert "Arrêtés après trop d’échecs (1)" in page
    assert "Envoyer un courriel" in page
    assert "Faire une tâche automatique" not in page
    assert keeper.post(f"/installation/travaux/{item.id}/reessayer").is_redirect
    assert row(site.world, item.id).failed_at is None
    again = keeper.post("/installation/travaux/reessayer").headers["location"]
    assert "Rien n’est à essayer" in words(keeper.get(again).text)
