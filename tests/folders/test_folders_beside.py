"""Signatures on paper, reminders asked for, and works that an administrator bypasses."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import orjson
import pytest
from sqlmodel import select

from engine.circuits import open_work
from engine.documents.model import Document, DocumentRole
from engine.documents.queries import documents_of
from engine.folders.actions import Acted, Deposited
from engine.folders.bypassing import bypass, stuck_work, stuck_works
from engine.folders.copying import duplicate
from engine.folders.model import Act, Folder, FolderStatus, PaperSignature, ProcessInstance, Signature
from engine.folders.outside import answer_service
from engine.folders.paper import declare_paper_signature, papers_of
from engine.folders.reminding import Reminded, remind
from engine.folders.rewinding import return_to
from engine.folders.rounds import recycle
from engine.journal.queries import chain_entries
from engine.refusals import Refusal
from engine.work.model import WorkItem
from tests.support.administration import make_administrator
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.world import NOW, World, blank_pdf

LATER = NOW + timedelta(hours=2)
ON_PAPER = step("s", kind="signature", desk="maire").replace("/>", ' parapheur:paper="true"/>')
ASKED = (
    '<bpmn:serviceTask id="tdt" name="Envoi au TdT" parapheur:service="transmission" parapheur:fills="numero"/>'
    '<bpmn:boundaryEvent id="refus" attachedToRef="tdt"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>'
)
#: A visa, a transmission by a service, a visa; the service may answer that it was refused.
TRANSMITTED = drawing(
    START,
    step("a"),
    ASKED,
    step("b", desk="maire"),
    END,
    '<bpmn:endEvent id="refused" parapheur:result="rejected"/>',
    flow("start>a a>tdt tdt>b b>end refus>refused"),
).replace(b"<bpmn:process", b'<bpmn:error id="e" name="Refus" errorCode="REFUS"/><bpmn:process', 1)


def entries(world: World, folder: Folder) -> list[tuple[str, dict[str, object]]]:
    with world.database.reading() as session:
        return [(entry.event, orjson.loads(entry.data)) for entry in chain_entries(session, world.tenant.id, folder.id)]


def status(world: World, folder: Folder) -> FolderStatus:
    with world.database.reading() as session:
        return session.get_one(Folder, folder.id).status


# Paper


def declare(world: World, who: str, folder: Folder, **how: object) -> Acted | Refusal:
    content = blank_pdf()
    spooled = world.store.receive(iter([content]), max_bytes=len(content))
    world.store.keep(world.tenant.id, spooled)
    scan = Deposited("scan.pdf", spooled.sha256, spooled.size, "application/pdf", 1)
    asked: dict[str, object] = {
        "seen_heads": world.heads(folder),
        "signatory": " Héloïse  Lefèvre, maire ",
        "signed_on": date(2020, 1, 2),
        **how,
    }
    with world.database.writing() as session:
        result = declare_paper_signature(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            step_id=world.open_step(folder).id,
            scan=scan,
            now=LATER,
            **asked,  # type: ignore[arg-type]
        )
        if isinstance(result, Acted):
            session.commit()
    return result


def test_a_paper_signature_ends_the_step_and_never_passes_for_an_electronic_one(world: World) -> None:
    publish_for(world, "paper", drawing(START, ON_PAPER, END, flow("start>s s>end")))
    folder = world.sent(circuit="paper")
    before = world.heads(folder)
    assert isinstance(declare(world, "maire", folder, reason="Signé en séance."), Acted)
    assert status(world, folder) is FolderStatus.FINISHED
    assert world.heads(folder) == before  # the document stays as it is: the scan is beside it
    with world.database.reading() as session:
        documents = documents_of(session, world.tenant.id, folder.id)
        assert [(item.role, item.name) for item in documents][1] == (DocumentRole.ANNEX, "scan.pdf")
        assert session.exec(select(Signature)).all() == []
        [view] = papers_of(session, world.tenant.id, folder.id)
    assert (view.paper.signatory, view.paper.signed_on) == ("Héloïse Lefèvre, maire", date(2020, 1, 2))
    assert (view.declarer.full_name, view.paper.declared_at) == ("Héloïse Lefèvre", LATER)
    event, data = entries(world, folder)[-1]
    assert event == "folder:step:paper_signed"
    assert (data["signatory"], data["signed_on"], data["document"]) == (
        "Héloïse Lefèvre, maire",
        "2020-01-02",
        "scan.pdf",
    )


@pytest.mark.parametrize(
    ("who", "how", "code"),
    [
        ("dgs", {}, "not_your_desk"),
        ("maire", {"seen_heads": "0" * 64}, "head_moved"),
        ("maire", {"signatory": ""}, "signatory_missing"),
        ("maire", {"signed_on": date(2999, 1, 1)}, "signed_on_future"),
        ("maire", {"fields": {"montant": 3}}, "field_not_asked"),
    ],
)
def test_a_paper_that_is_refused_leaves_nothing(world: World, who: str, how: dict[str, object], code: str) -> None:
    publish_for(world, "paper", drawing(START, ON_PAPER, END, flow("start>s s>end")))
    folder = world.sent(circuit="paper")
    refused = declare(world, who, folder, **how)
    assert isinstance(refused, Refusal)
    assert refused.code == code
    assert status(world, folder) is FolderStatus.IN_PROGRESS
    with world.database.reading() as session:
        assert session.exec(select(PaperSignature)).all() == []
        assert len(session.exec(select(Document).where(Document.folder_id == folder.id)).all()) == 1


def test_a_signature_step_that_does_not_allow_paper_takes_none(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    refused = declare(world, "maire", folder)
    assert isinstance(refused, Refusal)
    assert refused.code == "paper_not_allowed"


def test_a_paper_signature_that_falls_is_withdrawn_and_its_scan_kept(world: World) -> None:
    publish_for(world, "paper", drawing(START, ON_PAPER, step("v"), END, flow("start>s s>v v>end")))
    folder = world.sent(circuit="paper")
    signing = world.open_step(folder)
    declare(world, "maire", folder)
    with world.database.writing() as session:
        back = return_to(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts["dgs"],
            folder_id=folder.id,
            step_id=signing.id,
            reason="Le scan est illisible.",
            now=LATER,
        )
        assert isinstance(back, Acted), back
        session.commit()
    with world.database.reading() as session:
        [view] = papers_of(session, world.tenant.id, folder.id)
        assert view.paper.withdrawn_at == LATER
        assert len(documents_of(session, world.tenant.id, folder.id)) == 2
    assert entries(world, folder)[-1][1]["papers_withdrawn"] == 1
    assert isinstance(declare(world, "maire", folder), Acted)  # and it is declared anew


def test_a_scan_is_neither_copied_nor_taken_for_what_was_deposited(world: World) -> None:
    publish_for(world, "paper", drawing(START, ON_PAPER, step("v"), END, flow("start>s s>v v>end")))
    folder = world.sent(circuit="paper")
    declare(world, "maire", folder)
    assert isinstance(world.act("dgs", folder, Act.REJECT, "À revoir."), Acted)
    by = {"tenant_id": world.tenant.id, "account": world.accounts["secretariat"], "folder_id": folder.id, "now": LATER}
    with world.database.writing() as session:
        copy = duplicate(session, **by)  # type: ignore[arg-type]
        assert isinstance(copy, Folder), copy
        again = recycle(session, **by)  # type: ignore[arg-type]
        assert isinstance(again, Folder), again
        session.commit()
    with world.database.reading() as session:
        assert [one.role for one in documents_of(session, world.tenant.id, copy.id)] == [DocumentRole.MAIN]
        assert len(documents_of(session, world.tenant.id, folder.id)) == 2  # the scan stays, as what was declared
        [view] = papers_of(session, world.tenant.id, folder.id)
    assert view.paper.withdrawn_at == LATER


# Reminders


def ask_for_reminder(world: World, who: str, step_id: UUID, minutes: int) -> Reminded | Refusal:
    with world.database.writing() as session:
        sent = remind(
            session,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            step_id=step_id,
            now=NOW + timedelta(minutes=minutes),
        )
        if isinstance(sent, Reminded):
            session.commit()
    return sent


def test_a_reminder_leaves_once_an_hour_at_most_and_is_told(world: World) -> None:
    folder = world.sent()
    step_id = world.open_step(folder).id
    codes = []
    for who, minutes in (("secretariat", 10), ("secretariat", 69), ("secretariat", 70), ("maire", 200)):
        sent = ask_for_reminder(world, who, step_id, minutes)
        codes.append(sent.code if isinstance(sent, Refusal) else sent.people)
    assert codes == [("Zoé Çelik",), "reminded_already", ("Zoé Çelik",), "not_emitter_nor_supervisor"]
    assert [event for event, _ in entries(world, folder)].count("folder:step:reminded") == 2
    with world.database.reading() as session:
        rows = session.exec(select(WorkItem).where(WorkItem.kind == "folder.reminder")).all()
    assert len(rows) == 2


def test_an_administrator_reminds_too(world: World) -> None:
    make_administrator(world, "adjoint")
    folder = world.sent()
    assert isinstance(ask_for_reminder(world, "adjoint", world.open_step(folder).id, 10), Reminded)


def test_nobody_is_reminded_of_what_is_done(world: World) -> None:
    folder = world.sent()
    step_id = world.open_step(folder).id
    world.act("dgs", folder, Act.VISA)
    refused = ask_for_reminder(world, "secretariat", step_id, 10)
    assert isinstance(refused, Refusal)
    assert refused.code == "nothing_to_remind"


# Bypass


@pytest.fixture
def stuck(world: World) -> Folder:
    """A folder whose transmission was tried and given up, and an administrator who is nobody's desk here."""
    publish_for(world, "transmitted", TRANSMITTED)
    make_administrator(world, "adjoint")
    folder = world.sent(circuit="transmitted")
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
    give_up(world)
    return folder


