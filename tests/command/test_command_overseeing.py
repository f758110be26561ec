"""``parapheur platform-admin`` and ``parapheur reset-second-factor``."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from engine.clock import utc_now
from engine.people.model import Account, SecondFactor
from notifications.model import Mail
from parapheur.settings import load_settings
from parapheur.wiring import open_database
from tests.command.conftest import Command

EMAIL = "anne@port-clair.example"


@pytest.fixture(autouse=True)
def town(alone: Path, command: Command) -> None:
    """A town, with Anne who administers it."""
    command("migrate")
    asked = ("--email", EMAIL, "--given-name", "Anne", "--surname", "Le Goff")
    assert command("create-tenant", "--name", "Commune de Port-Clair", *asked).status == 0


def anne() -> Account:
    database = open_database(load_settings())
    with database.reading() as session:
        found = session.exec(select(Account)).one()
    database.dispose()
    return found


def test_the_installation_is_entrusted_and_taken_back(command: Command) -> None:
    said = command("platform-admin", EMAIL.upper())
    assert (said.status, said.out) == (0, "Anne Le Goff veille désormais sur l’installation : menu « Installation ».\n")
    assert anne().platform_admin
    assert command("platform-admin", EMAIL).status == 1
    assert command("platform-admin", EMAIL, "--revoke").status == 0
    assert not anne().platform_admin


def test_an_unknown_address_is_told(command: Command) -> None:
    said = command("platform-admin", "autre@port-clair.example")
    assert (said.status, said.err) == (1, "Personne n’a l’adresse autre@port-clair.example. Rien n’a changé.\n")


def test_a_lost_second_factor_is_taken_away_and_told(command: Command) -> None:
    assert command("reset-second-factor", EMAIL).status == 1
    database = open_database(load_settings())
    with database.writing() as session:
        account = session.exec(select(Account)).one()
        session.add(SecondFactor(account_id=account.id, secret="x", created_at=utc_now(), confirmed_at=utc_now()))
        session.commit()
    assert command("reset-second-factor", EMAIL).status == 0
    with database.reading() as session:
        assert session.exec(select(SecondFactor)).all() == []
        assert [mail.subject for mail in session.exec(select(Mail))][-1] == "Second facteur de votre compte"
    database.dispose()
