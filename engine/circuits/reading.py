"""From XML to a graph: the only place that knows how BPMN writes things down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from engine.circuits.drawing import (
    ACTIVITIES,
    BOUNDARY,
    CALL,
    END,
    ERROR,
    ESCALATION,
    LINK,
    MESSAGE,
    RULE,
    RUN,
    SERVICE,
    SIGNAL,
    STEPS,
    SUB_PROCESS,
    THROW,
    TIMER,
    Asked,
    Drawing,
    Event,
    Flow,
    Node,
    Repeat,
)
from engine.circuits.values import ServiceSpec, StepKind, StepSpec
from engine.circuits.xml import BPMN, flag, ours, tag

#: Elements that say something to people and nothing to the engine.
DECORATION = frozenset(
    {"laneSet", "documentation", "extensionElements", "textAnnotation", "association", "group", "incoming", "outgoing"}
)
#: Elements that other engines act upon: accepted, and said to have no effect here.
IDLE = frozenset(
    {"dataObject", "dataObjectReference", "dataStoreReference", "ioSpecification", "property", "auditing", "monitoring",
     "dataInputAssociation", "dataOutputAssociation", "category"}
)  # fmt: skip

KINDS = {"visa": StepKind.VISA, "signature": StepKind.SIGNATURE}


@dataclass(frozen=True, slots=True)
class _File:
    """What the whole file declares: names of messages and signals, codes of errors and escalations, lanes."""

    names: dict[str, str]
    lanes: dict[str, str]


def read_drawing(process: etree._Element) -> Drawing:
    """The graph of one ``bpmn:process``, with those of its sub-processes."""
    root = process.getroottree().getroot()
    names: dict[str, str] = {}
    for element in root:
        kind = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if kind in {"message", "signal"}:
            names[str(element.get("id"))] = str(element.get("name") or element.get("id", ""))
        elif kind in {"error", "escalation"}:
            names[str(element.get("id"))] = element.get(f"{kind}Code") or ""
    return _scope(process, _File(names, _lanes(process)))


def split(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def split_labelled(text: str) -> dict[str, str]:
    """``name:label`` separated by commas; the label of a name that comes without one is empty."""
    parts = (part.partition(":") for part in split(text))
    return {name.strip(): label.strip() for name, _, label in parts}


def _scope(element: etree._Element, file: _File) -> Drawing:
    flows = {flow.id: flow for flow in (_flow(item) for item in element.findall(tag("sequenceFlow")))}
    arriving: dict[str, list[str]] = {}
    leaving: dict[str, list[str]] = {}
    for flow in flows.values():
        arriving.setdefault(flow.target, []).append(flow.id)
        leaving.setdefault(flow.source, []).append(flow.id)
    nodes: dict[str, Node] = {}
    strangers, idle = [], []
    for child in element:
        name = etree.QName(child)
        if name.namespace != BPMN or name.localname in DECORATION or name.localname == "sequenceFlow":
            continue
        if name.localname in IDLE:
            idle.append(child)
        elif name.localname in RUN:
            node = _node(child, name.localname, arriving, leaving, file)
            nodes[node.id] = node
        elif not name.localname.endswith("LoopCharacteristics"):
            strangers.append(child)
    boundaries: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        if node.kind == BOUNDARY:
            boundaries[node.attached_to] = (*boundaries.get(node.attached_to, ()), node.id)
    return Drawing(
        element.get("id", ""),
        element.get("name") or "",
        nodes,
        flows,
        tuple(strangers),
        tuple(idle),
        boundaries,
        is_inner=element.tag != tag("process"),
    )


def _node(
    element: etree._Element, kind: str, arriving: dict[str, list[str]], leaving: dict[str, list[str]], file: _File
) -> Node:
    node_id = element.get("id", "")
    name = " ".join((element.get("name") or "").split())
    event = _event(element, file)
    step = _step(element, node_id, name, file) if kind in STEPS else None
    throws_message = kind in {THROW, END} and event is not None and event.kind == MESSAGE
    return Node(
        id=node_id,
        kind=kind,
        name=name,
        default=element.get("default"),
        incoming=tuple(arriving.get(node_id, ())),
        outgoing=tuple(leaving.get(node_id, ())),
        element=element,
        event=event,
        attached_to=element.get("attachedToRef", ""),
        interrupting=flag(element, "cancelActivity", default=True),
        repeat=_repeat(element, step) if kind in ACTIVITIES else None,
        inner=_scope(element, file) if kind == SUB_PROCESS else None,
        called=element.get("calledElement", "") if kind == CALL else "",
        step=step,
        service=_service(element, node_id) if kind == SERVICE or throws_message else None,
        result=ours(element, "result") if kind == END else "",
        asked=_asked(element) if kind == RULE else None,
    )


def _flow(element: etree._Element) -> Flow:
    return Flow(
        element.get("id", ""),
        element.get("name") or "",
        element.get("sourceRef", ""),
        element.get("targetRef", ""),
        _text(element, "conditionExpression") or None,
    )


def _text(element: etree._Element, name: str) -> str:
    found = element.find(tag(name))
    return (found.text or "").strip() if found is not None else ""


def _definitions(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for child in element:
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if name.endswith("EventDefinition"):
            yield name.removesuffix("EventDefinition"), child


def _event(element: etree._Element, file: _File) -> Event | None:
    """The first event definition of an element; several are a finding."""
    for kind, definition in _definitions(element):
        reader: Callable[[etree._Element, _File], Event] | None = _EVENTS.get(kind)
        if reader is None:
            return Event(kind)
        event = reader(definition, file)
        expression = event.expression or ours(element, "correlation")
        return Event(kind, event.name, event.timer, expression, ours(element, "counting"))
    return None


def event_definitions(element: etree._Element) -> list[str]:
    """Kinds of every event definition that an element holds."""
    return [kind for kind, _ in _definitions(element)]


def _timer(definition: etree._Element, _file: _File) -> Event:
    for name in ("timeDate", "timeDuration", "timeCycle"):
        if text := _text(definition, name):
            return Event(TIMER, timer=name, expression=text)
    return Event(TIMER)


def _named(attribute: str) -> Callable[[etree._Element, _File], Event]:
    def read(definition: etree._Element, file: _File) -> Event:
        reference = definition.get(attribute, "").rpartition(":")[2]
        return Event("", file.names.get(reference, reference))

    return read


def _link(definition: etree._Element, _file: _File) -> Event:
    return Event(LINK, definition.get("name", ""))


_EVENTS: dict[str, Callable[[etree._Element, _File], Event]] = {
    TIMER: _timer,
    MESSAGE: _named("messageRef"),
    SIGNAL: _named("signalRef"),
    ERROR: _named("errorRef"),
    ESCALATION: _named("escalationRef"),
    LINK: _link,
}


def _step(element: etree._Element, node_id: str, name: str, file: _File) -> StepSpec:
    fills = split_labelled(ours(element, "fills"))
    return StepSpec(
        element_id=node_id,
        name=name or node_id,
        kind=KINDS.get(ours(element, "kind", "visa"), StepKind.VISA),
        desk=ours(element, "desk") or file.lanes.get(node_id, ""),
        mode=ours(element, "mode", "all") or "all",
        delay=ours(element, "delay"),
        counting=ours(element, "counting"),
        reminders=split(ours(element, "reminders")),
        required_for_approval=split(ours(element, "requiredForApproval")),
        required_for_rejection=split(ours(element, "requiredForRejection")),
        fills=tuple(fills),
        labels={name: label for name, label in fills.items() if label},
        outcomes={word: label or word for word, label in split_labelled(ours(element, "outcomes")).items()},
        separation=split(ours(element, "separation")),
        paper=ours(element, "paper") == "true",
        documentation=_text(element, "documentation"),
    )


def _service(element: etree._Element, node_id: str) -> ServiceSpec:
    return ServiceSpec(node_id, ours(element, "service"), ours(element, "input"), split(ours(element, "fills")))


def _asked(element: etree._Element) -> Asked:
    table, _, decision_id = ours(element, "decision").partition("#")
    return Asked(table.strip(), decision_id.strip(), ours(element, "result"))


def _repeat(element: etree._Element, step: StepSpec | None) -> Repeat | None:
    loop = element.find(tag("multiInstanceLoopCharacteristics"))
    if loop is not None:
        item = loop.find(tag("inputDataItem"))
        output = loop.find(tag("outputDataItem"))
        reference = _text(loop, "loopDataInputRef")
        return Repeat(
            sequential=flag(loop, "isSequential"),
            collection=ours(loop, "collection") or reference,
            cardinality=_text(loop, "loopCardinality"),
            item=_called(item),
            output=_text(loop, "loopDataOutputRef"),
            output_item=_called(output),
            condition=_text(loop, "completionCondition"),
        )
    if step is not None and (len(split(step.desk)) > 1 or step.desk.startswith("=")) and not _is_alone(step.desk):
        return Repeat(False, step.desk, "", "", "", "", "", of_desks=True)
    return None


def _called(item: etree._Element | None) -> str:
    return "" if item is None else item.get("name") or item.get("id") or ""


def _is_alone(desk: str) -> bool:
    return not desk.startswith("=") and len(split(desk)) < 2


def _lanes(process: etree._Element) -> dict[str, str]:
    """Innermost lane of each node: lanes come parents first."""
    found = {}
    for lane in process.iter(tag("lane")):
        for reference in lane.findall(tag("flowNodeRef")):
            found[(reference.text or "").strip()] = lane.get("name") or ""
    return found
