"""One folder played on the interpreter: acts, and what shows after each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from tests.circuits.oracle.drawing import HUMAN, Circuit
from tests.circuits.oracle.gateways import Stuck
from tests.circuits.oracle.interpreter import Run
from tests.circuits.oracle.marks import Seat

BEGINNING = datetime(2027, 1, 29, 12, 0, tzinfo=UTC)
"""When every folder starts: two days before months of different lengths and dates that timers name."""

Key = tuple[Any, ...]
"""What names an open step (element, index, desk) or a piece of work (element, index, service, input)."""


@dataclass(frozen=True)
class Act:
    """What is done to the folder, ``minutes`` after it started."""

    kind: str
    """``start``, ``complete``, ``answer``, ``deliver``, ``advance``."""
    minutes: int = 0
    key: Key = ()
    """Of the step or work; of a message its name and key."""
    outcome: str = "approved"
    account: str = "ana"
    error: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return BEGINNING + timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Seen:
    """What shows after an act, in an order that does not depend on who shows it."""

    refused: bool = False
    taken: bool = True
    """Whether somebody waited for the message."""
    finished: bool = False
    result: str | None = None
    steps: tuple[Key, ...] = ()
    work: tuple[Key, ...] = ()
    awaited: tuple[Key, ...] = ()
    next_due: datetime | None = None
    thrown: tuple[Key, ...] = ()
    withdrawn: tuple[Key, ...] = ()
    """Steps that were open before the act, and are not, other than the one acted upon."""


def ordered(keys: Any) -> tuple[Key, ...]:
    """Keys in an order of their own, whatever they hold."""
    return tuple(sorted(keys, key=repr))


class NotOpen(Exception):
    """The act names a step, a piece of work or a message that is not there."""


class Alone:
    """A folder played on the interpreter."""

    def __init__(self, circuit: Circuit, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.run = Run(circuit)
        self.open: dict[int, Key] = {}
        self.seen = Seen()

    def play(self, act: Act) -> Seen:
        """One act; a refused one leaves the folder as it was."""
        before, saved = dict(self.open), None if act.kind == "start" else self.run.copy()
        seat = self.find(act)
        taken = True
        try:
            taken = self._transition(act, seat)
        except Stuck:
            if saved:
                self.run = saved
            return Seen(refused=True)
        if not taken:
            return Seen(taken=False)
        self.open = {} if self.run.finished else {item.number: key_of(item) for item in self.run.seats()}
        gone = [key for number, key in before.items() if number not in self.open and number != seat]
        self.seen = Seen(
            finished=self.run.finished,
            result=self.run.result,
            steps=ordered(key for key in self.open.values() if len(key) == 3),
            work=ordered(key for key in self.open.values() if len(key) == 4),
            awaited=() if self.run.finished else awaited(self.run),
            next_due=None if self.run.finished else self.run.next_due(),
            thrown=tuple(self.run.thrown),
            withdrawn=ordered(key for key in gone if len(key) == 3),
        )
        return self.seen

    def find(self, act: Act) -> int:
        """The number of the open step or work that the act names: the first of those that nothing tells apart."""
        if act.kind not in ("complete", "answer"):
            return 0
        found = [number for number, key in self.open.items() if key == act.key]
        if not found:
            raise NotOpen(act.key)
        return min(found)

    def _transition(self, act: Act, seat: int) -> bool:
        run = self.run
        if act.kind == "start":
            run.start(self.variables, now=act.now)
        elif act.kind == "complete":
            run.complete(seat, outcome=act.outcome, by=by(act), variables=act.variables, now=act.now)
        elif act.kind == "answer":
            run.answer(seat, variables=act.variables, error=act.error, now=act.now)
        elif act.kind == "deliver":
            return run.deliver(*act.key, variables=act.variables, now=act.now)
        else:
            run.advance(now=act.now)
        return True


def by(act: Act) -> dict[str, Any]:
    """Who acted."""
    return {"desk": act.key[2], "account": act.account}


def key_of(seat: Seat) -> Key:
    """What names a seat of the interpreter."""
    node = seat.token.node
    if node.kind in HUMAN:
        return (node.id, seat.index, seat.desk)
    return (node.id, seat.index, node.service, plain(seat.input))


def plain(value: Any) -> str:
    """A value as text, however its numbers are held."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {plain(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, str):
        return orjson.dumps(value).decode()
    return str(value)


def awaited(run: Run) -> tuple[Key, ...]:
    """Messages that the run waits for."""
    return ordered((wait.event.name, wait.key, wait.event.id) for wait in run.waits("message"))
