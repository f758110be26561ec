"""``parapheur create-tenant``: from an empty database to a folder that an invited colleague deposits."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from engine.database import Database
from engine.desks.model import Desk
from engine.folders.model import Folder
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.people.model import Account, Membership, Role, Tenant
from engine.work.model import WorkItem
from parapheur.serving import make_app
from parapheur.settings import load_settings
from parapheur.wiring import make_handlers, open_database
from parapheur.worker import Worker
from tests.command.conftest import Command
from tests.support.mails import BASE, SENDER, Box, smtp
from tests.support.world import blank_pdf

TOWN = ("--name", "Commune de Port-Clair")
ANNE = ("--email", "Anne.LeGoff@port-clair.example", "--given-name", "Anne", "--surname", "Le Goff")
CREATE = ("create-tenant", *TOWN, *ANNE)
LINK = re.compile(rf"{BASE}(/choisir-mot-de-passe/\S+)")
PHRASE = "la marée monte à Pâques"


@pytest.fixture(autouse=True)
def migrated(alone: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty installation."""
    monkeypatch.setenv("PARAPHEUR_BASE_URL", BASE)
    assert command("migrate").status == 0


@pytest.fixture
def database(migrated: None) -> Iterator[Database]:
    opened = open_database(load_settings())
    yield opened
    opened.dispose()


@contextmanager
def installation(box: Box, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Worker, Database]]:
    """The worker that the settings make, and a real mail server."""
    with smtp(box) as (_, server):
        monkeypatch.setenv("PARAPHEUR_SMTP_HOST", server.host)
        monkeypatch.setenv("PARAPHEUR_SMTP_PORT", str(server.port))
        monkeypatch.setenv("PARAPHEUR_MAIL_FROM", SENDER)
        settings = load_settings()
        opened = open_database(settings)
        try:
            yield Worker(opened, make_handlers(settings, opened)), opened
        finally:
            opened.dispose()


def last_link(box: Box, to: str) -> str:
    """Where the last mail to somebody leads, on this site."""
    mail = [mail for mail in box.mails if mail["To"] == to][-1]
    body = mail.get_body(("plain",))
    assert body
    found = LINK.search(body.get_content())
    assert found
    return found[1]


def come_in(browser: TestClient, link: str, email: str) -> None:
    """Choose a password behind a link, then log in."""
    assert browser.get(link).status_code == 200
    assert browser.post(link, data={"password": PHRASE, "again": PHRASE}).status_code == 303
    assert browser.post("/connexion", data={"email": email, "password": PHRASE}).status_code == 303


def desk_id(database: Database, short_name: str) -> str:
    with database.reading() as session:
        return str(session.exec(select(Desk.id).where(Desk.short_name == short_name)).one())


def test_from_nothing_to_a_folder_in_its_circuit(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Box()
    with installation(box, monkeypatch) as (worker, database):
        said = command(*CREATE, "--title", "Secrétaire de mairie")
        assert (said.status, said.err) == (0, "")
        assert "choisir-mot-de-passe" not in said.out  # mails are set up: the link goes to the person alone
        worker.drain()
        assert [mail["To"] for mail in box.mails] == ["anne.legoff@port-clair.example"]
        with (
            TestClient(make_app(load_settings()), base_url=BASE, follow_redirects=False) as anne,
            TestClient(anne.app, base_url=BASE, follow_redirects=False) as paul,
        ):
            come_in(anne, last_link(box, "anne.legoff@port-clair.example"), "anne.legoff@port-clair.example")
            form = {
                "email": "paul@port-clair.example",
                "given_name": "Paul",
                "surname": "Morvan",
                "desk": [desk_id(database, "secretariat")],
            }
            assert anne.post("/administration/personnes/inviter", data=form).status_code == 303
            for short_name in ("dgs", "maire"):
                holder = {**form, "email": f"{short_name}@port-clair.example", "desk": [desk_id(database, short_name)]}
                assert anne.post("/administration/personnes/inviter", data=holder).status_code == 303
            worker.drain()
            come_in(paul, last_link(box, "paul@port-clair.example"), "paul@port-clair.example")
            page = paul.get("/deposer").text
            assert "Délibération" in page
            subtype = re.search(r'name="subtype" value="([^"]+)"', page)
            assert subtype
            answer = paul.post(
                "/deposer",
                data={"title": "Délibération 2026-001", "subtype": subtype[1], "suite": "envoyer"},
                files={"document": ("acte.pdf", io.BytesIO(blank_pdf()), "application/pdf")},
            )
            assert answer.status_code == 303, answer.text
            worker.drain()
        with database.reading() as session:
            assert session.exec(select(Folder.title)).all() == ["Délibération 2026-001"]
        assert box.mails[-1]["To"] == "dgs@port-clair.example"
        assert box.mails[-1]["Subject"] == "À viser : Délibération 2026-001"


def test_without_a_mail_server_the_link_is_printed(command: Command, database: Database) -> None:
    said = command(*CREATE)
    assert said.status == 0
    assert "PARAPHEUR_SMTP_HOST n’est pas réglé" in said.out
    link = LINK.search(said.out)
    assert link
    with TestClient(make_app(load_settings()), base_url=BASE, follow_redirects=False) as browser:
        come_in(browser, link[1], "anne.legoff@port-clair.example")
        assert browser.get("/administration/personnes").status_code == 200
    with database.reading() as session:
        assert [item.kind for item in session.exec(select(WorkItem))] == ["mail.send"]


def test_the_town_has_its_administrator_its_desks_and_a_whole_journal(command: Command, database: Database) -> None:
    assert command(*CREATE, "--short-name", "port-clair", "--zone", "Indian/Reunion").status == 0
    with database.reading() as session:
        tenant = session.exec(select(Tenant)).one()
        assert (tenant.name, tenant.short_name, tenant.zone) == (TOWN[1], "port-clair", "Indian/Reunion")
        member = session.exec(select(Membership)).one()
        assert member.role is Role.TENANT_ADMIN
        desks = {desk.id: desk for desk in session.exec(select(Desk))}
        above = {d.short_name: d.parent_desk_id and desks[d.parent_desk_id].short_name for d in desks.values()}
        assert above == {"maire": None, "adjoint": "maire", "dgs": "maire", "secretariat": "dgs"}
        entries = chain_entries(session, tenant.id, tenant.id)
    assert broken_at(entries) is None
    events = Counter(entry.event for entry in entries)
    assert events["tenant:town:created"] == events["tenant:person:invited"] == 1
    assert events["tenant:desk:created"] == 4


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "« Commune de Port-Clair » existe déjà"),
        (("--name", "COMMUNE DE PORT CLAIR"), "« Commune de Port-Clair » existe déjà"),
        (("--name", "Autre", "--short-name", "commune-de-port-clair"), "est celui de « Commune de Port-Clair »"),
    ],
)
def test_a_town_that_is_there_already_is_refused(
    command: Command, database: Database, more: tuple[str, ...], said: str
) -> None:
    assert command(*CREATE).status == 0
    again = command(*CREATE, *more)
    assert (again.status, again.out) == (1, "")
    assert said in again.err
    with database.reading() as session:
        assert len(session.exec(select(Tenant)).all()) == 1
        assert len(session.exec(select(WorkItem)).all()) == 1


