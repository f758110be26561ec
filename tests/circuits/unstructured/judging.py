"""What the check says of a drawing, and what then becomes of folders that go through it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.circuits import (
    Circuit,
    CircuitRefused,
    CircuitStuck,
    Finding,
    Level,
    Outcome,
    Progress,
    advance,
    answer,
    check_circuit,
    compile_circuit,
    complete,
    deliver,
    open_steps,
    open_work,
    start,
)
from tests.circuits.oracle.building import VARIABLES
from tests.circuits.oracle.drawing import Circuit as Drawn
from tests.circuits.oracle.duel import compiled
from tests.circuits.oracle.generator import generate
from tests.circuits.oracle.writing import write
from tests.circuits.unstructured.sketching import drawn

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MAX_ACTS = 40
FOLDERS = 3


@dataclass
class Judged:
    """What was seen."""

    drawings: int = 0
    sound: int = 0
    acts: int = 0
    finished: int = 0
    stuck: list[str] = field(default_factory=list)


def is_sound(findings: list[Finding]) -> bool:
    """Whether a check declares a drawing sound: nothing wrong, and nothing left unproved."""
    return not any(finding.level is Level.ERROR or finding.sentence.startswith("Non prouvé") for finding in findings)


def judge(seed: int, judged: Judged) -> None:
    """Check the drawing of a seed; if it is declared sound, play folders through it."""
    judged.drawings += 1
    bpmn = drawn(seed)
    if not is_sound(check_circuit(bpmn)):
        return
    judged.sound += 1
    play(compile_circuit(bpmn), random.Random(seed), judged, f"seed {seed}")


def judge_blocks(seed: int, judged: Judged) -> None:
    """The same with a drawing made of blocks, with all that the specification holds, and the circuits it calls."""
    made = generate(seed)
    judged.drawings += 1
    published: dict[Drawn, Circuit] = {}
    try:
        whole = compiled(made.circuit, published)
    except CircuitRefused:
        return
    for drawn_one, circuit in published.items():
        if not is_sound(check_circuit(write(drawn_one.drawing), circuit.called)):
            return
    judged.sound += 1
    play(whole, random.Random(seed), judged, f"seed {seed}, blocks", **made.variables)


def play(circuit: Circuit, rng: random.Random, judged: Judged, name: str, **brought: object) -> None:
    """Play a few folders, each act chosen at random among all that can happen."""
    for _ in range(FOLDERS):
        try:
            fields = {"n": rng.randint(0, 10), "m": rng.randint(1, 4)}
            progress = start(circuit, {**fields, **brought}, now=NOW)
            for _ in range(MAX_ACTS):
                if progress.finished:
                    judged.finished += 1
                    break
                progress = _act(circuit, progress, rng)
                judged.acts += 1
        except (CircuitStuck, Waiting) as fault:
            judged.stuck.append(f"{name}: {fault!r}")
            return


class Waiting(Exception):
    """Nothing can happen any more, and the folder is not finished."""


def _act(circuit: Circuit, progress: Progress, rng: random.Random) -> Progress:
    state = progress.state
    steps, work = open_steps(circuit, state), open_work(circuit, state)
    choices = [*steps, *work, *progress.awaited, *([progress.next_due] if progress.next_due else [])]
    if not choices:
        raise Waiting
    chosen = rng.choice(choices)
    if chosen in steps:
        outcome = rng.choice([Outcome.APPROVED, Outcome.APPROVED, Outcome.REJECTED])
        fills = circuit.at(chosen.path).steps[chosen.element_id].fills  # type: ignore[union-attr]
        given = {name: rng.choice(VARIABLES[name]) if name in VARIABLES else rng.randint(0, 10) for name in fills}
        by = {"desk": "dgs"}
        return complete(circuit, state, chosen.token, outcome=outcome, by=by, variables=given, now=NOW)  # type: ignore[union-attr]
    if chosen in work:
        return answer(circuit, state, chosen.token, variables={}, now=NOW)  # type: ignore[union-attr]
    if isinstance(chosen, datetime):
        return advance(circuit, state, now=chosen)
    found = deliver(circuit, state, message=chosen.message, key=chosen.key, variables={}, now=NOW)  # type: ignore[union-attr]
    assert found is not None
    return found
