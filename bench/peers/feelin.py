"""npm feelin, in a Node process that stays warm between runs."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.measure import NotMeasured

NAME = "npm feelin 8, qui relit l’expression à chaque évaluation"
_SCRIPT = Path(__file__).with_suffix(".mjs")
_PACKAGE = Path(__file__).parents[2] / "node_modules" / "feelin"


class Feelin:
    """The process, which evaluates one expression as often as it is asked."""

    def __init__(self, process: subprocess.Popen[str], source: str, context: Mapping[str, Any]) -> None:
        self._process = process
        self.value = self._ask(source=source, context=context)["value"]

    def seconds(self, runs: int) -> float:
        """What one evaluation took, on average of ``runs``."""
        return float(self._ask(runs=runs)["seconds"])

    def _ask(self, **order: Any) -> dict[str, Any]:
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        asked.write(json.dumps(order) + "\n")
        asked.flush()
        answer: dict[str, Any] = json.loads(answered.readline())
        return answer


@contextmanager
def feelin(source: str, context: Mapping[str, Any]) -> Iterator[Feelin]:
    """An expression in feelin. Raises :class:`NotMeasured` when Node or the package is not there."""
    node = shutil.which("node")
    if node is None or not _PACKAGE.is_dir():
        raise NotMeasured("Node.js ou le paquet npm feelin manque : lancez « npm ci ».")
    with subprocess.Popen([node, _SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Feelin(process, source, context)
        finally:
            process.kill()
