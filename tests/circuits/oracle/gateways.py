"""Gateways, as the section on tokens says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.circuits.oracle.drawing import Flow, Kind, Node
from tests.circuits.oracle.marks import Scope, Token, scopes_below
from tests.circuits.oracle.paths import reachable_inputs

if TYPE_CHECKING:
    from tests.circuits.oracle.interpreter import Run


class Stuck(Exception):
    """The transition is refused; nothing of it is kept."""


class Gateways:
    """The part of a run that passes gateways."""

    def pass_exclusive(self: Run, token: Token) -> None:
        """The first flow, in the order of the file, whose condition is true, else the default one."""
        flows = token.scope.drawing.outgoing[token.node.id]
        chosen = [flow for flow in flows if is_true(token.scope, token.node, flow)][:1]
        self.spread(token.scope, token.node, [token], chosen or default_of(token.node, flows))

    def pass_parallel(self: Run, token: Token) -> None:
        """Fires when every incoming flow holds a token; takes exactly one from each, the oldest."""
        taken = [waiting[0] for waiting in self.held(token.scope, token.node).values() if waiting]
        if len(taken) == len(token.scope.drawing.incoming[token.node.id]):
            self.spread(token.scope, token.node, taken, token.scope.drawing.outgoing[token.node.id])

    def pass_inclusive(self: Run, token: Token) -> None:
        """One that joins nothing is left at once."""
        if len(token.scope.drawing.incoming[token.node.id]) == 1:
            self.leave_inclusive(token.scope, token.node, [token])

    def fire_one_inclusive_join(self: Run) -> bool:
        """The first that may fire, in the order of the file, then the older scope."""
        joins = [
            (scope.place_of(node), scope.age, scope, node)
            for scope in scopes_below(self.root)
            for node in {token.node for token in scope.tokens if token.node.kind is Kind.INCLUSIVE}
        ]
        for _, _, scope, node in sorted(joins, key=lambda join: join[:2]):
            if self.may_fire(scope, node):
                self.spend()
                self.leave_inclusive(
                    scope, node, [waiting[0] for waiting in self.held(scope, node).values() if waiting]
                )
                return True
        return False

    def may_fire(self: Run, scope: Scope, join: Node) -> bool:
        """For every token elsewhere: a path to an empty flow asks for a path to one that holds a token."""
        holding = {flow for flow, waiting in self.held(scope, join).items() if waiting}
        for token in scope.tokens:
            if token.node is not join:
                reached = reachable_inputs(scope.drawing, token.node.id, join.id)
                if reached - holding and not reached & holding:
                    return False
        return True

    def held(self: Run, scope: Scope, node: Node) -> dict[str, list[Token]]:
        """Tokens on each incoming flow of a join, the oldest first."""
        return {
            flow.id: [token for token in scope.tokens if token.node is node and token.by is flow]
            for flow in scope.drawing.incoming[node.id]
        }

    def leave_inclusive(self: Run, scope: Scope, node: Node, taken: list[Token]) -> None:
        """Every flow whose condition is true, a flow without condition counting as true, else the default one."""
        flows = scope.drawing.outgoing[node.id]
        chosen = [flow for flow in flows if is_true(scope, node, flow)]
        self.spread(scope, node, taken, chosen or default_of(node, flows))

    def spread(self: Run, scope: Scope, node: Node, taken: list[Token], flows: list[Flow]) -> None:
        """Takes tokens away and puts one on each flow; no flow: refused."""
        if not flows:
            raise Stuck
        for token in taken:
            scope.tokens.remove(token)
        made = [Token(scope, scope.drawing.by_id[flow.target], flow) for flow in flows]
        scope.tokens += made
        for token in made:
            self.arrive(token)


def is_true(scope: Scope, node: Node, flow: Flow) -> bool:
    """Whether the token may leave by the flow for itself, not by default."""
    if flow.id == node.default:
        return False
    return flow.condition is None or flow.condition.value(scope.frame.read) is True


def default_of(node: Node, flows: list[Flow]) -> list[Flow]:
    """The default flow, if there is one."""
    return [flow for flow in flows if flow.id == node.default]
