"""Activities: human steps, work, sub-processes, called circuits; each alone or repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow import TaskState

from engine.circuits.aims import is_calculated
from engine.circuits.drawing import Node
from engine.circuits.running import events, repeat
from engine.circuits.running.aiming import desk_of
from engine.circuits.running.scopes import OUTCOME, OUTCOMES, Inner, Scope
from engine.circuits.running.specs import NodeSpec, ProcessSpec
from engine.circuits.running.tokens import AIMED, INDEX, INPUT, LOCALS, Token
from engine.circuits.values import Outcome

#: Outcomes that end the folder unless the drawing takes care of them.
REFUSALS = frozenset({Outcome.REJECTED, Outcome.REFER_BACK})


class ActivitySpec(NodeSpec):
    """Something that takes time. A token rests here; what was asked for is asked for once, or once per instance."""

    def __init__(self, process: ProcessSpec, node: Node, number: int) -> None:
        super().__init__(process, node, number)
        self.boundaries: Sequence[NodeSpec] = ()

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.STARTED)
        if self.boundaries:
            events.arm(token, self.boundaries)
        if self.node.repeat is None:
            self.begin(token)
        elif repeat.begin(token):
            token.run()
        return False

    def listens(self, token: Token) -> Sequence[NodeSpec]:
        """Its boundary events; those of a repeated activity belong to the whole."""
        return () if INDEX in token.internal_data else self.boundaries

    def begin(self, token: Token) -> None:
        """Ask, or open a scope."""
        raise NotImplementedError

    def done(self, token: Token, outcome: str | None = None, by: Mapping[str, Any] | None = None) -> None:
        """The activity, or one instance of it, is over: the token goes on."""
        if INDEX in token.internal_data:
            repeat.instance_done(token, outcome, by)
        else:
            token.run()


class StepSpec(ActivitySpec):
    """A human step: what SpiffWorkflow calls a manual task."""

    is_step = True

    def __init__(self, process: ProcessSpec, node: Node, number: int) -> None:
        super().__init__(process, node, number)
        self.manual = True

    def begin(self, token: Token) -> None:
        """Wait for somebody."""
        token._set_state(TaskState.READY)
        several = self.node.repeat is not None and self.node.repeat.of_desks and INDEX in token.internal_data
        assert self.node.step is not None
        if is_calculated(self.node.step.desk) and not several:
            token.internal_data[AIMED] = desk_of(self.node, token)
        token.workflow.run.opened[token.id] = token

    def is_ready(self, token: Token) -> bool:
        """Whether somebody may act on this token: it is no repeated step as a whole."""
        return bool(token._state == TaskState.READY)

    def complete(self, token: Token, outcome: str, by: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        """Somebody acted."""
        if self.node.repeat is not None and self.node.repeat.of_desks:
            token.workflow.own.update(variables)
        else:
            token.write(variables)
        if INDEX in token.internal_data:
            self.done(token, outcome, by)
        else:
            self.conclude(token, outcome, by)

    def conclude(self, token: Token, outcome: str, by: Mapping[str, Any]) -> None:
        """Write the outcome of the whole step, then go on, unless it is a refusal that the drawing ignores."""
        if outcome in REFUSALS and self.node.id not in token.workflow.circuit.refusal_drawn:
            token._set_state(TaskState.COMPLETED)
            token.workflow.run.reject()
            return
        self.record(token, outcome, by)
        token.run()

    def record(self, token: Token, outcome: str, by: Mapping[str, Any]) -> None:
        """Write the outcome where conditions read it."""
        own = token.workflow.own
        own[OUTCOME] = outcome
        if token.workflow.circuit.keeps_outcomes:
            own[OUTCOMES] = {**token.data.get(OUTCOMES, {}), self.node.id: {OUTCOME: outcome, **by}}


class WorkSpec(ActivitySpec):
    """A service task: a worker does it outside the transaction, then answers."""

    def begin(self, token: Token) -> None:
        """Wait for the worker."""
        token._set_state(TaskState.WAITING)
        assert self.node.service is not None
        if self.node.service.input:
            token.internal_data[INPUT] = events.as_context(token.value(self.node.service.input))
        token.workflow.run.asked[token.id] = token

    def is_waiting(self, token: Token) -> bool:
        """Whether a worker may answer."""
        return bool(token._state == TaskState.WAITING)

    def fail(self, token: Token, code: str) -> None:
        """The worker answered with an error."""
        events.throw_error(token, code, token.workflow.run)


class SubProcessSpec(ActivitySpec):
    """An embedded sub-process."""

    def __init__(self, process: ProcessSpec, node: Node, number: int, inside: ProcessSpec) -> None:
        super().__init__(process, node, number)
        self.inside = inside

    def begin(self, token: Token) -> None:
        """Open the scope; an instance has variables of its own."""
        token._set_state(TaskState.STARTED)
        own = token.internal_data.pop(LOCALS, None) if INDEX in token.internal_data else None
        Inner(token.workflow.circuit, self.inside, token, own).begin()

    def scope_ended(self, token: Token, inner: Scope) -> None:
        """Go on."""
        if not inner.shares:
            token.internal_data[LOCALS] = inner.own
        self.done(token, inner.own.get(OUTCOME))


class CallSpec(ActivitySpec):
    """A call activity: another circuit, in the version pinned when this one was published."""

    def begin(self, token: Token) -> None:
        """Open the scope of the called circuit, with variables of its own over those of its caller."""
        token._set_state(TaskState.STARTED)
        called = token.workflow.circuit.called[self.node.called]
        Inner(called, called.spec, token, {}).begin()

    def scope_ended(self, token: Token, inner: Scope) -> None:
        """What the called circuit wrote goes to its caller, except the outcomes of its own steps."""
        token.write({name: value for name, value in inner.own.items() if name not in {OUTCOME, OUTCOMES}})
        self.done(token, inner.own.get(OUTCOME))
