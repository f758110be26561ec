"""Random folders in random circuits, played on the engine and on the interpreter, compared after each act."""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass, field, replace

from engine import circuits as engine
from engine.circuits import CircuitRefused
from tests.circuits.oracle.drawing import Circuit
from tests.circuits.oracle.duel import Duel, Wrong, compiled
from tests.circuits.oracle.games import game
from tests.circuits.oracle.generator import Made, generate, variables
from tests.circuits.oracle.playing import Act, NotOpen
from tests.circuits.oracle.writing import write

MOST_REPORTS = 5
FOLDERS = 3
"""In each circuit: publishing one costs more than playing it."""

Published = dict[Circuit, engine.Circuit]


@dataclass
class Tally:
    """What a series of games gave."""

    circuits: int = 0
    transitions: int = 0
    wrong: int = 0
    refused: int = 0
    """Circuits that the engine did not publish: none of their transitions could be compared."""
    refusals: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    """Bytes of the states of open folders, one for each transition."""

    def sized(self, share: float) -> int:
        """The size that ``share`` of the states do not exceed."""
        return sorted(self.sizes)[min(int(len(self.sizes) * share), len(self.sizes) - 1)] if self.sizes else 0

    @property
    def median_size(self) -> int:
        return int(statistics.median(self.sizes)) if self.sizes else 0


def run(transitions: int, seed: int, *, seconds: float | None = None, report: bool = True) -> Tally:
    """Plays circuits ``seed``, ``seed + 1``… until that many transitions are done (or that many seconds gone)."""
    tally, began = Tally(), time.monotonic()
    while tally.transitions < transitions and (seconds is None or time.monotonic() - began < seconds):
        one(seed, tally, report=report)
        seed += 1
    return tally


def one(seed: int, tally: Tally, *, report: bool = True) -> None:
    """One circuit, and several folders in it, each with variables and acts of its own."""
    made = generate(seed)
    published: Published = {}
    tally.circuits += 1
    try:
        compiled(made.circuit, published)
    except CircuitRefused as refusal:
        tally.refused += 1
        tally.refusals.append(f"seed {seed}: {refusal}")
        return
    for folder in range(FOLDERS):
        rng = random.Random(f"{seed}/{folder}")
        filled = made if folder == 0 else replace(made, variables=variables(rng))
        report_of_folder = one_folder(filled, published, rng, tally)
        if report_of_folder and report and len(tally.reports) < MOST_REPORTS:
            tally.reports.append(f"seed {seed}, folder {folder}: {described(filled, published, *report_of_folder)}")


def one_folder(
    made: Made, published: Published, rng: random.Random, tally: Tally
) -> tuple[list[Act], Exception] | None:
    """Plays until the folder ends or goes wrong; then gives the acts and the disagreement."""
    acts: list[Act] = []
    try:
        player = Duel(made.circuit, made.variables, published)
        for act in game(player, rng, made):
            acts.append(act)
            tally.transitions += 1
            player.play(act)
            if not player.run.finished:
                tally.sizes.append(len(player.state))
    except Exception as error:  # whatever is raised is a disagreement, reported with what led to it
        tally.wrong += 1
        return acts, error
    return None


# Reports


def described(made: Made, published: Published, acts: list[Act], error: Exception) -> str:
    """What is needed to see the disagreement again, with as few acts as possible."""
    acts, error = shrunk(made, published, acts, error)
    lines = [f"{type(error).__name__}: {error}", f"variables: {made.variables}", "acts:"]
    lines += [f"  {act}" for act in acts]
    lines += [write(drawn.drawing).decode() for drawn in everything(made.circuit)]
    return "\n".join(lines)


def shrunk(made: Made, published: Published, acts: list[Act], error: Exception) -> tuple[list[Act], Exception]:
    """Acts are taken away one after the other as long as the engine and the interpreter still disagree."""
    place = len(acts) - 2
    while place > 0:
        fewer = acts[:place] + acts[place + 1 :]
        found = replayed(made, published, fewer)
        if found:
            acts, error = fewer[: found[0] + 1], found[1]
            place = min(place, len(acts) - 1)
        place -= 1
    return acts, error


def replayed(made: Made, published: Published, acts: list[Act]) -> tuple[int, Exception] | None:
    """Where a list of acts first goes wrong; ``None`` when it does not, or when it cannot be played any more."""
    playing = Duel(made.circuit, made.variables, published)
    for position, act in enumerate(acts):
        try:
            if playing.run.finished:
                return None
            playing.play(act)
        except NotOpen:
            return None
        except Wrong as error:
            return position, error
    return None


def everything(circuit: Circuit) -> list[Circuit]:
    """A circuit and those that it calls, each once."""
    found = [circuit]
    for one_of in found:
        found += [other for other in one_of.called.values() if other not in found]
    return found
