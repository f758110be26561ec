"""Drawings by hand, in a few words, and folders played in them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tests.circuits.oracle.drawing import Circuit, Drawing, Flow, Kind, Node, Timer
from tests.circuits.oracle.expressions import Expression
from tests.circuits.oracle.playing import Act, Alone, Key


def step(identifier: str, **said: Any) -> Node:
    """A user task; its desk has its name."""
    return Node(identifier, Kind.STEP, **{"desk": identifier, **said})


def work(identifier: str, **said: Any) -> Node:
    """A service task."""
    return Node(identifier, Kind.WORK, **{"service": "seal", **said})


def xor(identifier: str) -> Node:
    return Node(identifier, Kind.EXCLUSIVE)


def both(identifier: str) -> Node:
    return Node(identifier, Kind.PARALLEL)


def some(identifier: str) -> Node:
    return Node(identifier, Kind.INCLUSIVE)


def first(identifier: str) -> Node:
    return Node(identifier, Kind.EVENTS)


def end(identifier: str = "end", trigger: str = "", name: str = "", **said: Any) -> Node:
    return Node(identifier, Kind.END, trigger=trigger, name=name, **said)


def throw(identifier: str, trigger: str = "", name: str = "") -> Node:
    said = {"service": "mail"} if trigger == "message" else {}
    return Node(identifier, Kind.THROW, trigger=trigger, name=name, **said)


def catch(identifier: str, trigger: str, name: str = "", **said: Any) -> Node:
    return Node(identifier, Kind.CATCH, trigger=trigger, name=name, **said)


def bound(identifier: str, attached: str, trigger: str, name: str = "", **said: Any) -> Node:
    return Node(identifier, Kind.BOUNDARY, trigger=trigger, name=name, attached=attached, **said)


def within(identifier: str, drawing: Drawing, **said: Any) -> Node:
    """A sub-process."""
    return Node(identifier, Kind.SUB, inside=drawing, **said)


def call(identifier: str, short: str, **said: Any) -> Node:
    return Node(identifier, Kind.CALL, called=short, **said)


def lasts(duration: str | Expression) -> Timer:
    return Timer("timeDuration", duration)


def sketch(*nodes: Node, arrows: str, when: dict[str, Expression] | None = None, start: str = "start") -> Drawing:
    """A start event, ``nodes``, and flows: ``a>b c>d!>e`` (``!``: by default), conditions by arrow."""
    flows, conditions = [], dict(when or {})
    made = Drawing(f"of-{start}", [Node(start, Kind.START), *nodes], flows)
    for word in arrows.split():
        for source, target in pairwise(word.split(">")):
            ends = source.rstrip("!"), target.rstrip("!")
            twice = sum((flow.source, flow.target) == ends for flow in flows)
            flow = Flow("-".join(ends) + "-again" * twice, *ends, conditions.pop(">".join(ends), None))
            flows.append(flow)
            if target.endswith("!"):
                made.by_id[flow.source].default = flow.id
    assert not conditions, conditions
    return made


class Hand:
    """A folder played by hand; ``minutes`` is the time since it started."""

    def __init__(self, player: type[Alone], drawing: Drawing, called: dict[str, Circuit], **variables: Any) -> None:
        self.player = player(Circuit(drawing, called), variables)
        self.minutes = 0
        self._play(Act("start"))

    def _play(self, act: Act) -> Hand:
        self.seen = self.player.play(act)
        return self

    def act(self, identifier: str, outcome: str = "approved", *, account: str = "ana", **filled: Any) -> Hand:
        """Completes an open step, named by its element, or by its element and its desk (``element/desk``)."""
        element, _, desk = identifier.partition("/")
        key = self._key(self.seen_now().steps, element, desk)
        return self._play(Act("complete", self.minutes, key, outcome, account, variables=filled))

    def answer(self, identifier: str, error: str | None = None, *, index: int | None = None, **filled: Any) -> Hand:
        """Answers a service task."""
        key = next(k for k in self.seen_now().work if k[0] == identifier and index in (None, k[1]))
        return self._play(Act("answer", self.minutes, key, error=error, variables=filled))

    def receive(self, message: str, key: str, **brought: Any) -> Hand:
        return self._play(Act("deliver", self.minutes, (message, key), variables=brought))

    def wait(self, minutes: int) -> Hand:
        """Time goes by, then timers are looked at."""
        self.minutes += minutes
        return self._play(Act("advance", self.minutes))

    def seen_now(self) -> Any:
        """What showed last: a refused act, or a message that nobody took, changes nothing."""
        return self.player.seen

    @staticmethod
    def _key(keys: tuple[Key, ...], element: str, desk: str) -> Key:
        return next(key for key in keys if element == key[0] and desk in ("", key[2]))

    @property
    def open(self) -> str:
        """Open steps: their elements, or ``element/desk`` where they differ."""
        steps = [key[0] if key[0] == key[2] else f"{key[0]}/{key[2]}" for key in self.seen_now().steps]
        return " ".join(sorted(steps + [f"({key[0]})" for key in self.seen_now().work]))

    @property
    def ended(self) -> str:
        """``no``, ``yes`` or ``rejected``."""
        if not self.seen_now().finished:
            return "no"
        return self.seen_now().result or "yes"
