"""Where signatures go: a place each time, whoever signs and however often."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from engine.desks.model import Desk
from engine.folders.actions import Acted
from engine.folders.model import Act, Folder, Step, Transfer
from engine.folders.signature import PreparedDocument, prepare_signature
from engine.folders.transferring import transfer
from engine.refusals import Refusal
from signing.validation import Changes, RevocationMode, validate_file
from tests.folders.test_folders_circuits import LATER, do
from tests.support.circuits import publish_for
from tests.support.delegations import desk_of, hand_to
from tests.support.drawing import END, START, drawing, exclusive, flow, step
from tests.support.world import NOW, World


def test_a_signature_asked_again_or_of_several_desks_finds_a_place_each_time(world: World) -> None:
    sign = step("sign", kind="signature", desk="maire")
    steps = (exclusive("m", None), sign, step("check"), exclusive("x", "ok"))
    arrows = flow('start>m m>sign sign>check check>x x>end:ok x>m:no:outcome="refer_back"')
    publish_for(world, "again", drawing(START, *steps, END, arrows))
    folder = world.sent(circuit="again")
    world.sign("maire", folder)
    assert isinstance(do(world, "dgs", folder, Act.REFER_BACK, reason="La date manque."), Acted)
    world.sign("maire", folder)
    do(world, "dgs", folder)
    assert len(signers(world, folder)) == 2

    both = step("sign", kind="signature", desk="maire, adjoint")
    publish_for(world, "both", drawing(START, both, END, flow("start>sign sign>end")))
    shared = world.sent(circuit="both")
    for who in ("adjoint", "maire"):
        step_id = open_step_of(world, shared, who)
        prepared = prepare_step(world, shared, who, step_id)
        assert isinstance(world.finish(who, step_id, prepared), Acted)
    assert len(signers(world, shared)) == 2


def signers(world: World, folder: Folder) -> list[str]:
    """Who signed the present document, all of them valid."""
    path = world.store.spool / "signed.pdf"
    path.write_bytes(world.document(folder))
    report = validate_file(path, trust=world.trust, at=LATER, revocation=RevocationMode.NONE)
    assert all(signature.intact for signature in report.signatures)
    assert all(signature.changes is not Changes.FORBIDDEN for signature in report.signatures)
    return [signature.field for signature in report.signatures]


def open_step_of(world: World, folder: Folder, who: str) -> UUID:
    with world.database.reading() as session:
        return session.exec(
            select(Step.id)
            .join(Desk, col(Desk.id) == Step.desk_id)
            .where(Step.folder_id == folder.id, col(Step.closed_at).is_(None), Desk.short_name == who)
        ).one()


def prepare_step(world: World, folder: Folder, who: str, step_id: UUID) -> list[PreparedDocument]:
    prepared = prepare_signature(
        world.database,
        world.store,
        world.trust,
        tenant_id=world.tenant.id,
        account=world.accounts[who],
        step_id=step_id,
        seen_heads=world.heads(folder),
        holder=world.key(who).holder,
        zone="Europe/Paris",
        now=NOW + timedelta(minutes=10),
    )
    assert not isinstance(prepared, Refusal), prepared
    return prepared


def test_what_was_prepared_before_a_transfer_signs_nothing_after_it(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    waiting = world.open_step(folder)
    prepared = world.prepare("maire", folder)
    assert not isinstance(prepared, Refusal)
    hand_to(world, "adjoint", "maire")
    who = {"tenant_id": world.tenant.id, "account": world.accounts["maire"]}
    with world.database.writing() as session:
        to = desk_of(world, "adjoint").id
        moved = transfer(session, world.library, step_id=waiting.id, desk_id=to, reason="", now=NOW, **who)
        assert isinstance(moved, Transfer)
        session.commit()
    assert isinstance(world.finish("maire", waiting.id, prepared), Refusal)
    assert world.open_step(folder).id == waiting.id
    world.sign("maire", folder)
