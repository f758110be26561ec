"""npm bpmn-engine, in a Node process that stays warm between runs."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import NotMeasured

NAME = "npm bpmn-engine 25, même circuit, mêmes écritures SQLite"
_SCRIPT = Path(__file__).with_suffix(".mjs")
_PACKAGE = Path(__file__).parents[2] / "node_modules" / "bpmn-engine"


@dataclass(frozen=True, slots=True)
class Transition:
    """What one transition took inside the engine, and the state that it gave."""

    seconds: float
    state: bytes


class BpmnEngine:
    """The process, which runs the drawing as often as it is asked."""

    def __init__(self, process: subprocess.Popen[str], bpmn: bytes) -> None:
        self._process = process
        self._ask(source=bpmn.decode())

    def run(self, count: int) -> list[list[Transition]]:
        """Run the drawing ``count`` times from its start to its end: the transitions of each run."""
        return [
            [Transition(item["ms"] / 1000, item["state"].encode()) for item in transitions]
            for transitions in self._ask(runs=count)["runs"]
        ]

    def _ask(self, **order: Any) -> dict[str, Any]:
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        asked.write(json.dumps(order) + "\n")
        asked.flush()
        answer: dict[str, Any] = json.loads(answered.readline())
        return answer


@contextmanager
def bpmn_engine(bpmn: bytes) -> Iterator[BpmnEngine]:
    """The engine with this drawing. Raises :class:`NotMeasured` when Node or the package is not there."""
    node = shutil.which("node")
    if node is None or not _PACKAGE.is_dir():
        raise NotMeasured("Node.js ou le paquet npm bpmn-engine manque : lancez « npm ci ».")
    with subprocess.Popen([node, _SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield BpmnEngine(process, bpmn)
        finally:
            process.kill()
