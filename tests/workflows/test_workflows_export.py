"""The way out: exported runs go on to their end in stock SpiffWorkflow, asking the same steps as ours."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from engine.circuits import (
    Circuit,
    Example,
    Situation,
    called_circuits,
    compile_circuit,
    export_spiff_json,
    read_examples,
    rehearse,
)
from engine.circuits.timing import after_period

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path.name.removesuffix(".bpmn") for path in files("workflows").iterdir() if path.name.endswith(".bpmn")
)


@cache
def file_of(short_name: str) -> bytes:
    return files("workflows").joinpath(f"{short_name}.bpmn").read_bytes()


@cache
def circuit(short_name: str) -> Circuit:
    bpmn = file_of(short_name)
    return compile_circuit(bpmn, {called: circuit(called) for called in called_circuits(bpmn)})


def moments(example: Example) -> list[str]:
    """When the example begins, and when each of its acts happens."""
    now = example.begins
    found = [now]
    for act in example.acts:
        now = after_period(now, act.after) if act.after else now
        found.append(now)
    return [moment.isoformat() for moment in found]


def plain(situation: Situation) -> dict[str, Any]:
    return {
        "open": sorted(name.rpartition(" (")[0] for name in situation.open),
        "work": sorted(situation.work),
        "finished": situation.finished,
        "rejected": situation.rejected,
    }


def taken_over(jobs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.workflows.stock"],
        cwd=ROOT, input=json.dumps(jobs), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_run_exported_anywhere_goes_on_in_stock_spiff_as_it_would_have_here(name: str) -> None:
    jobs, expected = [], []
    for example in read_examples(files("workflows").joinpath(f"{name}.examples.json").read_bytes()):
        situations, when = rehearse(circuit(name), example), moments(example)
        acts = [
            {
                "kind": act.kind, "name": " ".join(act.name.split()), "desk": act.desk, "outcome": act.outcome,
                "fills": dict(act.fills), "now": now,
            }
            for act, now in zip(example.acts, when[1:], strict=True)
        ]  # fmt: skip
        for point, situation in enumerate(situations):
            if not situation.finished:
                run = export_spiff_json(circuit(name), file_of(name), situation.state)
                jobs.append({"run": run, "now": when[point], "acts": acts[point:]})
                expected.append((example.name, point, [plain(one) for one in situations[point:]]))
    for (example_name, point, ours), theirs in zip(expected, taken_over(jobs), strict=True):
        assert theirs == ours, f"{example_name}, exported after act {point}"
