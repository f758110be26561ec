"""Two people, or two windows, on the same folder at the same instant: one succeeds, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from engine.database import Database
from engine.desks.actions import give_desk
from engine.desks.model import Desk
from engine.documents.model import DocumentVersion
from engine.folders import outside, signature
from engine.folders.actions import Acted, act, discard_draft, draft_of, note_reading
from engine.folders.copying import duplicate
from engine.folders.model import Act, Folder, ProcessInstance, Signature
from engine.folders.rounds import stop
from engine.folders.sending import send_folder
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.people.model import SignerCertificate
from engine.refusals import Refusal
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.world import NOW, World, make_world


def at_once(*doings: Callable[[], Any]) -> list[Any]:
    """What each returned, all begun together; an exception of any is ours."""
    barrier, results = threading.Barrier(len(doings)), [None] * len(doings)

    def do(number: int, doing: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = doing()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def events(world: World, folder: Folder) -> list[str]:
    """The journal of a folder, whole."""
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, folder.id)
    assert broken_at(entries) is None
    return [entry.event for entry in entries]


def version(world: World, folder: Folder) -> int:
    with world.database.reading() as session:
        return session.get_one(ProcessInstance, folder.id).version


def acting(world: World, who: str, step_id: UUID, heads: str, what: Act) -> Callable[[], Acted | Refusal]:
    """An act as a page asks for it, seen before anybody acted."""

    def do() -> Acted | Refusal:
        with world.database.writing() as session:
            result = act(
                session,
                world.library,
                tenant_id=world.tenant.id,
                account=world.accounts[who],
                step_id=step_id,
                act=what,
                seen_heads=heads,
                reason="Nombre de votants faux." if what is Act.REJECT else "",
                now=NOW + timedelta(minutes=5),
            )
            if isinstance(result, Acted):
                session.commit()
        return result

    return do


def one_refused(results: list[Any], code: str) -> Refusal:
    [refusal] = [result for result in results if isinstance(result, Refusal)]
    assert refusal.code == code
    assert refusal.sentence.endswith(".")
    return refusal


@pytest.mark.parametrize("other", [Act.VISA, Act.REJECT])
def test_two_holders_of_a_desk_who_decide_at_once(each_world: World, other: Act) -> None:
    world = each_world
    with world.database.writing() as session:
        desk = session.exec(select(Desk).where(Desk.short_name == "dgs")).one()
        give_desk(session, desk, world.accounts["adjoint"].id)
        session.commit()
    for _ in range(4):
        folder = world.sent()
        step_id, heads = world.open_step(folder).id, world.heads(folder)
        results = at_once(
            acting(world, "dgs", step_id, heads, Act.VISA), acting(world, "adjoint", step_id, heads, other)
        )
        refusal = one_refused(results, "step_already_done")
        assert "n’a pas été enregistrée" in refusal.sentence
        assert version(world, folder) == 2
        assert len(events(world, folder)) == 3


def test_a_signature_finished_in_two_windows_at_once_counts_once(each_world: World) -> None:
    world = each_world
    folder = world.sent(circuit="simple-signature")
    step_id, prepared = world.open_step(folder).id, world.prepare("maire", folder)
    assert not isinstance(prepared, Refusal)
    results = at_once(*[lambda: world.finish("maire", step_id, prepared)] * 2)
    one_refused(results, "step_already_done")
    assert events(world, folder).count("folder:step:signed") == 1
    with world.database.reading() as session:
        assert len(session.exec(select(Signature)).all()) == 1
        assert len(session.exec(select(DocumentVersion)).all()) == 3


def test_a_signature_whose_answer_was_lost_is_told_that_the_folder_moved(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    step_id, prepared = world.open_step(folder).id, world.prepare("maire", folder)
    assert not isinstance(prepared, Refusal)
    assert isinstance(world.finish("maire", step_id, prepared), Acted)
    again = world.finish("maire", step_id, prepared)
    assert isinstance(again, Refusal)
    assert again.code == "step_already_done"
    assert "n’a pas bougé" not in again.sentence


def test_a_draft_sent_from_two_windows_at_once_starts_once(each_world: World) -> None:
    world = each_world
    folder = world.deposit()

    def send() -> Folder | Refusal:
        return send_folder(
            world.database,
            world.store,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts["secretariat"],
            folder_id=folder.id,
            now=NOW,
        )

    one_refused(at_once(send, send), "already_sent")
    assert events(world, folder) == ["folder:draft:created", "folder:circuit:started"]


def test_a_folder_opened_while_somebody_acts_disturbs_nobody(each_world: World) -> None:
    world = each_world

    def reading(folder: Folder) -> Callable[[], bool]:
        def do() -> bool:
            with world.database.writing() as session:
                noted = note_reading(
                    session, tenant_id=world.tenant.id, account=world.accounts["dgs"], folder_id=folder.id, now=NOW
                )
                session.commit()
            return noted

        return do

    for _ in range(6):
        folder = world.sent()
        step_id, heads = world.open_step(folder).id, world.heads(folder)
        read, acted = at_once(reading(folder), acting(world, "dgs", step_id, heads, Act.VISA))
        assert isinstance(acted, Acted)
        assert events(world, folder).count("folder:step:read") == int(read)
        assert version(world, folder) == 2


@pytest.mark.postgres
def test_a_draft_erased_while_somebody_copies_it_keeps_nobody_waiting_for_ever(
    postgres_database: Database, tmp_path: Path
) -> None:
    world = make_world(postgres_database, tmp_path)
    folder, secretary = world.deposit(), world.accounts["secretariat"]
    asked: dict[str, Any] = {"tenant_id": world.tenant.id, "account": secretary, "folder_id": folder.id, "now": NOW}
    copied: list[Folder | Refusal | Exception] = []

    def copy() -> None:
        try:
            with world.database.writing() as session:
                copied.append(duplicate(session, **asked))
        except Exception as error:
            copied.append(error)

    with world.database.writing() as session:
        assert isinstance(draft_of(session, world.tenant.id, secretary.id, folder.id), Folder)
        copying = threading.Thread(target=copy)
        copying.start()
        while not session.connection().execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar():
            copying.join(0.05)
        assert isinstance(discard_draft(session, **asked), Folder)
        session.commit()
    copying.join()
    assert isinstance(copied[0], Refusal), copied[0]
    assert copied[0].code == "not_found"


@pytest.mark.postgres
def test_a_message_that_comes_while_a_folder_is_stopped_does_not_wake_it(
    postgres_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(postgres_database, tmp_path)
    catch = '<bpmn:intermediateCatchEvent id="paid"><bpmn:messageEventDefinition messageRef="receipt"/>'
    catch += "</bpmn:intermediateCatchEvent>"
    publish_for(world, "message", drawing(START, catch, step("a"), END, flow("start>paid paid>a a>end")))
    folder, load_run = world.sent(circuit="message"), outside.load_run

    def stopped_first(session: Session, folder_id: UUID) -> Any:
        with world.database.writing() as other:
            who, why = world.accounts["secretariat"], "Le devis est à refaire."
            assert isinstance(
                stop(other, tenant_id=world.tenant.id, account=who, folder_id=folder_id, reason=why, now=NOW), Folder
            )
            other.commit()
        return load_run(session, folder_id)

    monkeypatch.setattr(outside, "load_run", stopped_first)
    with world.database.writing() as session:
        key, nothing = str(folder.id), dict[str, Any]()
        found = outside.receive_message(
            session,
            world.library,
            tenant_id=world.tenant.id,
            message="receipt",
            key=key,
            variables=nothing,
            now=NOW,
        )
        session.commit()
    assert found is None
    assert events(world, folder)[-1] == "folder:circuit:stopped"


@pytest.mark.postgres
def test_a_new_certificate_used_twice_at_once_is_bound_once(
    postgres_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(postgres_database, tmp_path)
    both, known = threading.Barrier(2), signature.certificate_known_as

    def look(session: Session, issuer_serial: str) -> SignerCertificate | None:
        found = known(session, issuer_serial)
        both.wait(30)
        return found

    def register() -> Any:
        with world.database.writing() as session:
            facts = signature.register_certificate(
                session, world.trust, world.accounts["maire"], world.key("maire").holder, now=NOW
            )
            session.commit()
        return facts

    monkeypatch.setattr(signature, "certificate_known_as", look)
    first, second = at_once(register, register)
    assert first == second
    with world.database.reading() as session:
        [bound] = session.exec(select(SignerCertificate)).all()
    assert bound.issuer_serial == first.issuer_serial
