"""Drawings written as BPMN 2.0 files with the attributes of the product."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from tests.circuits.oracle.drawing import HUMAN, Drawing, Kind, Node, Repeat
from tests.circuits.oracle.expressions import Expression

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
OURS = "urn:parapheur:bpmn:1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ROOTS = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}


def write(drawing: Drawing) -> bytes:
    """The file of one circuit (without those it calls)."""
    root = etree.Element(
        _bpmn("definitions"), nsmap={"bpmn": BPMN, "parapheur": OURS, "xsi": XSI}, targetNamespace="urn:oracle"
    )
    for trigger, name in sorted({(n.trigger, n.name) for n in drawing.all_nodes() if n.trigger in _ROOTS and n.name}):
        etree.SubElement(root, _bpmn(trigger), {"id": _reference(trigger, name), "name": name, _ROOTS[trigger]: name})
    process = etree.SubElement(root, _bpmn("process"), id=drawing.id, isExecutable="true")
    _lanes(process, drawing)
    _fill(process, drawing)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _bpmn(tag: str) -> str:
    return f"{{{BPMN}}}{tag}"


def _ours(name: str) -> str:
    return f"{{{OURS}}}{name}"


def _reference(trigger: str, name: str) -> str:
    return f"{trigger}-{name}"


def _lanes(process: etree._Element, drawing: Drawing) -> None:
    nodes = list(drawing.all_nodes())
    names = sorted({node.lane for node in nodes if node.lane})
    if not names:
        return
    lanes = etree.SubElement(process, _bpmn("laneSet"), id=f"{drawing.id}-lanes")
    for name in names:
        lane = etree.SubElement(lanes, _bpmn("lane"), id=f"{drawing.id}-lane-{name}", name=name)
        for node in nodes:
            if node.lane == name:
                etree.SubElement(lane, _bpmn("flowNodeRef")).text = node.id


def _fill(parent: etree._Element, drawing: Drawing) -> None:
    for node in drawing.nodes:
        element = etree.SubElement(parent, _bpmn(node.kind), {"id": node.id, **dict(_attributes(node))})
        for flow in drawing.incoming[node.id]:
            etree.SubElement(element, _bpmn("incoming")).text = flow.id
        for flow in drawing.outgoing[node.id]:
            etree.SubElement(element, _bpmn("outgoing")).text = flow.id
        if node.repeat:
            _repeat(element, node.repeat)
        _event(element, node)
        if node.inside:
            _fill(element, node.inside)
    for flow in drawing.flows:
        arrow = etree.SubElement(
            parent, _bpmn("sequenceFlow"), id=flow.id, sourceRef=flow.source, targetRef=flow.target
        )
        if flow.condition:
            _expression(arrow, "conditionExpression", flow.condition)


def _attributes(node: Node) -> Iterator[tuple[str, str]]:
    if node.kind is Kind.BOUNDARY:
        yield "attachedToRef", node.attached
        yield "cancelActivity", "true" if node.interrupting else "false"
    if node.default:
        yield "default", node.default
    if node.kind is Kind.CALL:
        yield "calledElement", node.called
    if node.kind in HUMAN:
        yield "name", f"Étape {node.id}"
    if node.rejects:
        yield _ours("result"), "rejected"
    if node.desk:
        yield _ours("desk"), node.desk if isinstance(node.desk, str) else f"={node.desk.feel()}"
    if node.mode:
        yield _ours("mode"), node.mode
    if node.outcomes:
        yield _ours("outcomes"), ",".join(f"{word}:{word.capitalize()}" for word in node.outcomes)
    if node.fills:
        yield _ours("fills"), ",".join(node.fills)
    if node.service:
        yield _ours("service"), node.service
    if node.input:
        yield _ours("input"), "{" + ", ".join(f"{name}: {value.feel()}" for name, value in node.input.items()) + "}"
    if node.correlation:
        yield _ours("correlation"), node.correlation.feel()


def _expression(parent: etree._Element, tag: str, value: str | Expression) -> None:
    made = etree.SubElement(parent, _bpmn(tag), {f"{{{XSI}}}type": "bpmn:tFormalExpression"})
    made.text = value if isinstance(value, str) else value.feel()


def _repeat(element: etree._Element, repeat: Repeat) -> None:
    made = etree.SubElement(
        element, _bpmn("multiInstanceLoopCharacteristics"), isSequential="true" if repeat.sequential else "false"
    )
    if repeat.collection:
        made.set(_ours("collection"), repeat.collection.feel())
    if repeat.times:
        _expression(made, "loopCardinality", repeat.times)
    if repeat.over:
        etree.SubElement(made, _bpmn("loopDataInputRef")).text = repeat.over
    if repeat.into:
        etree.SubElement(made, _bpmn("loopDataOutputRef")).text = repeat.into
    if repeat.item:
        etree.SubElement(made, _bpmn("inputDataItem"), id=f"{element.get('id')}-in", name=repeat.item)
    if repeat.collect:
        etree.SubElement(made, _bpmn("outputDataItem"), id=f"{element.get('id')}-out", name=repeat.collect)
    if repeat.completion:
        _expression(made, "completionCondition", repeat.completion)


def _event(element: etree._Element, node: Node) -> None:
    if not node.trigger:
        return
    made = etree.SubElement(element, _bpmn(f"{node.trigger}EventDefinition"), id=f"{node.id}-definition")
    if node.timer:
        _expression(made, node.timer.form, node.timer.value)
    elif node.trigger == "link":
        made.set("name", node.name)
    elif node.name:
        made.set(f"{node.trigger}Ref", _reference(node.trigger, node.name))
