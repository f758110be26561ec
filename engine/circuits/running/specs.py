"""Specifications of nodes: what happens when a token arrives and how it leaves (BPMN 2.0.2 §13.3 and §13.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from engine.circuits.drawing import EXCLUSIVE, INCLUSIVE, Node
from engine.circuits.running import events
from engine.circuits.running.scopes import Scope
from engine.circuits.running.tokens import FLOW, Token
from engine.circuits.values import CircuitStuck
from engine.feel import Expression


@dataclass(slots=True)
class Out:
    """A flow that leaves a node."""

    number: int  #: among the flows of the circuit
    target: NodeSpec
    condition: Expression | None
    default: bool


class NodeSpec(BpmnTaskSpec):  # type: ignore[misc]
    """A node that is left at once: a start, a plain event, the catch of a link; the base of all others."""

    is_step = False
    is_join = False
    is_inclusive_join = False

    def __init__(self, process: ProcessSpec, node: Node, number: int) -> None:
        name = node.id if node.id not in process.task_specs else f"{node.id} ({number})"
        super().__init__(process, name)
        self.bpmn_id, self.bpmn_name = node.id, node.name
        self.node = node
        self.number = number
        self.leaving: list[Out] = []
        self.process = process

    def test(self) -> None:
        """Nothing to look at when a task becomes ready: the drawing was checked before."""

    def _predict_hook(self, token: Token) -> None:
        """Nothing is predicted: a token is where something waits, and nowhere else."""

    def _update_hook(self, token: Token) -> bool:
        return True

    def _on_ready_hook(self, token: Token) -> None:
        token.workflow.run.agenda.append(token)

    def _run_hook(self, token: Token) -> bool | None:
        self.leave(token)
        return True

    def _on_complete(self, token: Token) -> None:
        token.workflow.passed(token)

    def leave(self, token: Token) -> None:
        """Put a token on each flow that is taken."""
        for out in self.chosen(token):
            token.workflow.put(token, out.target, out.number)

    def chosen(self, token: Token) -> Sequence[Out]:
        """The flows by which a token leaves."""
        return self.leaving

    def listens(self, token: Token) -> Sequence[NodeSpec]:
        """The nodes whose events a token that rests here waits for."""
        return ()

    def scope_ended(self, token: Token, inner: Scope) -> None:
        """The scope that this token opened holds no token any more."""
        raise NotImplementedError


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """A scope of a drawing, as Spiff's specification."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.first: NodeSpec
        self.inclusive = False  #: whether it holds an inclusive join


class ThrowSpec(NodeSpec):
    """An event that throws, an end included: a token that is withdrawn by what it threw goes no further."""

    def _run_hook(self, token: Token) -> bool | None:
        events.throw(token, self.node)
        if token._state != TaskState.READY:
            return None
        self.leave(token)
        return True


class CatchSpec(NodeSpec):
    """An event that waits."""

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.WAITING)
        events.arm(token, [self])
        return False

    def listens(self, token: Token) -> Sequence[NodeSpec]:
        """Itself."""
        return (self,)

    def happened(self, token: Token, spec: NodeSpec) -> None:
        """What it waited for has come."""
        token.run()


class EventGatewaySpec(NodeSpec):
    """Waits for the first of several events (§13.4.4)."""

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.WAITING)
        events.arm(token, self.listens(token))
        return False

    def listens(self, token: Token) -> Sequence[NodeSpec]:
        """The events that follow."""
        return [out.target for out in self.leaving]

    def happened(self, token: Token, spec: NodeSpec) -> None:
        """One has come: the token goes through it."""
        token.chosen = spec
        token.run()

    def chosen(self, token: Token) -> Sequence[Out]:
        """The flows of the event that came first."""
        spec: NodeSpec = token.chosen
        return spec.leaving


class ChoiceSpec(NodeSpec):
    """An exclusive gateway, or an inclusive one with a single flow coming in."""

    def chosen(self, token: Token) -> Sequence[Out]:
        """The first flow whose condition is true, or every one; else the default."""
        return choose(self.node, self.leaving, token)


class JoinSpec(NodeSpec):
    """A parallel gateway with several flows coming in: one token from each (§13.4.1)."""

    is_join = True

    def __init__(self, process: ProcessSpec, node: Node, number: int, arriving: Sequence[int]) -> None:
        super().__init__(process, node, number)
        self.arriving = frozenset(arriving)

    def waiting(self, token: Token) -> dict[int, Token]:
        """The oldest token of each flow that has one."""
        found: dict[int, Token] = {}
        for other in token.workflow.tokens():
            if other.task_spec is self and other._state == TaskState.WAITING:
                found.setdefault(other.internal_data[FLOW], other)
        return found

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.WAITING)
        found = self.waiting(token)
        if len(found) < len(self.arriving):
            return False
        self.consume(token, found)
        return True

    def consume(self, token: Token, found: Mapping[int, Token]) -> None:
        """``token`` goes on for all of them."""
        for other in found.values():
            if other is not token:
                other._set_state(TaskState.COMPLETED)
                token.workflow.detach(other)


class InclusiveJoinSpec(JoinSpec):
    """An inclusive gateway with several flows coming in (§13.4.3)."""

    is_inclusive_join = True

    def __init__(self, process: ProcessSpec, node: Node, number: int, arriving: Sequence[int]) -> None:
        super().__init__(process, node, number, arriving)
        process.inclusive = True
        #: For each node of the scope, the flows coming in that can be reached from it without passing here.
        self.reach: dict[str, frozenset[int]] = {}

    def _update_hook(self, token: Token) -> bool:
        token._set_state(TaskState.WAITING)
        return False

    def fire_if_complete(self, token: Token) -> bool:
        """Fire unless a token elsewhere may still come by a flow that is empty, and by none that is not."""
        found = self.waiting(token)
        for other in token.workflow.tokens():
            if other.task_spec is self:
                continue
            reached = self.reach[other.task_spec.node.id]
            if reached - found.keys() and not reached & found.keys():
                return False
        first = next(iter(found.values()))
        self.consume(first, found)
        first._ready()
        return True

    def chosen(self, token: Token) -> Sequence[Out]:
        """Every flow whose condition is true, else the default."""
        return choose(self.node, self.leaving, token)


def choose(node: Node, leaving: Sequence[Out], token: Token) -> Sequence[Out]:
    """The flows that an exclusive or inclusive gateway takes. Raises :class:`CircuitStuck` when there is none."""
    if len(leaving) == 1 and leaving[0].condition is None:
        return leaving
    taken = []
    for out in leaving:
        if out.default:
            continue
        if node.kind == INCLUSIVE if out.condition is None else token.value(out.condition) is True:
            taken.append(out)
            if node.kind == EXCLUSIVE:
                break
    taken = taken or [out for out in leaving if out.default]
    if not taken:
        raise CircuitStuck(
            f"Aucune sortie de la décision {node.label} ne convient à ce dossier. Rien n’a été enregistré ;"
            " prévenez l’administrateur du circuit."
        )
    return taken
