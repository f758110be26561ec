"""A token: a task of SpiffWorkflow that only exists while something waits."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from engine.circuits.values import CircuitStuck
from engine.feel import Expression, FeelError, compile_expression

if TYPE_CHECKING:
    from engine.circuits.running.scopes import Scope
    from engine.circuits.running.specs import NodeSpec

#: Keys of ``internal_data``, short because they are stored. Flow by which a token came to a join.
FLOW = "f"
#: Timers armed: rows of [node number, due in ms, times left, period].
TIMERS = "d"
#: Messages awaited: rows of [node number, correlation key].
KEYS = "k"
#: Which instance of a repeated activity this is, from 1.
INDEX = "i"
#: Variables of an instance.
LOCALS = "v"
#: Counters of a repeated activity, see ``repeat.Counts``.
COUNTS = "n"
#: What remains of the list of a sequential activity.
REMAINING = "r"
#: Input of a service task, as it was when it was asked.
INPUT = "w"
#: Desk of a step that an expression gives, as it was when the step opened.
AIMED = "b"
#: What the instances of an activity gave: rows of [index, value].
OUTPUTS = "o"

#: States of a token that is there.
LIVE = TaskState.FUTURE | TaskState.WAITING | TaskState.READY | TaskState.STARTED


class Token(Task):  # type: ignore[misc]
    """Spiff's task without what made it slow or wrong here.

    No random identifier, no clock, no log at each change; children are only tokens, never predictions; data are those
    of the scope, shared, not copied from parent to child.
    """

    workflow: Scope
    task_spec: NodeSpec
    chosen: NodeSpec  #: of an event gateway: the event that came first

    def __init__(self, scope: Scope, spec: NodeSpec, parent: Token | None, serial: int) -> None:
        self.id = serial
        self.workflow = scope
        self.task_spec = spec
        self._parent = None if parent is None else parent.id
        self._children: list[int] = []
        self._state = TaskState.FUTURE
        self.triggered = False
        self.thread_id = 0
        self.last_state_change = 0.0
        self.internal_data: dict[str, Any] = {}
        scope.tasks[serial] = self
        if parent is not None:
            parent._children.append(serial)

    @property
    def data(self) -> Mapping[str, Any]:
        """The variables that this token sees."""
        own = self.internal_data.get(LOCALS)
        return self.workflow.view if own is None else ChainMap(own, *maps_of(self.workflow.view))

    def value(self, expression: Expression | str) -> Any:
        """The value of a FEEL expression here and now. Raises :class:`CircuitStuck` when it cannot be calculated."""
        compiled = compile_expression(expression) if isinstance(expression, str) else expression
        try:
            return compiled(self.data, self.workflow.run.now)
        except FeelError as fault:
            raise CircuitStuck(
                f"Une expression de {self.task_spec.node.label} ne peut pas être calculée : {fault}."
                " Rien n’a été enregistré."
            ) from None

    def write(self, variables: Mapping[str, Any]) -> None:
        """Write variables where this token may: its own, if it is an instance, else those of its scope."""
        own = self.internal_data.get(LOCALS)
        (self.workflow.own if own is None else own).update(variables)

    @property
    def is_live(self) -> bool:
        """Whether it is still there."""
        return bool(self._state & LIVE)

    def instances(self) -> Iterator[Token]:
        """The instances of a repeated activity that are there."""
        for serial in tuple(self._children):
            yield self.workflow.tasks[serial]

    def whole(self) -> Token:
        """The repeated activity of which this token is an instance; itself when it is none."""
        if self._parent:
            found: Token = self.workflow.tasks[self._parent]
            return found
        return self

    def inner(self) -> Scope | None:
        """The scope that this token opened."""
        found: Scope | None = self.workflow.run.subprocesses.get(self.id)
        return found

    def _set_state(self, value: int) -> None:
        self._state = value

    def _inherit_data(self) -> None:
        """Nothing to inherit: variables belong to the scope."""


def maps_of(view: Mapping[str, Any]) -> list[Any]:
    """The layers of a view, innermost first."""
    return view.maps if isinstance(view, ChainMap) else [view]
