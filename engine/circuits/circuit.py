"""Compiling a drawing and running it: pure functions over a state, no database, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.task import Task

from engine.circuits.checks import check_circuit, executable_process
from engine.circuits.drawing import END, EXCLUSIVE, PARALLEL, STEPS, Drawing, read_drawing
from engine.circuits.spiff import FeelEngine, parse
from engine.circuits.state import SpecIndex, dump, load
from engine.circuits.values import (
    CircuitRefused,
    CircuitStuck,
    Finding,
    Level,
    OpenStep,
    Progress,
    StepSpec,
)
from engine.circuits.xml import ours, read_xml
from engine.feel import compile_expression

#: Automatic steps in one transition before it is abandoned.
BUDGET = 500
_SCRIPT_ENGINE = FeelEngine()
#: Variables that the engine itself writes after each human step.
OUTCOME, OUTCOMES = "outcome", "outcomes"


@dataclass(frozen=True)
class Circuit:
    """A compiled drawing: read-only, shared between folders and threads."""

    process_id: str
    name: str
    sha256: str
    steps: Mapping[str, StepSpec]
    drawing: Drawing
    index: SpecIndex
    rejecting_ends: frozenset[str]  #: end events that say the folder is rejected
    refusal_drawn: frozenset[str]  #: steps whose refusal the drawing takes care of


def compile_circuit(bpmn: bytes) -> Circuit:
    """Compile a drawing. Raises :class:`CircuitRefused` with its findings when it cannot be run as drawn."""
    errors = [finding for finding in check_circuit(bpmn) if finding.level is Level.ERROR]
    if errors:
        raise CircuitRefused(errors)
    process = executable_process(read_xml(bpmn))
    drawing = read_drawing(process)
    try:
        spec = parse(process)
    except Exception as error:  # Spiff raises many kinds; whatever it is, the drawing is refused with its words
        sentence = f"Ce circuit ne peut pas être exécuté : {error}."
        raise CircuitRefused([Finding(Level.ERROR, None, sentence, "Simplifiez le dessin.")]) from error
    ends = (node for node in drawing.nodes.values() if node.kind == END)
    return Circuit(
        process_id=drawing.process_id,
        name=drawing.name,
        sha256=hashlib.sha256(bpmn).hexdigest(),
        steps=drawing.steps(),
        drawing=drawing,
        index=SpecIndex(spec),
        rejecting_ends=frozenset(node.id for node in ends if ours(node.element, "result") == "rejected"),
        refusal_drawn=frozenset(node_id for node_id in drawing.steps() if _reads_outcome_next(drawing, node_id)),
    )


def start(circuit: Circuit, variables: Mapping[str, Any], *, now: datetime) -> Progress:
    """Begin a run with these variables (JSON values)."""
    workflow = BpmnWorkflow(circuit.index.spec, {}, script_engine=_SCRIPT_ENGINE)
    workflow.task_tree.data.update(variables)
    return _go_on(circuit, workflow, frozenset())


def complete(
    circuit: Circuit,
    state: bytes,
    token: str,
    *,
    outcome: str,
    by: Mapping[str, Any],
    variables: Mapping[str, Any],
    now: datetime,
) -> Progress:
    """Complete an open step with its outcome, then run what follows.

    A rejection that the drawing does not take care of ends the run and withdraws every other open step. Raises
    :class:`KeyError` when the step is not open, :class:`CircuitStuck` when the drawing goes round for ever.
    """
    workflow = load(state, circuit.index, _SCRIPT_ENGINE)
    before = _open_tasks(workflow)
    task = before[token]
    element_id = str(task.task_spec.bpmn_id)
    if outcome == "rejected" and element_id not in circuit.refusal_drawn:
        others = tuple(other for other in before if other != token)
        return Progress(state, (), others, None, True, "rejected")
    outcomes = {**task.data.get(OUTCOMES, {}), element_id: {OUTCOME: outcome, **by}}
    task.data.update({**variables, OUTCOME: outcome, OUTCOMES: outcomes})
    task.run()
    return _go_on(circuit, workflow, frozenset(before) - {token})


def advance(circuit: Circuit, state: bytes, *, now: datetime) -> Progress:
    """Run what has become due."""
    workflow = load(state, circuit.index, _SCRIPT_ENGINE)
    return _go_on(circuit, workflow, frozenset(_open_tasks(workflow)))


def open_steps(circuit: Circuit, state: bytes) -> list[OpenStep]:
    """The steps that wait for somebody."""
    tasks = _open_tasks(load(state, circuit.index, _SCRIPT_ENGINE))
    return [_open_step(circuit, token, task) for token, task in tasks.items()]


def forecast(circuit: Circuit, variables: Mapping[str, Any]) -> list[StepSpec]:
    """The steps a folder would cross if everybody approved: decisions are taken on these variables and approvals."""
    drawing, found, seen = circuit.drawing, dict[str, StepSpec](), set[str]()
    context = {**variables, OUTCOME: "approved", OUTCOMES: {}}
    waiting = [node.id for node in drawing.nodes.values() if not node.incoming]
    while waiting:
        node = drawing.nodes[waiting.pop(0)]
        if node.id in seen:
            continue
        seen.add(node.id)
        if node.kind in STEPS:
            found[node.id] = circuit.steps[node.id]
            context[OUTCOMES][node.id] = {OUTCOME: "approved"}
        chosen = node.outgoing
        if node.kind == EXCLUSIVE and len(node.outgoing) > 1:
            chosen = (_choice(drawing, node.id, context),)
        waiting.extend(drawing.flows[flow].target for flow in chosen)
    return list(found.values())


def export_spiff_json(circuit: Circuit, state: bytes) -> str:
    """The run in SpiffWorkflow's own JSON: the way out if this format had to be left."""
    workflow = load(state, circuit.index, _SCRIPT_ENGINE)
    return str(BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure()).serialize_json(workflow))


