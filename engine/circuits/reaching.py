"""Which steps a folder may come to, as far as what it brings decides; and whom they aim at before it starts.

A way out is left aside when its condition reads only what the folder brings and nothing in the circuit changes, and is
not true of it. Any other way may be taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.circuits.aims import CHOSEN, aimed, designated, is_word, nobody, place_of
from engine.circuits.around import Around
from engine.circuits.circuit import Circuit
from engine.circuits.data_checks import declared, gives
from engine.circuits.data_flow import instance_names
from engine.circuits.drawing import CALL, CHOICES, EXCLUSIVE, START, Drawing, Flow, Node
from engine.circuits.values import StepSpec
from engine.feel import FeelError, compile_expression


@dataclass(frozen=True, slots=True)
class Reached:
    """A human step that a folder may come to."""

    place: str  #: its element, after the call activities that lead to it
    step: StepSpec


def reachable_steps(circuit: Circuit, variables: Mapping[str, Any], *, now: datetime) -> list[Reached]:
    """The human steps that a folder which brings these variables may come to, each once."""
    kept = {name: value for name, value in variables.items() if name not in _written(circuit)}
    return list(_Walk(kept, now).circuit(circuit, ""))


def steps_to_choose(circuit: Circuit, variables: Mapping[str, Any], *, now: datetime) -> list[Reached]:
    """Those whose desk is to be chosen at deposit."""
    return [one for one in reachable_steps(circuit, variables, now=now) if CHOSEN in aimed(one.step.desk)]


def who_is_missing(circuit: Circuit, variables: Mapping[str, Any], *, now: datetime) -> str | None:
    """Why a folder cannot be sent: the first of its steps that would find nobody; None when each has its desk."""
    for one in reachable_steps(circuit, variables, now=now):
        for name in aimed(one.step.desk):
            if is_word(name) and designated(name, one.place, variables) is None:
                return nobody(f"« {one.step.name} »", name, variables)
    return None


class _Walk:
    def __init__(self, variables: Mapping[str, Any], now: datetime) -> None:
        self._variables, self._now = variables, now

    def circuit(self, circuit: Circuit, path: str) -> Iterator[Reached]:
        yield from self._scope(circuit, circuit.drawing, path)

    def _scope(self, circuit: Circuit, scope: Drawing, path: str) -> Iterator[Reached]:
        waiting = [node.id for node in scope.nodes.values() if node.kind == START]
        seen: set[str] = set()
        while waiting:
            node_id = waiting.pop(0)
            if node_id in seen or node_id not in scope.nodes:
                continue
            seen.add(node_id)
            node = scope.nodes[node_id]
            if node.step is not None:
                yield Reached(place_of(path, node.id), node.step)
            if node.inner is not None:
                yield from self._scope(circuit, node.inner, path)
            if node.kind == CALL:
                yield from self.circuit(circuit.called[node.called], place_of(path, node.id))
            waiting += self._ways(scope, node) if node.kind in CHOICES else scope.after(node)

    def _ways(self, scope: Drawing, node: Node) -> list[str]:
        """Where a gateway may lead: its default only while no other way is sure."""
        found: list[Flow] = []
        for flow in (scope.flows[flow] for flow in node.outgoing if flow != node.default):
            answer = self._answer(flow.condition) if flow.condition else True
            if answer is not False:
                found.append(flow)
            if answer and node.kind == EXCLUSIVE:
                break
        if node.default and not any(flow.condition is None or self._answer(flow.condition) for flow in found):
            found.append(scope.flows[node.default])
        return [flow.target for flow in found]

    def _answer(self, condition: str) -> bool | None:
        """Whether a condition is true; None while it depends on what is not known yet."""
        expression = compile_expression(condition)
        if expression.reads_clock or not expression.names <= self._variables.keys():
            return None
        try:
            return expression(self._variables, self._now) is True
        except FeelError:
            return None


def _written(circuit: Circuit) -> set[str]:
    """Every variable that something in a circuit, or in one that it calls, may write."""
    around = Around(circuit.called, decisions=circuit.decisions)
    found = {"outcome", "outcomes"}
    for _, node in circuit.drawing.every():
        found.update(gives(node, around) or (), declared(node), instance_names(node))
    for called in circuit.called.values():
        found |= _written(called)
    return found
