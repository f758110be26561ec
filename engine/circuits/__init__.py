"""Circuits: drawings checked, compiled and run. The only room that knows SpiffWorkflow."""

from engine.circuits.checks import check_circuit
from engine.circuits.circuit import (
    Circuit,
    advance,
    compile_circuit,
    complete,
    export_spiff_json,
    forecast,
    open_steps,
    start,
)
from engine.circuits.values import (
    CircuitRefused,
    CircuitStuck,
    Finding,
    Level,
    OpenStep,
    Progress,
    StepKind,
    StepSpec,
)

__all__ = [
    "Circuit",
    "CircuitRefused",
    "CircuitStuck",
    "Finding",
    "Level",
    "OpenStep",
    "Progress",
    "StepKind",
    "StepSpec",
    "advance",
    "check_circuit",
    "compile_circuit",
    "complete",
    "export_spiff_json",
    "forecast",
    "open_steps",
    "start",
]
