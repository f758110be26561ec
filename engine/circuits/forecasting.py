"""Who would be asked, if everybody approved: the circuit is played on a copy, with the variables of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.circuits.circuit import Circuit
from engine.circuits.playing import advance, answer, complete, deliver, start
from engine.circuits.values import CircuitStuck, OpenStep, OpenWork, Outcome, Progress

#: Acts played before stopping: a circuit that loops on approval would never end.
MAX_ACTS = 300


def forecast(
    circuit: Circuit,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    state: bytes | None = None,
    waiting: list[OpenStep] | None = None,
) -> list[OpenStep]:
    """The steps a folder would still cross, in order: every step approved, every service done, nothing late.

    ``state`` and ``waiting``: play from a run and its open steps, which are not part of the answer; None: from the
    start. A timer or a message that stands alone in the way is taken as come. Stops in silence where the circuit
    cannot go on with what is known today.
    """
    found: list[OpenStep] = []
    try:
        if state is None:
            progress = start(circuit, variables, now=now)
        else:
            progress = Progress(state, tuple(waiting or ()), (), None, False, None)
        found = list(progress.opened) if state is None else []
        steps: list[OpenStep] = list(progress.opened)
        work: list[OpenWork] = list(progress.work)
        for _ in range(MAX_ACTS):
            if progress.finished:
                break
            after = _next(circuit, progress, steps, work, now)
            if after is None:
                break
            progress = after
            gone = set(progress.closed)
            steps = [step for step in steps if step.token not in gone] + list(progress.opened)
            work += progress.work
            found = [step for step in found if step.token not in gone] + list(progress.opened)
    except CircuitStuck:
        return found
    return _each_once(found)


def _next(
    circuit: Circuit, progress: Progress, steps: list[OpenStep], work: list[OpenWork], now: datetime
) -> Progress | None:
    if steps:
        step = steps.pop(0)
        by = {"desk": step.desk}
        return complete(circuit, progress.state, step.token, outcome=Outcome.APPROVED, by=by, variables={}, now=now)
    if work:
        return answer(circuit, progress.state, work.pop(0).token, variables={}, now=now)
    if progress.awaited:
        first = progress.awaited[0]
        return deliver(circuit, progress.state, message=first.message, key=first.key, variables={}, now=now)
    if progress.next_due is not None:
        return advance(circuit, progress.state, now=max(now, progress.next_due) + timedelta(milliseconds=1))
    return None


def _each_once(found: list[OpenStep]) -> list[OpenStep]:
    """A step that a loop asks again on approval is told once."""
    seen: dict[tuple[str, str, int | None], OpenStep] = {}
    for step in found:
        seen.setdefault((step.element_id, step.desk, step.index), step)
    return list(seen.values())
