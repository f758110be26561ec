"""Separation of duties: nobody approves what is theirs, in their own name, in another's, or by sending it anew."""

from __future__ import annotations

from datetime import timedelta

from engine.folders.actions import Acted
from engine.folders.model import Act, Folder
from engine.folders.rounds import recycle
from engine.folders.sending import send_folder
from engine.refusals import Refusal
from tests.support.circuits import publish_for
from tests.support.delegations import delegate, hand_to
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.whole import do, return_in
from tests.support.world import NOW, World

LATER = NOW + timedelta(minutes=30)


def code(result: object) -> str | None:
    return result.code if isinstance(result, Refusal) else None


def separated(world: World, *separation: str) -> None:
    """One visa of the deputy, then one of the direction, which the drawing separates."""
    second = step("b", desk="dgs").replace("/>", f' parapheur:separation="{", ".join(separation)}"/>')
    steps = (step("a", desk="adjoint"), second, END)
    publish_for(world, "separate", drawing(START, *steps, flow("start>a a>b b>end")))


def test_duties_stay_separated_through_a_delegation(world: World) -> None:
    separated(world, "emitter", "a")
    delegate(world, "dgs", "secretariat")  # who deposits
    delegate(world, "dgs", "adjoint")  # who acts at the first step
    delegate(world, "dgs", "maire")
    folder = world.sent(circuit="separate")
    assert isinstance(world.act("adjoint", folder, Act.VISA), Acted)
    assert code(world.act("secretariat", folder, Act.VISA)) == "separation"
    assert code(world.act("adjoint", folder, Act.VISA)) == "separation"
    assert isinstance(world.act("maire", folder, Act.VISA), Acted)


def test_an_act_in_an_absence_counts_for_both_and_whoever_is_excluded_is_not_replaced(world: World) -> None:
    separated(world, "a")
    delegate(world, "adjoint", "dgs")  # the direction acts at the first step in the absence of the deputy
    delegate(world, "dgs", "maire")
    folder = world.sent(circuit="separate")
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
    assert code(world.act("dgs", folder, Act.VISA)) == "separation"
    assert code(world.act("maire", folder, Act.VISA)) == "separation"  # in the absence of who acted
    hand_to(world, "dgs", "adjoint")
    assert code(world.act("adjoint", folder, Act.VISA)) == "separation"  # who was away when it was given
    hand_to(world, "dgs", "secretariat")
    assert isinstance(world.act("secretariat", folder, Act.VISA), Acted)


def test_whoever_sends_a_folder_anew_is_its_emitter_too(world: World) -> None:
    separated(world, "emitter")
    hand_to(world, "secretariat", "dgs")  # who corrects and sends what the secretariat had deposited
    hand_to(world, "dgs", "maire")
    folder = world.sent(circuit="separate")
    assert isinstance(world.act("adjoint", folder, Act.REJECT, "Le montant est faux."), Acted)
    assert isinstance(do(world, recycle, "dgs", folder), Folder)
    sent = send_folder(
        world.database,
        world.store,
        world.library,
        tenant_id=world.tenant.id,
        account=world.accounts["dgs"],
        folder_id=folder.id,
        now=LATER,
    )
    assert isinstance(sent, Folder)
    assert isinstance(world.act("adjoint", folder, Act.VISA), Acted)
    assert code(world.act("dgs", folder, Act.VISA)) == "separation"
    hand_to(world, "dgs", "secretariat")
    assert code(world.act("secretariat", folder, Act.VISA)) == "separation"
    assert isinstance(world.act("maire", folder, Act.VISA), Acted)


def test_acts_that_fell_separate_nothing(world: World) -> None:
    second = step("b", desk="adjoint").replace("/>", ' parapheur:separation="a"/>')
    steps = (step("z", desk="maire"), step("a", desk="dgs"), second, END)
    publish_for(world, "fallen", drawing(START, *steps, flow("start>z z>a a>b b>end")))
    hand_to(world, "adjoint", "dgs")
    folder = world.sent(circuit="fallen")
    first = world.open_step(folder).id
    for who in ("maire", "dgs"):
        assert isinstance(world.act(who, folder, Act.VISA), Acted)
    assert code(world.act("dgs", folder, Act.VISA)) == "separation"
    do(world, return_in(world, first), "secretariat", folder, reason="À reprendre.", now=LATER)
    hand_to(world, "dgs", "maire")
    for _ in range(2):  # the second time the mayor gives the visa that the direction had given
        assert isinstance(world.act("maire", folder, Act.VISA), Acted)
    assert isinstance(world.act("dgs", folder, Act.VISA), Acted)
