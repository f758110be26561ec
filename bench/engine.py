"""The engine: whole transitions on each database, and the circuits alone beside other engines.

Against peers, every engine does the same with the same drawing: read the state from SQLite (WAL, synchronous=NORMAL),
complete one step, write the new state and a journal row with the former one, commit.
"""

from __future__ import annotations

import sqlite3
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import transitions
from bench.circuits import STEPS, five_steps
from bench.measure import Figure, Measure, rate, seconds, times
from bench.peers import bpmn_engine, spiff
from engine.circuits import Circuit, Progress, compile_circuit, complete, start
from tests.support.world import NOW

RUNS = 7
#: Runs of the drawing in one sample.
BATCH = 10
#: Runs before the first sample: compilers of JavaScript want to see a thing several times.
WARM_UP = 30

Transition = Callable[[bytes], bytes]


def _alone() -> Iterator[Figure]:
    """Load, run, save: bytes in, bytes out, no database."""
    ours = _Ours()

    def one_run() -> float:
        state = ours.begin()

        def transitions_alone() -> None:
            nonlocal state
            for _ in STEPS:
                state = ours.transition(state)

        return seconds(transitions_alone) / len(STEPS)

    samples = [statistics.fmean(one_run() for _ in range(BATCH)) for _ in range(RUNS + 1)]
    yield rate("engine.transitions_per_s", samples[1:])


def _against_spiff() -> Iterator[Figure]:
    ours, theirs = _Ours(), spiff.Spiff(five_steps(), "p")
    with TemporaryDirectory(prefix="parapheur-bench-") as folder:
        shelf = _Shelf(Path(folder))
        samples: tuple[list[float], list[float]] = ([], [])
        for number in range(RUNS + 1):
            for engine, taken in zip((ours, theirs), samples, strict=True):
                spent = shelf.run(engine.begin, engine.transition)
                if number:
                    taken.append(spent)
        shelf.close()
    yield times("engine.vs_spiff", *samples, spiff.NAME)


def _against_bpmn_engine() -> Iterator[Figure]:
    """Its states are committed by our own hand, after the time that it took itself: no pipe is counted."""
    ours = _Ours()
    with TemporaryDirectory(prefix="parapheur-bench-") as folder, bpmn_engine.bpmn_engine(five_steps()) as process:
        shelf = _Shelf(Path(folder))
        process.run(WARM_UP)
        mine: list[float] = []
        theirs: list[float] = []
        for number in range(RUNS + 1):
            spent = shelf.run(ours.begin, ours.transition)
            runs = process.run(BATCH)
            inside = sum(item.seconds for run in runs for item in run)
            written = sum(_written(shelf, [item.state for item in run]) for run in runs)
            if number:
                mine.append(spent)
                theirs.append((inside + written) / BATCH / len(STEPS))
        shelf.close()
    yield times("engine.vs_bpmn_engine", mine, theirs, bpmn_engine.NAME)


def _written(shelf: _Shelf, states: list[bytes]) -> float:
    following = iter(states)
    return shelf.once(lambda: states[0], lambda _: next(following))


class _Ours:
    """The circuits room, on the drawing of the comparison."""

    def __init__(self) -> None:
        self._circuit: Circuit = compile_circuit(five_steps())
        self._token = ""  #: of the step that waits; in the product, the identifier of its row

    def begin(self) -> bytes:
        """The state of a new run."""
        return self._keep(start(self._circuit, {"title": "Dossier"}, now=NOW))

    def transition(self, state: bytes) -> bytes:
        """Complete the step that waits, from serialised state to serialised state."""
        by = {"account": "a", "desk": "d"}
        return self._keep(complete(self._circuit, state, self._token, outcome="approved", by=by, variables={}, now=NOW))

    def _keep(self, progress: Progress) -> bytes:
        self._token = progress.opened[0].token if progress.opened else ""
        return progress.state


class _Shelf:
    """A run's state and its journal in SQLite, the same for every engine."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "shelf.db", isolation_level=None)
        self._database.executescript(
            "PRAGMA journal_mode=wal; PRAGMA synchronous=NORMAL;"
            "CREATE TABLE run (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state BLOB NOT NULL);"
            "CREATE TABLE entry (run INTEGER, version INTEGER, before BLOB, PRIMARY KEY (run, version));"
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def run(self, begin: Callable[[], bytes], transition: Transition) -> float:
        """Seconds per transition, over several runs of the drawing."""
        return sum(self.once(begin, transition) for _ in range(BATCH)) / BATCH / len(STEPS)

    def once(self, begin: Callable[[], bytes], transition: Transition) -> float:
        """Seconds of the transitions of one run, its start left out."""
        self._database.execute("INSERT OR REPLACE INTO run VALUES (1, 0, ?)", (begin(),))
        self._database.execute("DELETE FROM entry")
        return seconds(lambda: [self._transition(transition) for _ in STEPS])

    def _transition(self, transition: Transition) -> None:
        database = self._database
        database.execute("BEGIN IMMEDIATE")
        version, before = database.execute("SELECT version, state FROM run WHERE id = 1").fetchone()
        after = transition(before)
        database.execute("UPDATE run SET version = version + 1, state = ? WHERE id = 1", (after,))
        database.execute("INSERT INTO entry VALUES (1, ?, ?)", (version, before))
        database.execute("COMMIT")


#: What comes beside these: the other names of docs/figures, each a measure of its own.
FAMILY = (
    Measure(("engine.transitions_per_s",), _alone),
    Measure(("engine.vs_spiff",), _against_spiff),
    Measure(("engine.vs_bpmn_engine",), _against_bpmn_engine),
    Measure(("transition.sqlite_normal_per_s",), partial(transitions.sqlite, "NORMAL")),
    Measure(("transition.sqlite_full_per_s",), partial(transitions.sqlite, "FULL")),
    Measure(("transition.postgres_per_s",), transitions.postgres),
)
