"""Acts on a whole folder: stopped, made a draft again, chained, copied, followed, archived."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from engine.circuits import CircuitStuck
from engine.desks.actions import give_desk
from engine.desks.model import Desk, DeskHolder
from engine.documents.queries import documents_of, versions_of
from engine.folders.actions import Deposited, act, discard_draft
from engine.folders.clearing import archive, unarchive
from engine.folders.copying import duplicate
from engine.folders.editing import edit_draft
from engine.folders.following import follow, followers_of, unfollow
from engine.folders.going_back import recoverable
from engine.folders.model import CLOSED, Act, Folder, FolderStatus, PaperSignature, Signature, Step
from engine.folders.offers import GUARDS, offers
from engine.folders.paper import declare_paper_signature
from engine.folders.queries import visible_folder
from engine.folders.rewinding import return_to, undo
from engine.folders.rounds import recycle, stop
from engine.folders.sending import chain_folder
from engine.folders.standing import standing_of
from engine.folders.timeline import Moment, earlier_rounds, stopped_of, timeline
from engine.folders.trays import Tray, tray, tray_counts
from engine.folders.whole_rules import Standing
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.refusals import Refusal
from engine.work.model import WorkItem
from notifications.handlers import folder_moved
from notifications.model import Mail
from notifications.whole import folder_stopped
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.world import NOW, World, blank_pdf

LATER = NOW + timedelta(hours=1)


def do(world: World, action: Callable[..., Any], who: str, folder: Folder, **more: Any) -> Any:
    """One act of a whole folder, committed when it was let through."""
    with world.database.writing() as session:
        result = action(
            session,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            folder_id=folder.id,
            now=more.pop("now", LATER),
            **more,
        )
        if not isinstance(result, Refusal):
            session.commit()
    return result


def code(result: Any) -> str:
    assert isinstance(result, Refusal), result
    return result.code


def present(world: World, folder: Folder) -> Folder:
    with world.database.reading() as session:
        return session.get_one(Folder, folder.id)


def events(world: World, folder: Folder) -> list[str]:
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, folder.id)
        assert broken_at(entries) is None
        return [entry.event for entry in entries]


def rejected(world: World, **how: Any) -> Folder:
    folder = world.sent(**how)
    world.act("dgs", folder, Act.REJECT, "Le montant est faux.")
    return folder


def finished(world: World, **how: Any) -> Folder:
    folder = world.sent(**how)
    world.act("dgs", folder, Act.VISA)
    world.sign("maire", folder)
    return folder


def tell(world: World) -> dict[str, list[str]]:
    """Do the work that tells people, and give what each was told: surname → subjects."""
    handlers = {"folder.moved": folder_moved, "folder.stopped": folder_stopped}
    with world.database.reading() as session:
        items = session.exec(select(WorkItem).where(col(WorkItem.kind).in_(handlers)).order_by(col(WorkItem.id))).all()
    for item in items:
        for _ in range(2):  # a worker may do it again: nobody is told twice
            handlers[item.kind](world.database, json.loads(item.data), base_url="https://essai.example", now=LATER)
    names = {account.id: key for key, account in world.accounts.items()}
    told: dict[str, list[str]] = {}
    with world.database.reading() as session:
        for mail in session.exec(select(Mail).order_by(col(Mail.id))):
            told.setdefault(names[mail.account_id], []).append(mail.subject)
    return told


# The rules


def standing(**facts: Any) -> Standing:
    known: dict[str, Any] = {
        "status": FolderStatus.IN_PROGRESS,
        "sees": True,
        "emits": True,
        "has_it": False,
        "creates": True,
        "chains": True,
        "archives": True,
        "follows": False,
        "archived": False,
        "circulated": True,
        "done": True,
    }
    return Standing(**{**known, **facts})


#: What each act asks of the folder's state, then of the person: what must be so, and nothing else.
WANTED: dict[Act, tuple[frozenset[FolderStatus], dict[str, bool]]] = {
    Act.EDIT: (frozenset({FolderStatus.DRAFT}), {"sees": True, "emits": True}),
    Act.RECYCLE: (frozenset({FolderStatus.REJECTED, FolderStatus.STOPPED}), {"sees": True, "emits": True}),
    Act.CHAIN: (frozenset({FolderStatus.FINISHED}), {"sees": True, "chains": True}),
    Act.FOLLOW: (frozenset({FolderStatus.IN_PROGRESS, FolderStatus.DRAFT}), {"sees": True, "follows": False}),
    Act.UNFOLLOW: (frozenset(FolderStatus), {"follows": True}),
    Act.DUPLICATE: (frozenset(FolderStatus), {"sees": True, "creates": True}),
    Act.STOP: (frozenset({FolderStatus.IN_PROGRESS, FolderStatus.DRAFT}), {"sees": True, "emits": True}),
    Act.ARCHIVE: (CLOSED, {"sees": True, "emits": True, "archives": True, "archived": False}),
    Act.UNARCHIVE: (frozenset(FolderStatus), {"sees": True, "emits": True, "archived": True}),
}
_PERSON = ("sees", "emits", "creates", "chains", "archives", "follows", "archived")


@pytest.mark.parametrize("act", WANTED)
def test_each_act_is_let_through_exactly_when_it_may_be(act: Act) -> None:
    statuses, person = WANTED[act]
    for status, *values in product(FolderStatus, *[(True, False)] * len(_PERSON)):
        facts = dict(zip(_PERSON, values, strict=True))
        allowed = status in statuses and all(facts[name] is value for name, value in person.items())
        assert (GUARDS[act](standing(status=status, **facts)) is None) is allowed, (status, facts)


def test_a_draft_that_never_circulated_is_neither_stopped_nor_followed() -> None:
    new = standing(status=FolderStatus.DRAFT, circulated=False)
    assert code(GUARDS[Act.STOP](new)) == "nothing_to_stop"
    assert code(GUARDS[Act.FOLLOW](new)) == "nothing_to_follow"


# Stopping


def test_a_stopped_folder_asks_nothing_of_anybody_and_tells_those_concerned(world: World) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.VISA)
    waiting = world.open_step(folder)
    assert isinstance(do(world, stop, "secretariat", folder, reason=" Erreur de séance. "), Folder)
    assert present(world, folder).status is FolderStatus.STOPPED
    assert code(world_act(world, "maire", waiting.id)) == "step_already_done"
    with world.database.reading() as session:
        assert session.exec(select(Step).where(col(Step.closed_at).is_(None))).all() == []
        line = timeline(session, world.library, present(world, folder), now=LATER)
        assert [step.moment for step in line] == [Moment.DONE, Moment.WITHDRAWN]
        why = stopped_of(session, present(world, folder))
        assert why is not None
        assert (why.by, why.reason) == (world.accounts["secretariat"].full_name, "Erreur de séance.")
        rows = tray(session, [world.tenant.id], world.accounts["secretariat"].id, Tray.REJECTED, now=LATER).rows
        assert [row.status for row in rows] == [FolderStatus.STOPPED]
        assert tray_counts(session, [world.tenant.id], world.accounts["secretariat"].id, now=LATER)[Tray.REJECTED] == 1
    told = tell(world)
    assert told["maire"] == [f"Arrêté : {folder.title}"]
    assert told["dgs"] == [f"Arrêté : {folder.title}"]
    assert "secretariat" not in told
    assert events(world, folder)[-1] == "folder:circuit:stopped"


def world_act(world: World, who: str, step_id: UUID) -> Any:
    with world.database.writing() as session:
        return act(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            step_id=step_id,
            act=Act.REJECT,
            seen_heads="",
            reason="Non.",
            now=LATER,
        )


@pytest.mark.parametrize(("reason", "fault"), [("  ", "reason_missing"), ("x" * 2001, "reason_too_long")])
def test_stopping_says_why(world: World, reason: str, fault: str) -> None:
    folder = world.sent()
    assert code(do(world, stop, "secretariat", folder, reason=reason)) == fault
    assert present(world, folder).status is FolderStatus.IN_PROGRESS
    assert code(do(world, stop, "dgs", folder, reason="Non.")) == "not_emitter"
    assert code(do(world, stop, "adjoint", folder, reason="Non.")) == "not_found"


# Making a draft again


def test_a_rejected_folder_becomes_a_draft_again_and_goes_its_whole_way(world: World) -> None:
    folder = rejected(world)
    assert code(do(world, recycle, "dgs", folder)) == "not_emitter"
    assert isinstance(do(world, recycle, "secretariat", folder), Folder)
    draft = present(world, folder)
    assert (draft.status, draft.round, draft.closed_at) == (FolderStatus.DRAFT, 2, None)
    assert code(do(world, recycle, "secretariat", folder)) == "not_rejected"
    world.send(folder)
    with world.database.reading() as session:
        now = timeline(session, world.library, present(world, folder), now=LATER)
        assert [step.moment for step in now] == [Moment.NOW, Moment.TO_COME]
        [first] = earlier_rounds(session, world.library, present(world, folder), now=LATER)
        assert first.recycled
        assert [(step.moment, step.reason) for step in first.steps] == [(Moment.REFUSED, "Le montant est faux.")]
    assert tell(world)["dgs"] == [f"À viser : {folder.title}"]
    world.act("dgs", folder, Act.VISA)
    world.sign("maire", folder)
    assert present(world, folder).status is FolderStatus.FINISHED
    assert events(world, folder).count("folder:circuit:started") == 2
    assert tell(world)["secretariat"] == [f"Rejeté : {folder.title}", f"Terminé : {folder.title}"]


def test_a_signature_of_a_folder_made_a_draft_again_stays_as_evidence(world: World) -> None:
    original = world.deposit(circuit="two-signatures")
    before = world.document(original)
    world.send(original)
    while world.open_step(original).kind != "SIGNATURE":
        world.act("dgs", original, Act.VISA)
    with world.database.reading() as session:
        desk = session.get_one(Desk, world.open_step(original).desk_id).short_name
    world.sign(desk, original)
    signed = world.document(original)
    do(world, stop, "secretariat", original, reason="Erreur.")
    do(world, recycle, "secretariat", original)
    assert world.document(original) == before
    with world.database.reading() as session:
        [signature] = session.exec(select(Signature)).all()
        assert signature.withdrawn_at is not None
        [document] = documents_of(session, world.tenant.id, original.id)
        kinds = [version.kind.value for version in versions_of(session, world.tenant.id, document.id)]
        assert kinds == ["DEPOSITED", "FIELDS_RESERVED", "SIGNED", "RESTORED"]
        kept = versions_of(session, world.tenant.id, document.id)[2]
        assert b"".join(world.store.chunks(world.tenant.id, kept.sha256)) == signed
    world.send(original)
    assert world.open_step(original).round == 2


def test_what_was_done_in_an_earlier_round_cannot_be_taken_back(world: World) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.VISA)
    done = first_step(world, folder)
    do(world, stop, "secretariat", folder, reason="Erreur.")
    do(world, recycle, "secretariat", folder)
    world.send(folder)
    refused = do(world, undo_in(world), "dgs", folder)
    assert code(refused) == "not_your_act"
    assert code(do(world, return_in(world, done.id), "secretariat", folder, reason="Non.")) == "step_not_done"


def first_step(world: World, folder: Folder) -> Step:
    with world.database.reading() as session:
        return session.exec(select(Step).where(Step.folder_id == folder.id).order_by(col(Step.opened_at))).all()[0]


def undo_in(world: World) -> Callable[..., Any]:
    return lambda session, **how: undo(session, world.library, **how)


def return_in(world: World, step_id: UUID) -> Callable[..., Any]:
    return lambda session, **how: return_to(session, world.library, step_id=step_id, **how)


# Chaining


def chain(world: World, who: str, folder: Folder, circuit: str) -> Any:
    return chain_folder(
        world.database,
        world.store,
        world.library,
        tenant_id=world.tenant.id,
        account=world.accounts[who],
        folder_id=folder.id,
        subtype_id=world.subtypes[circuit],
        now=LATER,
    )


def test_a_finished_folder_goes_on_in_another_circuit_with_its_signatures(world: World) -> None:
    folder = finished(world)
    signed = world.document(folder)
    assert code(chain(world, "adjoint", folder, "simple-signature")) == "not_found"
    assert isinstance(chain(world, "secretariat", folder, "simple-signature"), Folder)
    now = present(world, folder)
    assert (now.status, now.round, now.subtype_id) == (
        FolderStatus.IN_PROGRESS,
        2,
        world.subtypes["simple-signature"],
    )
    assert world.document(folder) == signed
    assert code(chain(world, "secretariat", folder, "deed")) == "not_finished"
    world.sign("maire", folder)
    assert present(world, folder).status is FolderStatus.FINISHED
    with world.database.reading() as session:
        assert [signature.withdrawn_at for signature in session.exec(select(Signature))] == [None, None]
        [first] = earlier_rounds(session, world.library, now, now=LATER)
        assert not first.recycled
        assert [step.moment for step in first.steps] == [Moment.DONE, Moment.DONE]
    assert world.document(folder).startswith(signed)


def test_a_circuit_that_is_not_there_chains_nothing(world: World) -> None:
    folder = finished(world)
    world.subtypes["nowhere"] = folder.id
    assert code(chain(world, "secretariat", folder, "nowhere")) in {"no_circuit", "unknown_subtype"}
    with world.database.writing() as session:
        for desk in session.exec(select(Desk)):
            desk.may_chain = False
        session.commit()
    assert code(chain(world, "secretariat", folder, "simple-signature")) == "may_not_chain"
    assert present(world, folder).status is FolderStatus.FINISHED


# Copying


def test_a_copy_is_a_draft_with_the_documents_as_they_were_deposited(world: World) -> None:
    original = world.deposit()
    before = world.document(original)
    world.send(original)
    world.act("dgs", original, Act.VISA)
    world.sign("maire", original)
    assert code(do(world, duplicate, "maire", original)) == "may_not_create"
    assert code(do(world, duplicate, "adjoint", original)) == "not_found"
    copy = do(world, duplicate, "secretariat", original)
    assert isinstance(copy, Folder)
    assert (copy.title, copy.status, copy.origin_id) == (f"Copie de {original.title}", FolderStatus.DRAFT, original.id)
    assert world.document(copy) == before
    assert events(world, copy) == ["folder:draft:copied"]
    world.send(copy)
    assert world.document(original) != world.document(copy)


# Following


def test_who_follows_is_told_of_the_end_once_and_of_nothing_else(world: World) -> None:
    folder = world.sent()
    assert code(do(world, follow, "adjoint", folder)) == "not_found"
    assert isinstance(do(world, follow, "dgs", folder), Folder)
    assert code(do(world, follow, "dgs", folder)) == "already_followed"
    do(world, follow, "secretariat", folder)
    world.act("dgs", folder, Act.VISA)
    with world.database.reading() as session:
        [row] = tray(session, [world.tenant.id], world.accounts["dgs"].id, Tray.FOLLOWED, now=LATER).rows
        assert row.folder_id == folder.id
        assert len(followers_of(session, present(world, folder), now=LATER)) == 2
    world.sign("maire", folder)
    told = tell(world)
    assert told["dgs"] == [f"Terminé : {folder.title}"]
    assert told["secretariat"] == [f"Terminé : {folder.title}"]  # as who deposited it: once
    assert isinstance(do(world, unfollow, "dgs", folder), Folder)
    assert code(do(world, unfollow, "dgs", folder)) == "not_followed"


def test_who_follows_and_no_longer_sees_is_told_nothing(world: World) -> None:
    folder = world.sent()
    do(world, follow, "dgs", folder)
    leave(world, "dgs")
    do(world, stop, "secretariat", folder, reason="Erreur.")
    told = tell(world)
    assert "dgs" not in told
    with world.database.reading() as session:
        assert followers_of(session, present(world, folder), now=LATER) == []
        assert tray(session, [world.tenant.id], world.accounts["dgs"].id, Tray.FOLLOWED, now=LATER).rows == ()


def leave(world: World, who: str) -> None:
    with world.database.writing() as session:
        mine = col(DeskHolder.account_id) == world.accounts[who].id
        session.connection().execute(delete(DeskHolder).where(mine))
        session.commit()


# Archiving


def test_an_archived_folder_leaves_its_tray_and_comes_back(world: World) -> None:
    folder = finished(world)
    clerk = world.accounts["secretariat"].id
    assert code(do(world, archive, "maire", folder)) == "not_emitter"
    assert isinstance(do(world, archive, "secretariat", folder), Folder)
    assert code(do(world, archive, "secretariat", folder)) == "already_archived"

    def found(which: Tray) -> list[UUID]:
        with world.database.reading() as session:
            return [row.folder_id for row in tray(session, [world.tenant.id], clerk, which, now=LATER).rows]

    assert (found(Tray.FINISHED), found(Tray.ARCHIVED)) == ([], [folder.id])
    assert isinstance(do(world, unarchive, "secretariat", folder), Folder)
    assert (found(Tray.FINISHED), found(Tray.ARCHIVED)) == ([folder.id], [])
    assert code(do(world, unarchive, "secretariat", folder)) == "not_archived"


def test_archiving_is_a_right_of_the_desk_and_for_what_is_over(world: World) -> None:
    running = world.sent()
    assert code(do(world, archive, "secretariat", running)) == "not_closed"
    with world.database.writing() as session:
        for desk in session.exec(select(Desk)):
            desk.may_archive = False
        session.commit()
    assert code(do(world, archive, "secretariat", running)) == "may_not_archive"


# Taking back


def test_who_no_longer_holds_the_desk_takes_nothing_back(world: World) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.VISA)
    leave(world, "dgs")
    assert code(do(world, undo_in(world), "dgs", folder)) == "not_your_desk"
    with world.database.reading() as session:
        [desk] = session.exec(select(Desk).where(Desk.short_name == "dgs")).all()
    with world.database.writing() as session:
        give_desk(session, desk, world.accounts["dgs"].id)
        session.commit()
    assert not isinstance(do(world, undo_in(world), "dgs", folder), Refusal)


def test_a_circuit_that_cannot_go_back_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.VISA)

    def stuck(*_: Any, **__: Any) -> None:
        raise CircuitStuck("L’étape « Visa » vise un bureau qui n’existe plus.")

    monkeypatch.setattr("engine.folders.rewinding.rewind", stuck)
    assert code(do(world, undo_in(world), "dgs", folder)) == "circuit_stuck"


def test_every_act_that_may_be_taken_back_is_found_page_after_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.folders.going_back.LOOKED_AT", 2)
    wanted = []
    for number in range(7):
        folder = world.sent(title=f"Dossier {number}")
        world.act("dgs", folder, Act.VISA)
        wanted.append(folder.id)
        if number % 2:  # somebody has opened it: no longer
            with world.database.writing() as session:
                step = session.get_one(Step, world.open_step(folder).id)
                step.read_at = NOW + timedelta(minutes=6)
                session.commit()
            wanted.pop()
    with world.database.reading() as session:
        asked: dict[str, Any] = {"most": 2, "now": LATER}
        dgs = world.accounts["dgs"].id
        first = recoverable(session, [world.tenant.id], dgs, **asked)
        second = recoverable(session, [world.tenant.id], dgs, after=first[-1], **asked)
        assert [*first, *second] == wanted[::-1]
        assert recoverable(session, [world.tenant.id], dgs, after=second[-1], **asked) == []


def test_the_menu_of_a_stranger_is_empty(world: World) -> None:
    folder = world.sent()
    with world.database.reading() as session:
        stranger = world.accounts["adjoint"].id
        assert visible_folder(session, world.tenant.id, stranger, folder.id, now=LATER) is None
        assert offers(standing_of(session, present(world, folder), stranger, now=LATER)) == []


# Correcting a draft


def test_a_draft_made_again_is_corrected_and_its_new_document_goes_round(world: World) -> None:
    folder = rejected(world)
    do(world, recycle, "secretariat", folder)
    before, content = world.document(folder), blank_pdf(2)
    spooled = world.store.receive(iter([content]), max_bytes=len(content))
    world.store.keep(world.tenant.id, spooled)
    given = Deposited("corrigé.pdf", spooled.sha256, spooled.size, "application/pdf", 2)
    how: dict[str, Any] = {"title": " Titre   juste ", "amount": None, "document": given}
    assert code(do(world, edit_draft, "dgs", folder, **how)) == "not_found"
    assert code(do(world, edit_draft, "secretariat", folder, **{**how, "title": " "})) == "title_missing"
    assert isinstance(do(world, edit_draft, "secretariat", folder, **how), Folder)
    assert present(world, folder).title == "Titre juste"
    assert world.document(folder) == content != before
    copy = do(world, duplicate, "secretariat", folder)
    assert world.document(copy) == content
    world.send(folder)
    assert code(do(world, edit_draft, "secretariat", folder, **how)) == "already_sent"
    do(world, stop, "secretariat", folder, reason="Erreur.")
    do(world, recycle, "secretariat", folder)
    assert world.document(folder) == content


def test_a_draft_that_circulated_is_given_up_but_not_erased(world: World) -> None:
    folder = rejected(world)
    do(world, recycle, "secretariat", folder)
    assert code(do(world, discard_draft, "secretariat", folder)) == "has_circulated"
    assert isinstance(do(world, stop, "secretariat", folder, reason="Sans suite."), Folder)
    assert isinstance(do(world, archive, "secretariat", folder), Folder)


def test_a_draft_of_which_there_is_a_copy_may_be_erased(world: World) -> None:
    draft = world.deposit()
    copy = do(world, duplicate, "secretariat", draft)
    assert isinstance(do(world, discard_draft, "secretariat", draft), Folder)
    assert present(world, copy).origin_id is None


def test_what_was_signed_on_paper_stays_with_the_folder_it_was_declared_on(world: World) -> None:
    signed = step("s", kind="signature", desk="maire").replace("/>", ' parapheur:paper="true"/>')
    publish_for(world, "paper", drawing(START, signed, step("b"), END, flow("start>s s>b b>end")))
    folder = world.sent(circuit="paper")
    content = blank_pdf()
    spooled = world.store.receive(iter([content]), max_bytes=len(content))
    world.store.keep(world.tenant.id, spooled)
    with world.database.writing() as session:
        declared = declare_paper_signature(
            session,
            world.library,
            tenant_id=world.tenant.id,
            account=world.accounts["maire"],
            step_id=world.open_step(folder).id,
            seen_heads=world.heads(folder),
            signatory="Héloïse Lefèvre",
            signed_on=NOW.date(),
            scan=Deposited("scan.pdf", spooled.sha256, spooled.size, "application/pdf", 1),
            now=LATER,
        )
        assert not isinstance(declared, Refusal), declared
        session.commit()
    world.act("dgs", folder, Act.REJECT, "Mauvaise page.")
    copy = do(world, duplicate, "secretariat", folder)
    do(world, recycle, "secretariat", folder)
    with world.database.reading() as session:
        [paper] = session.exec(select(PaperSignature)).all()
        assert paper.withdrawn_at is not None
        assert len(documents_of(session, world.tenant.id, folder.id)) == 2  # the scan is kept as evidence
        assert len(documents_of(session, world.tenant.id, copy.id)) == 1
