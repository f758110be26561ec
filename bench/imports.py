"""Foreign files: what importing and checking one takes, and the worst of those made to hurt."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

from bench.measure import PROCESSOR, Figure, Measure, duration, seconds
from engine.circuits import check_circuit
from engine.circuits.importing import import_drawing
from tests.imports.answering import FILES, carried_through
from tests.imports.hostile import LABORIOUS, REFUSED

RUNS = 9


def _foreign() -> Iterator[Figure]:
    """The median over the files of all modellers, each imported with its answers and checked."""
    files = [(path.read_bytes(), _answers(path.read_bytes())) for path in sorted(FILES.glob("*.bpmn"))]

    def each(data: bytes, answers: dict[str, str]) -> float:
        return statistics.median(seconds(partial(import_drawing, data, answers), PROCESSOR) for _ in range(RUNS))

    yield duration("import.median_ms", [each(data, answers) for data, answers in files], "ms")


def _answers(data: bytes) -> dict[str, str]:
    given: dict[str, str] = {}
    carried_through(data, asked=given)
    return given


def _worst() -> Iterator[Figure]:
    """The slowest of all hostile files, imported or checked, whichever takes longer; one call each."""
    files = [*(data for data, _ in REFUSED.values()), *LABORIOUS.values()]
    taken = [
        max(seconds(partial(import_drawing, data, {}), PROCESSOR), seconds(partial(check_circuit, data), PROCESSOR))
        for data in files
    ]
    yield duration("import.max_ms", [max(taken)], "ms")


MEASURES = (Measure(("import.median_ms",), _foreign), Measure(("import.max_ms",), _worst))
