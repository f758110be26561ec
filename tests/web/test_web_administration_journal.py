"""The journal of a town is searched by subject, person and date, and kept as a table; filled fields are shown."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from engine.folders.actions import act
from engine.folders.model import Act
from engine.journal.actions import record
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.site import Site, words
from tests.support.world import NOW, World
from tests.web.test_web_folder import events_written
from web.journal_subjects import OBJECTS, SUBJECTS

JOURNAL = "/administration/journal"
#: Half past midnight in Paris: for the town, the day after that of universal time.
NIGHT = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)


def write(world: World, event: str, who: str | None = None, at: datetime = NOW, **data: object) -> None:
    actor = world.accounts[who].id if who else None
    with world.database.writing() as session:
        tenant = world.tenant.id
        record(session, tenant_id=tenant, chain=tenant, event=event, at=at, actor_id=actor, data=data)
        session.commit()


def shown(browser: TestClient, query: str) -> str:
    return words(browser.get(f"{JOURNAL}?{query}").text).partition("Télécharger (CSV)")[2]


def table(browser: TestClient, query: str = "") -> list[list[str]]:
    answer = browser.get(f"{JOURNAL}.csv?{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_every_object_of_a_towns_event_has_a_subject() -> None:
    objects = {event.split(":")[1] for event in events_written() if event.startswith("tenant:")}
    assert objects <= set(OBJECTS)
    assert set(OBJECTS.values()) == set(SUBJECTS)


def test_entries_are_found_by_subject_by_person_and_by_day_of_the_town(site: Site, admin: TestClient) -> None:
    world, local = site.world, NIGHT.astimezone(ZoneInfo("Europe/Paris"))
    write(world, "tenant:desk:created", "dgs", desk="Police", at=NIGHT)
    write(world, "tenant:person:disabled", "maire", person="Marc Roux")
    write(world, "tenant:subtype:changed", subtype="Achats")
    assert local.day == 1  # the town is already in April
    for query, said, unsaid in (
        ("quoi=desks", "le bureau « Police »", "Marc Roux"),
        ("quoi=people", "l’accès de Marc Roux", "Police"),
        (f"qui={world.accounts['dgs'].id}", "Police", "Achats"),
        ("qui=parapheur&quoi=types", "Achats", "Police"),
        ("du=2026-04-01&au=2026-04-01", "Police", "Achats"),
        ("du=2026-03-31&au=2026-03-31", "Aucune entrée", "Police"),
        ("quoi=inconnu", "Police", "Aucune entrée"),
    ):
        text = shown(admin, query)
        assert said in text, query
        assert unsaid not in text, query


def test_a_date_that_does_not_exist_is_said_beside_its_field(site: Site, admin: TestClient) -> None:
    answer = admin.get(f"{JOURNAL}?du=2026-02-30")
    assert answer.status_code == 422
    assert "Cette date n’existe pas" in words(answer.text)
    assert 'value="2026-02-30"' in answer.text
    assert admin.get(f"{JOURNAL}.csv?au=hier").is_redirect
    assert admin.get(f"{JOURNAL}?avant=x").status_code == 404


def test_the_table_holds_what_was_looked_for_and_nothing_that_a_spreadsheet_would_run(
    site: Site, admin: TestClient
) -> None:
    world = site.world
    write(world, "tenant:person:disabled", "maire", person="=HYPERLINK(1)")
    write(world, "tenant:desk:created", "dgs", desk="Police")
    everything = table(admin)
    assert everything[0] == ["Numéro", "Date", "Heure", "Qui", "Quoi", "Événement", "Empreinte"]
    assert [row[0] for row in everything[1:]] == [str(number + 1) for number in range(len(everything) - 1)]
    [_, row] = table(admin, "quoi=desks")
    at = NOW.astimezone(ZoneInfo("Europe/Paris"))
    assert row[1:6] == [
        f"{at:%d/%m/%Y}",
        f"{at:%H:%M:%S}",
        "Zoé Çelik",
        "a créé le bureau « Police » (nom court :  ; sans supérieur ; ne dépose pas)",
        "tenant:desk:created",
    ]
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in everything for cell in line)


def test_older_pages_keep_what_was_looked_for(site: Site, admin: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.administration_journal.PAGE", 5)
    for number in range(10):
        write(site.world, "tenant:person:disabled", "maire", person=f"Personne {number}")
        write(site.world, "tenant:desk:created", "dgs", desk=f"Bureau {number}")
    page = admin.get(f"{JOURNAL}?quoi=people").text
    assert "10 entrées" in words(page)
    older = page.rpartition('href="?')[2].partition('"')[0].replace("&amp;", "&")
    text = shown(admin, older)
    assert "Personne 4." in text
    assert "Personne 5." not in text
    assert "Bureau" not in text


def test_what_a_step_filled_is_in_the_journal_of_the_folder(site: Site) -> None:
    world = site.world
    filling = step("visa").replace("/>", ' parapheur:fills="commitment_number, urgent"/>')
    publish_for(world, "order", drawing(START, filling, END, flow("start>visa visa>end")))
    folder = world.sent(circuit="order")
    with world.database.writing() as session:
        act(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts["dgs"],
            step_id=world.open_step(folder).id,
            act=Act.VISA,
            seen_heads=world.heads(folder),
            now=NOW + timedelta(minutes=5),
            fields={"commitment_number": "E-2026-12", "urgent": True},
        )
        session.commit()
    text = words(site.browser("secretariat").get(f"/dossiers/{folder.id}/journal").text)
    assert "Commitment number : E-2026-12" in text
    assert "Urgent : oui" in text
