"""What whole circuits do to folders: going back, fields, separation, services, messages, reminders, called circuits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlmodel import col, select

from engine.circuits import CircuitRefused
from engine.folders.actions import Acted, act, note_reading
from engine.folders.model import Act, Folder, FolderStatus, ProcessInstance, Signature, Step
from engine.folders.outside import answer_service, is_asked, receive_message
from engine.folders.rewinding import return_to, undo
from engine.folders.timers import advance_due
from engine.folders.transitions import FOLDER_MOVED, FOLDER_REWOUND, MESSAGE_THROWN, REMINDER_DUE, SERVICE_ASKED
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.refusals import Refusal
from engine.work.model import WorkItem
from notifications.model import Mail
from parapheur.settings import load_settings
from parapheur.wiring import make_handlers
from parapheur.worker import Worker
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, exclusive, flow, step
from tests.support.world import NOW, World

LATER = NOW + timedelta(minutes=20)


def do(world: World, who: str, folder: Folder, what: Act = Act.VISA, **how: Any) -> Acted | Refusal:
    """An act on the open step of this person's desk."""
    with world.database.writing() as session:
        result = act(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            step_id=world.open_step(folder).id,
            act=what,
            seen_heads=world.heads(folder),
            now=NOW + timedelta(minutes=5),
            **how,
        )
        if isinstance(result, Acted):
            session.commit()
    return result


def take_back(world: World, who: str, folder: Folder) -> Acted | Refusal:
    with world.database.writing() as session:
        result = undo(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            folder_id=folder.id,
            now=LATER,
        )
        if isinstance(result, Acted):
            session.commit()
    return result


def waiting(world: World, folder: Folder) -> list[str]:
    with world.database.reading() as session:
        return sorted(
            session.exec(
                select(Step.element_id).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))
            ).all()
        )


def work(world: World, kind: str) -> list[dict[str, Any]]:
    with world.database.reading() as session:
        rows = session.exec(
            select(WorkItem).where(WorkItem.kind == kind).order_by(col(WorkItem.available_at), col(WorkItem.id))
        ).all()
    return [{**orjson.loads(row.data), "done": row.done_at is not None, "at": row.available_at} for row in rows]


def whole(world: World, folder: Folder) -> list[str]:
    """The events of a journal that is whole."""
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, folder.id)
    assert broken_at(entries) is None
    return [entry.event for entry in entries]


def test_an_act_is_taken_back_while_nobody_has_opened_what_followed(each_world: World) -> None:
    world = each_world
    folder = world.sent()
    with world.database.reading() as session:
        before = session.get_one(ProcessInstance, folder.id)
    asked = world.open_step(folder).id
    assert isinstance(do(world, "dgs", folder), Acted)
    refused = take_back(world, "maire", folder)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_your_act"
    assert isinstance(take_back(world, "dgs", folder), Acted)
    assert world.open_step(folder).id == asked
    with world.database.reading() as session:
        after = session.get_one(ProcessInstance, folder.id)
    assert orjson.loads(after.state)[4] == orjson.loads(before.state)[4]
    assert after.version == before.version + 2
    assert isinstance(do(world, "dgs", folder), Acted)
    assert waiting(world, folder) == ["signature-maire"]
    assert whole(world, folder)[-3:] == ["folder:step:approved", "folder:step:taken_back", "folder:step:approved"]
    [first, second, _third] = work(world, FOLDER_MOVED)[-3:]
    assert (first["done"], second["done"]) == (False, True)
    assert work(world, FOLDER_REWOUND)[0]["withdrawn"] == []


def test_an_act_is_no_longer_taken_back_once_the_next_actor_has_read(world: World) -> None:
    folder = world.sent()
    do(world, "dgs", folder)
    with world.database.writing() as session:
        note_reading(
            session, tenant_id=world.tenant.id, account=world.accounts["maire"], folder_id=folder.id, now=LATER
        )
        session.commit()
    refused = take_back(world, "dgs", folder)
    assert isinstance(refused, Refusal)
    assert refused.code == "already_opened"
    assert waiting(world, folder) == ["signature-maire"]


def test_a_signature_taken_back_is_kept_as_evidence_and_the_document_goes_on_from_before_it(world: World) -> None:
    folder = world.sent(circuit="two-signatures")
    before = world.document(folder)
    world.sign("adjoint", folder)
    signed = world.document(folder)
    assert isinstance(take_back(world, "adjoint", folder), Acted)
    assert world.document(folder) == before
    with world.database.reading() as session:
        [signature] = session.exec(select(Signature).where(Signature.folder_id == folder.id)).all()
    assert signature.withdrawn_at == LATER
    world.sign("adjoint", folder)
    again = world.document(folder)
    assert again.startswith(before)
    assert again != signed
    world.sign("maire", folder)


