"""Drawings made at random, of every kind of element: told, asked or refused, never lost and never a crash."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.circuits import Level, check_circuit, compile_circuit
from tests.imports.answering import carried_through, lost, unsaid

EVENTS = (
    "timer", "message", "signal", "error", "escalation", "link", "cancel", "compensate", "conditional", "terminate",
)  # fmt: skip
KINDS = (
    "startEvent", "endEvent", "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask",
    "businessRuleTask", "callActivity", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
    "complexGateway", "intermediateCatchEvent", "intermediateThrowEvent", "subProcess", "transaction",
    "adHocSubProcess", "dataObject", "dataObjectReference", "textAnnotation", "group", "choreographyTask",
)  # fmt: skip
CONDITIONS = ("", "${a > 1}", "${b.c()}", "=a = 1", "a > 1", "selon le cas", "${!ok}", "true")
LOOPS = (
    "",
    "<multiInstanceLoopCharacteristics/>",
    "<multiInstanceLoopCharacteristics c:collection='noms' c:elementVariable='nom'/>",
    "<multiInstanceLoopCharacteristics><loopCardinality>${n}</loopCardinality></multiInstanceLoopCharacteristics>",
    "<standardLoopCharacteristics/>",
    "<standardLoopCharacteristics testBefore='true'><loopCondition>a &lt;"
    " 3</loopCondition></standardLoopCharacteristics>",
)
ATTRIBUTES = ("", "c:assignee='${initiator}'", "c:candidateGroups='a, b'", "c:topic='t'", "v:shape='12'", "name='Oui'")


@st.composite
def elements(draw: st.DrawFn, depth: int, names: list[str]) -> str:
    made = []
    here = []
    for _ in range(draw(st.integers(0, 5 if depth else 8))):
        kind = draw(st.sampled_from(KINDS))
        name = f"n{len(names)}"
        names.append(name)
        here.append(name)
        inner = draw(_inside(kind, depth, names))
        shown = draw(st.sampled_from(ATTRIBUTES))
        made.append(f"<{kind} id='{name}' {shown}>{inner}</{kind}>")
        if draw(st.integers(0, 6)) == 0:
            edge = f"n{len(names)}"
            names.append(edge)
            here.append(edge)
            event = draw(st.sampled_from(EVENTS))
            made.append(f"<boundaryEvent id='{edge}' attachedToRef='{name}'><{event}EventDefinition/></boundaryEvent>")
    ends = [*here, "nulle-part"] if here else ["nulle-part"]
    for number in range(draw(st.integers(0, 10))):
        condition = draw(st.sampled_from(CONDITIONS))
        written = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
        source, target = draw(st.sampled_from(ends)), draw(st.sampled_from(ends))
        word = draw(st.sampled_from(("", "name='Oui'", "name='Non'", "name='Autre'")))
        made.append(
            f"<sequenceFlow id='f{depth}{len(names)}{number}' {word} sourceRef='{source}' targetRef='{target}'>"
            f"{written}</sequenceFlow>"
        )
    return "".join(made)


def _inside(kind: str, depth: int, names: list[str]) -> st.SearchStrategy[str]:
    if kind.endswith("Event"):
        return st.sampled_from(("", *(f"<{event}EventDefinition/>" for event in EVENTS)))
    if kind in {"subProcess", "transaction", "adHocSubProcess"} and depth < 2:
        return elements(depth + 1, names)
    if kind.endswith("ask") or kind == "callActivity":
        return st.sampled_from(LOOPS)
    return st.just("")


@st.composite
def drawings(draw: st.DrawFn) -> bytes:
    body = draw(elements(0, []))
    executable = draw(st.sampled_from(("", "isExecutable='true'", "isExecutable='false'")))
    return (
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:c='http://camunda.org/schema/1.0/bpmn'"
        " xmlns:v='http://schemas.microsoft.com/visio' targetNamespace='t'>"
        f"<process id='p' {executable}>{body}</process></definitions>"
    ).encode()


def told(data: bytes) -> Any:
    imported = carried_through(data)
    if imported.bpmn is None:
        assert any(finding.level is Level.ERROR for finding in imported.findings)
        return imported
    assert unsaid(data, imported) == []
    assert lost(data, imported) == []
    if not any(finding.level is Level.ERROR for finding in imported.findings):
        assert not any(finding.level is Level.ERROR for finding in check_circuit(imported.bpmn))
        if b"callActivity" not in imported.bpmn:
            compile_circuit(imported.bpmn)
    return imported


_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=40, deadline=None, suppress_health_check=_SLOW)
@given(drawings())
def test_whatever_is_drawn_is_told_asked_or_refused(data: bytes) -> None:
    told(data)


def test_an_event_on_the_edge_of_what_is_no_activity_is_told() -> None:
    """Nothing of its sub-process can be laid out."""
    told(
        b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='t'><process id='p'>"
        b"<subProcess id='a'><dataObject id='b'/><boundaryEvent id='c' attachedToRef='b'><timerEventDefinition/>"
        b"</boundaryEvent></subProcess></process></definitions>"
    )


@pytest.mark.long
@settings(max_examples=1_000, deadline=None, suppress_health_check=_SLOW)
@given(drawings())
def test_whatever_is_drawn_is_told_asked_or_refused_many_times(data: bytes) -> None:
    told(data)
