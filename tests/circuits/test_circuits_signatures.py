"""A document that changes after a signature: told when it is drawn, whatever the way."""

from __future__ import annotations

import pytest

from engine.circuits import Finding, Level, check_circuit, compile_circuit
from engine.circuits import signature_checks as checks
from engine.circuits.around import Around
from tests.support.drawing import END, START, drawing, exclusive, flow, parallel, step


def service(name: str, what: str) -> str:
    return f'<bpmn:serviceTask id="{name}" name="{name}" parapheur:service="{what}"/>'


def signature(name: str) -> str:
    return step(name, kind="signature")


def sub(name: str, *inside: str, arrows: str, repeated: bool = False) -> str:
    """A sub-process, from ``i`` to ``o``."""
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>" * repeated
    loop += "</bpmn:multiInstanceLoopCharacteristics>" * repeated
    ends = f'<bpmn:startEvent id="{name}i"/><bpmn:endEvent id="{name}o"/>'
    inner = flow(arrows).replace('id="flow-', f'id="{name}-')
    return f'<bpmn:subProcess id="{name}" name="{name}">{loop}{ends}{"".join(inside)}{inner}</bpmn:subProcess>'


def errors(bpmn: bytes, around: Around | None = None) -> list[Finding]:
    return [finding for finding in check_circuit(bpmn, around=around) if finding.level is Level.ERROR]


CONVERT = Around(services={"convert"}, rewriting={"convert"})


def test_a_service_that_rewrites_the_document_comes_before_the_first_signature() -> None:
    around = Around(services={"convert"}, rewriting={"convert"})
    after = drawing(START, step("a", kind="signature"), service("s", "convert"), END, flow("start>a a>s s>end"))
    [finding] = errors(after, around)
    assert finding.element_id == "s"
    assert "déjà signé" in finding.sentence
    before = drawing(START, service("s", "convert"), step("a", kind="signature"), END, flow("start>s s>a a>end"))
    assert errors(before, around) == []


def test_the_loop_of_a_sub_process_may_bring_a_service_after_a_signature() -> None:
    inside = "".join(
        [
            '<bpmn:startEvent id="i"/><bpmn:endEvent id="o"/>', service("s", "convert"), step("a", kind="signature"),
            flow("i>s s>a a>o").replace('id="flow-', 'id="in-'),
        ]
    )  # fmt: skip
    sub = f'<bpmn:subProcess id="sub" name="sub">{inside}</bpmn:subProcess>'
    around = Around(rewriting={"convert"})
    looped = drawing(
        START, exclusive("m", None), sub, exclusive("x", "d"), END,
        flow('start>m m>sub sub>x x>end:d x>m:r:outcome="rejected"'),
    )  # fmt: skip
    assert [finding.element_id for finding in errors(looped, around)] == ["s"]
    assert errors(drawing(START, sub, END, flow("start>sub sub>end")), around) == []


def beside(one: str, other: str) -> bytes:
    """Two branches."""
    return drawing(
        START, parallel("fork"), parallel("join"), one, other, END,
        flow("start>fork fork>a fork>s a>join s>join join>end"),
    )  # fmt: skip


def test_a_branch_may_rewrite_what_another_signs() -> None:
    [finding] = errors(beside(signature("a"), service("s", "convert")), CONVERT)
    assert finding.element_id == "s"
    assert "pendant qu’une autre branche le signe" in finding.sentence
    assert errors(beside(step("a"), service("s", "convert")), CONVERT) == []


def test_branches_are_told_through_the_sub_processes_that_hold_them() -> None:
    signs = sub("a", signature("x"), arrows="ai>x x>ao")
    rewrites = sub("s", service("y", "convert"), arrows="si>y y>so")
    assert [finding.element_id for finding in errors(beside(signs, rewrites), CONVERT)] == ["y"]


def test_ways_that_exclude_each_other_never_meet() -> None:
    bpmn = drawing(
        START, step("v"), exclusive("x", "d"), signature("a"), service("s", "convert"), END,
        flow('start>v v>x x>a:d x>s:r:outcome="rejected" a>end s>end'),
    )  # fmt: skip
    assert errors(bpmn, CONVERT) == []


def test_a_reminder_that_does_not_interrupt_a_signature_may_rewrite_meanwhile() -> None:
    late = (
        '<bpmn:boundaryEvent id="late" attachedToRef="a" cancelActivity="false"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )
    bpmn = drawing(
        START, signature("a"), late, service("s", "convert"), '<bpmn:endEvent id="other"/>', END,
        flow("start>a a>end late>s s>other"),
    )  # fmt: skip
    assert [finding.element_id for finding in errors(bpmn, CONVERT)] == ["s"]


def test_one_instance_may_sign_before_another_rewrites() -> None:
    inside = (service("s", "convert"), signature("a"))
    once = drawing(START, sub("q", *inside, arrows="qi>s s>a a>qo"), END, flow("start>q q>end"))
    twice = drawing(START, sub("q", *inside, arrows="qi>s s>a a>qo", repeated=True), END, flow("start>q q>end"))
    assert errors(once, CONVERT) == []
    assert [finding.element_id for finding in errors(twice, CONVERT)] == ["s"]


def test_circuits_that_are_called_sign_and_rewrite_too() -> None:
    signing = compile_circuit(drawing(START, signature("a"), END, flow("start>a a>end")))
    rewriting = compile_circuit(drawing(START, service("s", "convert"), END, flow("start>s s>end")))
    around = Around({"signer": signing, "convertir": rewriting}, rewriting={"convert"})

    def calls(*names: str) -> bytes:
        called = [f'<bpmn:callActivity id="c{place}" calledElement="{name}"/>' for place, name in enumerate(names)]
        return drawing(START, *called, END, flow("start>c0 c0>c1 c1>end"))

    assert [finding.element_id for finding in errors(calls("signer", "convertir"), around)] == ["c1"]
    assert errors(calls("convertir", "signer"), around) == []


def test_too_many_branches_are_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    def spent(*_given: object) -> None:
        raise checks.Spent

    monkeypatch.setattr(checks, "resting", spent)
    found = check_circuit(beside(signature("a"), service("s", "convert")), around=CONVERT)
    assert [(finding.level, finding.element_id) for finding in found] == [(Level.WARNING, "s")]
    assert found[0].sentence.startswith("Non prouvé")
