"""SpiffWorkflow as we use it: our parallel join, our expressions, its parser without Python.

Corrections of version 3.2.0 (decision 1): a parallel join visited again counts only the branches of the present round,
and predicts nothing beyond itself before it fires, without which the predicted tree grows as kⁿ.
"""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.parallel_gateway import ParallelGateway as ParallelMixin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.deep_merge import DeepMerge

from engine.feel import compile_expression


class RoundJoin(ParallelGateway):  # type: ignore[misc]
    """A parallel gateway that is right in loops."""

    def _round(self, task: Task) -> Task | None:
        """The end of the previous round: the nearest ancestor that is this same gateway."""
        parent = task.parent
        while parent is not None and parent.task_spec is not self:
            parent = parent.parent
        return parent

    def _siblings(self, task: Task) -> list[Task]:
        began = self._round(task)
        return [
            other
            for other in task.workflow.tasks.values()
            if other.task_spec is self and other is not task and self._round(other) is began
        ]

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        missing = set(self._inputs)
        for task in [*self._siblings(my_task), my_task]:
            if task.parent.state == TaskState.COMPLETED:
                missing.discard(task.parent.task_spec.name)
        return not missing

    def _update_hook(self, my_task: Task) -> bool:
        may_fire = self._check_threshold_unstructured(my_task)
        for other in self._siblings(my_task):
            if other.state == TaskState.WAITING:
                other.cancel()
        if may_fire:
            my_task._inherit_data()
        else:
            my_task._set_state(TaskState.WAITING)
        return may_fire

    def _predict_hook(self, my_task: Task) -> None:
        if len(self._inputs) <= 1:
            super(ParallelMixin, self)._predict_hook(my_task)

    def _run_hook(self, my_task: Task) -> bool:
        for task in sorted(self._siblings(my_task), key=lambda item: item.last_state_change):
            if task.has_state(TaskState.FINISHED_MASK):
                DeepMerge.merge(my_task.data, task.parent.data)
        my_task._inherit_data()
        if len(self._inputs) > 1:
            my_task._sync_children(self.outputs, TaskState.FUTURE)
            for child in my_task.children:
                child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class CircuitParser(BpmnParser):  # type: ignore[misc]
    """The parser, with our join."""

    OVERRIDE_PARSER_CLASSES = {full_tag("parallelGateway"): (GatewayParser, RoundJoin)}  # noqa: RUF012


class FeelEngine(PythonScriptEngine):  # type: ignore[misc]
    """Evaluates conditions in FEEL; runs no script and no Python."""

    def __init__(self) -> None:
        self.environment = self

    def validate(self, expression: str) -> None:
        compile_expression(expression)

    def evaluate(self, task: Task, expression: str, external_context: Any = None) -> Any:
        return compile_expression(expression)(task.data)

    def execute(self, task: Task, script: str, external_context: Any = None) -> Any:
        raise TypeError("scripts do not run in circuits")

    def call_service(self, task: Task, **arguments: Any) -> Any:
        raise TypeError("services are done by workers")


def parse(process: etree._Element) -> Any:
    """The specification of a checked drawing."""
    root = process.getroottree().getroot()
    process.set("isExecutable", "true")
    parser = CircuitParser()
    parser.add_bpmn_xml(root)
    return parser.get_spec(process.get("id"))
