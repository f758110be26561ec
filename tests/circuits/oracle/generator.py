"""Random circuits from a seed: blocks within blocks, and a share of webs of inclusive joins.

Nearly all of them can be published. A folder may wait for a signal that nobody throws; a few webs in loops are refused
rightly, since by the rule of paths a join may go on, and come round again, while one of its branches is still open.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.circuits.oracle.activity_blocks import ActivityBlocks
from tests.circuits.oracle.building import CONSTANTS, VARIABLES, Builder, Context, Names, Tail
from tests.circuits.oracle.drawing import Circuit, Kind
from tests.circuits.oracle.event_blocks import EventBlocks
from tests.circuits.oracle.expressions import Two, outcome_is


@dataclass(frozen=True)
class Made:
    """A circuit and the variables with which its folder starts."""

    circuit: Circuit
    variables: dict[str, Any]


def generate(seed: int) -> Made:
    """The circuit of ``seed``, always the same."""
    rng = random.Random(seed)
    names = Names(rng, left=rng.choice([4, 10, 16, 24, 36]))
    made = Draughtsman(names, "folder").whole(Context(depth=3))
    return Made(made, variables(rng))


def variables(rng: random.Random) -> dict[str, Any]:
    """What a folder starts with."""
    return {**CONSTANTS, **{name: rng.choice(values) for name, values in VARIABLES.items()}}


class Draughtsman(ActivityBlocks, EventBlocks, Builder):
    """Draws one circuit, or what is inside one sub-process."""

    def whole(self, context: Context) -> Circuit:
        """Start, blocks, end."""
        tail = self.add(Kind.START, "start")
        for _ in range(1 if context.in_scope else 2):
            tail = self.blocks(tail, context)
        self.finish(tail, context)
        return Circuit(self.drawing(), self.called)

    def another(self, drawing_id: str) -> Draughtsman:
        return Draughtsman(self.names, drawing_id)

    def blocks(self, tail: Tail, context: Context) -> Tail:
        """One to three blocks in a row."""
        for _ in range(self.rng.choice([1, 2, 2, 3])):
            tail = self.block(tail, context)
        return tail

    def block(self, tail: Tail, context: Context) -> Tail:
        """One block, simple when there is little left to draw."""
        self.names.left -= 1
        simple: list[Callable[[Tail, Context], Tail]] = [self.step, self.step, self.step, self.work, self.thrown]
        nested = [
            *[self.parallel, self.exclusive, self.inclusive, self.loop, self.web] * 2,
            *[self.sub_process, self.call, self.repeated] * 2,
            *[self.guarded, self.guarded, self.event_gateway, self.caught, self.linked, self.rendezvous],
        ]
        if self.names.left > 0 and context.depth > 0 and self.chance(0.75):
            return self.rng.choice(nested)(tail, context)
        return self.rng.choice(simple)(tail, context)

    # Gateways

    def split(self, tail: Tail, kind: Kind, count: int) -> list[Tail]:
        """A gateway and the beginnings of its branches; a decision always has a default branch."""
        gate = self.add(kind, {"parallelGateway": "and", "inclusiveGateway": "or"}.get(kind, "xor"), tail)
        if kind is Kind.PARALLEL:
            return [gate] * count
        fallback = self.rng.randrange(count)
        conditions = [None if kind is Kind.INCLUSIVE and self.chance(0.4) else self.condition() for _ in range(count)]
        return [
            replace(gate, default=True) if place == fallback else replace(gate, condition=condition)
            for place, condition in enumerate(conditions)
        ]

    def branches(self, tails: list[Tail], context: Context) -> list[Tail]:
        """Something on each branch, now and then nothing."""
        inner = replace(context, depth=context.depth - 1)
        return [tail if self.chance(0.1) else self.blocks(tail, inner) for tail in tails]

    def parallel(self, tail: Tail, context: Context) -> Tail:
        tails = self.split(tail, Kind.PARALLEL, self.rng.randint(2, 3))
        return self.merge(Kind.PARALLEL, "join", self.branches(tails, context.branch()))

    def exclusive(self, tail: Tail, context: Context) -> Tail:
        tails = self.split(tail, Kind.EXCLUSIVE, self.rng.randint(2, 3))
        return self.merge(Kind.EXCLUSIVE, "merge", self.branches(tails, context))

    def inclusive(self, tail: Tail, context: Context) -> Tail:
        tails = self.split(tail, Kind.INCLUSIVE, self.rng.randint(2, 4))
        return self.merge(Kind.INCLUSIVE, "orjoin", self.branches(tails, replace(context, concurrent=True)))

    def loop(self, tail: Tail, context: Context) -> Tail:
        """Blocks, then a step that may send everything back."""
        again = self.add(Kind.EXCLUSIVE, "again", tail)
        inner = replace(context, depth=context.depth - 1, in_loop=True)
        last = self.plain_step(self.blocks(again, inner), context)
        gate = self.add(Kind.EXCLUSIVE, "xor", last)
        back = outcome_is(self.rng.choice(["refer_back", "rejected"]))
        if self.chance(0.3):
            back = Two(back.left, "!=", outcome_is("approved").right)
        self.connect(replace(gate, condition=back), again.node)
        return replace(gate, default=True)

    def web(self, tail: Tail, context: Context) -> Tail:
        """Two inclusive joins one after the other, reached early, late, or not at all, from several splits."""
        first, second = self.add(Kind.INCLUSIVE, "web"), self.add(Kind.INCLUSIVE, "web")
        inner = replace(context, depth=context.depth - 1, concurrent=True)
        tails = self.split(tail, self.rng.choice([Kind.PARALLEL, Kind.INCLUSIVE]), self.rng.randint(2, 4))
        met = False
        while tails:
            branch = self.block(tails.pop(), inner)
            roll = self.rng.random()
            if roll < 0.3 and self.names.left > 0:
                self.names.left -= 2
                tails += self.split(branch, self.rng.choice([Kind.EXCLUSIVE, Kind.PARALLEL, Kind.INCLUSIVE]), 2)
            elif roll < 0.4 and (met or tails) and not (context.in_branch or context.in_loop):
                self.add(Kind.END, "end", branch)
            elif roll < 0.55 and (met or tails):
                self.connect(branch, second.node)
            else:
                self.connect(branch, first.node)
                met = True
        self._between(first, second, inner)
        return second

    def _between(self, first: Tail, second: Tail, inner: Context) -> None:
        """From the first join to the second, by one way or by several that the first join chooses itself."""
        if self.chance(0.5):
            self.connect(self.block(first, inner), second.node)
            return
        for place in range(2):
            way = replace(first, default=True) if place == 0 else replace(first, condition=self.condition())
            self.connect(self.block(way, inner), second.node)

    # Ends

    def finish(self, tail: Tail, context: Context) -> None:
        """The end of a drawing."""
        roll = self.rng.random()
        if context.in_scope and self.chance(0.15):
            self.add(Kind.END, "end", tail, trigger="escalation", name=self.code())
        elif roll < 0.8:
            self.add(Kind.END, "end", tail)
        elif roll < 0.9:
            self.add(Kind.END, "end", tail, trigger="signal", name=self.signal_name())
        else:
            self.add(Kind.END, "end", tail, trigger="message", name=self.message_name(), service="mail")

    def dead_end(self, tail: Tail, context: Context) -> None:
        """An end that something else than the usual way leads to: whatever may stand in a branch."""
        ends: list[dict[str, Any]] = [{"trigger": "terminate"}, {"rejects": True}]
        if context.in_scope:
            ends += [{"trigger": "error", "name": self.code()}] * 3
        self.add(Kind.END, "end", tail, **self.rng.choice(ends))
