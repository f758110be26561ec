"""A drawing in the words that stock SpiffWorkflow reads: what is ours, or said otherwise there, is drawn out.

- A rejected end terminates the run; from a scope within, it throws an error that each scope around lets through.
- A refusal that the drawing does not take care of gets the decision that is understood.
- A repeated activity, or a step asked of several desks, gets its list from a script before it, and its mode as a
  completion condition.
- A service task becomes a plain task, which somebody outside completes: Spiff's serializer knows no service task.
- Timers written as they are become FEEL texts. The diagram goes: stock Spiff orders flows by the height of shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson
from lxml import etree

from engine.circuits.circuit import Circuit
from engine.circuits.drawing import (
    CALL,
    END,
    ERROR,
    LINK,
    SCOPES,
    SERVICE,
    SIGNAL,
    SUB_PROCESS,
    TIMER,
    Drawing,
    Node,
    Repeat,
)
from engine.circuits.reading import split
from engine.circuits.timing import is_literal
from engine.circuits.xml import BPMN, read_xml, tag

#: Code of the error that carries a rejection out of a scope.
REJECTION = "parapheur-rejected"
REFUSED = 'outcome = "rejected" or outcome = "refer_back"'
_DIAGRAM = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"


class NotExportable(Exception):
    """A run, or a drawing, that stock SpiffWorkflow would run otherwise; the French message names the element."""

    def __init__(self, node: Node | None, why: str) -> None:
        where = f"{node.label} ({node.id})" if node is not None else "Ce dossier"
        super().__init__(f"{where} ne peut pas être exporté : {why}.")


def items_name(node: Node) -> str:
    """The variable that holds the list of a repeated activity."""
    return re.sub(r"\W", "_", f"items_{node.id}")


def done_name(node: Node) -> str:
    """The variable to which instances of a scope give something, so that they give nothing else."""
    return re.sub(r"\W", "_", f"done_{node.id}")


def item_name(repeat: Repeat) -> str:
    """The variable that each instance sees."""
    return "desk" if repeat.of_desks else repeat.item


class StockDrawing:
    """The file of one circuit, rewritten; ``sources``: where each flow now comes from."""

    def __init__(self, circuit: Circuit, bpmn: bytes, *, called: bool) -> None:
        self.circuit, self.called = circuit, called
        self.root = read_xml(bpmn)
        self._elements = {e.get("id"): e for e in self.root.iter(f"{{{BPMN}}}*") if e.get("id")}
        self._names = set(self._elements)
        for diagram in self.root.findall(_DIAGRAM):
            self.root.remove(diagram)
        etree.SubElement(self.root, tag("error"), id=REJECTION, errorCode=REJECTION, name=REJECTION)
        self._scope(circuit.drawing, self._elements[circuit.process_id])
        flows = self.root.iter(tag("sequenceFlow"))
        self.sources = {str(flow.get("id")): str(flow.get("sourceRef")) for flow in flows}

    def _scope(self, drawing: Drawing, scope: etree._Element) -> None:
        for node in drawing.nodes.values():
            self._readable(node)
            element = self._elements[node.id]
            if node.kind == END and node.result:
                self._reject(element, drawing)
            if node.event_kind == TIMER and node.event is not None and is_literal(node.event.expression):
                [text] = element.iter(tag(node.event.timer))
                text.text = orjson.dumps(node.event.expression).decode()
            if node.repeat is not None:
                self._repeat(scope, element, node, node.repeat)
            if self._needs_decision(node):
                self._decide(scope, drawing, node)
            if node.kind in SCOPES:
                self._let_through(scope, drawing, node)
            if node.kind == SERVICE:
                element.tag = tag("task")
            if node.kind == CALL:
                element.set("calledElement", self.circuit.called[node.called].process_id)
            if node.kind == SUB_PROCESS and node.inner is not None:
                self._scope(node.inner, element)

    def _readable(self, node: Node) -> None:
        if node.event_kind == LINK:
            raise NotExportable(node, "SpiffWorkflow ne suit pas les liens")
        if node.kind == END and node.event_kind == SIGNAL:
            raise NotExportable(node, "SpiffWorkflow n’envoie pas de signal à une fin")
        if node.event_kind == ERROR and node.kind != END and node.event is not None and not node.event.name:
            raise NotExportable(node, "SpiffWorkflow y ferait entrer aussi les rejets, qui sont pour lui des erreurs")
        if node.repeat is not None and node.repeat.output:
            raise NotExportable(node, "SpiffWorkflow ne range pas dans l’ordre ce que les instances rendent")

    def _needs_decision(self, node: Node) -> bool:
        """Whether a refusal of this step ends the folder without being drawn."""
        ends_approved = node.repeat is not None and bool(node.repeat.condition)
        return node.step is not None and node.id not in self.circuit.refusal_drawn and not ends_approved

    def _reject(self, end: etree._Element, drawing: Drawing) -> None:
        for definition in [child for child in end if str(child.tag).endswith("EventDefinition")]:
            end.remove(definition)
        if self.called or drawing.is_inner:
            etree.SubElement(end, tag("errorEventDefinition"), errorRef=REJECTION)
        else:
            etree.SubElement(end, tag("terminateEventDefinition"))

    def _rejected_end(self, scope: etree._Element, drawing: Drawing, name: str) -> None:
        self._reject(etree.SubElement(scope, tag("endEvent"), id=name), drawing)

    def _decide(self, scope: etree._Element, drawing: Drawing, node: Node) -> None:
        [leaving] = node.outgoing
        gateway, end = self._new(node, "decision"), self._new(node, "refused")
        etree.SubElement(scope, tag("exclusiveGateway"), id=gateway, default=leaving)
        self._elements[leaving].set("sourceRef", gateway)
        self._flow(scope, node, node.id, gateway)
        self._rejected_end(scope, drawing, end)
        condition = etree.SubElement(self._flow(scope, node, gateway, end), tag("conditionExpression"))
        condition.text = REFUSED

    def _let_through(self, scope: etree._Element, drawing: Drawing, node: Node) -> None:
        boundary, end = self._new(node, "rejection"), self._new(node, "rejected")
        event = etree.SubElement(scope, tag("boundaryEvent"), id=boundary, attachedToRef=node.id)
        etree.SubElement(event, tag("errorEventDefinition"), errorRef=REJECTION)
        self._rejected_end(scope, drawing, end)
        self._flow(scope, node, boundary, end)

    def _flow(self, scope: etree._Element, node: Node, source: str, target: str) -> etree._Element:
        name = self._new(node, "flow")
        return etree.SubElement(scope, tag("sequenceFlow"), id=name, sourceRef=source, targetRef=target)

    def _new(self, node: Node, what: str) -> str:
        """An identifier that the file does not have."""
        name = f"{node.id}.{what}"
        while name in self._names:
            name += "."
        self._names.add(name)
        return name

    def _repeat(self, scope: etree._Element, element: etree._Element, node: Node, repeat: Repeat) -> None:
        for loop in element.findall(tag("multiInstanceLoopCharacteristics")):
            element.remove(loop)
        loop = etree.SubElement(element, tag("multiInstanceLoopCharacteristics"))
        loop.set("isSequential", "true" if repeat.sequential else "false")
        etree.SubElement(loop, tag("loopDataInputRef")).text = items_name(node)
        prepared = {items_name(node): _items(repeat)}
        name = item_name(repeat)
        if node.step is not None:
            # Spiff copies all that an instance holds to the whole, and refuses to begin another one that would be given
            # a name already there. Instances of a step know their number, which is enough to know whom they ask.
            prepared["outcome"] = '"approved"'
        elif name:
            prepared[done_name(node)] = "[]"
            etree.SubElement(loop, tag("loopDataOutputRef")).text = done_name(node)
            etree.SubElement(loop, tag("inputDataItem"), id=name, name=name)
            etree.SubElement(loop, tag("outputDataItem"), id=name, name=name)
        if condition := _completion(node, repeat):
            etree.SubElement(loop, tag("completionCondition")).text = condition
        prepare = self._new(node, "items")
        script = etree.SubElement(scope, tag("scriptTask"), id=prepare)
        entries = ", ".join(f"{name}: {text}" for name, text in prepared.items())
        etree.SubElement(script, tag("script")).text = f"{{{entries}}}"
        for flow in node.incoming:
            self._elements[flow].set("targetRef", prepare)
        self._flow(scope, node, prepare, node.id)


def stock_drawings(circuit: Circuit, bpmn: bytes) -> dict[str, StockDrawing]:
    """The drawings of a circuit and of those it calls, by digest."""
    found = {circuit.sha256: StockDrawing(circuit, bpmn, called=False)}
    for called in _every_called(circuit):
        if called.sha256 not in found:
            file = next(iter(called.drawing.nodes.values())).element.getroottree()
            found[called.sha256] = StockDrawing(called, etree.tostring(file), called=True)
    return found


def _every_called(circuit: Circuit) -> Iterator[Circuit]:
    for called in circuit.called.values():
        yield called
        yield from _every_called(called)


def _items(repeat: Repeat) -> str:
    """The list, in FEEL."""
    if repeat.of_desks:
        if repeat.collection.startswith("="):
            return f"flatten([{repeat.collection[1:]}])"
        return orjson.dumps(list(split(repeat.collection))).decode()
    if repeat.collection:
        return repeat.collection
    number = repeat.cardinality
    return f"if ({number}) < 1 then [] else for number in 1..({number}) return number"


def _completion(node: Node, repeat: Repeat) -> str:
    """When it is over before all instances are."""
    if repeat.condition or node.step is None:
        return repeat.condition
    mode = node.step.mode
    if mode == "all":
        return "numberOfRejected >= 1"
    if mode == "one":
        return "numberOfCompletedInstances >= 1"
    wanted = f"min({mode}, numberOfInstances)"
    return f"numberOfApproved >= {wanted} or numberOfRejected > numberOfInstances - {wanted}"
