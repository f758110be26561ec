"""Mails through a real SMTP server: said once, never lost."""

from __future__ import annotations

import dataclasses
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import orjson
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlmodel import select, update

from engine.database import Database
from engine.folders.model import Act
from engine.journal.queries import chain_entries
from engine.people.actions import invite
from engine.people.model import Account
from engine.work.model import WorkItem
from engine.work.rules import LEASE, MAX_WAIT, Postpone
from notifications.actions import send_link
from notifications.handlers import PATIENCE, folder_moved, send_mail
from notifications.model import Mail
from notifications.smtp import MailRefused, SmtpServer, send
from parapheur.demo.authority import ensure_tls
from parapheur.worker import Worker
from tests.support.mails import BASE, SENDER, mail_worker, smtp
from tests.support.postgres import free_port
from tests.support.world import NOW, World


def worker(database: Database, server: SmtpServer, minutes: int = 0) -> Worker:
    return mail_worker(database, server, lambda: NOW + timedelta(hours=1, minutes=minutes))


def only_mail(world: World) -> Mail:
    with world.database.reading() as session:
        return session.exec(select(Mail)).one()


def test_each_person_asked_gets_one_mail_with_one_link(each_world: World) -> None:
    folder = each_world.sent(title="Délibération 2026-041 – Acquisition\nde la parcelle")
    with smtp() as (box, server):
        worker(each_world.database, server).drain()
        each_world.act("dgs", folder, Act.VISA)
        worker(each_world.database, server, 1).drain()
        each_world.sign("maire", folder)
        worker(each_world.database, server, 2).drain()
    subjects = [(mail["to"], mail["subject"]) for mail in box.mails]
    title = "Délibération 2026-041 – Acquisition de la parcelle"
    assert subjects == [
        ("dgs@essai.example", f"À viser : {title}"),
        ("maire@essai.example", f"À signer : {title}"),
        ("secretariat@essai.example", f"Terminé : {title}"),
    ]
    for mail in box.mails:
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None
        assert html is not None
        link = f"{BASE}/dossiers/{folder.id}"
        assert link in text.get_content()
        assert html.get_content().count(f'href="{link}"') == 1
        assert "http" not in html.get_content().replace(link, "")
        assert mail["message-id"].endswith("@parapheur.essai.example>")


def test_a_rejection_tells_who_deposited_and_why(world: World) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.REJECT, "Nombre de votants <faux>.")
    with smtp() as (box, server):
        worker(world.database, server).drain()
    [mail] = box.mails  # the step was closed meanwhile: the DGS is not asked any more
    assert mail["to"] == "secretariat@essai.example"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Motif : Nombre de votants <faux>." in text.get_content()
    assert "&lt;faux&gt;" in html.get_content()


def test_an_unreachable_server_delays_mails_and_loses_none(each_world: World) -> None:
    titles = [f"Délibération {number}" for number in range(1, 6)]
    for title in titles:
        each_world.sent(title=title)
    port = free_port()
    nowhere = SmtpServer("127.0.0.1", port, SENDER)
    for hour in range(12):  # far more attempts than a row that fails is given
        worker(each_world.database, nowhere, hour * 61).drain()
    with each_world.database.reading() as session:
        waiting = session.exec(select(Mail)).all()
        assert [mail.sent_at for mail in waiting] == [None] * 5
        assert all(f"127.0.0.1:{port} ne répond pas" in str(mail.error) for mail in waiting)
    with smtp(port=port) as (box, server):
        worker(each_world.database, server, 12 * 61).drain()
        assert [mail["subject"] for mail in box.mails] == [f"À viser : {title}" for title in titles]
        worker(each_world.database, server, 30 * 61).drain()
        assert len(box.mails) == 5
    with each_world.database.reading() as session:
        assert {mail.error for mail in session.exec(select(Mail))} == {None}


def test_a_fault_of_ours_after_a_long_outage_does_not_give_the_mail_up(world: World) -> None:
    world.sent()
    nowhere = SmtpServer("127.0.0.1", free_port(), SENDER)
    for hour in range(12):
        worker(world.database, nowhere, hour * 61).drain()

    def fault(_data: object, _now: object) -> None:
        raise RuntimeError("une seule fois")

    Worker(world.database, {"mail.send": fault}, clock=lambda: NOW + timedelta(hours=14)).drain()
    with smtp() as (box, server):
        worker(world.database, server, 16 * 60).drain()
    assert len(box.mails) == 1


