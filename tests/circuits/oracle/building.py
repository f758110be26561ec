"""The material of the generator: a drawing under construction, and what is known where one draws."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

from tests.circuits.oracle.drawing import Circuit, Drawing, Flow, Kind, Node
from tests.circuits.oracle.expressions import Both, Count, Expression, Given, Item, Lit, Name, Not, Text, Two

VARIABLES: dict[str, list[Any]] = {
    "amount": [0, 1, 2, 3, 4, 5],
    "tenth": [0.1, 0.2, 0.3],
    "color": ["red", "green", "blue"],
    "urgent": [True, False],
    "note": ["yes", "no"],
}
"""What steps may fill, with the values that acts give."""

CONSTANTS: dict[str, Any] = {
    "emitter": "mairie",
    "hierarchy": ["direction", "cabinet"],
    "nobody": [],
    "two": ["u1", "u2"],
    "three": ["v1", "v2", "v3"],
    "four": ["w1", "w2", "w3", "w4"],
    "pair": ["left", "right"],
    "soon": "PT3H",
    "later": "P2D",
    "case": "k7",
    "notes": [],
}
LISTS = ("nobody", "two", "three", "four")


@dataclass(frozen=True)
class Context:
    """Where one draws."""

    depth: int
    items: tuple[Expression, ...] = ()
    """What tells apart the instances of the repeated activities around."""
    counted: bool = False
    """Whether an activity around repeats without items: nothing may then repeat inside."""
    in_branch: bool = False
    """Whether a parallel join waits for what is drawn: it may not just end."""
    in_loop: bool = False
    """Whether this scope may come here again: nothing may then stay behind, or it would be open twice."""
    concurrent: bool = False
    """Whether other tokens run beside: a circuit is then not called twice, its open steps could not be told apart."""
    in_scope: bool = False
    """Whether an activity is around, for errors and escalations."""

    def inside(self, *items: Expression, counted: bool = False) -> Context:
        return replace(
            self,
            depth=self.depth - 1,
            items=(*self.items, *items),
            counted=counted,
            in_branch=False,
            in_loop=False,
            in_scope=True,
        )

    def branch(self) -> Context:
        return replace(self, in_branch=True, concurrent=True)


@dataclass(frozen=True)
class Tail:
    """An arrow that leaves ``node`` and leads nowhere yet."""

    node: str
    condition: Expression | None = None
    default: bool = False


@dataclass
class Names:
    """Identifiers never given twice in one game, and how much is left to draw."""

    rng: random.Random
    left: int
    given: dict[str, int] = field(default_factory=dict)
    reusable: dict[str, Circuit] = field(default_factory=dict)
    """Circuits already drawn that may be called again."""

    def new(self, prefix: str) -> str:
        self.given[prefix] = self.given.get(prefix, 0) + 1
        return f"{prefix}{self.given[prefix]}"


class Builder:
    """One drawing under construction."""

    def __init__(self, names: Names, drawing_id: str) -> None:
        self.names, self.rng, self.id = names, names.rng, drawing_id
        self.nodes: list[Node] = []
        self.flows: list[Flow] = []
        self.called: dict[str, Circuit] = {}
        self.steps: list[str] = []
        """Human steps drawn so far in this circuit, for conditions that read what they ended with."""

    def add(self, kind: Kind, prefix: str, tail: Tail | None = None, **said: Any) -> Tail:
        """A node, reached by ``tail``."""
        node = Node(self.names.new(prefix), kind, **said)
        self.nodes.append(node)
        if tail:
            self.connect(tail, node.id)
        return Tail(node.id)

    def connect(self, tail: Tail, target: str) -> None:
        flow = Flow(self.names.new("f"), tail.node, target, tail.condition)
        self.flows.append(flow)
        if tail.default:
            self.node(tail.node).default = flow.id

    def node(self, identifier: str) -> Node:
        return next(node for node in self.nodes if node.id == identifier)

    def merge(self, kind: Kind, prefix: str, tails: list[Tail]) -> Tail:
        """A gateway where several branches meet."""
        met = self.add(kind, prefix)
        for tail in tails:
            self.connect(tail, met.node)
        return met

    def drawing(self) -> Drawing:
        """The drawing; half of the time in an order that says nothing."""
        if self.rng.random() < 0.5:
            self.rng.shuffle(self.nodes)
            self.rng.shuffle(self.flows)
        return Drawing(self.id, self.nodes, self.flows)

    # Expressions

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def condition(self) -> Expression:
        """Something about the variables, or about what earlier steps ended with."""
        rng = self.rng
        simple: list[Expression] = [
            Two(Name("amount"), rng.choice(["<", "<=", "=", ">=", ">", "!="]), Lit(rng.randint(1, 4))),
            Two(Name("color"), rng.choice(["=", "!="]), Lit(rng.choice(VARIABLES["color"]))),
            Two(Name("urgent"), "=", Lit(True)),
            Two(Two(Name("tenth"), "+", Lit(0.2)), "=", Lit(0.3)),
            Two(Count("notes"), ">=", Lit(rng.randint(1, 3))),
            Two(Item("notes", rng.randint(1, 3)), "=", Lit("yes")),
            Two(Name("never"), "=", Lit(1)),
        ]
        if self.steps:
            step = rng.choice(self.steps)
            simple.append(Two(Given(step), "=", Lit(rng.choice(["approved", "rejected"]))))
            simple.append(Two(Given(step, "account"), "=", Lit(rng.choice(["ana", "bob"]))))
        chosen = rng.choice(simple)
        if self.chance(0.15):
            return Not(chosen)
        if self.chance(0.2):
            return Both(chosen, rng.choice(["and", "or"]), rng.choice(simple))
        return chosen

    def told_apart(self, base: str, context: Context, *more: Expression) -> str | Expression:
        """A text that differs from one instance to another."""
        made: str | Expression = base
        for item in (*context.items, *more):
            made = Two(Lit(base) if isinstance(made, str) else made, "+", item)
        return made


def counter_text() -> Expression:
    """The counter of the instance, as a text."""
    return Text(Name("loopCounter"))
