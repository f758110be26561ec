"""Logging in, links, sessions; and whose a certificate is."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from engine.people import actions as people
from engine.people.actions import account_of_link, choose_password, forgot_password, invite, log_in, log_out
from engine.people.model import Account, LoginFailure, LoginSession, OneTimeToken, SignerCertificate
from engine.people.queries import visitor_of
from engine.people.rules import LINK_DEAD, TOO_MANY_FAILURES, WRONG_LOGIN, certificate_is_theirs, folded_name
from engine.refusals import Refusal
from tests.support.world import NOW, PASSWORD, World

MAIRE = "maire@essai.example"


def enter(world: World, password: str = PASSWORD, email: str = MAIRE) -> tuple[str, Account] | Refusal:
    return log_in(world.database, email, password, network="127.0.0.1", user_agent="essai", now=NOW)


def test_a_right_password_opens_a_session_that_can_be_closed(each_world: World) -> None:
    result = enter(each_world, email=" MAIRE@essai.example ")
    assert not isinstance(result, Refusal)
    secret, account = result
    with each_world.database.writing() as session:
        visitor = visitor_of(session, secret, now=NOW)
        assert visitor is not None
        assert (visitor.account.id, visitor.title) == (account.id, "Maire")
        log_out(session, secret, now=NOW)
        session.commit()
    with each_world.database.reading() as session:
        assert visitor_of(session, secret, now=NOW) is None
        assert secret not in session.exec(select(LoginSession.secret_sha256)).all()


@pytest.mark.parametrize("later", [timedelta(hours=2), timedelta(hours=13)])
def test_a_session_ends_by_itself(world: World, later: timedelta) -> None:
    result = enter(world)
    assert not isinstance(result, Refusal)
    with world.database.reading() as session:
        assert visitor_of(session, result[0], now=NOW + timedelta(hours=1)) is not None
        assert visitor_of(session, result[0], now=NOW + later) is None


def test_five_failures_lock_the_address_for_a_while(world: World) -> None:
    for _ in range(5):
        assert enter(world, "faux") == WRONG_LOGIN
    assert enter(world) == TOO_MANY_FAILURES
    assert not isinstance(enter(world, email="dgs@essai.example"), Refusal)
    later = log_in(world.database, MAIRE, PASSWORD, network="127.0.0.1", user_agent="", now=NOW + timedelta(minutes=16))
    assert not isinstance(later, Refusal)


def test_an_unknown_or_disabled_account_is_told_nothing_more(world: World) -> None:
    assert enter(world, email="inconnu@essai.example") == WRONG_LOGIN
    with world.database.writing() as session:
        account = session.get_one(Account, world.accounts["maire"].id)
        account.disabled_at = NOW
        session.commit()
    assert enter(world) == WRONG_LOGIN


def test_a_link_serves_once_and_ends_open_sessions(world: World) -> None:
    entered = enter(world)
    assert not isinstance(entered, Refusal)
    with world.database.writing() as session:
        link = forgot_password(session, MAIRE, now=NOW)
        assert link is not None
        session.commit()
    assert isinstance(choose_password(world.database, link.secret, "court", now=NOW), Refusal)
    assert isinstance(choose_password(world.database, link.secret, "une phrase bien longue", now=NOW), Account)
    assert choose_password(world.database, link.secret, "une autre phrase longue", now=NOW) == LINK_DEAD
    with world.database.reading() as session:
        assert visitor_of(session, entered[0], now=NOW) is None
        assert link.secret not in session.exec(select(OneTimeToken.secret_sha256)).all()
    assert not isinstance(enter(world, "une phrase bien longue"), Refusal)


def test_links_expire(world: World) -> None:
    with world.database.writing() as session:
        link = invite(session, world.accounts["maire"], now=NOW)
        assert isinstance(account_of_link(session, link.secret, now=NOW + timedelta(days=6)), Account)
        assert account_of_link(session, link.secret, now=NOW + timedelta(days=7)) == LINK_DEAD
        assert forgot_password(session, "inconnu@essai.example", now=NOW) is None


@pytest.mark.parametrize(
    ("names", "ok"),
    [
        (["Héloïse LEFÈVRE"], True),
        (["LEFEVRE Heloise"], True),
        (["Autorité", "heloise lefevre"], True),
        (["François Noël"], False),
        (["Héloïse Lefèvre-Martin"], False),
        ([], False),
    ],
)
def test_a_certificate_not_known_yet_is_judged_by_its_name(names: list[str], ok: bool) -> None:
    account = Account(email="x", given_name="Héloïse", surname="Lefèvre", created_at=NOW)
    assert (certificate_is_theirs(account, "AC / 1", names, None) is None) is ok


def test_a_certificate_bound_to_somebody_is_theirs_alone() -> None:
    account = Account(email="x", given_name="Héloïse", surname="Lefèvre", created_at=NOW)
    other = Account(email="y", given_name="Héloïse", surname="Lefèvre", created_at=NOW)
    known = SignerCertificate(
        account_id=other.id, issuer_serial="AC / 1", fingerprint="", holder="Héloïse Lefèvre", issuer="AC",
        not_before=NOW, not_after=NOW, der=b"", bound_at=NOW,
    )  # fmt: skip
    refusal = certificate_is_theirs(account, "AC / 1", ["Héloïse Lefèvre"], known)
    assert refusal is not None
    assert "autre personne" in refusal.sentence


def test_names_are_compared_without_accents_case_or_hyphens() -> None:
    assert folded_name("Jean-Noël", "D’Œuvrard") == folded_name("JEAN NOEL", "d'oeuvrard")


def test_an_address_longer_than_any_is_wrong_and_nothing_is_kept_of_it(each_world: World) -> None:
    assert enter(each_world, email=f"{'a' * 1_000_000}@essai.example") == WRONG_LOGIN
    with each_world.database.reading() as session:
        assert session.exec(select(LoginFailure)).all() == []


def test_old_failures_are_forgotten(world: World) -> None:
    for hours in range(3):
        now = NOW + timedelta(hours=hours)
        log_in(world.database, f"inconnu-{hours}@essai.example", "faux", network="", user_agent="", now=now)
    with world.database.reading() as session:
        assert {failure.at for failure in session.exec(select(LoginFailure))} == {now}


def test_a_letter_box_is_not_filled_with_links(world: World) -> None:
    with world.database.writing() as session:
        links = [forgot_password(session, MAIRE, now=NOW) for _ in range(8)]
        assert [link is not None for link in links] == [True] * 5 + [False] * 3
        assert forgot_password(session, "dgs@essai.example", now=NOW) is not None
        assert forgot_password(session, MAIRE, now=NOW + timedelta(minutes=16)) is not None


def test_of_two_who_use_a_link_at_once_one_chooses(each_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    database = each_world.database
    with database.writing() as session:
        link = forgot_password(session, MAIRE, now=NOW)
        assert link is not None
        session.commit()
    both = threading.Barrier(1 if database.is_sqlite else 2)  # on SQLite a writer is alone
    looked_at = people.account_of_link

    def look(*args: Any, **kwargs: Any) -> Account | Refusal:
        found = looked_at(*args, **kwargs)
        both.wait(30)
        return found

    monkeypatch.setattr(people, "account_of_link", look)
    with ThreadPoolExecutor(2) as pool:
        words = [f"le mot de passe numéro {number}" for number in range(2)]
        found = list(pool.map(lambda word: choose_password(database, link.secret, word, now=NOW), words))
    assert found.count(LINK_DEAD) == 1