def _choice(drawing: Drawing, node_id: str, context: Mapping[str, Any]) -> str:
    node = drawing.nodes[node_id]
    for flow_id in node.outgoing:
        condition = drawing.flows[flow_id].condition
        if condition and flow_id != node.default and compile_expression(condition)(context) is True:
            return flow_id
    return node.default or node.outgoing[0]


def _reads_outcome_next(drawing: Drawing, node_id: str) -> bool:
    """Whether a decision that reads the outcome follows this step, before any other step."""
    waiting, seen = [drawing.flows[flow].target for flow in drawing.nodes[node_id].outgoing], set[str]()
    while waiting:
        node = drawing.nodes[waiting.pop()]
        if node.id in seen or node.kind in STEPS or node.kind == PARALLEL:
            continue
        seen.add(node.id)
        flows = [drawing.flows[flow] for flow in node.outgoing]
        read = {name for flow in flows if flow.condition for name in compile_expression(flow.condition).names}
        if node.kind == EXCLUSIVE and read & {OUTCOME, OUTCOMES}:
            return True
        waiting.extend(flow.target for flow in flows)
    return False


def _go_on(circuit: Circuit, workflow: BpmnWorkflow, before: frozenset[str]) -> Progress:
    result = _run_automatic(circuit, workflow)
    after = _open_tasks(workflow)
    finished = bool(workflow.completed)
    state = dump(workflow, circuit.index)
    return Progress(
        state=state,
        opened=() if finished else tuple(_open_step(circuit, t, task) for t, task in after.items() if t not in before),
        closed=tuple(sorted(before if finished else before - set(after))),
        next_due=None,
        finished=finished,
        result=result,
    )


def _run_automatic(circuit: Circuit, workflow: BpmnWorkflow) -> str | None:
    """Run gateways and events within the budget; an end that rejects ends the whole run."""
    steps = 0
    rejected = False

    def before(_task: Task) -> None:
        nonlocal steps
        steps += 1
        if steps > BUDGET:
            raise CircuitStuck("Ce circuit tourne en rond sans jamais demander quelque chose à quelqu’un.")

    def after(task: Task) -> None:
        nonlocal rejected
        rejected = rejected or task.task_spec.bpmn_id in circuit.rejecting_ends

    workflow.do_engine_steps(will_complete_task=before, did_complete_task=after)
    if rejected and not workflow.completed:
        workflow.cancel()
        workflow.completed = True
    return "rejected" if rejected else None


def _open_tasks(workflow: BpmnWorkflow) -> dict[str, Task]:
    return {str(task.id): task for task in workflow.get_tasks(state=TaskState.READY, manual=True)}


def _open_step(circuit: Circuit, token: str, task: Task) -> OpenStep:
    spec = circuit.steps[str(task.task_spec.bpmn_id)]
    return OpenStep(str(UUID(token)), spec.element_id, spec.name, spec.kind, spec.desk)
