"""Every element and attribute that BPMN 2.0 knows, from its description by the makers of bpmn-js: none is passed over.

Each is written with a value that means something else than its absence, alone in a small drawing; the import must keep
it, translate it or name it, and the check must read it or name it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.circuits import Level, check_circuit
from engine.circuits.around import Around
from engine.circuits.importing import remainder
from engine.circuits.reading import read_drawing
from engine.circuits.unread import OWN
from engine.circuits.xml import read_xml, tag
from tests.imports.answering import carried_through, lost, unsaid

ROOT = Path(__file__).parents[2]
DESCRIPTION = json.loads((ROOT / "node_modules/bpmn-moddle/resources/bpmn/json/bpmn.json").read_text())
TYPES: dict[str, Any] = {each["name"]: each for each in DESCRIPTION["types"]}
LITERALS = {each["name"]: [item["name"] for item in each["literalValues"]] for each in DESCRIPTION["enumerations"]}
#: Elements through which tokens pass, and how each stands between a start and an end.
NODES = [
    "StartEvent", "EndEvent", "IntermediateCatchEvent", "IntermediateThrowEvent", "Task", "UserTask", "ManualTask",
    "ServiceTask", "SendTask", "ReceiveTask", "ScriptTask", "BusinessRuleTask", "CallActivity", "SubProcess",
    "Transaction", "AdHocSubProcess", "ExclusiveGateway", "ParallelGateway", "InclusiveGateway", "ComplexGateway",
    "EventBasedGateway",
]  # fmt: skip
#: What stands beside them in a process.
BESIDE = ["DataObject", "DataObjectReference", "DataStoreReference", "TextAnnotation", "Group", "Association"]
#: Attributes that say where an element stands, which the drawing of these tests gives.
STANDING = {"id", "name", "sourceRef", "targetRef", "attachedToRef", "default", "isExecutable"}
#: What is run as docs/circuits.md says, or speaks to people only: the check has nothing to say of it.
RUN = {
    "cancelActivity", "isSequential", "calledElement", "loopCardinality", "loopDataInputRef", "loopDataOutputRef",
    "inputDataItem", "outputDataItem", "completionCondition", "conditionExpression",
}  # fmt: skip
FOR_PEOPLE = {
    "gatewayDirection", "textFormat", "isImmediate", "processType", "isClosed", "categoryValueRef", "isInterrupting",
    "associationDirection", "documentation", "laneSet", "text",
}  # fmt: skip


@cache
def properties(name: str) -> dict[str, Any]:
    """The properties of a type, inherited ones included."""
    known = TYPES.get(name, {})
    inherited = {key: value for above in known.get("superClass", []) for key, value in properties(above).items()}
    return inherited | {each["name"]: each for each in known.get("properties", [])}


def attributes(name: str) -> dict[str, str]:
    """Each attribute of a type, with a value that is not its usual one."""
    found = {}
    for key, each in properties(name).items():
        if each.get("isAttr") and key not in STANDING:
            usual = each.get("default")
            if each["type"] in LITERALS:
                value = next(word for word in LITERALS[each["type"]] if word != usual)
            elif each["type"] == "Boolean":
                value = "false" if usual is True else "true"
            else:
                value = "7" if each["type"] == "Integer" else f"valeur-{key}"
            found[key] = value
    return found


def children(name: str) -> Iterator[tuple[str, str]]:
    """Elements that a type may hold: how the file calls them, and their type."""
    for key, each in properties(name).items():
        if each.get("isAttr") or each.get("isVirtual") or key in {"incoming", "outgoing", "extensionElements"}:
            continue
        kind = each["type"]
        if kind in {"FlowElement", "Artifact", "LaneSet", "LoopCharacteristics", "EventDefinition"} or ":" in kind:
            continue
        named = key if each.get("isReference") or _as_property(each) else kind[0].lower() + kind[1:]
        yield named, kind


def _as_property(each: Any) -> bool:
    return each.get("xml", {}).get("serialize") in {"property", "xsi:type"} or each["type"] in {"Expression", "String"}


def written(name: str, tag: str, extra: str = "", inside: str = "") -> str:
    return f'<{tag} id="it" name="Chose" {extra}>{inside}</{tag}>'


def drawn(name: str, extra: str = "", inside: str = "") -> bytes:
    """A drawing with one element of a type, with these attributes and children."""
    tag = name[0].lower() + name[1:]
    if name in BESIDE:
        ends = 'sourceRef="a" targetRef="start"' if name == "Association" else ""
        body = _line(["start", "a", "end"]) + f'<{tag} id="it" {ends} {extra}>{inside}</{tag}>'
    elif name == "SequenceFlow":
        body = (
            _line(["start", "a"])
            + f'<endEvent id="end"/><sequenceFlow id="it" sourceRef="a" targetRef="end" {extra}>{inside}</sequenceFlow>'
        )
    elif name == "BoundaryEvent":
        event = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
        body = _line(["start", "a", "end"]) + (
            f'<boundaryEvent id="it" attachedToRef="a" {extra}>{inside}{event}</boundaryEvent>'
            '<sequenceFlow id="fb" sourceRef="it" targetRef="end"/>'
        )
    elif name == "MultiInstanceLoopCharacteristics":
        loop = f'<{tag} id="it" {extra}><loopCardinality>2</loopCardinality>{inside}</{tag}>'
        body = _line(["start", "a", "end"], {"a": loop})
    elif name == "Process":
        return _file(_line(["start", "a", "end"]) + inside, extra)
    else:
        body = _around(name, tag, extra, inside)
    return _file(body)


def _around(name: str, tag: str, extra: str, inside: str) -> str:
    """One element in the line of the drawing, or at one of its ends."""
    if name in {"SubProcess", "Transaction"}:
        inside += '<startEvent id="s1"/><endEvent id="e1"/><sequenceFlow id="f9" sourceRef="s1" targetRef="e1"/>'
    if name == "AdHocSubProcess":
        inside += '<userTask id="u1" name="Une"/>'
    if name == "IntermediateCatchEvent":
        inside += "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
    names = {"StartEvent": ["it", "a", "end"], "EndEvent": ["start", "a", "it"]}.get(name, ["start", "it", "end"])
    follows = ""
    if name == "EventBasedGateway":
        names = ["start", "it", "wait", "end"]
        follows = (
            '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>P1D</timeDuration>'
            "</timerEventDefinition></intermediateCatchEvent>"
        )
    return _line(names, {"it": written(name, tag, extra, inside)}, whole=True) + follows


def _line(names: list[str], inside: dict[str, str] | None = None, *, whole: bool = False) -> str:
    inside = inside or {}
    body = ""
    for name in names:
        if whole and name in inside:
            body += inside[name]
        elif name != "wait":
            kind = {"start": "startEvent", "end": "endEvent"}.get(name, "userTask")
            body += f'<{kind} id="{name}" name="{name}">{inside.get(name, "")}</{kind}>'
    arrows = pairwise(names)
    return body + "".join(
        f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(arrows)
    )


def _file(body: str, extra: str = "") -> bytes:
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">'
        f'<process id="p" isExecutable="true" {extra}>{body}</process></definitions>'
    ).encode()


KINDS = [*NODES, *BESIDE, "BoundaryEvent", "SequenceFlow", "MultiInstanceLoopCharacteristics", "Process"]
#: By type: each attribute, as it is written; each element inside, as it is written.
CASES = {name: [(key, f'{key}="{value}"') for key, value in attributes(name).items()] for name in KINDS}
HELD = {
    name: [
        (tag, f'<{tag} id="held">{"valeur tenue" if kind in {"Expression", "String"} else ""}</{tag}>')
        for tag, kind in children(name)
    ]
    for name in KINDS
}
#: Elements that do not run here: the whole of each is refused or said to have no effect.
REFUSED = {"Task", "SendTask", "ReceiveTask", "ScriptTask", "Transaction", "AdHocSubProcess", "ComplexGateway"}
NO_EFFECT = {"DataObject", "DataObjectReference", "DataStoreReference"}
SAID_AS = {"triggeredByEvent": "déclenché par un évènement"}


def test_the_description_was_really_read() -> None:
    assert sum(map(len, CASES.values())) > 80
    assert sum(map(len, HELD.values())) > 150
    assert ("startQuantity", 'startQuantity="7"') in CASES["UserTask"]
    assert ("cancelActivity", 'cancelActivity="false"') in CASES["BoundaryEvent"]


@pytest.mark.parametrize("name", KINDS)
def test_each_attribute_and_each_element_inside_is_kept_translated_or_told(name: str) -> None:
    for data in (
        *(drawn(name, extra) for _, extra in CASES[name]),
        *(drawn(name, inside=each) for _, each in HELD[name]),
    ):
        imported = carried_through(data)
        assert imported.bpmn is not None
        assert (unsaid(data, imported), lost(data, imported)) == ([], []), data


def test_without_its_last_word_the_import_would_drop_some_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judges of these tests see what is missing."""
    monkeypatch.setattr(remainder, "tell_remainder", lambda *_given: None)
    missed = set()
    for name, key, extra in ((name, *case) for name, cases in CASES.items() for case in cases):
        data = drawn(name, extra)
        if lost(data, carried_through(data)):
            missed.add(key)
    assert {"implementation", "operationRef", "behavior", "scriptFormat"} <= missed