def test_a_person_who_administers_two_towns_has_one_account(command: Command, database: Database) -> None:
    assert command(*CREATE).status == 0
    said = command("create-tenant", "--name", "CCAS de Port-Clair", *ANNE[:2], "--given-name", "A.", "--surname", "L.")
    assert said.status == 0
    assert "a déjà un compte, au nom de Anne Le Goff" in said.out
    with database.reading() as session:
        assert session.exec(select(Account.given_name)).all() == ["Anne"]
        assert len(session.exec(select(Membership)).all()) == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--email", "anne"), "« anne » n’est pas une adresse électronique utilisable"),
        (("--given-name", ""), "Donnez le prénom"),
        (("--zone", "Europe/Brest"), "Le fuseau horaire « Europe/Brest » n’existe pas"),
        (("--name", " "), "Donnez le nom de la collectivité"),
        (("--name", "x" * 201), "dépasse 200 caractères"),
        (("--short-name", "Port Clair"), "« Port Clair » ne peut pas servir de nom court"),
    ],
)
def test_what_will_not_do_is_wrong_usage_and_creates_nothing(
    command: Command, database: Database, more: tuple[str, ...], said: str
) -> None:
    found = command(*CREATE, *more)
    assert (found.status, found.out) == (2, "")
    assert said in found.err
    with database.reading() as session:
        assert session.exec(select(Tenant)).all() == []
        assert session.exec(select(WorkItem)).all() == []


def test_what_is_missing_is_named_when_nobody_can_be_asked(command: Command) -> None:
    said = command("create-tenant", *TOWN)
    assert (said.status, said.err) == (2, "Rien n’a été créé. Il manque : --email, --given-name, --surname\n")


def test_in_a_terminal_what_is_missing_or_wrong_is_asked(
    command: Command, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["", "", "anne", "Anne", "Le Goff", "", "anne@port-clair.example"])
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return next(answers)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", answer)
    said = command("create-tenant", *TOWN)
    assert said.status == 0
    assert "« anne » n’est pas une adresse" in said.err
    assert asked[0] == "Nom court (commune-de-port-clair) : "
    assert asked[2] == asked[-1] == "Adresse électronique de la personne qui l’administrera : "
    with database.reading() as session:
        assert session.exec(select(Account.email)).all() == ["anne@port-clair.example"]
        assert session.exec(select(Tenant.short_name)).all() == ["commune-de-port-clair"]


def test_who_stops_answering_creates_nothing(
    command: Command, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", nothing)
    assert command("create-tenant", *TOWN).status == 2
    assert command(*CREATE, "--email", "anne").status == 2
    with database.reading() as session:
        assert session.exec(select(Tenant)).all() == []


def test_a_database_that_is_not_up_to_date_is_told(command: Command, alone: Path) -> None:
    for file in (alone / "var").glob("parapheur.db*"):
        file.unlink()
    said = command(*CREATE)
    assert (said.status, said.err) == (
        1,
        "La base de données n’est pas à jour : lancez « parapheur migrate », puis recommencez.\n",
    )
