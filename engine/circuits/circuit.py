"""Compiling a drawing: from a file to something that runs, read-only and shared between folders and threads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.circuits.checks import check_circuit, executable_process
from engine.circuits.drawing import (
    ACTIVITIES,
    CATCH,
    CHOICES,
    EVENT_GATEWAY,
    INCLUSIVE,
    PARALLEL,
    Drawing,
    is_link_catch,
)
from engine.circuits.reading import read_drawing
from engine.circuits.values import CircuitRefused, Level, Outcome, StepSpec
from engine.circuits.xml import read_xml
from engine.feel import compile_expression

if TYPE_CHECKING:
    from engine.circuits.running.specs import NodeSpec, ProcessSpec

_OUTCOME_NAMES = frozenset({"outcome", "outcomes"})
#: Where the search for a decision about a refusal stops.
_FAR = ACTIVITIES | {PARALLEL, EVENT_GATEWAY}


@dataclass(frozen=True)
class Circuit:
    """A compiled drawing."""

    process_id: str
    name: str
    sha256: str
    drawing: Drawing
    steps: Mapping[str, StepSpec]  #: human steps of the drawing itself, in the order of the flows
    refusal_drawn: frozenset[str]  #: steps whose refusal the drawing takes care of
    refers_back: frozenset[str]  #: steps for which the drawing says what follows when they are referred back
    keeps_outcomes: bool  #: whether an expression reads ``outcomes``
    spec: ProcessSpec
    specs: Sequence[NodeSpec]  #: by number
    called: Mapping[str, Circuit] = field(default_factory=dict)  #: circuits called, by short name

    def calls(self, short_name: str) -> bool:
        """Whether it calls this circuit, even through others."""
        return any(name == short_name or circuit.calls(short_name) for name, circuit in self.called.items())

    def at(self, path: str) -> Circuit:
        """The circuit that the call activities of ``path`` lead to. Raises :class:`KeyError` when none does."""
        if not path:
            return self
        first, _, rest = path.partition("/")
        calls = {node.id: node.called for _, node in self.drawing.every() if node.called}
        return self.called[calls[first]].at(rest)

    def step(self, element_id: str) -> StepSpec:
        """A human step of the drawing. Raises :class:`KeyError` when there is none."""
        return self.steps[element_id]


def called_circuits(bpmn: bytes) -> list[str]:
    """Short names of the circuits that a drawing calls, each once. Raises :class:`CircuitRefused`."""
    drawing = read_drawing(executable_process(read_xml(bpmn)))
    return list(dict.fromkeys(node.called for _, node in drawing.every() if node.called))


def compile_circuit(bpmn: bytes, called: Mapping[str, Circuit] | None = None) -> Circuit:
    """Compile a drawing.

    ``called``: the compiled circuits that it calls, by short name. Raises :class:`CircuitRefused` with its findings
    when it cannot be run as drawn.
    """
    from engine.circuits.running.build import Builder

    known = dict(called or {})
    errors = [finding for finding in check_circuit(bpmn, called=known) if finding.level is Level.ERROR]
    if errors:
        raise CircuitRefused(errors)
    drawing = read_drawing(executable_process(read_xml(bpmn)))
    built = Builder(drawing)
    drawn = {
        node.id: list(_decisions_after(scope, node.id)) for scope, node in drawing.every() if node.step is not None
    }
    wanted = {node.called for _, node in drawing.every() if node.called}
    return Circuit(
        process_id=drawing.process_id,
        name=drawing.name,
        sha256=hashlib.sha256(bpmn).hexdigest(),
        drawing=drawing,
        steps=drawing.steps(),
        refusal_drawn=frozenset(step for step, decisions in drawn.items() if decisions),
        refers_back=frozenset(
            step for step, decisions in drawn.items() if any(Outcome.REFER_BACK in decision for decision in decisions)
        ),
        keeps_outcomes=b"outcomes" in bpmn or any(known[name].keeps_outcomes for name in wanted),
        spec=built.process,
        specs=built.specs,
        called={name: known[name] for name in wanted},
    )


def _decisions_after(drawing: Drawing, step_id: str) -> Iterator[str]:
    """Conditions that read the outcome and follow this step, before anything that takes time or splits."""
    waiting, seen = [drawing.flows[flow].target for flow in drawing.nodes[step_id].outgoing], set[str]()
    while waiting:
        node = drawing.nodes[waiting.pop()]
        if node.id in seen or node.kind in _FAR or (node.kind == CATCH and not is_link_catch(node)):
            continue
        seen.add(node.id)
        conditions = [drawing.flows[flow].condition for flow in node.outgoing] if node.kind in CHOICES else []
        for condition in conditions:
            if condition and compile_expression(condition).names & _OUTCOME_NAMES:
                yield condition
        if node.kind != INCLUSIVE:
            waiting.extend(drawing.after(node))
