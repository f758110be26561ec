"""Each kind of element does what docs/circuits.md says, state stored and read again at every act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.circuits import (
    Circuit,
    CircuitRefused,
    CircuitStuck,
    Progress,
    advance,
    answer,
    compile_circuit,
    complete,
    deliver,
    open_steps,
    open_work,
    start,
    variables_of,
)
from tests.support.drawing import END, START, drawing, exclusive, flow, parallel, step

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
IN = '<bpmn:startEvent id="in"/>'


class Run:
    """A run played by hand, time moved by hand."""

    def __init__(self, bpmn: bytes, called: dict[str, Circuit] | None = None, **variables: object) -> None:
        self.circuit = compile_circuit(bpmn, called)
        self.now = NOW
        self.progress = start(self.circuit, variables, now=self.now)

    @property
    def waiting(self) -> list[str]:
        if self.progress.finished:
            return []
        return sorted(item.element_id for item in open_steps(self.circuit, self.progress.state))

    def act(self, element_id: str, outcome: str = "approved", instance: int | None = None, **fills: Any) -> Progress:
        found = [
            item
            for item in open_steps(self.circuit, self.progress.state)
            if item.element_id == element_id and instance in {None, item.index}
        ]
        self.progress = complete(
            self.circuit, self.progress.state, found[0].token, outcome=outcome, by={}, variables=fills, now=self.now
        )
        return self.progress

    def answer(self, error: str | None = None, **variables: object) -> Progress:
        [work] = open_work(self.circuit, self.progress.state)
        self.progress = answer(
            self.circuit, self.progress.state, work.token, variables=variables, error=error, now=self.now
        )
        return self.progress

    def message(self, name: str, key: str = "", **variables: object) -> bool:
        found = deliver(self.circuit, self.progress.state, message=name, key=key, variables=variables, now=self.now)
        self.progress = found or self.progress
        return found is not None

    def later(self, **time: float) -> Progress:
        self.now += timedelta(**time)
        self.progress = advance(self.circuit, self.progress.state, now=self.now)
        return self.progress


def inclusive(name: str, default: str = "") -> str:
    chosen = f' default="{name}-{default}"' if default else ""
    return f'<bpmn:inclusiveGateway id="{name}"{chosen}/>'


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def boundary(name: str, on: str, definition: str, *, interrupting: bool = True) -> str:
    cancel = "true" if interrupting else "false"
    words = f'id="{name}" attachedToRef="{on}" cancelActivity="{cancel}"'
    return f"<bpmn:boundaryEvent {words}>{definition}</bpmn:boundaryEvent>"


def catch(name: str, definition: str, attributes: str = "") -> str:
    return f'<bpmn:intermediateCatchEvent id="{name}" {attributes}>{definition}</bpmn:intermediateCatchEvent>'


def throw(name: str, definition: str) -> str:
    return f'<bpmn:intermediateThrowEvent id="{name}">{definition}</bpmn:intermediateThrowEvent>'


def end(name: str, definition: str = "") -> str:
    return f'<bpmn:endEvent id="{name}">{definition}</bpmn:endEvent>'


def inside(name: str, *elements: str, more: str = "") -> str:
    return f'<bpmn:subProcess id="{name}">{more}{"".join(elements)}</bpmn:subProcess>'


def many(name: str, loop: str, **attributes: str) -> str:
    words = " ".join(f'parapheur:{key}="{value}"' for key, value in {"desk": "dgs", **attributes}.items())
    return f'<bpmn:userTask id="{name}" name="{name}" {words}>{loop}</bpmn:userTask>'


def instances(collection: str = "members", *, condition: str = "", sequential: bool = False, outputs: str = "") -> str:
    inner = f"<bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>{outputs}"
    inner += '<bpmn:inputDataItem id="i" name="member"/>'
    inner += f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    word = ' isSequential="true"' if sequential else ""
    return f"<bpmn:multiInstanceLoopCharacteristics{word}>{inner}</bpmn:multiInstanceLoopCharacteristics>"


def test_an_inclusive_join_in_a_loop_waits_for_every_branch_of_each_round() -> None:
    run = Run(
        drawing(
            START, exclusive("again", None), inclusive("split", "c"), step("a"), step("b"), step("c"),
            inclusive("join"), step("d"), exclusive("x", "yes"), END,
            flow(
                "start>again again>split split>a:a:n&gt;0 split>b:b:n&gt;1 split>c:c a>join b>join c>join"
                ' join>d d>x x>end:yes x>again:no:outcome="refer_back"'.replace("&gt;", ">")
            ),
        ),
        n=2,
    )  # fmt: skip
    for _ in range(4):
        assert run.waiting == ["a", "b"]
        run.act("a")
        assert run.waiting == ["b"]
        run.act("b")
        assert run.waiting == ["d"]
        run.act("d", "refer_back")
    run.act("b")
    run.act("a", n=0)
    run.act("d", "refer_back")
    assert run.waiting == ["c"]
    run.act("c")
    assert run.act("d").finished


def test_a_folder_sent_back_two_thousand_times_is_still_right_and_as_small() -> None:
    run = Run(
        drawing(
            START, exclusive("again", None), step("a"), step("b"), exclusive("x", "yes"), END,
            flow('start>again again>a a>b b>x x>end:yes x>again:no:outcome="refer_back"'),
        )
    )  # fmt: skip
    run.act("a")
    size = len(run.progress.state)
    for _ in range(2_000):
        run.act("b", "refer_back")
        assert run.waiting == ["a"]
        run.act("a")
    assert run.waiting == ["b"]
    assert len(run.progress.state) <= size + 30
    assert run.act("b").finished


def test_links_signals_and_messages_reach_those_who_wait() -> None:
    run = Run(
        drawing(
            START, parallel("p"), step("a"), throw("tell", '<bpmn:signalEventDefinition signalRef="told"/>'),
            catch("hear", '<bpmn:signalEventDefinition signalRef="told"/>'), step("b"),
            catch("receipt", '<bpmn:messageEventDefinition messageRef="paid"/>', 'parapheur:correlation="order"'),
            throw("away", '<bpmn:linkEventDefinition name="page 2"/>'),
            catch("back", '<bpmn:linkEventDefinition name="page 2"/>'), step("c"), parallel("j"), END,
            flow("start>p p>a p>hear p>receipt a>tell tell>away back>c c>j hear>b b>j receipt>j j>end"),
        ),
        order="BC-12",
    )  # fmt: skip
    assert [(item.message, item.key) for item in run.progress.awaited] == [("paid", "BC-12")]
    assert run.waiting == ["a"]
    run.act("a")
    assert run.waiting == ["b", "c"]
    assert not run.message("paid", "BC-13")
    assert run.message("paid", "BC-12", receipt="R1")
    assert variables_of(run.circuit, run.progress.state)["receipt"] == "R1"
    assert run.progress.awaited == ()
    run.act("b")
    assert run.act("c").finished


def test_timers_remind_then_take_the_step_away() -> None:
    run = Run(
        drawing(
            START, step("a"), boundary("remind", "a", timer("R3/P1D", "timeCycle"), interrupting=False),
            throw("reminded", '<bpmn:messageEventDefinition messageRef="reminder"/>').replace(
                'id="reminded"', 'id="reminded" parapheur:service="notify"'
            ), end("told"),
            boundary("late", "a", timer("P5D")), step("superior", desk="maire"), END,
            flow("start>a a>end remind>reminded reminded>told late>superior superior>end"),
        )
    )  # fmt: skip
    assert run.progress.next_due == NOW + timedelta(days=1)
    for day in (1, 2, 3):
        progress = run.later(days=1)
        assert [item.name for item in progress.thrown] == ["reminder"]
        assert run.waiting == ["a"]
        assert progress.next_due == NOW + timedelta(days=day + 1 if day < 3 else 5)
    [asked] = [item.token for item in open_steps(run.circuit, run.progress.state)]
    progress = run.later(days=2)
    assert (run.waiting, progress.closed) == (["superior"], (asked,))
    assert run.act("superior").finished


def test_timers_missed_while_nobody_looked_all_happen_in_their_order() -> None:
    run = Run(
        drawing(
            START, step("a"), boundary("remind", "a", timer("R3/P1D", "timeCycle"), interrupting=False),
            throw("reminded", '<bpmn:messageEventDefinition messageRef="reminder"/>').replace(
                'id="reminded"', 'id="reminded" parapheur:service="notify"'
            ), end("told"),
            END, flow("start>a a>end remind>reminded reminded>told"),
        )
    )  # fmt: skip
    assert len(run.later(days=10).thrown) == 3
    assert run.progress.next_due is None


def test_the_first_of_several_events_takes_the_token() -> None:
    def run() -> Run:
        return Run(
            drawing(
                START, '<bpmn:eventBasedGateway id="first"/>', catch("late", timer("P2D")),
                catch("paid", '<bpmn:messageEventDefinition messageRef="paid"/>'), step("a"), step("b"), END,
                flow("start>first first>late first>paid late>a paid>b a>end b>end"),
            )
        )  # fmt: skip

    one = run()
    assert one.message("paid")
    assert (one.waiting, one.progress.next_due, one.progress.awaited) == (["b"], None, ())
    other = run()
    other.later(days=2)
    assert (other.waiting, other.progress.awaited) == (["a"], ())
    assert not other.message("paid")


def refusal_in_sub_process() -> bytes:
    return drawing(
        START, exclusive("again", None),
        inside(
            "visas",
            IN, parallel("p"), step("a"), step("b"), exclusive("xa", "ok"), exclusive("xb", "ok"),
            parallel("j"), end("out"), end("no", '<bpmn:errorEventDefinition errorRef="refused"/>'),
            flow('in>p p>a p>b a>xa b>xb xa>j:ok xb>j:ok xa>no:no:outcome="rejected" xb>no:no:outcome="rejected" j>out')
            .replace("flow-", "inner-"),
        ),
        boundary("refusal", "visas", '<bpmn:errorEventDefinition errorRef="refused"/>'),
        step("correct", desk="emitter"), step("sign", kind="signature", desk="maire"), END,
        flow("start>again again>visas visas>sign sign>end refusal>correct correct>again"),
    )  # fmt: skip


def test_a_refusal_among_parallel_visas_withdraws_the_siblings_and_begins_a_clean_round() -> None:
    run = Run(refusal_in_sub_process())
    assert run.waiting == ["a", "b"]
    [sibling] = [item.token for item in open_steps(run.circuit, run.progress.state) if item.element_id == "b"]
    progress = run.act("a", "rejected")
    assert (run.waiting, progress.closed) == (["correct"], (sibling,))
    run.act("correct")
    assert run.waiting == ["a", "b"]
    run.act("b")
    assert run.waiting == ["a"]
    run.act("a")
    assert run.waiting == ["sign"]


@pytest.mark.parametrize(
    ("mode", "outcomes", "end"),
    [
        ("all", ["approved", "approved", "approved"], "end"),
        ("all", ["approved", "rejected"], "rejected"),
        ("one", ["approved"], "end"),
        ("one", ["rejected"], "rejected"),
        ("2", ["approved", "rejected", "approved"], "end"),
        ("2", ["rejected", "rejected"], "rejected"),
    ],
)
def test_several_desks_act_all_or_one_or_n_of_them(mode: str, outcomes: list[str], end: str) -> None:
    run = Run(
        drawing(START, many("a", "", desk="dgs, maire, adjoint", mode=mode), END, flow("start>a a>end")),
    )
    assert [(item.desk, item.index) for item in run.progress.opened] == [("dgs", 1), ("maire", 2), ("adjoint", 3)]
    for index, outcome in enumerate(outcomes[:-1], start=1):
        assert not run.act("a", outcome, index).finished
    progress = run.act("a", outcomes[-1], len(outcomes))
    assert (progress.finished, progress.result) == (True, None if end == "end" else "rejected")
    assert len(progress.closed) == 3 - len(outcomes)


def test_sixty_nine_members_with_a_quorum_and_what_each_answered() -> None:
    outputs = '<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef><bpmn:outputDataItem id="o" name="answer"/>'
    run = Run(
        drawing(
            START, many("ack", instances(condition="numberOfCompletedInstances >= 35", outputs=outputs),
            desk="=member"), step("done"), END, flow("start>ack ack>done done>end"),
        ),
        members=[f"membre-{number}" for number in range(69)],
    )  # fmt: skip
    assert [item.desk for item in run.progress.opened][:2] == ["membre-0", "membre-1"]
    assert len(run.progress.state) < 8_000
    for index in range(1, 36):
        run.act("ack", "approved", index, answer=f"oui {index}")
    assert run.waiting == ["done"]
    assert len(run.progress.closed) == 34
    answers = variables_of(run.circuit, run.progress.state)["answers"]
    assert (len(answers), answers[0], answers[-1]) == (69, "oui 1", None)


def test_a_sequence_of_desks_is_asked_one_after_the_other() -> None:
    run = Run(
        drawing(
            START, many("up", instances("hierarchy", sequential=True), desk="=member"), END, flow("start>up up>end")
        ),
        hierarchy=["chef", "dgs", "maire"],
    )
    for desk in ("chef", "dgs", "maire"):
        assert [item.desk for item in open_steps(run.circuit, run.progress.state)] == [desk]
        run.act("up")
    assert run.progress.finished


def test_an_empty_list_is_passed_at_once() -> None:
    bpmn = drawing(START, many("a", instances()), step("b"), END, flow("start>a a>b b>end"))
    assert Run(bpmn, members=[]).waiting == ["b"]
    with pytest.raises(CircuitStuck, match="pas une liste"):
        Run(bpmn, members="dgs")


def test_work_is_asked_answered_and_its_error_caught() -> None:
    bpmn = drawing(
        START, '<bpmn:serviceTask id="seal" parapheur:service="seal" parapheur:input="{ title: title }"/>',
        boundary("failed", "seal", '<bpmn:errorEventDefinition errorRef="no place"/>'), step("by-hand"), END,
        flow("start>seal seal>end failed>by-hand by-hand>end"),
    )  # fmt: skip
    run = Run(bpmn, title="Délibération")
    [work] = run.progress.work
    assert (work.service, work.input) == ("seal", {"title": "Délibération"})
    assert run.answer(sealed=True).finished
    failed = Run(bpmn, title="x")
    failed.answer("no place")
    assert failed.waiting == ["by-hand"]
    uncaught = Run(bpmn, title="x")
    assert uncaught.answer("other").result == "rejected"


def test_a_circuit_calls_another_and_takes_what_it_wrote() -> None:
    called = compile_circuit(drawing(START, step("visa"), END, flow("start>visa visa>end")))
    bpmn = drawing(
        START, '<bpmn:callActivity id="sub" calledElement="visa-simple"/>', exclusive("x", "no"), step("a"), END,
        flow('start>sub sub>x x>a:yes:amount>10 x>end:no a>end'),
    )  # fmt: skip
    with pytest.raises(CircuitRefused, match="visa-simple"):
        compile_circuit(bpmn, {})
    run = Run(bpmn, {"visa-simple": called}, amount=1)
    [opened] = run.progress.opened
    assert (opened.element_id, opened.path) == ("visa", "sub")
    assert run.circuit.at(opened.path).step(opened.element_id).desk == "dgs"
    run.act("visa", amount=11)
    assert run.waiting == ["a"]
    refused = Run(bpmn, {"visa-simple": called}, amount=1)
    assert refused.act("visa", "rejected").result == "rejected"


@pytest.mark.parametrize("stop", [False, True])
def test_escalation_goes_up_without_stopping_and_terminate_stops_its_scope(stop: bool) -> None:
    run = Run(
        drawing(
            START,
            inside(
                "work", IN, parallel("p"), step("a"), step("b"),
                throw("up", '<bpmn:escalationEventDefinition escalationRef="late"/>'), step("c"), parallel("j"),
                end("stop", "<bpmn:terminateEventDefinition/>"), end("out"), exclusive("x", "go"),
                flow('in>p p>a p>b a>up up>x x>c:go x>stop:halt:stop=true c>j b>j j>out').replace("flow-", "inner-"),
            ),
            boundary("told", "work", '<bpmn:escalationEventDefinition escalationRef="late"/>', interrupting=False),
            step("chief"), end("seen"), step("after"), END,
            flow("start>work work>after after>end told>chief chief>seen"),
        ),
        stop=stop,
    )  # fmt: skip
    [sibling] = [item.token for item in open_steps(run.circuit, run.progress.state) if item.element_id == "b"]
    progress = run.act("a")
    if stop:
        assert (run.waiting, progress.closed) == (["after", "chief"], (sibling,))
        return
    assert run.waiting == ["b", "c", "chief"]
    run.act("c")
    run.act("b")
    assert run.waiting == ["after", "chief"]
