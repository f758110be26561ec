"""Circuits: drawings checked, compiled and run. The only room that knows SpiffWorkflow."""

from engine.circuits.checks import check_circuit
from engine.circuits.circuit import Circuit, called_circuits, compile_circuit
from engine.circuits.examples import Example, ExampleFault, Situation, read_examples
from engine.circuits.export import export_spiff_json
from engine.circuits.export_drawing import NotExportable
from engine.circuits.forecasting import forecast
from engine.circuits.playing import (
    advance,
    answer,
    answers_of,
    complete,
    deliver,
    open_steps,
    open_work,
    rewind,
    start,
    variables_of,
    variables_seen,
)
from engine.circuits.reaching import Reached, reachable_steps, steps_to_choose, who_is_missing
from engine.circuits.rehearsing import rehearse
from engine.circuits.values import (
    Awaited,
    CircuitRefused,
    CircuitStuck,
    Finding,
    Level,
    NotOpen,
    OpenStep,
    OpenWork,
    Outcome,
    Progress,
    Rewound,
    StepKind,
    StepSpec,
    Thrown,
    WorkAnswers,
)

__all__ = [
    "Awaited",
    "Circuit",
    "CircuitRefused",
    "CircuitStuck",
    "Example",
    "ExampleFault",
    "Finding",
    "Level",
    "NotExportable",
    "NotOpen",
    "OpenStep",
    "OpenWork",
    "Outcome",
    "Progress",
    "Reached",
    "Rewound",
    "Situation",
    "StepKind",
    "StepSpec",
    "Thrown",
    "WorkAnswers",
    "advance",
    "answer",
    "answers_of",
    "called_circuits",
    "check_circuit",
    "compile_circuit",
    "complete",
    "deliver",
    "export_spiff_json",
    "forecast",
    "open_steps",
    "open_work",
    "reachable_steps",
    "read_examples",
    "rehearse",
    "rewind",
    "start",
    "steps_to_choose",
    "variables_of",
    "variables_seen",
    "who_is_missing",
]