def test_a_folder_returns_to_a_step_and_tells_whose_acts_fall(each_world: World) -> None:
    world = each_world
    publish_for(world, "three", drawing(START, step("a"), step("b", desk="maire"), step("c", desk="adjoint"), END,
                                        flow("start>a a>b b>c c>end")))  # fmt: skip
    folder = world.sent(circuit="three")
    first = world.open_step(folder).id
    do(world, "dgs", folder)
    do(world, "maire", folder)

    def back(who: str, reason: str) -> Acted | Refusal:
        with world.database.writing() as session:
            result = return_to(
                session,
                world.library,
                tenant_id=world.tenant.id,
                account=world.accounts[who],
                folder_id=folder.id,
                step_id=first,
                reason=reason,
                now=LATER,
            )
            if isinstance(result, Acted):
                session.commit()
        return result

    for who, reason, code in (("dgs", "x", "not_found"), ("adjoint", " ", "reason_missing")):
        refused = back(who, reason)
        assert isinstance(refused, Refusal)
        assert refused.code == code
    assert isinstance(back("adjoint", "Le montant est faux."), Acted)
    assert (waiting(world, folder), world.open_step(folder).id) == (["a"], first)
    [rewound] = work(world, FOLDER_REWOUND)
    assert set(rewound["others"]) == {str(world.accounts[who].id) for who in ("dgs", "maire")}
    do(world, "dgs", folder)
    assert waiting(world, folder) == ["b"]


def test_a_step_asks_for_its_fields_and_the_circuit_decides_on_them(world: World) -> None:
    asked = step("a").replace("/>", ' parapheur:fills="amount, note" parapheur:requiredForApproval="amount"/>')
    publish_for(world, "fields", drawing(START, asked, exclusive("x", "small"), step("big", desk="maire"), END,
                                         flow("start>a a>x x>big:more:amount>=40000 x>end:small big>end")))  # fmt: skip
    folder = world.sent(circuit="fields")
    wrong = (
        ({}, "field_missing"),
        ({"amount": 5, "title": "x"}, "field_not_asked"),
        ({"amount": 5, "note": "x" * 5_001}, "field_too_long"),
    )
    for fields, code in wrong:
        refused = do(world, "dgs", folder, fields=fields)
        assert isinstance(refused, Refusal)
        assert refused.code == code
    assert isinstance(do(world, "dgs", folder, fields={"amount": 40_000}), Acted)
    assert waiting(world, folder) == ["big"]


def test_whoever_deposited_or_acted_before_is_kept_away_where_the_drawing_says_so(world: World) -> None:
    second = step("b", desk="secretariat").replace("/>", ' parapheur:separation="emitter"/>')
    publish_for(world, "separate", drawing(START, step("a"), second, END, flow("start>a a>b b>end")))
    folder = world.sent(circuit="separate")
    do(world, "dgs", folder)
    refused = do(world, "secretariat", folder)
    assert isinstance(refused, Refusal)
    assert refused.code == "separation"


