"""What is told of an open step that is asked about, transferred, or reminded of."""

from __future__ import annotations

from datetime import timedelta

import orjson
from sqlmodel import col, select

from engine.folders.model import Folder, SecondOpinion, Transfer, Verdict
from engine.folders.opinions import take_back_opinion
from engine.folders.reminding import Reminded, remind
from engine.work.model import WorkItem
from notifications.circuits import step_reminded
from notifications.model import Mail
from notifications.steps import opinion_asked, opinion_closed, step_transferred
from tests.folders.test_folders_re_aimed import ask, give, give_to
from tests.support.mails import BASE
from tests.support.world import NOW, World

LATER = NOW + timedelta(hours=2)
HANDLERS = {
    "folder.opinion.asked": opinion_asked,
    "folder.opinion.closed": opinion_closed,
    "folder.step.transferred": step_transferred,
    "folder.reminder": step_reminded,
}


def deliver(world: World, *, close: bool = True) -> None:
    """Do what waits, as a worker would."""
    with world.database.reading() as session:
        rows = session.exec(
            select(WorkItem)
            .where(col(WorkItem.kind).in_(HANDLERS), col(WorkItem.done_at).is_(None))
            .order_by(col(WorkItem.id))
        ).all()
    for row in rows:
        HANDLERS[row.kind](world.database, orjson.loads(row.data), base_url=BASE, now=LATER)
        with world.database.writing() as session:
            if close:
                session.get_one(WorkItem, row.id).done_at = LATER
            session.commit()


def mails(world: World) -> list[tuple[str, str]]:
    """Whom, and about what."""
    return [(mail.to_address.split("@")[0], mail.subject) for mail in _mails(world)]


def _mails(world: World) -> list[Mail]:
    with world.database.reading() as session:
        return list(session.exec(select(Mail).order_by(col(Mail.id))))


def test_the_asked_desk_is_told_then_whoever_asked(world: World) -> None:
    folder = world.sent(title="Budget")
    opinion = ask(world, "dgs", folder, "adjoint", "Les crédits suffisent-ils ?")
    assert isinstance(opinion, SecondOpinion)
    deliver(world, close=False)
    give(world, "adjoint", opinion, Verdict.UNFAVOURABLE, "Il manque 2 000 €.")
    deliver(world)
    assert mails(world) == [("adjoint", "Avis demandé : Budget"), ("dgs", "Avis reçu : Budget")]
    first, second = _mails(world)
    assert "Les crédits suffisent-ils ?" in first.text
    assert "donne un avis défavorable" in second.text
    assert "Il manque 2 000 €." in second.text
    assert f"/dossiers/{folder.id}" in first.text


def test_a_question_taken_back_is_said_to_those_who_were_told(world: World) -> None:
    folder = world.sent(title="Budget")
    opinion = ask(world, "dgs", folder, "adjoint")
    assert isinstance(opinion, SecondOpinion)
    deliver(world)
    with world.database.writing() as session:
        taken = take_back_opinion(
            session, tenant_id=world.tenant.id, account=world.accounts["dgs"], opinion_id=opinion.id, now=LATER
        )
        assert isinstance(taken, SecondOpinion)
        session.commit()
    deliver(world)
    assert mails(world) == [("adjoint", "Avis demandé : Budget"), ("adjoint", "Avis plus attendu : Budget")]


def test_a_transfer_is_told_to_the_desk_that_has_the_step_now_each_time_it_comes(world: World) -> None:
    folder = world.sent(title="Budget")
    assert isinstance(give_to(world, "dgs", folder, "adjoint", "Il suit ce projet."), Transfer)
    deliver(world)
    give_to(world, "adjoint", folder, "dgs")
    give_to(world, "dgs", folder, "adjoint")
    deliver(world)
    # The one that has gone on before its mail left is told nothing.
    assert mails(world) == [("adjoint", "Transféré, à viser : Budget")] * 2
    assert "Il suit ce projet." in _mails(world)[0].text
    assert "Motif" not in _mails(world)[1].text


def test_a_reminder_asked_for_says_by_whom_and_goes_to_whoever_is_waited_for(world: World) -> None:
    folder = world.sent(title="Budget")
    ask_for_reminder(world, folder, 1)
    deliver(world)
    assert isinstance(ask(world, "dgs", folder, "adjoint"), SecondOpinion)
    ask_for_reminder(world, folder, 3)
    deliver(world)
    assert mails(world) == [
        ("dgs", "Rappel, à viser : Budget"),
        ("adjoint", "Avis demandé : Budget"),
        ("adjoint", "Rappel, avis demandé : Budget"),
    ]
    assert "Sylvie Lemoine vous relance" in _mails(world)[0].text


def ask_for_reminder(world: World, folder: Folder, hours: int) -> None:
    with world.database.writing() as session:
        sent = remind(
            session,
            tenant_id=world.tenant.id,
            account=world.accounts["secretariat"],
            step_id=world.open_step(folder).id,
            now=NOW + timedelta(hours=hours),
        )
        assert isinstance(sent, Reminded), sent
        session.commit()
