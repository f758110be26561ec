"""Goes on with exported runs in stock SpiffWorkflow: a process of its own, which knows nothing of our engine.

Reads ``[{run, now, acts}]`` as JSON on the standard input; writes, for each run, where it is after loading and after
each act. The script engine is what export.py asks of who takes over: FEEL, scripts that are contexts, counters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.defaults import EndEvent, NoneTask
from SpiffWorkflow.bpmn.specs.event_definitions import timer
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.task import Task

from engine.feel import compile_expression


class Clock(datetime):
    """What stock timers call now."""

    moment: datetime

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return cls.moment


class FeelEngine(PythonScriptEngine):
    """Conditions, timers and scripts in FEEL."""

    def evaluate(self, task: Task, expression: str, external_context: Any = None) -> Any:
        value = compile_expression(expression)({**task.data, **counters(task)})
        return value.isoformat() if isinstance(value, date) else value

    def execute(self, task: Task, script: str, external_context: Any = None) -> bool:
        task.data.update(compile_expression(script)(task.data))
        return True


def counters(task: Task) -> Mapping[str, int]:
    """How many instances there are, if this is one."""
    whole = task.parent
    if not task.triggered or not isinstance(whole.task_spec, MultiInstanceTask):
        return {}
    over = [c.data for c in whole.task_spec._instances(whole) if c.has_state(TaskState.COMPLETED)]
    total = len(whole.task_spec.data_input.get(whole))
    refused = [data for data in over if data.get("outcome") in {"rejected", "refer_back"}]
    return {
        "numberOfInstances": total,
        "numberOfCompletedInstances": len(over),
        "numberOfActiveInstances": total - len(over),
        "numberOfTerminatedInstances": 0,
        "numberOfRejected": len(refused),
        "numberOfApproved": len(over) - len(refused),
    }


class Taken:
    """One run, taken over."""

    def __init__(self, run: str, now: str) -> None:
        self.workflow: BpmnWorkflow = BpmnWorkflowSerializer().deserialize_json(run)
        self.workflow.script_engine = FeelEngine()
        self.moves = 0
        self.at(now)

    def at(self, now: str) -> None:
        self.moves += 1  # stock timers fire after their moment, not at it
        Clock.moment = datetime.fromisoformat(now) + timedelta(milliseconds=self.moves)
        self.settle()

    def settle(self) -> None:
        self.workflow.do_engine_steps()
        self.workflow.refresh_timers()
        self.workflow.do_engine_steps()

    def situation(self) -> dict[str, Any]:
        ends = [t for t in self.workflow.get_tasks(state=TaskState.COMPLETED) if isinstance(t.task_spec, EndEvent)]
        finished = self.workflow.is_completed()
        return {
            "open": sorted(name(task) for task in self.open()),
            "work": sorted(name(task) for task in self.work()),
            "finished": finished,
            "rejected": finished
            and any(isinstance(t.task_spec.event_definition, TerminateEventDefinition) for t in ends),
        }

    def open(self) -> list[Task]:
        return [task for task in self.ready() if not isinstance(task.task_spec, NoneTask)]

    def work(self) -> list[Task]:
        return [task for task in self.ready() if isinstance(task.task_spec, NoneTask)]

    def ready(self) -> list[Task]:
        return list(self.workflow.get_tasks(state=TaskState.READY, manual=True))

    def play(self, act: Mapping[str, Any]) -> None:
        self.at(act["now"])
        if act["kind"] == "step":
            step = next(t for t in self.open() if name(t) == act["name"] and act["desk"] in {"", item(t)})
            step.data.update(act["fills"], outcome=act["outcome"])
            step.run()
        elif act["kind"] == "work":
            work = next(task for task in self.work() if name(task) == act["name"])
            work.data.update(act["fills"])
            work.run()
        elif act["kind"] == "message":
            self.workflow.send_event(BpmnEvent(MessageEventDefinition(act["name"]), payload=act["fills"]))
        self.settle()


def name(task: Task) -> str:
    return " ".join((task.task_spec.bpmn_name or "").split())


def item(task: Task) -> str:
    """Whom an instance asks."""
    whole = task.parent
    if not task.triggered or not isinstance(whole.task_spec, MultiInstanceTask):
        return ""
    return str(whole.task_spec.data_input.get(whole)[task.internal_data["key_or_index"]])


def main() -> None:
    timer.datetime = Clock
    answers = []
    for job in json.load(sys.stdin):
        taken = Taken(job["run"], job["now"])
        found = [taken.situation()]
        for act in job["acts"]:
            try:
                taken.play(act)
            except StopIteration:  # what is asked here is not asked there: the comparison says it
                break
            found.append(taken.situation())
        answers.append(found)
    assert not any(module.startswith("engine.circuits") for module in sys.modules)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
