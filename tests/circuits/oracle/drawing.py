"""A drawing as plain data: what the generator makes, the writer writes as BPMN, and the interpreter plays.

Lists are in the order of the file: the specification makes that order count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from tests.circuits.oracle.expressions import Expression

Place = tuple[int, ...]


class Kind(StrEnum):
    """The elements, by their BPMN names."""

    START = "startEvent"
    END = "endEvent"
    STEP = "userTask"
    MANUAL = "manualTask"
    WORK = "serviceTask"
    EXCLUSIVE = "exclusiveGateway"
    PARALLEL = "parallelGateway"
    INCLUSIVE = "inclusiveGateway"
    EVENTS = "eventBasedGateway"
    CATCH = "intermediateCatchEvent"
    THROW = "intermediateThrowEvent"
    BOUNDARY = "boundaryEvent"
    SUB = "subProcess"
    CALL = "callActivity"


HUMAN = frozenset({Kind.STEP, Kind.MANUAL})
ACTIVITIES = HUMAN | {Kind.WORK, Kind.SUB, Kind.CALL}


@dataclass
class Timer:
    """``form`` is ``timeDate``, ``timeDuration`` or ``timeCycle``; ``value`` an ISO 8601 text or an expression."""

    form: str
    value: str | Expression


@dataclass
class Repeat:
    """A repeated activity: over the list ``over`` (or the FEEL list ``collection``), or ``times`` times."""

    sequential: bool = False
    over: str = ""
    collection: Expression | None = None
    item: str = ""
    times: Expression | None = None
    completion: Expression | None = None
    collect: str = ""
    """The name that each instance is asked for, gathered into the list ``into``."""
    into: str = ""


@dataclass(eq=False)
class Node:
    """One element; what does not concern its kind stays empty."""

    id: str
    kind: Kind
    trigger: str = ""
    """Of an event: ``timer``, ``message``, ``signal``, ``link``, ``error``, ``escalation``, ``terminate``."""
    name: str = ""
    """Of what it throws or catches; of an error or an escalation the code, empty for any."""
    timer: Timer | None = None
    correlation: Expression | None = None
    rejects: bool = False
    attached: str = ""
    interrupting: bool = True
    default: str = ""
    desk: str | Expression = ""
    """Short names separated by commas, ``emitter``, an expression, or empty: the lane says it."""
    lane: str = ""
    mode: str = ""
    outcomes: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    service: str = ""
    input: dict[str, Expression] = field(default_factory=dict)
    repeat: Repeat | None = None
    inside: Drawing | None = None
    called: str = ""

    def __deepcopy__(self, memo: object) -> Node:
        return self


@dataclass(eq=False)
class Flow:
    """An arrow."""

    id: str
    source: str
    target: str
    condition: Expression | None = None

    def __deepcopy__(self, memo: object) -> Flow:
        return self


@dataclass(eq=False)
class Drawing:
    """What one scope holds."""

    id: str
    nodes: list[Node]
    flows: list[Flow]

    def __deepcopy__(self, memo: object) -> Drawing:
        return self

    @cached_property
    def by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def outgoing(self) -> dict[str, list[Flow]]:
        return {node.id: [flow for flow in self.flows if flow.source == node.id] for node in self.nodes}

    @cached_property
    def incoming(self) -> dict[str, list[Flow]]:
        return {node.id: [flow for flow in self.flows if flow.target == node.id] for node in self.nodes}

    @cached_property
    def boundaries(self) -> dict[str, list[Node]]:
        return {node.id: [other for other in self.nodes if other.attached == node.id] for node in self.nodes}

    @cached_property
    def rank(self) -> dict[str, int]:
        return {node.id: position for position, node in enumerate(self.nodes)}

    @property
    def start(self) -> Node:
        return next(node for node in self.nodes if node.kind is Kind.START)

    def link_catch(self, name: str) -> Node:
        return next(n for n in self.nodes if n.kind is Kind.CATCH and n.trigger == "link" and n.name == name)

    def all_nodes(self) -> Iterator[Node]:
        """Every node, those of sub-processes too, in the order of the file."""
        for node in self.nodes:
            yield node
            if node.inside:
                yield from node.inside.all_nodes()


@dataclass(eq=False)
class Circuit:
    """A drawing and the circuits that it calls, by short name."""

    drawing: Drawing
    called: dict[str, Circuit] = field(default_factory=dict)

    def __deepcopy__(self, memo: object) -> Circuit:
        return self
