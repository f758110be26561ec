"""The same folder on the engine and on the interpreter, side by side, compared after each act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine import circuits as engine
from tests.circuits.oracle.drawing import Circuit
from tests.circuits.oracle.playing import Act, Alone, Key, Seen, by, ordered, plain
from tests.circuits.oracle.writing import write


class Wrong(Exception):
    """The engine and the interpreter disagree."""


class Duel(Alone):
    """The same folder on the engine, whose state is bytes between two acts."""

    def __init__(
        self, circuit: Circuit, variables: Mapping[str, Any], published: dict[Circuit, engine.Circuit] | None = None
    ) -> None:
        super().__init__(circuit, variables)
        self.engine_circuit = compiled(circuit, {} if published is None else published)
        self.state = b""
        self.tokens: dict[int, str] = {}
        """The engine's token of each open seat."""
        self.asked: dict[str, Key] = {}
        """What names each piece of work, as it was asked for."""

    def play(self, act: Act) -> Seen:
        """One act on both.

        Raises:
            Wrong: with what each of them shows.
        """
        seat = self.find(act)
        known = {token: self.open[number] for number, token in self.tokens.items()}
        token = self.tokens.get(seat, "")
        expected = super().play(act)
        try:
            progress = self._engine(act, token)
        except engine.CircuitStuck:
            got = Seen(refused=True)
        except Exception as error:
            raise Wrong(f"expected {expected}\nthe engine failed: {error!r}") from error
        else:
            got = Seen(taken=False) if progress is None else self._look(progress, known, token)
        if got != expected:
            raise Wrong(difference(expected, got))
        return expected

    def _engine(self, act: Act, token: str) -> engine.Progress | None:
        circuit, state, variables = self.engine_circuit, self.state, dict(act.variables)
        if act.kind == "start":
            return engine.start(circuit, dict(self.variables), now=act.now)
        if act.kind == "complete":
            return engine.complete(
                circuit, state, token, outcome=act.outcome, by=by(act), variables=variables, now=act.now
            )
        if act.kind == "answer":
            return engine.answer(circuit, state, token, variables=variables, error=act.error, now=act.now)
        if act.kind == "deliver":
            name, key = act.key
            return engine.deliver(circuit, state, message=name, key=key, variables=variables, now=act.now)
        return engine.advance(circuit, state, now=act.now)

    def _look(self, progress: engine.Progress, known: dict[str, Key], acted: str) -> Seen:
        """What the engine shows, read again from its state."""
        self.state = progress.state
        steps, work = {}, {}
        if not progress.finished:
            steps = {item.token: step_key(item) for item in engine.open_steps(self.engine_circuit, self.state)}
            work = {item.token: work_key(item) for item in engine.open_work(self.engine_circuit, self.state)}
        self.asked |= {item.token: work_key(item) for item in progress.work}
        for token, key in work.items():
            if self.asked.get(token) != key:
                raise Wrong(f"the work {self.asked.get(token)} is now {key}")
            work[token] = self.asked[token]
        self._follow(steps | work)
        opened, closed = {item.token for item in progress.opened}, set(progress.closed)
        passing = opened & closed
        agree("steps opened", opened - passing, set(steps) - set(known))
        agree("work asked", {item.token for item in progress.work} & set(work), set(work) - set(known))
        gone = {token for token in known if token not in steps and token not in work and token != acted}
        withdrawn = {token for token in gone if len(known[token]) == 3}
        asked = {token for token in known if len(known[token]) == 4}
        agree("steps closed", closed - passing - asked - {acted}, withdrawn)
        return Seen(
            finished=progress.finished,
            result=progress.result,
            steps=ordered(steps.values()),
            work=ordered(work.values()),
            awaited=ordered((item.message, item.key, item.element_id) for item in progress.awaited),
            next_due=progress.next_due,
            thrown=tuple((item.kind, item.name, item.element_id) for item in progress.thrown),
            withdrawn=ordered(known[token] for token in withdrawn),
        )

    def _follow(self, shown: dict[str, Key]) -> None:
        """Seats keep their tokens; new ones are paired by what names them."""
        kept = {number: token for number, token in self.tokens.items() if number in self.open}
        for number, token in kept.items():
            if shown.get(token) != self.open[number]:
                raise Wrong(f"the token {token} of {self.open[number]} now stands for {shown.get(token)}")
        fresh = {token: key for token, key in shown.items() if token not in kept.values()}
        for number, key in self.open.items():
            if number not in kept:
                token = next((token for token, other in fresh.items() if other == key), None)
                if token is not None:
                    kept[number] = token
                    del fresh[token]
        self.tokens = kept


def compiled(circuit: Circuit, done: dict[Circuit, engine.Circuit]) -> engine.Circuit:
    """The engine's circuit, those that it calls first."""
    if circuit not in done:
        called = {short: compiled(other, done) for short, other in circuit.called.items()}
        done[circuit] = engine.compile_circuit(write(circuit.drawing), called=called)
    return done[circuit]


def step_key(step: engine.OpenStep) -> Key:
    """What names a step of the engine."""
    return (step.element_id, step.index, step.desk)


def work_key(work: engine.OpenWork) -> Key:
    """What names a piece of work of the engine."""
    return (work.element_id, work.index, work.service, plain(work.input))


def agree(what: str, said: set[str], found: set[str]) -> None:
    """What ``Progress`` says is what its state holds."""
    if said != found:
        raise Wrong(f"{what}: Progress says {sorted(said)}, the state holds {sorted(found)}")


def difference(expected: Seen, got: Seen) -> str:
    """What differs, one line each."""
    lines = []
    for name in expected.__dataclass_fields__:
        wanted, shown = getattr(expected, name), getattr(got, name)
        if wanted != shown:
            lines.append(f"{name}: expected {wanted}, got {shown}")
            if isinstance(wanted, tuple):
                lines.append(f"    missing {list((Counter(wanted) - Counter(shown)).elements())}")
                lines.append(f"    too many {list((Counter(shown) - Counter(wanted)).elements())}")
    return "\n".join(lines)
