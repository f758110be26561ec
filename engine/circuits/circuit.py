"""Compiling a drawing: from a file to something that runs, read-only and shared between folders and threads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.circuits.around import Around
from engine.circuits.checks import check_circuit, executable_process
from engine.circuits.data_checks import filled_at_end
from engine.circuits.deciding import decisions_after
from engine.circuits.drawing import Drawing
from engine.circuits.reading import read_drawing
from engine.circuits.values import CircuitRefused, Level, Outcome, StepSpec
from engine.circuits.xml import read_xml
from engine.feel.tables import Decisions

if TYPE_CHECKING:
    from engine.circuits.running.specs import NodeSpec, ProcessSpec


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
    decisions: Mapping[str, Decisions] = field(default_factory=dict)  #: files of decisions asked, by short name
    fills: frozenset[str] = frozenset()  #: variables that it leaves filled to whoever calls it, however it ends

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


def asked_tables(bpmn: bytes) -> list[str]:
    """Short names of the files of decisions that a drawing asks, each once. Raises :class:`CircuitRefused`."""
    drawing = read_drawing(executable_process(read_xml(bpmn)))
    return list(dict.fromkeys(node.asked.table for _, node in drawing.every() if node.asked is not None))


def compile_circuit(
    bpmn: bytes, called: Mapping[str, Circuit] | None = None, decisions: Mapping[str, Decisions] | None = None
) -> Circuit:
    """Compile a drawing.

    ``called``: the compiled circuits that it calls, ``decisions``: the files that it asks, by short name. Raises
    :class:`CircuitRefused` with its findings when it cannot be run as drawn.
    """
    from engine.circuits.running.build import Builder

    known = dict(called or {})
    around = Around(known, decisions=dict(decisions or {}))
    errors = [finding for finding in check_circuit(bpmn, around=around) if finding.level is Level.ERROR]
    if errors:
        raise CircuitRefused(errors)
    drawing = read_drawing(executable_process(read_xml(bpmn)))
    built = Builder(drawing)
    drawn = {node.id: list(decisions_after(scope, node.id)) for scope, node in drawing.every() if node.step is not None}
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
        fills=filled_at_end(drawing, around),
        decisions=dict(decisions or {}),
    )