def give_up(world: World, **state: object) -> None:
    with world.database.writing() as session:
        row = session.exec(select(WorkItem).where(WorkItem.kind == "folder.service")).one()
        for name, value in {"attempts": 8, "failures": 8, "failed_at": LATER, "error": "panne", **state}.items():
            setattr(row, name, value)
        session.commit()


def token_of(world: World, folder: Folder) -> str:
    with world.database.reading() as session:
        run = session.get_one(ProcessInstance, folder.id)
        [work] = open_work(world.library.version(session, run.workflow_version_id), run.state)
    return work.token


def go_round(world: World, who: str, folder: Folder, token: str, **how: object) -> FolderStatus | Refusal:
    with world.database.writing() as session:
        result = bypass(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            folder_id=folder.id,
            token=token,
            now=LATER,
            **{"reason": "Transmis à la main.", **how},  # type: ignore[arg-type]
        )
        if not isinstance(result, Refusal):
            session.commit()
    return result


def test_an_administrator_answers_a_stuck_work_and_the_circuit_goes_on(world: World, stuck: Folder) -> None:
    token = token_of(world, stuck)
    with world.database.reading() as session:
        [work] = stuck_works(session, world.library, world.tenant.id, now=LATER)
        found = stuck_work(session, world.library, world.tenant.id, stuck.id, token, now=LATER)
    assert (work.folder.id, work.answers.name, work.error) == (stuck.id, "Envoi au TdT", "panne")
    assert (work.given_up, work.refusal, work.answers.errors) == (True, None, ("REFUS",))
    assert found is not None
    assert go_round(world, "adjoint", stuck, token, variables={"numero": "12"}) is FolderStatus.IN_PROGRESS
    assert world.open_step(stuck).element_id == "b"
    event, data = entries(world, stuck)[-1]
    assert event == "folder:service:bypassed"
    assert (data["task"], data["reason"], data["variables"]) == (
        "Envoi au TdT",
        "Transmis à la main.",
        {"numero": "12"},
    )
    late = answer_service(
        world.database, world.library, folder_id=stuck.id, token=token, variables={"numero": "13"}, now=LATER
    )
    assert not late
    with world.database.reading() as session:
        assert stuck_works(session, world.library, world.tenant.id, now=LATER) == []
        row = session.exec(select(WorkItem).where(WorkItem.kind == "folder.service")).one()
        assert row.done_at == LATER
    again = go_round(world, "adjoint", stuck, token)
    assert isinstance(again, Refusal)
    assert again.code == "work_not_awaited"