def test_a_step_is_referred_back_only_where_the_drawing_says_where_to(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    refused = do(world, "maire", folder, Act.REFER_BACK, reason="À revoir.")
    assert isinstance(refused, Refusal)
    assert refused.code == "nowhere_to_refer_back"
    steps = (exclusive("m", None), step("fix", desk="emitter"), step("a"), exclusive("x", "ok"))
    arrows = flow('start>m m>fix fix>a a>x x>end:ok x>m:no:outcome="refer_back"')
    publish_for(world, "loop", drawing(START, *steps, END, arrows))
    other = world.sent(circuit="loop")
    do(world, "secretariat", other)
    assert isinstance(do(world, "dgs", other, Act.REFER_BACK, reason="Une page manque."), Acted)
    assert waiting(world, other) == ["fix"]


def test_a_service_is_asked_as_a_work_row_and_its_answer_moves_the_folder_once(each_world: World) -> None:
    world = each_world
    service = '<bpmn:serviceTask id="tell" parapheur:service="notify" parapheur:input=\'{ desk: "maire" }\'/>'
    publish_for(world, "service", drawing(START, service, step("a"), END, flow("start>tell tell>a a>end")))
    folder = world.sent(circuit="service")
    [asked] = work(world, SERVICE_ASKED)
    assert (asked["service"], asked["input"]) == ("notify", {"desk": "maire"})
    given = {"folder_id": folder.id, "token": asked["token"], "variables": {"told": True}, "now": LATER}
    assert answer_service(world.database, world.library, **given)
    assert not answer_service(world.database, world.library, **given)
    assert waiting(world, folder) == ["a"]


def test_a_service_asked_by_an_act_that_was_taken_back_is_not_done(each_world: World) -> None:
    world = each_world
    service = '<bpmn:serviceTask id="tell" parapheur:service="notify" parapheur:input=\'{ desk: "maire" }\'/>'
    publish_for(world, "late", drawing(START, step("a"), service, END, flow("start>a a>tell tell>end")))
    folder = world.sent(circuit="late")
    assert isinstance(do(world, "dgs", folder), Acted)
    [asked] = work(world, SERVICE_ASKED)
    waits = {"folder_id": folder.id, "token": asked["token"]}
    assert is_asked(world.database, world.library, **waits)
    assert isinstance(take_back(world, "dgs", folder), Acted)
    assert not is_asked(world.database, world.library, **waits)
    settings = load_settings(database_url=world.database.url.render_as_string(hide_password=False))
    Worker(world.database, make_handlers(settings, world.database), clock=lambda: LATER).drain()
    with world.database.reading() as session:
        assert session.exec(select(Mail).where(col(Mail.key).startswith("notice:"))).all() == []


def test_a_message_reaches_the_one_folder_that_waits_for_its_key(each_world: World) -> None:
    world = each_world
    catch = (
        '<bpmn:intermediateCatchEvent id="paid" parapheur:correlation="title">'
        '<bpmn:messageEventDefinition messageRef="receipt"/></bpmn:intermediateCatchEvent>'
    )
    publish_for(world, "message", drawing(START, catch, step("a"), END, flow("start>paid paid>a a>end")))
    folders = {title: world.sent(circuit="message", title=title) for title in ("BC-1", "BC-2")}

    def receive(key: str) -> UUID | None:
        with world.database.writing() as session:
            found = receive_message(
                session,
                world.library,
                tenant_id=world.tenant.id,
                message="receipt",
                key=key,
                variables={"number": "R-9"},
                now=LATER,
            )
            session.commit()
        return found

    assert receive("BC-3") is None
    assert receive("BC-2") == folders["BC-2"].id
    assert receive("BC-2") is None
    assert (waiting(world, folders["BC-1"]), waiting(world, folders["BC-2"])) == ([], ["a"])


def test_delays_and_reminders_are_written_and_a_timer_moves_the_folder_once(each_world: World) -> None:
    world = each_world
    asked = (
        step("a")
        .replace("/>", ' parapheur:delay="P5D" parapheur:reminders="P1D, P3D"/>')
        .replace(
            "/>",
            '/><bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition>'
            "<bpmn:timeDuration>P7D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>",
        )
    )
    publish_for(world, "late", drawing(START, asked, step("b", desk="maire"), END, flow("start>a a>end late>b b>end")))
    folder = world.sent(circuit="late")
    opened = world.open_step(folder)
    assert opened.due_at == opened.opened_at + timedelta(days=5)
    assert [row["at"] - opened.opened_at for row in work(world, REMINDER_DUE)] == [timedelta(days=1), timedelta(days=3)]
    week = opened.opened_at + timedelta(days=7)
    assert not advance_due(world.database, world.library, folder.id, week - timedelta(seconds=1))
    assert advance_due(world.database, world.library, folder.id, week)
    assert not advance_due(world.database, world.library, folder.id, week)
    assert waiting(world, folder) == ["b"]


def test_a_step_open_again_is_reminded_again_and_a_message_thrown_meanwhile_does_not_leave(world: World) -> None:
    asked = step("a").replace("/>", ' parapheur:reminders="P1D"/>')
    told = (
        '<bpmn:intermediateThrowEvent id="tell" parapheur:service="notify">'
        '<bpmn:messageEventDefinition messageRef="told"/></bpmn:intermediateThrowEvent>'
    )
    arrows = flow("start>a a>tell tell>b b>end")
    publish_for(world, "reminded", drawing(START, asked, told, step("b", desk="maire"), END, arrows))
    folder = world.sent(circuit="reminded")
    do(world, "dgs", folder)
    assert [row["done"] for row in work(world, MESSAGE_THROWN)] == [False]
    assert isinstance(take_back(world, "dgs", folder), Acted)
    assert [row["done"] for row in work(world, MESSAGE_THROWN)] == [True]
    assert [row["at"] for row in work(world, REMINDER_DUE)][-1] == LATER + timedelta(days=1)


def test_a_called_circuit_is_pinned_when_its_caller_is_published(world: World) -> None:
    publish_for(world, "called", drawing(START, step("inner"), END, flow("start>inner inner>end")))
    caller = drawing(START, '<bpmn:callActivity id="sub" calledElement="called"/>', END, flow("start>sub sub>end"))
    publish_for(world, "caller", caller)
    first = world.sent(circuit="caller")
    newer = drawing(START, step("inner", desk="maire"), END, flow("start>inner inner>end"))
    publish_for(world, "called", newer)
    pinned = world.sent(circuit="caller")
    publish_for(world, "caller", caller)
    moved = world.sent(circuit="caller")
    assert [world.open_step(folder).desk_id for folder in (first, pinned)] == [world.open_step(first).desk_id] * 2
    assert world.open_step(moved).desk_id != world.open_step(first).desk_id
    assert isinstance(do(world, "dgs", first), Acted)
    with world.database.reading() as session:
        assert session.get_one(Folder, first.id).status is FolderStatus.FINISHED
    with pytest.raises(CircuitRefused, match="s’appellerait lui-même") as refused:
        publish_for(
            world,
            "called",
            drawing(START, '<bpmn:callActivity id="sub" calledElement="caller"/>', END, flow("start>sub sub>end")),
        )
    assert [finding.element_id for finding in refused.value.findings] == ["sub"]
