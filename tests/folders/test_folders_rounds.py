"""A folder that goes round again: made a draft again, corrected, chained; and what can still be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from engine.circuits import CircuitStuck
from engine.desks.actions import give_desk
from engine.desks.model import Desk
from engine.documents.queries import documents_of, versions_of
from engine.folders.actions import Deposited, discard_draft
from engine.folders.clearing import archive
from engine.folders.copying import duplicate
from engine.folders.editing import edit_draft
from engine.folders.going_back import recoverable
from engine.folders.model import Act, Folder, FolderStatus, PaperSignature, Signature, Step
from engine.folders.paper import declare_paper_signature
from engine.folders.rounds import recycle, stop
from engine.folders.sending import chain_folder
from engine.folders.timeline import Moment, earlier_rounds, timeline
from engine.refusals import Refusal
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.whole import (
    LATER,
    code,
    do,
    events,
    finished,
    first_step,
    leave,
    present,
    rejected,
    return_in,
    tell,
    undo_in,
)
from tests.support.world import NOW, World, blank_pdf

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
