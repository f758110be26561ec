"""The state of a run as a compact, versioned array: only what is still needed to go on.

Format 1: ``[1, [[spec, parent, state, changed_ms, id(, updates, deletions, internal)], …], last, flags, data]``, tasks
with parents first. Specifications are indexes in the circuit, which is stored once; predicted tasks are computed again
at load; data are kept as differences with the parent. No type names are interpreted: a form field may have any name.
When one token is left, the history above it is dropped: it is in the journal.
"""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task

FORMAT = 1
_FINISHED = TaskState.FINISHED_MASK
_PREDICTED = TaskState.PREDICTED_MASK | TaskState.FUTURE
_ACTIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED
_TRIGGERED = 1 << 9


class SpecIndex:
    """Task specifications of a circuit by number; made once, never changed."""

    def __init__(self, spec: Any) -> None:
        self.spec = spec
        self.names = list(spec.task_specs)
        self.number = {name: index for index, name in enumerate(self.names)}
        self.objects = [spec.task_specs[name] for name in self.names]


def dump(workflow: BpmnWorkflow, index: SpecIndex) -> bytes:
    """The state to store. Forgets the history of a run that has one token left."""
    _forget(workflow)
    rows: list[list[Any]] = []
    position: dict[UUID, int] = {}
    waiting = [workflow.task_tree.id]
    while waiting:
        task = workflow.tasks[waiting.pop()]
        parent = workflow.tasks.get(task._parent)
        if task._state & _PREDICTED and parent is not None and not parent._state & _FINISHED:
            continue
        position[task.id] = len(rows)
        rows.append(_row(task, parent, position, index))
        waiting.extend(reversed(task._children))
    last = position.get(workflow.last_task.id, -1) if workflow.last_task is not None else -1
    flags = int(workflow.success) | 2 * int(workflow.completed)
    return orjson.dumps([FORMAT, rows, last, flags, workflow.data or None])


def load(state: bytes, index: SpecIndex, script_engine: Any) -> BpmnWorkflow:
    """The run behind a stored state. Raises :class:`ValueError` for a format that this version does not know."""
    version, rows, last, flags, data = orjson.loads(state)
    if version != FORMAT:
        raise ValueError(f"state format {version} is unknown to this version")
    workflow = BpmnWorkflow(index.spec, {}, script_engine=script_engine, deserializing=True)
    tasks: list[Task] = []
    for row in rows:
        tasks.append(_task(row, tasks, workflow, index))
    workflow.task_tree = tasks[0]
    workflow.last_task = tasks[last] if last >= 0 else None
    workflow.success, workflow.completed = bool(flags & 1), bool(flags & 2)
    workflow.data = data or {}
    for task in tasks:
        if not task._state & (_FINISHED | _PREDICTED):
            task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    return workflow


def _row(task: Task, parent: Task | None, position: dict[UUID, int], index: SpecIndex) -> list[Any]:
    updates, deletions = (task.data or None, None) if parent is None else _difference(parent.data, task.data)
    row: list[Any] = [
        index.number[task.task_spec.name],
        -1 if parent is None else position[parent.id],
        task._state | (_TRIGGERED if task.triggered else 0),
        int(task.last_state_change * 1000),
        base64.b64encode(task.id.bytes)[:22].decode(),
    ]
    if updates or deletions or task.internal_data:
        row += [updates, deletions, task.internal_data or None]
    return row


def _task(row: list[Any], before: list[Task], workflow: BpmnWorkflow, index: SpecIndex) -> Task:
    spec, parent, state, changed, identifier, *rest = row
    updates, deletions, internal = rest or (None, None, None)
    task = Task.__new__(Task)
    task.id = UUID(bytes=base64.b64decode(identifier + "=="))
    task.workflow, task._children, task.task_spec = workflow, [], index.objects[spec]
    task._state, task.triggered = state & (_TRIGGERED - 1), state >= _TRIGGERED
    task.thread_id, task.last_state_change = 0, changed / 1000
    task.internal_data = internal or {}
    if parent < 0:
        task._parent, task.data = None, updates or {}
    else:
        above = before[parent]
        task._parent = above.id
        above._children.append(task.id)
        dropped = set(deletions or ())
        task.data = {key: value for key, value in above.data.items() if key not in dropped} | (updates or {})
    workflow.tasks[task.id] = task
    return task


def _difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any] | None, list[str] | None]:
    updates = {key: value for key, value in after.items() if key not in before or before[key] != value}
    deletions = [key for key in before if key not in after]
    return updates or None, deletions or None


def _forget(workflow: BpmnWorkflow) -> None:
    if workflow.completed:
        return
    active = [task for task in workflow.tasks.values() if task._state & _ACTIVE]
    if len(active) != 1 or active[0].parent is None:
        return
    task, root = active[0], workflow.task_tree
    if task.parent is root and len(root._children) == 1:
        return
    root.data, root.internal_data = task.parent.data, {}
    kept, waiting = {root.id: root}, [task]
    while waiting:
        item = waiting.pop()
        kept[item.id] = item
        waiting.extend(item.children)
    workflow.tasks = kept
    root._children, task._parent = [task.id], root.id
    if workflow.last_task is not None and workflow.last_task.id not in kept:
        workflow.last_task = root
