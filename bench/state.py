"""What circuits cost as they grow: bytes of state, histories, wide drawings, timers; and whether they are right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, update

from bench.measure import PROCESSOR, Figure, Measure, alternate, duration, over_floor, seconds
from engine.circuits import Circuit, Progress, compile_circuit, complete, start
from engine.database import Database, table_of
from engine.folders.transitions import TIMER_DUE
from engine.ids import new_id
from engine.work.actions import claim
from engine.work.model import WorkItem
from parapheur.migrating import migrate
from tests.circuits.oracle.differential import Tally, run
from tests.support.drawing import END, START, drawing, exclusive, flow, parallel, step
from tests.support.world import NOW

RUNS = 9
#: Transitions of the random circuits that are compared with the interpreter.
COMPARED = 50_000
FOLDERS = 10_000

_tally: list[Tally] = []


def _compared() -> Tally:
    """Random circuits played on the engine and on the independent interpreter, once for both measures."""
    if not _tally:
        _tally.append(run(COMPARED, seed=1_000_000, report=False))
    return _tally[0]


def _sizes() -> Iterator[Figure]:
    tally = _compared()
    yield Figure("state.median_bytes", tally.median_size, "octets", runs=len(tally.sizes))
    yield Figure("state.p99_bytes", tally.sized(0.99), "octets", runs=len(tally.sizes))


def _right() -> Iterator[Figure]:
    tally = _compared()
    peer = "interprète indépendant, état relu à chaque pas"
    yield Figure("oracle.transitions", tally.transitions, "", peer=peer, runs=tally.circuits)
    yield Figure("oracle.wrong", tally.wrong, "", peer=peer, runs=tally.circuits)


class _Play:
    """A run whose next act can be timed again and again."""

    def __init__(self, bpmn: bytes, **variables: object) -> None:
        self.circuit: Circuit = compile_circuit(bpmn)
        self.progress: Progress = start(self.circuit, variables, now=NOW)
        self.open = [item.token for item in self.progress.opened]

    def act(self, outcome: str = "approved") -> None:
        """Complete the oldest open step and keep what follows."""
        self.progress = self._complete(self.open.pop(0), outcome)
        gone = set(self.progress.closed)
        self.open = [token for token in self.open if token not in gone]
        self.open += [item.token for item in self.progress.opened]

    def again(self) -> None:
        """Complete the oldest open step and keep nothing."""
        self._complete(self.open[0], "approved")

    def _complete(self, token: str, outcome: str) -> Progress:
        return complete(
            self.circuit, self.progress.state, token, outcome=outcome, by={"desk": "d"}, variables={}, now=NOW
        )


def _growth() -> Iterator[Figure]:
    young, old = _looped(5), _looped(400)
    samples = alternate(RUNS, _many(old.again), _many(young.again), clock=PROCESSOR)
    yield over_floor("growth.400_over_5", *samples, "après 5 étapes")
    long, short = _Play(_line(50), title="Dossier"), _Play(_line(5), title="Dossier")
    samples = alternate(RUNS, _many(long.again), _many(short.again), clock=PROCESSOR)
    yield over_floor("growth.50_over_5_steps", *samples, "circuit de 5 étapes")


def _wide() -> Iterator[Figure]:
    for name, bpmn in (("parallel.5x4_ms", _blocks(5, 4)), ("parallel.30_ms", _blocks(1, 30))):
        yield duration(name, _each_act(bpmn))
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>members</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="i" name="member"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    many = f'<bpmn:userTask id="a" name="Accuser réception" parapheur:desk="=member">{loop}</bpmn:userTask>'
    members = [f"membre-{number}" for number in range(69)]
    yield duration("multi.69_ms", _each_act(drawing(START, many, END, flow("start>a a>end")), members=members))


def _timers() -> Iterator[Figure]:
    """A worker's look at the queue: one folder is due among ten thousand that wait."""
    items = table_of(WorkItem)
    with TemporaryDirectory(prefix="parapheur-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder)}/parapheur.db")
        migrate(database)
        with database.writing() as session:
            rows = [
                {
                    "id": new_id(),
                    "kind": TIMER_DUE,
                    "data": "{}",
                    "key": f"{TIMER_DUE}:{number}",
                    "created_at": NOW,
                    "available_at": NOW + timedelta(hours=number),
                    "attempts": 0,
                    "failures": 0,
                }
                for number in range(FOLDERS)
            ]
            session.connection().execute(insert(items), rows)
            session.commit()

        put_back = update(items).where(items.c.available_at > NOW, items.c.attempts > 0)
        samples = []
        for _ in range(RUNS):
            with database.writing() as session:
                session.connection().execute(put_back.values(attempts=0, holder=None, available_at=NOW))
                session.commit()
            samples.append(seconds(lambda: _look(database), PROCESSOR))
        yield duration("timers.10k_ms", samples)
        database.dispose()


def _look(database: Database) -> None:
    with database.writing() as session:
        assert len(claim(session, "mesure", now=NOW)) == 1
        session.commit()


def _many(action: Callable[[], None], times: int = 50) -> Callable[[], None]:
    def batch() -> None:
        for _ in range(times):
            action()

    return batch


def _each_act(bpmn: bytes, **variables: object) -> list[float]:
    """Seconds of processor per act, from the first to the last, for each whole run."""
    samples = []
    for _ in range(RUNS):
        play, count = _Play(bpmn, **variables), 0

        def whole(play: _Play = play) -> None:
            nonlocal count
            while play.open:
                play.act()
                count += 1

        spent = seconds(whole, PROCESSOR)
        samples.append(spent / count)
    return samples


def _looped(done: int) -> _Play:
    """A run after so many completed steps of a loop of two."""
    play = _Play(
        drawing(
            START, exclusive("m", None), step("a"), step("b"), exclusive("x", "yes"), END,
            flow('start>m m>a a>b b>x x>end:yes x>m:no:outcome="refer_back"'),
        )
    )  # fmt: skip
    for number in range(done - done % 2):
        play.act("refer_back" if number % 2 else "approved")
    return play


def _line(steps: int) -> bytes:
    names = ["start", *(f"s{number}" for number in range(steps)), "end"]
    arrows = " ".join(f"{a}>{b}" for a, b in pairwise(names))
    return drawing(START, *(step(name) for name in names[1:-1]), END, flow(arrows))


def _blocks(blocks: int, signatories: int) -> bytes:
    nodes, arrows, last = [START, END], [], "start"
    for block in range(blocks):
        nodes += [parallel(f"p{block}"), parallel(f"j{block}")]
        arrows.append(f"{last}>p{block}")
        for number in range(signatories):
            nodes.append(step(f"s{block}-{number}"))
            arrows += [f"p{block}>s{block}-{number}", f"s{block}-{number}>j{block}"]
        last = f"j{block}"
    return drawing(*nodes, flow(" ".join([*arrows, f"{last}>end"])))


FAMILY = (
    Measure(("growth.400_over_5", "growth.50_over_5_steps"), _growth),
    Measure(("parallel.5x4_ms", "parallel.30_ms", "multi.69_ms"), _wide),
    Measure(("timers.10k_ms",), _timers),
    Measure(("state.median_bytes", "state.p99_bytes"), _sizes),
    Measure(("oracle.transitions", "oracle.wrong"), _right),
)
