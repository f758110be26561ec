"""A drawing as a graph: nodes, flows, steps, before any engine sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.circuits.values import StepKind, StepSpec
from engine.circuits.xml import BPMN, ours, tag

#: Elements that are run. Anything else in a process is refused, never ignored.
START, END, USER, MANUAL, EXCLUSIVE, PARALLEL = (
    "startEvent",
    "endEvent",
    "userTask",
    "manualTask",
    "exclusiveGateway",
    "parallelGateway",
)
RUN = frozenset({START, END, USER, MANUAL, EXCLUSIVE, PARALLEL})
STEPS = frozenset({USER, MANUAL})
#: Elements that say something to people and nothing to the engine.
DECORATION = frozenset({"laneSet", "documentation", "extensionElements", "textAnnotation", "association", "group"})

_KINDS = {"visa": StepKind.VISA, "signature": StepKind.SIGNATURE}


@dataclass(frozen=True, slots=True)
class Node:
    """An element through which tokens pass."""

    id: str
    kind: str  #: local name of the BPMN element
    name: str
    default: str | None  #: id of the default flow
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    element: etree._Element

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return f"« {self.name} »" if self.name else f"« {self.id} »"


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """The executable process of a file."""

    process_id: str
    name: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    strangers: tuple[etree._Element, ...]  #: elements that are neither run nor decoration
    lanes: Mapping[str, str]  #: node id → name of its innermost lane

    def desk_of(self, node: Node) -> str:
        """The desk a step aims at: its own attribute, else the name of its lane."""
        return ours(node.element, "desk") or self.lanes.get(node.id, "")

    def kind_of(self, node: Node) -> StepKind | None:
        """What a step asks for; None when the attribute holds an unknown word."""
        return _KINDS.get(ours(node.element, "kind", "visa"))

    def steps(self) -> dict[str, StepSpec]:
        """Human steps in the order in which the flows reach them."""
        return {
            node.id: StepSpec(node.id, node.name or node.id, self.kind_of(node) or StepKind.VISA, self.desk_of(node))
            for node in self.in_order()
            if node.kind in STEPS
        }

    def in_order(self) -> list[Node]:
        """Nodes from the start, breadth first, in the order of the file's flows."""
        waiting = [node.id for node in self.nodes.values() if node.kind == START]
        seen: list[str] = []
        while waiting:
            node_id = waiting.pop(0)
            if node_id in seen:
                continue
            seen.append(node_id)
            waiting.extend(
                self.flows[flow].target
                for flow in self.nodes[node_id].outgoing
                if self.flows[flow].target in self.nodes
            )
        return [self.nodes[node_id] for node_id in seen]


def read_drawing(process: etree._Element) -> Drawing:
    """The graph of one ``bpmn:process``."""
    flows = {flow.id: flow for flow in (_flow(item) for item in process.findall(tag("sequenceFlow")))}
    nodes, strangers = {}, []
    for element in process:
        name = etree.QName(element)
        if name.namespace != BPMN or name.localname in DECORATION or name.localname == "sequenceFlow":
            continue
        if name.localname not in RUN:
            strangers.append(element)
            continue
        node_id = element.get("id", "")
        nodes[node_id] = Node(
            id=node_id,
            kind=name.localname,
            name=" ".join((element.get("name") or "").split()),
            default=element.get("default"),
            incoming=tuple(flow.id for flow in flows.values() if flow.target == node_id),
            outgoing=tuple(flow.id for flow in flows.values() if flow.source == node_id),
            element=element,
        )
    return Drawing(process.get("id", ""), process.get("name") or "", nodes, flows, tuple(strangers), _lanes(process))


def _flow(element: etree._Element) -> Flow:
    condition = element.find(tag("conditionExpression"))
    text = (condition.text or "").strip() if condition is not None else ""
    return Flow(
        element.get("id", ""),
        element.get("name") or "",
        element.get("sourceRef", ""),
        element.get("targetRef", ""),
        text or None,
    )


def _lanes(process: etree._Element) -> dict[str, str]:
    found = {}
    for lane in process.iter(tag("lane")):
        for reference in lane.findall(tag("flowNodeRef")):
            found[(reference.text or "").strip()] = lane.get("name") or ""
    return found
