"""What a run is made of: scopes, tokens, and what is open on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.circuits.oracle.drawing import Circuit, Drawing, Flow, Node, Place


@dataclass(eq=False)
class Frame:
    """Variables of a scope, over those around it."""

    own: dict[str, Any] = field(default_factory=dict)
    around: Frame | None = None

    def read(self, name: str) -> Any:
        """A variable, or ``None``; ``outcomes`` of the frames around show through."""
        if name == "outcomes":
            return {**(self.around.read(name) if self.around else {}), **self.own.get(name, {})}
        if name in self.own:
            return self.own[name]
        return self.around.read(name) if self.around else None


@dataclass(eq=False)
class Scope:
    """The process, a sub-process, a called circuit: what holds tokens."""

    drawing: Drawing
    circuit: Circuit
    frame: Frame
    holder: Token | None = None
    instance: Instance | None = None
    age: int = 0
    place: Place = ()
    """Where its nodes are in the file, those of a called circuit at the place of its call."""
    tokens: list[Token] = field(default_factory=list)

    def place_of(self, node: Node) -> Place:
        return (*self.place, self.drawing.rank[node.id])


@dataclass(eq=False)
class Token:
    """Where the run is; ``by`` is the flow that brought it."""

    scope: Scope
    node: Node
    by: Flow | None = None
    instances: list[Instance] = field(default_factory=list)
    ended: list[Instance] = field(default_factory=list)
    """Instances that are done, in the order in which they ended."""
    waits: list[Wait] = field(default_factory=list)


@dataclass(eq=False)
class Instance:
    """One run of an activity: the only one, or one of several (``index`` from 1)."""

    index: int | None
    frame: Frame
    status: str = "future"
    """``future``, ``open``, ``done``, ``withdrawn``."""
    outcome: str = "approved"
    by: dict[str, Any] = field(default_factory=dict)
    collected: Any = None
    seats: list[Seat] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    """Outcomes of its desks, in the order in which they came."""
    scope: Scope | None = None


@dataclass(eq=False)
class Seat:
    """What somebody must do: a step of one desk, or a piece of work."""

    number: int
    token: Token
    instance: Instance
    desk: str = ""
    index: int | None = None
    """From 1: of the instance, or of the desk when the step aims at several."""
    input: Any = None
    outcome: str = ""


@dataclass(eq=False)
class Wait:
    """A token that waits for ``event``: itself a catch event, one after its event gateway, or one on its boundary."""

    token: Token
    event: Node
    since: int
    key: str | None = None
    due: datetime | None = None
    left: int | None = 1
    """How many times a timer fires yet; ``None`` without end."""
    period: str = ""


def scopes_below(scope: Scope) -> Iterator[Scope]:
    """A scope and all that are inside its activities."""
    yield scope
    for token in scope.tokens:
        for instance in token.instances:
            if instance.status == "open" and instance.scope:
                yield from scopes_below(instance.scope)


def lives(token: Token) -> bool:
    """Whether the token is still in the run."""
    if token not in token.scope.tokens:
        return False
    scope = token.scope
    if scope.holder is None or scope.instance is None:
        return True
    return scope.instance.status == "open" and scope.instance in scope.holder.instances and lives(scope.holder)
