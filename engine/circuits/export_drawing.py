"""A drawing in the words that stock SpiffWorkflow reads: what is ours, or said otherwise there, is drawn out.

- A rejected end terminates the run; from a scope within, a signal is heard by the scopes of the run itself.
- A link becomes a flow; a signal thrown by an end is thrown just before it.
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

from engine.circuits.aims import aimed, in_feel, is_calculated
from engine.circuits.circuit import Circuit
from engine.circuits.drawing import (
    BOUNDARY,
    CALL,
    END,
    INCLUSIVE,
    LINK,
    RULE,
    SCOPES,
    SERVICE,
    SIGNAL,
    SUB_PROCESS,
    THROW,
    TIMER,
    Drawing,
    Event,
    Node,
    Repeat,
)
from engine.circuits.timing import is_literal
from engine.circuits.xml import BPMN, read_xml, tag

#: Name of the signal that carries a rejection out of a scope.
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
        etree.SubElement(self.root, tag("signal"), id=REJECTION, name=REJECTION)
        self._scope(circuit.drawing, self._elements[circuit.process_id])
        flows = self.root.iter(tag("sequenceFlow"))
        self.sources = {str(flow.get("id")): str(flow.get("sourceRef")) for flow in flows}

    def _scope(self, drawing: Drawing, scope: etree._Element) -> None:
        for node in drawing.nodes.values():
            self._readable(node)
            element = self._elements[node.id]
            if node.kind == RULE:
                raise NotExportable(node, "SpiffWorkflow n’a pas nos tables de décision")
            if node.kind == END and node.result:
                self._reject(scope, element, drawing, node)
            elif node.kind == END and node.event_kind == SIGNAL:
                self._throw_first(scope, element, node)
            if node.event_kind == LINK:
                self._link(scope, element, drawing, node)
            if node.kind == INCLUSIVE:
                self._always(drawing, node)
            if node.event_kind == TIMER and node.event is not None:
                self._timer(element, node, node.event)
            if node.repeat is not None:
                self._repeat(scope, element, node, node.repeat)
            if self._needs_decision(node):
                self._decide(scope, drawing, node)
            if node.kind in SCOPES and not (self.called or drawing.is_inner):
                self._hear_rejection(scope, drawing, node)
            if node.kind == SERVICE:
                element.tag = tag("task")
            if node.kind == CALL:
                element.set("calledElement", self.circuit.called[node.called].process_id)
            if node.kind == SUB_PROCESS and node.inner is not None:
                self._scope(node.inner, element)

    def _readable(self, node: Node) -> None:
        if node.repeat is not None and node.repeat.output:
            raise NotExportable(node, "SpiffWorkflow ne range pas dans l’ordre ce que les instances rendent")

    def _needs_decision(self, node: Node) -> bool:
        """Whether a refusal of this step ends the folder without being drawn."""
        ends_approved = node.repeat is not None and bool(node.repeat.condition)
        return node.step is not None and node.id not in self.circuit.refusal_drawn and not ends_approved

    def _reject(self, scope: etree._Element, end: etree._Element, drawing: Drawing, node: Node) -> None:
        _without_event(end)
        if self.called or drawing.is_inner:
            etree.SubElement(end, tag("signalEventDefinition"), signalRef=REJECTION)
            self._throw_first(scope, end, node)
        else:
            etree.SubElement(end, tag("terminateEventDefinition"))

    def _rejected_end(self, scope: etree._Element, drawing: Drawing, node: Node) -> str:
        name = self._new(node, "rejected")
        self._reject(scope, etree.SubElement(scope, tag("endEvent"), id=name), drawing, node)
        return name

    def _throw_first(self, scope: etree._Element, end: etree._Element, node: Node) -> None:
        """Throw what an end throws, then end."""
        end.tag = tag("intermediateThrowEvent")
        over = self._new(node, "over")
        etree.SubElement(scope, tag("endEvent"), id=over)
        self._flow(scope, node, end.get("id", ""), over)

    def _link(self, scope: etree._Element, element: etree._Element, drawing: Drawing, node: Node) -> None:
        _without_event(element)
        element.tag = tag("intermediateThrowEvent")
        if node.kind == THROW:
            [catch] = drawing.after(node)
            self._flow(scope, node, node.id, catch)

    def _timer(self, element: etree._Element, node: Node, event: Event) -> None:
        [written] = element.iter(tag(event.timer))
        text, literal = event.expression, is_literal(event.expression)
        if event.timer == "timeCycle" and (node.kind != BOUNDARY or node.interrupting):
            if not literal:
                raise NotExportable(node, "SpiffWorkflow n’arrête pas là un cycle après une fois")
            written.tag, text = tag("timeDuration"), text.partition("/")[2]
        written.text = orjson.dumps(text).decode() if literal else text

    def _always(self, drawing: Drawing, node: Node) -> None:
        """A flow without condition out of an inclusive gateway counts as true."""
        for flow in node.outgoing if len(node.outgoing) > 1 else ():
            if drawing.flows[flow].condition is None and flow != node.default:
                etree.SubElement(self._elements[flow], tag("conditionExpression")).text = "true"

    def _decide(self, scope: etree._Element, drawing: Drawing, node: Node) -> None:
        [leaving] = node.outgoing
        gateway = self._new(node, "decision")
        etree.SubElement(scope, tag("exclusiveGateway"), id=gateway, default=leaving)
        self._elements[leaving].set("sourceRef", gateway)
        self._flow(scope, node, node.id, gateway)
        end = self._rejected_end(scope, drawing, node)
        condition = etree.SubElement(self._flow(scope, node, gateway, end), tag("conditionExpression"))
        condition.text = REFUSED

    def _hear_rejection(self, scope: etree._Element, drawing: Drawing, node: Node) -> None:
        boundary = self._new(node, "rejection")
        event = etree.SubElement(scope, tag("boundaryEvent"), id=boundary, attachedToRef=node.id)
        etree.SubElement(event, tag("signalEventDefinition"), signalRef=REJECTION)
        self._flow(scope, node, boundary, self._rejected_end(scope, drawing, node))

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
        prepared = {items_name(node): _items(node, repeat)}
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


def _without_event(element: etree._Element) -> None:
    for definition in [child for child in element if str(child.tag).endswith("EventDefinition")]:
        element.remove(definition)


def _items(node: Node, repeat: Repeat) -> str:
    """The list, in FEEL."""
    if repeat.of_desks:
        if repeat.collection.startswith("="):
            return f"flatten([{repeat.collection[1:]}])"
        found = ", ".join(in_feel(name, node.id) for name in aimed(repeat.collection))
        return f"distinct values([{found}])" if is_calculated(repeat.collection) else f"[{found}]"
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
