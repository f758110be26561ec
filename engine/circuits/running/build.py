"""From a checked drawing to specifications that SpiffWorkflow runs."""

from __future__ import annotations

from collections.abc import Mapping

from engine.circuits.drawing import CALL as CALL_KIND
from engine.circuits.drawing import (
    CATCH,
    CHOICES,
    END,
    EVENT_GATEWAY,
    GATEWAYS,
    INCLUSIVE,
    LINK,
    PARALLEL,
    RULE,
    START,
    STEPS,
    SUB_PROCESS,
    THROW,
    Drawing,
    Node,
    is_link_catch,
)
from engine.circuits.drawing import SERVICE as SERVICE_KIND
from engine.circuits.running.activities import ActivitySpec, CallSpec, StepSpec, SubProcessSpec, WorkSpec
from engine.circuits.running.deciding import RuleSpec
from engine.circuits.running.specs import (
    CatchSpec,
    ChoiceSpec,
    EventGatewaySpec,
    InclusiveJoinSpec,
    JoinSpec,
    NodeSpec,
    Out,
    ProcessSpec,
    ThrowSpec,
)
from engine.feel import compile_expression


class Builder:
    """Numbers the nodes and flows of a circuit, those of its sub-processes included, in the order of the file."""

    def __init__(self, drawing: Drawing) -> None:
        self.specs: list[NodeSpec] = []
        self._flows = {id(flow): n for n, flow in enumerate(f for s in drawing.scopes() for f in s.flows.values())}
        self.process = self._process(drawing)

    def _process(self, drawing: Drawing) -> ProcessSpec:
        process = ProcessSpec(drawing.process_id)
        made: dict[str, NodeSpec] = {}
        for node in drawing.nodes.values():
            made[node.id] = self._spec(process, drawing, node)
        for node in drawing.nodes.values():
            self._connect(drawing, made, made[node.id])
        process.first = next(spec for spec in made.values() if spec.node.kind == START)
        process.start.connect(process.first)
        return process

    def _spec(self, process: ProcessSpec, drawing: Drawing, node: Node) -> NodeSpec:
        number = len(self.specs)
        self.specs.append(None)  # type: ignore[arg-type]  # its place, before those of what is inside
        self.specs[number] = spec = self._make(process, drawing, node, number)
        return spec

    def _make(self, process: ProcessSpec, drawing: Drawing, node: Node, number: int) -> NodeSpec:
        arriving = [self._flows[id(drawing.flows[flow])] for flow in node.incoming]
        if node.kind == SUB_PROCESS:
            assert node.inner is not None
            return SubProcessSpec(process, node, number, self._process(node.inner))
        if node.kind in GATEWAYS:
            return _gateway(process, node, number, arriving)
        if node.kind in STEPS:
            return StepSpec(process, node, number)
        if node.kind == SERVICE_KIND:
            return WorkSpec(process, node, number)
        if node.kind == CALL_KIND:
            return CallSpec(process, node, number)
        if node.kind == CATCH and not is_link_catch(node):
            return CatchSpec(process, node, number)
        if node.kind in {THROW, END}:
            return ThrowSpec(process, node, number)
        return (RuleSpec if node.kind == RULE else NodeSpec)(process, node, number)

    def _connect(self, drawing: Drawing, made: Mapping[str, NodeSpec], spec: NodeSpec) -> None:
        node = spec.node
        for flow_id in node.outgoing:
            flow = drawing.flows[flow_id]
            condition = compile_expression(flow.condition) if flow.condition and node.kind in CHOICES else None
            target = made[flow.target]
            spec.leaving.append(Out(self._flows[id(flow)], target, condition, flow_id == node.default))
            spec.connect(target)
        if node.kind == THROW and node.event_kind == LINK:
            [catch] = (made[other] for other in drawing.after(node) if is_link_catch(drawing.nodes[other]))
            spec.leaving.append(Out(-1, catch, None, False))
            spec.connect(catch)
        if isinstance(spec, ActivitySpec):
            spec.boundaries = tuple(made[other] for other in drawing.boundaries.get(node.id, ()))
            for boundary in spec.boundaries:
                spec.connect(boundary)
        if isinstance(spec, InclusiveJoinSpec):
            spec.reach = {
                other.id: self._reach(drawing, other, node) for other in drawing.nodes.values() if other.id != node.id
            }

    def _reach(self, drawing: Drawing, start: Node, join: Node) -> frozenset[int]:
        """The flows into ``join`` at the end of a path from ``start`` that does not pass through it."""
        found, seen, waiting = set[int](), {start.id}, [start]
        while waiting:
            node = waiting.pop()
            found.update(
                self._flows[id(drawing.flows[flow])] for flow in node.outgoing if drawing.flows[flow].target == join.id
            )
            for other in drawing.after(node):
                if other != join.id and other not in seen:
                    seen.add(other)
                    waiting.append(drawing.nodes[other])
        return frozenset(found)


def _gateway(process: ProcessSpec, node: Node, number: int, arriving: list[int]) -> NodeSpec:
    if node.kind == EVENT_GATEWAY:
        return EventGatewaySpec(process, node, number)
    if node.kind == PARALLEL and len(arriving) > 1:
        return JoinSpec(process, node, number, arriving)
    if node.kind == INCLUSIVE and len(arriving) > 1:
        return InclusiveJoinSpec(process, node, number, arriving)
    return ChoiceSpec(process, node, number) if node.kind in CHOICES else NodeSpec(process, node, number)
