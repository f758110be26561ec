"""The runner of the measurements: what it writes, what it keeps, what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import FAILED, FAMILIES, OK, WRONG_USAGE, main
from bench.measure import Figure, Measure, NotMeasured, alternate, duration, over_floor, rate, times
from bench.table import table

ROOT = Path(__file__).parents[2]


def one(name: str, value: float = 2.0) -> Measure:
    return Measure((name,), lambda: [Figure(name, value, "ms")])


def written(output: Path) -> dict[str, Any]:
    return {item["name"]: item for item in json.loads(output.read_text())}


def test_a_family_is_written_with_every_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = Figure("tiny.thing_ms", 1234.5, "ms", floor=500.0, ratio=2.469, peer="le plancher", runs=3)
    families = {"tiny": (Measure(("tiny.thing_ms",), lambda: [figure]), one("tiny.other"))}
    output = tmp_path / "var" / "bench.json"
    assert main([], families, output) == OK
    assert json.loads(output.read_text()) == [
        {
            "name": "tiny.thing_ms",
            "value": 1234.5,
            "unit": "ms",
            "floor": 500.0,
            "ratio": 2.469,
            "peer": "le plancher",
            "runs": 3,
        },
        {"name": "tiny.other", "value": 2.0, "unit": "ms", "floor": None, "ratio": None, "peer": None, "runs": 1},
    ]
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].split() == [
        "Mesure",
        "Valeur",
        "Unité",
        "Plancher",
        "Rapport",
        "Comparé",
        "à",
        "Passages",
    ]
    assert "1\u202f234" in shown
    assert "2,47\u202f×" in shown


def test_running_one_family_keeps_what_the_others_measured_and_nothing_else(tmp_path: Path) -> None:
    output = tmp_path / "bench.json"
    assert main([], {"a": (one("a.x"), one("a.gone")), "b": (one("b.x"),)}, output) == OK
    assert main(["a"], {"a": (one("a.x", 5.0),), "b": (one("b.x", 9.0),)}, output) == OK
    assert {name: item["value"] for name, item in written(output).items()} == {"a.x": 5.0, "b.x": 2.0}


def test_an_unknown_family_is_named_with_those_there_are(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "enigne"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == WRONG_USAGE
    assert "« enigne »" in told.stderr
    assert all(name in told.stderr for name in FAMILIES)
    assert told.stdout == ""


def test_a_file_that_cannot_be_read_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "bench.json"
    output.write_text("{")
    assert main(["a"], {"a": (one("a.x"),), "b": (one("b.x"),)}, output) == WRONG_USAGE
    assert output.read_text() == "{"
    assert "supprimez-le" in capsys.readouterr().err


def test_a_measure_that_fails_or_cannot_be_made_does_not_lose_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent() -> Iterator[Figure]:
        raise NotMeasured("Il manque un serveur.")

    def wrong() -> Iterator[Figure]:
        yield Figure("a.first", 1.0, "ms")
        raise ValueError("broken")

    output = tmp_path / "bench.json"
    assert main([], {"a": (Measure(("a.absent",), absent), one("a.x"))}, output) == OK
    assert "Il manque un serveur." in capsys.readouterr().err
    assert main([], {"a": (Measure(("a.first", "a.second"), wrong), one("a.x"))}, output) == FAILED
    assert "broken" in capsys.readouterr().err
    assert list(written(output)) == ["a.first", "a.x"]


def test_ratios_are_costs_over_the_floor_and_peers_over_us() -> None:
    ours, floor = [0.004, 0.006, 0.010], [0.001, 0.002, 0.002]
    assert duration("d", ours, floor=floor).ratio == pytest.approx(4)
    assert duration("d", ours, floor=floor).value == pytest.approx(6)
    assert rate("r", ours, floor=floor).value == pytest.approx(1 / 0.006)
    assert rate("r", ours, floor=floor).ratio == pytest.approx(4)
    assert over_floor("o", ours, floor, "le plancher").value == pytest.approx(4)
    assert times("t", floor, ours, "un pair").value == pytest.approx(4)


def test_actions_take_turns_and_the_first_call_does_not_count() -> None:
    calls: list[str] = []
    samples = alternate(3, lambda: calls.append("a"), lambda: calls.append("b"))
    assert calls == ["a", "b"] * 4
    assert [len(one_of) for one_of in samples] == [3, 3]


def test_no_two_families_claim_the_same_figure() -> None:
    names = [name for family in FAMILIES.values() for measure in family for name in measure.names]
    assert len(names) == len(set(names))


def test_a_small_number_keeps_three_digits() -> None:
    line = table([Figure("a.x", 0.1234, "s")]).splitlines()[-1]
    assert "0,123" in line
