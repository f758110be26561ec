"""A run moves to another version of its circuit when each of its tokens has a place there, and can go on from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.circuits import Circuit, Progress, advance, answer, compile_circuit, complete, open_steps, start
from engine.circuits.moving import Immovable, move
from tests.support.drawing import END, START, drawing, exclusive, flow, parallel, step

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def timed(name: str, host: str) -> str:
    return (
        f'<bpmn:boundaryEvent id="{name}" name="{name}" attachedToRef="{host}"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>P2D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )


def begun(circuit: Circuit, *acts: str) -> Progress:
    progress = start(circuit, {}, now=NOW)
    for element_id in acts:
        progress = done(circuit, progress.state, element_id)
    return progress


def done(circuit: Circuit, state: bytes, element_id: str, outcome: str = "approved") -> Progress:
    [token] = [item.token for item in open_steps(circuit, state) if item.element_id == element_id]
    return complete(circuit, state, token, outcome=outcome, by={}, variables={}, now=NOW)


LINE = compile_circuit(drawing(START, step("a"), step("b"), END, flow("start>a a>b b>end")))


def test_an_open_step_lands_on_the_element_of_the_same_id_and_goes_on_as_newly_drawn() -> None:
    renamed = step("b").replace("Étape b", "Accord du maire")
    new = compile_circuit(
        drawing(START, step("z"), step("a"), renamed, step("c"), END, flow("start>z z>a a>b b>c c>end"))
    )
    state = begun(LINE, "a").state
    moved = move(state, LINE, new)
    assert [(item.element_id, item.before, item.after) for item in moved.landings] == [
        ("b", "Étape b", "Accord du maire")
    ]
    assert [item.token for item in open_steps(new, moved.state)] == [item.token for item in open_steps(LINE, state)]
    after = done(new, moved.state, "b")
    assert [item.element_id for item in after.opened] == ["c"]
    assert done(new, after.state, "c").finished


def test_a_step_stays_with_the_desk_that_it_was_opened_for() -> None:
    new = compile_circuit(drawing(START, step("a", desk="maire"), END, flow("start>a a>end")))
    moved = move(begun(LINE).state, LINE, new)
    assert [item.desk for item in open_steps(new, moved.state)] == ["dgs"]


def test_a_timer_keeps_its_moment() -> None:
    def late(delay: str) -> Circuit:
        event = timed("late", "a").replace("P2D", delay)
        return compile_circuit(drawing(START, event, step("a"), step("b"), END, flow("start>a late>b a>end b>end")))

    old, new = late("P2D"), late("P9D")
    begins = begun(old)
    moved = move(begins.state, old, new)
    assert begins.next_due is not None
    assert [item.element_id for item in advance(new, moved.state, now=begins.next_due).opened] == ["b"]


def split(join: str, order: str = "a>j b>j") -> Circuit:
    return compile_circuit(
        drawing(START, parallel("p"), step("a"), step("b"), join, END, flow(f"start>p p>a p>b {order} j>end"))
    )


def test_what_waits_at_a_join_still_waits_there() -> None:
    old = split(parallel("j"))
    new = compile_circuit(
        drawing(START, parallel("p"), step("b"), step("a"), step("c"), parallel("j"), END,
                flow("start>p p>a p>b a>j b>j j>c c>end"))
    )  # fmt: skip
    moved = move(begun(old, "a").state, old, new)
    assert sorted(item.what for item in moved.landings) == ["jonction", "étape"]
    assert [item.element_id for item in done(new, moved.state, "b").opened] == ["c"]


def test_steps_inside_a_sub_process_and_a_called_circuit_land_inside() -> None:
    def holding(*inside: str, arrows: str) -> Circuit:
        inner = '<bpmn:startEvent id="i"/><bpmn:endEvent id="o"/>' + "".join(inside)
        sub = f'<bpmn:subProcess id="sub" name="sub">{inner}{flow(arrows).replace("flow-", "in-")}</bpmn:subProcess>'
        return compile_circuit(drawing(START, sub, END, flow("start>sub sub>end")))

    old = holding(step("a"), arrows="i>a a>o")
    new = holding(step("z"), step("a"), arrows="i>z z>a a>o")
    moved = move(begun(old).state, old, new)
    assert done(new, moved.state, "a").finished
    calling = drawing(START, '<bpmn:callActivity id="c" name="c" calledElement="line"/>', END, flow("start>c c>end"))
    longer = compile_circuit(drawing(START, step("a"), step("c"), END, flow("start>a a>c c>end")))
    before, after = compile_circuit(calling, {"line": LINE}), compile_circuit(calling, {"line": longer})
    moved = move(begun(before).state, before, after)
    assert [item.element_id for item in done(after, moved.state, "a").opened] == ["c"]


def test_instances_that_are_open_and_their_counters_move() -> None:
    old = compile_circuit(drawing(START, step("a", desk="dgs, maire"), END, flow("start>a a>end")))
    new = compile_circuit(drawing(START, step("a", desk="dgs, maire"), step("b"), END, flow("start>a a>b b>end")))
    progress = start(old, {}, now=NOW)
    first, second = progress.opened
    progress = complete(old, progress.state, first.token, outcome="approved", by={}, variables={}, now=NOW)
    moved = move(progress.state, old, new)
    after = complete(new, moved.state, second.token, outcome="approved", by={}, variables={}, now=NOW)
    assert [item.element_id for item in after.opened] == ["b"]


SERVICE = '<bpmn:serviceTask id="s" name="s" parapheur:service="{}"/>'


def test_work_that_was_asked_for_is_still_waited_for() -> None:
    old = compile_circuit(drawing(START, SERVICE.format("mail"), END, flow("start>s s>end")))
    new = compile_circuit(drawing(START, step("z"), SERVICE.format("mail"), END, flow("start>z z>s s>end")))
    progress = start(old, {}, now=NOW)
    moved = move(progress.state, old, new)
    assert answer(new, moved.state, progress.work[0].token, variables={}, now=NOW).finished


CHOICE = drawing(
    START, step("a"), step("b"), exclusive("x", "d"), END,
    flow('start>a a>b b>x x>end:d x>a:r:outcomes.a.outcome="rejected"'),
)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "acts", "new", "why"),
    [
        (LINE, ("a",), drawing(START, step("a"), END, flow("start>a a>end")), "n’existe plus"),
        (LINE, (), drawing(START, step("a", kind="signature"), END, flow("start>a a>end")), "plus du même genre"),
        (LINE, (), drawing(START, step("a", desk="dgs, maire"), END, flow("start>a a>end")), "à plusieurs"),
        (LINE, (), CHOICE, "outcomes"),
        (
            LINE, (),
            drawing(START, timed("late", "a"), step("a"), step("b"), END, flow("start>a late>b a>end b>end")),
            "« late », attendu par l’étape « Étape a », est nouveau",
        ),
        (
            compile_circuit(drawing(START, timed("late", "a"), step("a"), step("b"), END,
                                    flow("start>a late>b a>end b>end"))), (),
            drawing(START, step("a"), END, flow("start>a a>end")),
            "n’existe plus",
        ),
        (
            split(parallel("j")), (),
            drawing(START, step("a"), step("b"), END, flow("start>a a>b b>end")),
            "deux fois en même temps",
        ),
        (
            split(parallel("j")), ("a",),
            drawing(START, parallel("p"), step("a"), step("b"), step("c"), parallel("j"), END,
                    flow("start>p p>a p>b p>c a>j b>j c>j j>end")),
            "n’attend plus les mêmes branches",
        ),
        (
            LINE, (),
            drawing(START, parallel("p"), step("a"), step("b"), parallel("j"), END,
                    flow("start>p p>a p>b a>j b>j j>end")),
            "ne pourrait pas continuer",
        ),
        (
            compile_circuit(drawing(START, SERVICE.format("mail"), END, flow("start>s s>end"))), (),
            drawing(START, SERVICE.format("seal"), END, flow("start>s s>end")), "plus le même service",
        ),
    ],
)  # fmt: skip
def test_a_run_that_has_no_place_in_the_new_drawing_stays_and_says_why(
    old: Circuit, acts: tuple[str, ...], new: bytes, why: str
) -> None:
    with pytest.raises(Immovable, match=why):
        move(begun(old, *acts).state, old, compile_circuit(new))