@pytest.mark.parametrize("name", KINDS)
def test_each_is_run_as_drawn_or_spoken_of_by_the_check(name: str) -> None:
    alone = [*((key, drawn(name, extra)) for key, extra in CASES[name]),
             *((tag, drawn(name, inside=inside)) for tag, inside in HELD[name])]  # fmt: skip
    for what, data in alone:
        if what in RUN | FOR_PEOPLE:
            continue
        found = check_circuit(data, around=Around(desks={"dgs"}))
        if name in REFUSED:
            assert any(each.level is Level.ERROR and each.element_id == "it" for each in found), data
        elif name in NO_EFFECT:
            assert any(each.element_id == "it" for each in found), data
        else:
            word = SAID_AS.get(what, what)
            assert any(word in each.sentence for each in found), (what, [each.sentence for each in found])


@pytest.mark.parametrize("name", ["startQuantity", "completionQuantity"])
def test_what_would_change_how_tokens_move_is_refused(name: str) -> None:
    [finding] = [each for each in check_circuit(drawn("UserTask", f'{name}="2"')) if name in each.sentence]
    assert (finding.level, finding.element_id) == (Level.ERROR, "it")
    assert not [each for each in check_circuit(drawn("UserTask", f'{name}="1"')) if name in each.sentence]


