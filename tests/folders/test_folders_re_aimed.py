"""What re-aims an open step: second opinions and transfers, and what they become when the folder goes back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from sqlmodel import col, select

from engine.desks.actions import give_desk
from engine.desks.model import Desk
from engine.folders.actions import Acted
from engine.folders.facts import held_ids
from engine.folders.model import (
    Act,
    Folder,
    ProcessInstance,
    SecondOpinion,
    Step,
    Transfer,
    Verdict,
)
from engine.folders.opinions import ask_opinion, give_opinion, note_opinion_read, opinions_of, take_back_opinion
from engine.folders.queries import visible_folder
from engine.folders.rewinding import return_to, undo
from engine.folders.transferring import transfer, transfers_of
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.refusals import Refusal
from engine.work.model import WorkItem
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.world import NOW, World

LATER = NOW + timedelta(minutes=20)


def desk(world: World, short_name: str) -> Desk:
    with world.database.reading() as session:
        return session.exec(select(Desk).where(Desk.tenant_id == world.tenant.id, Desk.short_name == short_name)).one()


def ask(world: World, who: str, folder: Folder, whom: str, question: str = "Un avis ?") -> SecondOpinion | Refusal:
    with world.database.writing() as session:
        asked = ask_opinion(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            step_id=world.open_step(folder).id,
            desk_id=desk(world, whom).id,
            question=question,
            now=LATER,
        )
        if isinstance(asked, SecondOpinion):
            session.commit()
    return asked


def give(
    world: World, who: str, opinion: SecondOpinion, verdict: Verdict = Verdict.FAVOURABLE, text: str = "Oui."
) -> SecondOpinion | Refusal:
    with world.database.writing() as session:
        given = give_opinion(
            session,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            opinion_id=opinion.id,
            verdict=verdict,
            text=text,
            now=LATER,
        )
        if isinstance(given, SecondOpinion):
            session.commit()
    return given


def take_back(world: World, who: str, opinion: SecondOpinion) -> SecondOpinion | Refusal:
    with world.database.writing() as session:
        taken = take_back_opinion(
            session, tenant_id=world.tenant.id, account=world.accounts[who], opinion_id=opinion.id, now=LATER
        )
        if isinstance(taken, SecondOpinion):
            session.commit()
    return taken


def give_to(world: World, who: str, folder: Folder, whom: str, reason: str = "") -> Transfer | Refusal:
    return move(world, who, world.open_step(folder).id, whom, reason)


def move(world: World, who: str, step_id: UUID, whom: str, reason: str = "") -> Transfer | Refusal:
    with world.database.writing() as session:
        moved = transfer(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            step_id=step_id,
            desk_id=desk(world, whom).id,
            reason=reason,
            now=LATER,
        )
        if isinstance(moved, Transfer):
            session.commit()
    return moved


def step_now(world: World, step_id: UUID) -> Step:
    with world.database.reading() as session:
        return session.get_one(Step, step_id)


def state(world: World, folder: Folder) -> tuple[bytes, int]:
    with world.database.reading() as session:
        run = session.get_one(ProcessInstance, folder.id)
        return run.state, run.version


def told(world: World, folder: Folder) -> list[tuple[str, dict[str, object]]]:
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, folder.id)
        assert broken_at(entries) is None
        return [(entry.event, orjson.loads(entry.data)) for entry in entries]


def works(world: World, kind: str) -> list[WorkItem]:
    with world.database.reading() as session:
        return list(session.exec(select(WorkItem).where(WorkItem.kind == kind, col(WorkItem.done_at).is_(None))))


def undoing(world: World, who: str, folder: Folder) -> str | None:
    """Why the last act is not taken back."""
    with world.database.writing() as session:
        by = {"tenant_id": world.tenant.id, "account": world.accounts[who], "folder_id": folder.id}
        refused = undo(session, world.library, **by, now=LATER)  # type: ignore[arg-type]
    return refused.code if isinstance(refused, Refusal) else None


def sees(world: World, who: str, folder: Folder) -> bool:
    with world.database.reading() as session:
        return visible_folder(session, world.tenant.id, world.accounts[who].id, folder.id, now=LATER) is not None


# Second opinion


def test_an_opinion_is_asked_given_and_the_step_comes_back(each_world: World) -> None:
    world = each_world
    folder = world.sent()
    before = state(world, folder)
    assert not sees(world, "adjoint", folder)
    opinion = ask(world, "dgs", folder, "adjoint", " Les crédits suffisent-ils ? ")
    assert isinstance(opinion, SecondOpinion), opinion
    assert sees(world, "adjoint", folder)
    for what in (Act.VISA, Act.REJECT):
        refused = world.act("dgs", folder, what, "motif")
        assert isinstance(refused, Refusal)
        assert (refused.code, "Premier adjoint" in refused.sentence) == ("opinion_awaited", True)
    stranger = give(world, "maire", opinion)
    assert isinstance(stranger, Refusal)
    assert isinstance(give(world, "adjoint", opinion, Verdict.UNFAVOURABLE, "Il manque 2 000 €."), SecondOpinion)
    again = give(world, "adjoint", opinion)
    assert isinstance(again, Refusal)
    assert again.code == "opinion_given"
    assert state(world, folder) == before  # the circuit knows nothing of it
    assert world.open_step(folder).read_at is None  # it comes back as something new
    with world.database.reading() as session:
        [view] = opinions_of(session, world.tenant.id, folder.id)
    assert (view.asking.name, view.asked.name) == ("Directrice générale des services", "Premier adjoint")
    assert (view.opinion.question, view.opinion.text) == ("Les crédits suffisent-ils ?", "Il manque 2 000 €.")
    assert view.answerer is not None
    assert view.answerer.surname == "Noël"
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
    assert [event for event, _ in told(world, folder)][-3:] == [
        "folder:opinion:asked",
        "folder:opinion:given",
        "folder:step:approved",
    ]
    assert [len(works(world, f"folder.opinion.{kind}")) for kind in ("asked", "closed")] == [1, 1]


def test_a_desk_may_decline_and_the_question_may_be_asked_elsewhere(world: World) -> None:
    folder = world.sent()
    opinion = ask(world, "dgs", folder, "adjoint")
    assert isinstance(opinion, SecondOpinion)
    second = ask(world, "dgs", folder, "maire")
    assert isinstance(second, Refusal)  # one question at a time
    assert isinstance(give(world, "adjoint", opinion, Verdict.DECLINED, "Je n’y connais rien."), SecondOpinion)
    assert told(world, folder)[-1] == (
        "folder:opinion:declined",
        {
            "step": world.open_step(folder).name,
            "desk": "Premier adjoint",
            "verdict": "DECLINED",
            "text": "Je n’y connais rien.",
        },
    )
    assert isinstance(ask(world, "dgs", folder, "maire"), SecondOpinion)


def test_whoever_asked_takes_the_question_back_and_an_unsent_mail_never_leaves(world: World) -> None:
    folder = world.sent()
    opinion = ask(world, "dgs", folder, "adjoint")
    assert isinstance(opinion, SecondOpinion)
    refused = take_back(world, "adjoint", opinion)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_your_desk"
    assert isinstance(take_back(world, "dgs", opinion), SecondOpinion)
    assert works(world, "folder.opinion.asked") == []  # nobody was told yet: nobody will be
    assert works(world, "folder.opinion.closed") == []
    late = give(world, "adjoint", opinion)
    assert isinstance(late, Refusal)
    assert late.code == "question_taken_back"
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)


def test_reading_for_an_opinion_is_noted_once(world: World) -> None:
    folder = world.sent()
    ask(world, "dgs", folder, "adjoint")
    noted = []
    for _ in range(2):
        with world.database.writing() as session:
            account = world.accounts["adjoint"]
            noted.append(
                note_opinion_read(
                    session,
                    tenant_id=world.tenant.id,
                    account_id=account.id,
                    folder_id=folder.id,
                    desk_ids=list(held_ids(session, world.tenant.id, account.id)),
                    now=LATER,
                )
            )
            session.commit()
    assert noted == [True, False]
    assert told(world, folder)[-1][0] == "folder:opinion:read"


def test_a_question_falls_with_its_step_and_the_act_before_it_is_not_taken_back(world: World) -> None:
    bpmn = drawing(START, step("a"), step("b", desk="maire"), END, flow("start>a a>b b>end"))
    publish_for(world, "two", bpmn)
    folder = world.sent(circuit="two")
    first = world.open_step(folder)
    world.act("dgs", folder, Act.VISA)
    opinion = ask(world, "maire", folder, "adjoint")
    assert isinstance(opinion, SecondOpinion)
    assert undoing(world, "dgs", folder) == "already_opened"
    with world.database.writing() as session:
        back = return_to(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts["secretariat"],
            folder_id=folder.id,
            step_id=first.id,
            reason="Pièce manquante.",
            now=LATER,
        )
        assert isinstance(back, Acted), back
        session.commit()
    late = give(world, "adjoint", opinion)
    assert isinstance(late, Refusal)
    assert late.code == "question_pointless"
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)  # nothing waits any more


# Transfer


def test_a_transferred_step_is_the_new_desk_s_and_the_circuit_goes_on(each_world: World) -> None:
    world = each_world
    folder = world.sent()
    before, opened = state(world, folder), world.open_step(folder)
    moved = give_to(world, "dgs", folder, "adjoint", " Il connaît le dossier. ")
    assert isinstance(moved, Transfer), moved
    assert state(world, folder) == before
    now = world.open_step(folder)
    assert (now.id, now.desk_id, now.read_at) == (opened.id, desk(world, "adjoint").id, None)
    old = world.act("dgs", folder, Act.VISA)
    assert isinstance(old, Refusal)
    assert old.code == "not_your_desk"
    assert sees(world, "dgs", folder)  # whoever gave it still sees it
    assert isinstance(world.act("adjoint", folder, Act.VISA), Acted)
    assert told(world, folder)[-2] == (
        "folder:step:transferred",
        {
            "step": opened.name,
            "desk": "Directrice générale des services",
            "to": "Premier adjoint",
            "reason": "Il connaît le dossier.",
        },
    )
    assert told(world, folder)[-1][1]["desk"] == "Premier adjoint"
    assert len(works(world, "folder.step.transferred")) == 1


def test_a_step_may_go_back_and_forth_but_not_for_ever(world: World) -> None:
    folder = world.sent()
    pair = ("dgs", "adjoint")
    for number in range(10):
        assert isinstance(give_to(world, pair[number % 2], folder, pair[(number + 1) % 2]), Transfer)
    refused = give_to(world, "dgs", folder, "adjoint")
    assert isinstance(refused, Refusal)
    assert refused.code == "too_many_transfers"
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
    with world.database.reading() as session:
        assert len(transfers_of(session, world.tenant.id, folder.id)) == 10


@pytest.mark.parametrize(
    ("whom", "code"), [("dgs", "desk_same"), ("secretariat", "desk_excluded"), ("archives", "desk_cannot_act")]
)
def test_a_step_goes_to_no_desk_that_may_not_act(world: World, whom: str, code: str) -> None:
    separated = step("a").replace("/>", ' parapheur:separation="emitter"/>')
    publish_for(world, "separated", drawing(START, separated, END, flow("start>a a>end")))
    folder = world.sent(circuit="separated")
    with world.database.writing() as session:
        session.add(Desk(tenant_id=world.tenant.id, name="Archives", short_name="archives", may_act=False))
        session.commit()
    refused = give_to(world, "dgs", folder, whom)
    assert isinstance(refused, Refusal)
    assert refused.code == code
    assert [event for event, _ in told(world, folder)][-1] == "folder:circuit:started"


def test_a_desk_with_another_holder_than_the_excluded_one_may_get_the_step(world: World) -> None:
    separated = step("a").replace("/>", ' parapheur:separation="emitter"/>')
    publish_for(world, "separated", drawing(START, separated, END, flow("start>a a>end")))
    folder = world.sent(circuit="separated")
    with world.database.writing() as session:
        give_desk(session, session.get_one(Desk, desk(world, "secretariat").id), world.accounts["adjoint"].id)
        session.commit()
    assert isinstance(give_to(world, "dgs", folder, "secretariat"), Transfer)
    refused = world.act("secretariat", folder, Act.VISA)
    assert isinstance(refused, Refusal)
    assert refused.code == "separation"
    assert isinstance(world.act("adjoint", folder, Act.VISA), Acted)


def test_of_several_desks_asked_at_once_none_answers_twice(world: World) -> None:
    publish_for(world, "many", drawing(START, step("a", desk="dgs, maire"), END, flow("start>a a>end")))
    folder = world.sent(circuit="many")
    with world.database.reading() as session:
        mine = session.exec(
            select(Step).where(Step.folder_id == folder.id, Step.desk_id == desk(world, "dgs").id)
        ).one()
    refused = move(world, "dgs", mine.id, "maire")
    assert isinstance(refused, Refusal)
    assert refused.code == "desk_counted"
    assert isinstance(move(world, "dgs", mine.id, "adjoint"), Transfer)


def test_a_step_that_opens_again_is_for_the_desk_that_had_it_and_anew_for_the_drawn_one(world: World) -> None:
    bpmn = drawing(START, step("a"), step("b", desk="maire"), END, flow("start>a a>b b>end"))
    publish_for(world, "two", bpmn)
    folder = world.sent(circuit="two")
    first = world.open_step(folder)
    give_to(world, "dgs", folder, "adjoint")
    world.act("adjoint", folder, Act.VISA)
    second = world.open_step(folder)
    give_to(world, "maire", folder, "secretariat")
    with world.database.writing() as session:
        back = return_to(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts["secretariat"],
            folder_id=folder.id,
            step_id=first.id,
            reason="Pièce manquante.",
            now=LATER,
        )
        assert isinstance(back, Acted), back
        session.commit()
    again = world.open_step(folder)
    assert (again.id, again.desk_id) == (first.id, desk(world, "adjoint").id)
    assert isinstance(world.act("adjoint", folder, Act.VISA), Acted)
    anew = world.open_step(folder)
    assert anew.id != second.id
    assert anew.desk_id == desk(world, "maire").id


def test_an_act_is_not_taken_back_once_the_next_step_was_transferred(world: World) -> None:
    bpmn = drawing(START, step("a"), step("b", desk="maire"), END, flow("start>a a>b b>end"))
    publish_for(world, "two", bpmn)
    folder = world.sent(circuit="two")
    world.act("dgs", folder, Act.VISA)
    give_to(world, "maire", folder, "adjoint")
    assert undoing(world, "dgs", folder) == "already_opened"
