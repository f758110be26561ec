"""A run in stock SpiffWorkflow's own JSON: the way out, should this engine have to be left (decision 2).

The drawing is parsed by Spiff's parser (see :mod:`engine.circuits.export_drawing`), the tokens are placed in a tree of
its tasks, and its serializer writes both. What takes over needs a script engine that evaluates FEEL, executes a script
that is a FEEL context by writing its entries, gives conditions of repeated activities their counters
(``numberOfInstances``…), and writes ``outcome`` and ``outcomes`` after each human step. Who may act, delays and
reminders of steps, and what a service does stay in the drawing: stock Spiff reads none of it. The correlation key of a
message that is awaited is in ``correlations`` of its workflow. Faults of stock Spiff come with it: what is exported
waits as it should, but the next round of a loop over a parallel join may open with a branch missing; and a timer that
is overdue fires at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask, SequentialMultiInstanceTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

from engine.circuits.circuit import Circuit
from engine.circuits.drawing import EVENT_GATEWAY, SCOPES, SERVICE, STEPS
from engine.circuits.export_drawing import (
    NotExportable,
    StockDrawing,
    done_name,
    item_name,
    items_name,
    stock_drawings,
)
from engine.circuits.running.events import moment
from engine.circuits.running.scopes import OUTCOME, Scope
from engine.circuits.running.tokens import AIMED, COUNTS, FLOW, INDEX, KEYS, REMAINING, TIMERS, Token
from engine.circuits.state import load
from engine.circuits.timing import after_period

WAITING = TaskState.WAITING
_ANY = datetime.max.replace(tzinfo=UTC)


def export_spiff_json(circuit: Circuit, bpmn: bytes, state: bytes) -> str:
    """The run as ``BpmnWorkflowSerializer().deserialize_json`` reads it.

    ``bpmn``: the drawing from which ``circuit`` was compiled. Raises :class:`NotExportable` when the run is over, or
    naming the element that stock SpiffWorkflow would run otherwise.
    """
    # Read only here: a third of what the whole room takes to import, for what few will ever use.
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

    run = load(state, circuit, _ANY)
    if run.completed:
        raise NotExportable(None, "il est fini, rien ne reste à faire")
    drawings = stock_drawings(circuit, bpmn)
    parser = BpmnParser()
    try:
        for drawing in drawings.values():
            parser.add_bpmn_xml(drawing.root)
        spec = parser.get_spec(circuit.process_id)
        workflow = BpmnWorkflow(spec, parser.get_subprocess_specs(circuit.process_id))
    except ValidationException as fault:
        raise NotExportable(None, f"SpiffWorkflow ne lit pas son dessin ({fault})") from None
    _Placing(drawings, workflow).scope(workflow, run)
    return str(BpmnWorkflowSerializer().serialize_json(workflow))


class _Placing:
    """Places the tokens of a run in the task trees of a stock workflow."""

    def __init__(self, drawings: Mapping[str, StockDrawing], top: BpmnWorkflow) -> None:
        self.drawings, self.top = drawings, top

    def scope(self, workflow: Any, scope: Scope) -> None:
        """Put the tokens of a scope under the root of its workflow, in place of its first task."""
        root = workflow.task_tree
        for child in root.children:
            workflow._remove_task(child.id)
        root._set_state(TaskState.COMPLETED)
        root.data = deepcopy(dict(scope.view))
        workflow.last_task = root
        seen = set()
        for token in scope.tokens():
            place = (token.task_spec.number, token.internal_data.get(FLOW))
            if token.task_spec.is_join and place in seen:
                raise NotExportable(token.task_spec.node, "plusieurs jetons y attendent sur la même flèche")
            seen.add(place)
            self._token(workflow, token)

    def _token(self, workflow: Any, token: Token) -> None:
        node, root = token.task_spec.node, workflow.task_tree
        specs = workflow.spec.task_specs
        if token.task_spec.is_join:
            source = self._source(token)
            _predict(_child(_child(root, specs[source], TaskState.COMPLETED, token), specs[node.id], WAITING, token))
            return
        guard = specs.get(f"{node.id}.BoundaryEventSplit")
        parent = root if guard is None else _child(root, guard, TaskState.COMPLETED, token)
        if isinstance(specs[node.id], MultiInstanceTask):
            _predict(self._repeated(parent, specs[node.id], token))
        else:
            _predict(self._one(parent, specs[node.id], token))
        for spec in guard.outputs if guard is not None else ():
            if spec.name != node.id:
                self._boundary(parent, spec, token)

    def _source(self, token: Token) -> str:
        """The element from which the token came to its join, in the rewritten drawing."""
        circuit = token.workflow.circuit
        flows = [flow for scope in circuit.drawing.scopes() for flow in scope.flows]
        return self.drawings[circuit.sha256].sources[flows[token.internal_data[FLOW]]]

    def _one(self, parent: Task, spec: Any, token: Token) -> Task:
        """A token that rests on a node, or one instance of an activity."""
        node = token.task_spec.node
        if node.kind in STEPS | {SERVICE}:
            return _child(parent, spec, TaskState.READY, token)
        if node.kind in SCOPES:
            task = _child(parent, spec, TaskState.STARTED, token)
            inner = token.inner()
            if inner is not None:
                workflow = BpmnSubWorkflow(self.top.subprocess_specs[spec.spec], task.id, self.top)
                self.top.subprocesses[task.id] = workflow
                self.scope(workflow, inner)
            return task
        task = _child(parent, spec, WAITING, token)
        rows = token.internal_data.get(TIMERS, ())
        if node.kind == EVENT_GATEWAY and len(rows) > 1:
            raise NotExportable(node, "SpiffWorkflow n’y garde qu’une échéance")
        for row in rows:
            task.internal_data["event_value"] = moment(row[1]).isoformat()
        self._keys(task, token)
        return task

    def _repeated(self, parent: Task, spec: Any, token: Token) -> Task:
        """An activity done several times: instances that are there, and the trace of those that are over."""
        node = token.task_spec.node
        repeat = node.repeat
        assert repeat is not None
        counts = token.internal_data.get(COUNTS)
        whole = _child(parent, spec, TaskState.STARTED, token)
        whole.internal_data["merged"] = []
        if counts is None:  # asked of one desk after all
            whole.data[items_name(node)] = [token.internal_data[AIMED]]
            self._instance(whole, token, 1)
            return whole
        there = {instance.internal_data[INDEX]: instance for instance in token.instances()}
        items = list(token.internal_data.get(REMAINING) or [None] * counts[0])
        for index, instance in there.items():
            items[index - 1] = _seen(instance).get(item_name(repeat))
        whole.data |= {items_name(node): items, done_name(node): [None] * counts[1]}
        if isinstance(spec, SequentialMultiInstanceTask):
            whole.internal_data["remaining"] = list(range(max(there), counts[0]))
        # Which of those that are over said what is no longer known, and only their number counts.
        over = ["rejected"] * counts[3] + ["approved"] * counts[2]
        over += [""] * (counts[1] - len(over))
        for index in range(1, counts[0] + 1):
            if index in there:
                self._instance(whole, there[index], index)
            elif over:
                self._over(whole, index, over.pop())
        return whole

    def _instance(self, whole: Task, token: Token, index: int) -> None:
        spec = whole.workflow.spec.task_specs[whole.task_spec.task_spec]
        task = self._one(whole, spec, token)
        task.triggered = True
        task.internal_data["key_or_index"] = index - 1

    def _over(self, whole: Task, index: int, outcome: str) -> None:
        spec = whole.workflow.spec.task_specs[whole.task_spec.task_spec]
        task = Task(whole.workflow, spec, whole, state=TaskState.COMPLETED)
        task.triggered = True
        task.data = {**deepcopy(whole.data), **({OUTCOME: outcome} if outcome else {})}
        task.internal_data["key_or_index"] = index - 1
        whole.internal_data["merged"].append(str(task.id))

    def _boundary(self, parent: Task, spec: Any, token: Token) -> None:
        """A boundary event that listens, or that has already happened on an activity that goes on."""
        rows = {token.workflow.circuit.specs[row[0]].node.id: row[1:] for row in token.internal_data.get(TIMERS, ())}
        timer = spec.event_definition if isinstance(spec.event_definition, TimerEventDefinition) else None
        row = rows.get(spec.name)
        if timer is not None and row is None:
            _child(parent, spec, TaskState.COMPLETED, token)
            return
        task = _child(parent, spec, WAITING, token)
        if timer is not None and row is not None:
            task.internal_data["event_value"] = _due(token, spec, row)
        self._keys(task, token)
        _predict(task)

    def _keys(self, task: Task, token: Token) -> None:
        for number, key in token.internal_data.get(KEYS, ()):
            event = token.workflow.circuit.specs[number].node.event
            if key and event is not None:
                task.workflow.correlations[event.name] = {"key": key}


def _child(parent: Task, spec: Any, state: int, token: Token) -> Task:
    task = Task(parent.workflow, spec, parent, state=state)
    task.data = deepcopy(dict(_seen(token)))
    return task


def _seen(token: Token) -> Mapping[str, Any]:
    """The variables that a token sees; those of an instance that opened a scope are in it."""
    inner = token.inner() if INDEX in token.internal_data else None
    return token.data if inner is None else inner.view


def _predict(task: Task) -> None:
    """Draw the tasks that may follow: stock Spiff only goes where it has predicted."""
    task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)


def _due(token: Token, spec: Any, row: list[Any]) -> Any:
    """When a boundary timer is due, as stock Spiff keeps it. ``row``: due in ms, then times left and period."""
    due = moment(row[0])
    if not isinstance(spec.event_definition, CycleTimerEventDefinition):
        return due.isoformat()
    node = next(n for _, n in token.workflow.circuit.drawing.every() if n.id == spec.name)
    times, period = row[1:] or (1, "PT0S")
    if "Y" in period or "M" in period.partition("T")[0]:
        raise NotExportable(node, "SpiffWorkflow ne compte pas les mois d’un cycle au calendrier")
    return {"cycles": times, "next": due.isoformat(), "duration": (after_period(due, period) - due).total_seconds()}