def test_our_own_attributes_are_those_of_the_descriptor_of_the_modeller() -> None:
    described: dict[str, set[str]] = {}
    for each in json.loads(files("workflows").joinpath("parapheur.moddle.json").read_text())["types"]:
        for kind in each["extends"]:
            tag = kind.removeprefix("bpmn:")
            tag = tag[0].lower() + tag[1:]
            described.setdefault(tag, set()).update(own["name"] for own in each["properties"])
    assert described == {tag: set(names) for tag, names in OWN.items()}


def test_an_attribute_of_ours_that_does_not_exist_or_stands_elsewhere_is_refused() -> None:
    ours = 'xmlns:parapheur="urn:parapheur:bpmn:1"'
    [typo] = [
        each for each in check_circuit(drawn("UserTask", f'{ours} parapheur:delais="P2D"')) if "delais" in each.sentence
    ]
    assert (typo.level, typo.element_id) == (Level.ERROR, "it")
    assert "delay" in typo.remedy
    [elsewhere] = [
        each
        for each in check_circuit(drawn("ServiceTask", f'{ours} parapheur:delay="P2D"'))
        if "delay" in each.sentence
    ]
    assert elsewhere.level is Level.ERROR
    assert "userTask" in elsewhere.remedy


def test_settings_of_other_engines_are_said_to_have_no_effect_once_for_all() -> None:
    camunda = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:assignee="moi" camunda:formKey="f"'
    held = "<extensionElements><camunda:taskListener xmlns:camunda='http://camunda.org/schema/1.0/bpmn'/></extensionElements>"
    [finding] = [each for each in check_circuit(drawn("UserTask", camunda, held)) if "camunda" in each.sentence]
    assert (finding.level, finding.element_id) == (Level.WARNING, "it")
    assert all(word in finding.sentence for word in ("assignee", "formKey", "taskListener"))


@pytest.mark.parametrize("written", ["0", "false"])
def test_a_boolean_may_be_written_as_a_number(written: str) -> None:
    process = read_xml(drawn("BoundaryEvent", f'cancelActivity="{written}"')).find(tag("process"))
    assert process is not None
    assert not read_drawing(process).nodes["it"].interrupting


def test_an_expression_in_another_language_is_refused_until_it_is_imported() -> None:
    condition = '<conditionExpression language="groovy">montant &gt; 10</conditionExpression>'
    gate = f'<exclusiveGateway id="g"/><sequenceFlow id="x" sourceRef="g" targetRef="end">{condition}</sequenceFlow>'
    [finding] = [each for each in check_circuit(drawn("Process", inside=gate)) if "groovy" in each.sentence]
    assert (finding.level, finding.element_id) == (Level.ERROR, "x")