def test_two_workers_at_once_send_each_mail_once(each_world: World) -> None:
    for number in range(12):
        each_world.sent(title=f"Délibération {number}")
    with smtp() as (box, server):
        barrier = threading.Barrier(2)

        def drain(mine: Worker) -> None:
            barrier.wait()
            mine.drain()

        threads = [threading.Thread(target=drain, args=(worker(each_world.database, server),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        worker(each_world.database, server, 2 * int(LEASE.total_seconds())).drain()
    subjects = sorted(str(mail["subject"]) for mail in box.mails)
    assert subjects == sorted(f"À viser : Délibération {number}" for number in range(12))


def test_the_event_told_again_says_nothing_twice(each_world: World) -> None:
    world = each_world
    folder = world.sent()
    data = {
        "folder_id": str(folder.id),
        "version": 1,
        "opened": [str(world.open_step(folder).id)],
        "status": "IN_PROGRESS",
    }
    for _ in range(3):
        folder_moved(world.database, data, base_url=BASE, now=NOW)
    with world.database.reading() as session:
        assert len(session.exec(select(Mail)).all()) == 1
        assert len(session.exec(select(WorkItem).where(WorkItem.kind == "mail.send")).all()) == 1


def test_a_mail_repeated_after_a_crash_has_the_same_message_id(world: World) -> None:
    world.sent()
    with smtp() as (box, server):
        worker(world.database, server).drain()
        with world.database.writing() as session:
            mail = session.exec(select(Mail)).one()
            mail.sent_at = None  # as if we had died between the server's answer and our commit
            session.commit()
        send_mail(world.database, {"mail_id": str(mail.id)}, server=server, now=NOW)
        send_mail(world.database, {"mail_id": str(mail.id)}, server=server, now=NOW)
    assert [mail["message-id"] for mail in box.mails] == [box.mails[0]["message-id"]] * 2


@pytest.mark.parametrize("where", ["recipient", "content"])
def test_a_mail_refused_for_good_is_written_in_the_folder_s_journal(world: World, where: str) -> None:
    folder = world.sent()
    with smtp() as (box, server):
        if where == "recipient":
            box.to_recipient["dgs@essai.example"] = "550 5.1.1 boîte inconnue"
        else:
            box.answer = "552 5.3.4 trop gros"
        worker(world.database, server).drain()
        box.to_recipient.clear()
        box.answer = "250 OK"
        worker(world.database, server, 600).drain()
        assert box.mails == []
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, folder.id)
    assert only_mail(world).refused_at is not None
    assert [entry.event for entry in entries].count("folder:mail:refused") == 1
    assert "dgs@essai.example" in entries[-1].data
    assert "55" in entries[-1].data


def test_one_recipient_refused_does_not_hold_up_the_others(world: World) -> None:
    world.sent(title="Une")
    world.sent(title="Deux", circuit="simple-signature")
    with smtp() as (box, server):
        box.to_recipient["dgs@essai.example"] = "450 boîte pleine"
        worker(world.database, server).drain()
        assert [mail["to"] for mail in box.mails] == ["maire@essai.example"]
        box.to_recipient.clear()
        worker(world.database, server, int(MAX_WAIT.total_seconds() / 60)).drain()
    assert [mail["to"] for mail in box.mails] == ["maire@essai.example", "dgs@essai.example"]


def test_a_temporary_refusal_is_tried_again_and_says_why_it_waits(world: World) -> None:
    world.sent()
    with smtp() as (box, server):
        box.answer = "451 plus tard"
        worker(world.database, server).drain()
        assert "451 plus tard" in str(only_mail(world).error)
        box.answer = "250 OK"
        worker(world.database, server, int(MAX_WAIT.total_seconds() / 60)).drain()
    assert len(box.mails) == 1
    assert only_mail(world).error is None


def test_a_mail_put_off_for_too_long_is_given_up_and_the_folder_s_journal_says_so(world: World) -> None:
    folder = world.sent()
    limit = int(PATIENCE.total_seconds() / 60)
    with smtp() as (box, server):
        box.answer = "451 plus tard"
        worker(world.database, server).drain()
        worker(world.database, server, limit - 60).drain()
        assert only_mail(world).refused_at is None
        worker(world.database, server, limit + 120).drain()
        box.answer = "250 OK"
        worker(world.database, server, limit + 600).drain()
        assert box.mails == []
    assert "abandonné après 5 jours" in str(only_mail(world).error)
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, folder.id)
    assert entries[-1].event == "folder:mail:refused"


def test_a_server_that_is_away_for_long_loses_no_mail(world: World) -> None:
    world.sent()
    with smtp() as (box, server):
        away = dataclasses.replace(server, port=free_port())
        for days in (0, 30):
            worker(world.database, away, days * 1440).drain()
        worker(world.database, server, 31 * 1440).drain()
    assert len(box.mails) == 1


@pytest.mark.parametrize("answer", ["550 5.7.1 expéditeur refusé", "530 5.7.0 identifiez-vous"])
def test_when_the_server_refuses_us_every_mail_waits_until_the_settings_are_mended(world: World, answer: str) -> None:
    world.sent()
    with smtp() as (box, server):
        box.to_sender = answer
        worker(world.database, server).drain()
        mail = only_mail(world)
        assert (mail.sent_at, mail.refused_at) == (None, None)
        assert answer[:3] in str(mail.error)
        box.to_sender = "250 OK"
        worker(world.database, server, 60).drain()
    assert len(box.mails) == 1


@pytest.mark.parametrize("address", ["zoé@essai.example", "zoe@mairie-évry.example", "zoe@@essai.example", "zoe"])
def test_an_address_that_cannot_be_written_to_is_refused_visibly(world: World, address: str) -> None:
    folder = world.sent()
    with world.database.writing() as session:
        session.exec(update(Account).where(Account.id == world.accounts["dgs"].id).values(email=address))
        session.commit()
    with smtp(enable_SMTPUTF8=False) as (box, server):
        worker(world.database, server).drain()
    assert box.mails == []
    with world.database.reading() as session:
        last = chain_entries(session, world.tenant.id, folder.id)[-1]
    assert last.event == "folder:mail:refused"
    assert address in last.data
    assert "adresse" in orjson.loads(last.data)["error"]
    assert only_mail(world).refused_at is not None


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@essai.example", "b@essai.example", "Objet"
    made.set_content("Texte")
    return made


def test_starttls_and_login_are_used_when_asked_for(tmp_path: Path) -> None:
    authority, certificate, key = ensure_tls(tmp_path, ["127.0.0.1"], datetime.now(UTC))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=data.password == b"secret", handled=False)

    trusted = ssl.create_default_context(cafile=str(authority))
    options = {"tls_context": context, "require_starttls": True, "authenticator": check, "auth_required": True}
    with smtp(**options) as (box, server):
        good = SmtpServer(server.host, server.port, server.sender, "moi", "secret", starttls=True, context=trusted)
        send(good, message())
        assert len(box.mails) == 1
        wrong_password = SmtpServer(
            server.host, server.port, server.sender, "moi", "faux", starttls=True, context=trusted
        )
        stranger = SmtpServer(server.host, server.port, server.sender, "moi", "secret", starttls=True)
        for bad in (wrong_password, stranger):
            with pytest.raises(Postpone):
                send(bad, message())
        assert len(box.mails) == 1


def test_a_server_without_starttls_gets_nothing_when_it_is_required() -> None:
    with smtp() as (box, server), pytest.raises(Postpone):
        send(SmtpServer(server.host, server.port, server.sender, starttls=True), message())
    assert box.mails == []


def test_a_refusal_of_the_content_is_final() -> None:
    with smtp() as (box, server):
        box.answer = "552 trop gros"
        with pytest.raises(MailRefused, match="552"):
            send(server, message())


def test_an_invitation_carries_its_link(world: World) -> None:
    with world.database.writing() as session:
        link = invite(session, world.accounts["maire"], now=NOW)
        send_link(session, link, base_url=BASE, now=NOW)
        session.commit()
    with smtp() as (box, server):
        worker(world.database, server).drain()
    text = box.mails[0].get_body(("plain",))
    assert text is not None
    assert f"{BASE}/choisir-mot-de-passe/{link.secret}" in text.get_content()
