"""A drawing as a graph: nodes, flows, steps, scopes within scopes, before any engine sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.circuits.values import ServiceSpec, StepSpec

#: Elements that are run. Anything else in a process is refused, never ignored.
START, END, USER, MANUAL, SERVICE, EXCLUSIVE, PARALLEL, INCLUSIVE, EVENT_GATEWAY = (
    "startEvent",
    "endEvent",
    "userTask",
    "manualTask",
    "serviceTask",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
)
CATCH, THROW, BOUNDARY, SUB_PROCESS, CALL = (
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "subProcess",
    "callActivity",
)
STEPS = frozenset({USER, MANUAL})
GATEWAYS = frozenset({EXCLUSIVE, PARALLEL, INCLUSIVE, EVENT_GATEWAY})
SCOPES = frozenset({SUB_PROCESS, CALL})
#: A decision table is asked: a token passes at once.
RULE = "businessRuleTask"
ACTIVITIES = STEPS | SCOPES | {SERVICE}
EVENTS = frozenset({START, END, CATCH, THROW, BOUNDARY})
RUN = ACTIVITIES | GATEWAYS | EVENTS | {RULE}
#: Gateways whose outgoing flows carry conditions.
CHOICES = frozenset({EXCLUSIVE, INCLUSIVE})

#: Kinds of event, as the local names of their definitions without ``EventDefinition``.
TIMER, MESSAGE, SIGNAL, ERROR, ESCALATION, TERMINATE, LINK = (
    "timer",
    "message",
    "signal",
    "error",
    "escalation",
    "terminate",
    "link",
)


@dataclass(frozen=True, slots=True)
class Event:
    """What an event throws or waits for."""

    kind: str  #: ``timer``, ``message``…; the local name of a definition that is not known
    name: str = ""  #: name of the message, signal or link; code of the error or escalation (empty: any)
    timer: str = ""  #: ``timeDate``, ``timeDuration`` or ``timeCycle``
    expression: str = ""  #: of a timer: ISO 8601 or FEEL; of an awaited message: its correlation key
    counting: str = ""  #: of a timer: ``working`` or ``calendar``; empty: ``calendar``


@dataclass(frozen=True, slots=True)
class Repeat:
    """An activity done several times (BPMN 2.0.2 §13.3.7), or asked of several desks."""

    sequential: bool
    collection: str  #: FEEL list; empty: use ``cardinality``
    cardinality: str  #: FEEL number
    item: str  #: variable that each instance sees
    output: str  #: variable that collects
    output_item: str  #: what each instance gives to it
    condition: str  #: FEEL ``completionCondition``
    of_desks: bool = False  #: the instances are the desks of a step


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision that is asked."""

    table: str  #: short name of the file of decisions
    decision_id: str  #: which of its decisions; empty: the one that no other needs
    result: str  #: variable that takes the whole answer; empty: each output by its name


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
    event: Event | None = None
    attached_to: str = ""  #: of a boundary event: its activity
    interrupting: bool = True
    repeat: Repeat | None = None
    inner: Drawing | None = None  #: what is inside a sub-process
    called: str = ""  #: short name of the circuit a call activity runs
    step: StepSpec | None = None
    service: ServiceSpec | None = None  #: of a service task, or of an event that throws a message
    result: str = ""  #: ``rejected`` on an end that rejects the folder
    asked: Asked | None = None  #: the decision that a business rule task asks

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return f"« {self.name} »" if self.name else f"« {self.id} »"

    @property
    def event_kind(self) -> str:
        """Kind of its event; empty for a plain event and for what is no event."""
        return self.event.kind if self.event else ""


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return f"« {self.name or self.id} »"


@dataclass(frozen=True)
class Drawing:
    """One scope of a file: the executable process, or a sub-process within it."""

    process_id: str
    name: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    strangers: tuple[etree._Element, ...] = ()  #: elements that are neither run nor decoration
    idle: tuple[etree._Element, ...] = ()  #: elements accepted, that have no effect
    boundaries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: activity → its boundary events
    is_inner: bool = False  #: whether it is a sub-process

    def every(self) -> Iterator[tuple[Drawing, Node]]:
        """Each node of this scope and of those within it, in the order of the file."""
        for node in self.nodes.values():
            yield self, node
            if node.inner is not None:
                yield from node.inner.every()

    def scopes(self) -> Iterator[Drawing]:
        """This scope and those within it."""
        yield self
        for node in self.nodes.values():
            if node.inner is not None:
                yield from node.inner.scopes()

    def steps(self) -> dict[str, StepSpec]:
        """Human steps, those of sub-processes included, in the order in which the flows reach them."""
        found: dict[str, StepSpec] = {}
        for node in self.in_order():
            if node.step is not None:
                found[node.id] = node.step
            if node.inner is not None:
                found.update(node.inner.steps())
        return found

    def after(self, node: Node) -> list[str]:
        """The nodes to which a token may go from here in one move, boundary events and links included."""
        found = [self.flows[flow].target for flow in node.outgoing]
        found += self.boundaries.get(node.id, ())
        if node.kind == THROW and node.event_kind == LINK and node.event is not None:
            name = node.event.name
            found += [n.id for n in self.nodes.values() if is_link_catch(n) and n.event and n.event.name == name]
        return found

    def in_order(self) -> list[Node]:
        """Nodes from the start, breadth first, in the order of the file's flows."""
        waiting = [node.id for node in self.nodes.values() if node.kind == START]
        seen: dict[str, Node] = {}
        while waiting:
            node_id = waiting.pop(0)
            if node_id in seen or node_id not in self.nodes:
                continue
            seen[node_id] = self.nodes[node_id]
            waiting.extend(self.after(self.nodes[node_id]))
        return list(seen.values())


def is_link_catch(node: Node) -> bool:
    """Whether a node is where a link arrives."""
    return node.kind == CATCH and node.event_kind == LINK