def test_a_stuck_work_may_be_answered_by_an_error_that_the_drawing_catches(world: World, stuck: Folder) -> None:
    token = token_of(world, stuck)
    refused = go_round(world, "adjoint", stuck, token, error="PANNE")
    assert isinstance(refused, Refusal)
    assert refused.code == "error_not_drawn"
    assert go_round(world, "adjoint", stuck, token, error="REFUS") is FolderStatus.REJECTED


@pytest.mark.parametrize(
    ("who", "row", "how", "code"),
    [
        ("secretariat", {}, {}, "not_administrator"),
        ("maire", {}, {}, "not_administrator"),
        ("adjoint", {}, {"reason": " "}, "reason_missing"),
        ("adjoint", {}, {"variables": {"outcome": "approved"}}, "field_not_asked"),
        ("adjoint", {"attempts": 0, "failed_at": None}, {}, "work_not_tried"),
        (
            "adjoint",
            {"failed_at": None, "holder": "w", "available_at": LATER + timedelta(minutes=1)},
            {},
            "work_under_way",
        ),
    ],
)
def test_what_may_not_be_bypassed_stays_as_it_is(
    world: World, stuck: Folder, who: str, row: dict[str, object], how: dict[str, object], code: str
) -> None:
    give_up(world, **row)
    before = entries(world, stuck)
    refused = go_round(world, who, stuck, token_of(world, stuck), **how)
    assert isinstance(refused, Refusal)
    assert refused.code == code
    assert entries(world, stuck) == before


def test_no_human_step_is_bypassed(world: World, stuck: Folder) -> None:
    token = token_of(world, stuck)
    go_round(world, "adjoint", stuck, token)
    human = go_round(world, "adjoint", stuck, str(world.open_step(stuck).id))
    assert isinstance(human, Refusal)
    assert human.code == "work_not_awaited"
    for nonsense in ("", "x", "%"):
        refused = go_round(world, "adjoint", stuck, nonsense)
        assert isinstance(refused, Refusal)
        assert refused.code == "work_not_awaited"
