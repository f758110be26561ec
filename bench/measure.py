"""What is measured and how: figures, medians of interleaved runs, and what a family is made of."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

#: How many of each unit there are in one second.
_PER_SECOND = {"s": 1.0, "ms": 1_000.0, "µs": 1_000_000.0}


class NotMeasured(Exception):
    """Something that a measure needs is not on this machine; the message says what, in French."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table and of ``var/bench.json``."""

    name: str
    value: float
    unit: str
    floor: float | None = None  #: in the same unit: what the machine itself takes for the least that must be done
    ratio: float | None = None  #: cost over the floor's cost, or the peer's cost over ours
    peer: str | None = None  #: what the floor or the peer is
    runs: int = 1

    def as_json(self) -> dict[str, Any]:
        """The object written in the file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Measure:
    """A function that yields figures, and the names that it answers for."""

    names: tuple[str, ...]
    run: Callable[[], Iterable[Figure]]


#: A family is a sequence of measures.
Family = Sequence[Measure]


#: Seconds that go by.
WALL = time.perf_counter
#: Seconds of processor that this process has used: what others do on the machine does not count. For what only
#: computes, it is the time that goes by on a quiet machine.
PROCESSOR = time.process_time


def seconds(action: Callable[[], object], clock: Callable[[], float] = WALL) -> float:
    """How long one call takes."""
    start = clock()
    action()
    return clock() - start


def alternate(runs: int, *actions: Callable[[], object], clock: Callable[[], float] = WALL) -> list[list[float]]:
    """Seconds of each action at each run, taken in turn so that noise falls on all alike; one call before counts not.

    A list per action, in their order.
    """
    samples: list[list[float]] = [[] for _ in actions]
    for number in range(runs + 1):
        for action, taken in zip(actions, samples, strict=True):
            spent = seconds(action, clock)
            if number:
                taken.append(spent)
    return samples


def duration(
    name: str, samples: Sequence[float], unit: str = "ms", *, floor: Sequence[float] = (), peer: str | None = None
) -> Figure:
    """The median of these seconds, in ``unit``; the ratio says how many times the floor it takes."""
    factor = _PER_SECOND[unit]
    return Figure(
        name=name,
        value=statistics.median(samples) * factor,
        unit=unit,
        floor=statistics.median(floor) * factor if floor else None,
        ratio=_ratio(samples, floor),
        peer=peer,
        runs=len(samples),
    )


def rate(name: str, samples: Sequence[float], *, floor: Sequence[float] = (), peer: str | None = None) -> Figure:
    """How many per second, from the seconds that one takes; the ratio says how many times the floor one costs."""
    return Figure(
        name=name,
        value=1 / statistics.median(samples),
        unit="/s",
        floor=1 / statistics.median(floor) if floor else None,
        ratio=_ratio(samples, floor),
        peer=peer,
        runs=len(samples),
    )


def times(name: str, ours: Sequence[float], theirs: Sequence[float], peer: str) -> Figure:
    """How many times the peer takes what we take: above 1, we are the faster ones."""
    ratio = _ratio(theirs, ours)
    assert ratio is not None
    return Figure(name=name, value=ratio, unit="×", ratio=ratio, peer=peer, runs=len(ours))


def over_floor(name: str, samples: Sequence[float], floor: Sequence[float], peer: str) -> Figure:
    """How many times the floor something takes, as a figure of its own."""
    ratio = _ratio(samples, floor)
    assert ratio is not None
    return Figure(name=name, value=ratio, unit="×", floor=1.0, ratio=ratio, peer=peer, runs=len(samples))


def _ratio(samples: Sequence[float], floor: Sequence[float]) -> float | None:
    """Run by run, since both were taken in turn: a slow moment of the machine counts on both sides."""
    if not floor:
        return None
    return statistics.median(one / other for one, other in zip(samples, floor, strict=True))
