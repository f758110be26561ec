"""An independent interpreter of ``docs/circuits.md``: tokens in plain Python lists, nothing shared with the engine.

It favours being read next to the specification over being quick: paths are searched again, waiting tokens are gathered
by walking the run. Each method names the sentence that it plays.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.circuits.oracle.activities import Activities
from tests.circuits.oracle.drawing import ACTIVITIES, Circuit, Kind, Node
from tests.circuits.oracle.events import Events
from tests.circuits.oracle.gateways import Gateways, Stuck
from tests.circuits.oracle.marks import Frame, Scope, Seat, Token, lives, scopes_below

BUDGET = 1_000


@dataclass
class Run(Gateways, Activities, Events):
    """One folder in its circuit. After each act, look at ``steps``, ``work``, ``awaited``, ``thrown``, ``next_due``."""

    circuit: Circuit
    root: Scope = field(init=False)
    finished: bool = False
    result: str | None = None
    thrown: list[tuple[str, str, str]] = field(default_factory=list)
    """Of the last transition: kind, name, element."""
    now: datetime = field(init=False)
    clock: int = 0
    """Numbers given in order: to seats, to scopes, to those who begin to wait."""
    turn: deque[Token] = field(default_factory=deque)
    """Tokens on automatic nodes, in the order in which they reached them."""
    spent: int = 0

    # Transitions

    def start(self, variables: Mapping[str, Any], *, now: datetime) -> None:
        """A token on the start event."""
        self._begin(now)
        self.root = Scope(self.circuit.drawing, self.circuit, Frame(dict(variables)), age=self.tick())
        self.arrive_at_start(self.root)
        self.settle()

    def complete(
        self, seat: int, *, outcome: str, by: Mapping[str, Any], variables: Mapping[str, Any], now: datetime
    ) -> None:
        """A human step ends, for one desk of one instance."""
        found = next(item for item in self.seats() if item.number == seat)
        self._begin(now)
        found.instance.frame.own.update(variables)
        self.act(found, outcome, dict(by))
        self.settle()

    def answer(self, seat: int, *, variables: Mapping[str, Any], error: str | None, now: datetime) -> None:
        """A worker answers a service task."""
        found = next(item for item in self.seats() if item.number == seat)
        self._begin(now)
        if error is None:
            found.instance.frame.own.update(variables)
            self.end_instance(found.token, found.instance)
        else:
            self.throw_error(found.token, error)
        self.settle()

    def deliver(self, message: str, key: str | None, *, variables: Mapping[str, Any], now: datetime) -> bool:
        """The first token that waits for the message takes it; false when none does."""
        waiting = [wait for wait in self.waits("message") if (wait.event.name, wait.key) == (message, key)]
        if not waiting:
            return False
        self._begin(now)
        waiting[0].token.scope.frame.own.update(variables)
        self.happen(waiting[0])
        self.settle()
        return True

    def advance(self, *, now: datetime) -> None:
        """Due timers, one at a time, in the order of their moments, then of the file, then of arrival."""
        self._begin(now)
        while due := sorted(
            (wait for wait in self.waits("timer") if wait.due <= now),
            key=lambda wait: (wait.due, wait.token.scope.place_of(wait.event), wait.since),
        ):
            self.spend()
            self.happen(due[0])
            self.settle()

    def copy(self) -> Run:
        """The run as it is, for a transition that may be refused."""
        return copy.deepcopy(self)

    # What shows

    def seats(self) -> list[Seat]:
        """Open steps and open work, in the order in which they opened."""
        found = [
            seat
            for scope in scopes_below(self.root)
            for token in scope.tokens
            for instance in token.instances
            if instance.status == "open"
            for seat in instance.seats
            if not seat.outcome
        ]
        return sorted(found, key=lambda seat: seat.number)

    def next_due(self) -> datetime | None:
        """The moment of the next timer."""
        return min((wait.due for wait in self.waits("timer")), default=None)

    # Moving

    def _begin(self, now: datetime) -> None:
        assert not self.finished
        self.now, self.spent, self.thrown = now, 0, []

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def spend(self) -> None:
        """Budget: more than 1 000 automatic nodes in one transition is a circuit that goes round for ever."""
        self.spent += 1
        if self.spent > BUDGET:
            raise Stuck

    def settle(self) -> None:
        """Automatic nodes in the order in which tokens reached them; inclusive joins once nothing else can move."""
        while not self.finished:
            while self.turn and not self.finished:
                token = self.turn.popleft()
                if lives(token):
                    self.spend()
                    self.pass_node(token)
            if self.finished or not self.fire_one_inclusive_join():
                break
        self.turn.clear()

    def arrive_at_start(self, scope: Scope) -> None:
        token = Token(scope, scope.drawing.start)
        scope.tokens.append(token)
        self.turn.append(token)

    def arrive(self, token: Token) -> None:
        """A token reaches a node: an automatic one awaits its turn, everything else happens at once."""
        kind = token.node.kind
        if kind in ACTIVITIES:
            self.open_activity(token)
        elif kind is Kind.EVENTS:
            for flow in token.scope.drawing.outgoing[token.node.id]:
                self.wait(token, token.scope.drawing.by_id[flow.target])
        elif kind is Kind.CATCH and token.node.trigger != "link":
            self.wait(token, token.node)
        else:
            self.turn.append(token)

    def leave(self, token: Token, node: Node) -> None:
        """The token goes on after ``node``: the one it is on, or the event that takes it away."""
        token.waits, token.instances, token.ended = [], [], []
        flows = token.scope.drawing.outgoing[node.id]
        if not flows:
            self.consume(token)
            return
        [flow] = flows
        token.node, token.by = token.scope.drawing.by_id[flow.target], flow
        self.arrive(token)

    def add(self, scope: Scope, node: Node) -> None:
        """One more token, that goes on after ``node``."""
        token = Token(scope, node)
        scope.tokens.append(token)
        self.leave(token, node)

    def consume(self, token: Token) -> None:
        """A scope ends when it holds no token; the activity that opened it is then left."""
        scope = token.scope
        scope.tokens.remove(token)
        if not scope.tokens:
            self.end_scope(scope)

    def end_scope(self, scope: Scope) -> None:
        if scope.holder is None or scope.instance is None:
            self.finished = True
            return
        if scope.holder.node.kind is Kind.CALL:
            written = {name: value for name, value in scope.frame.own.items() if name not in ("outcome", "outcomes")}
            scope.instance.frame.own.update(written)
        scope.instance.outcome = "rejected" if scope.frame.own.get("outcome") == "rejected" else "approved"
        self.end_instance(scope.holder, scope.instance)

    def end_run(self) -> None:
        """The whole folder ends as rejected, wherever the token is."""
        self.finished, self.result = True, "rejected"
        self.root.tokens.clear()
        self.turn.clear()

    def pass_node(self, token: Token) -> None:
        """One automatic node is left."""
        kind = token.node.kind
        if kind is Kind.END:
            self.end(token)
        elif kind is Kind.THROW:
            self.throw(token)
        elif kind is Kind.EXCLUSIVE:
            self.pass_exclusive(token)
        elif kind is Kind.PARALLEL:
            self.pass_parallel(token)
        elif kind is Kind.INCLUSIVE:
            self.pass_inclusive(token)
        else:
            self.leave(token, token.node)
