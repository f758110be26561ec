"""Files made to hurt are refused with a sentence, or judged within bounds, by the check and by the import."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.circuits import Level, check_circuit
from engine.circuits.importing import import_drawing
from tests.imports.hostile import LABORIOUS, REFUSED

ROOT = Path(__file__).parents[2]
#: What the child may use for all the files together: bombs need far more for one.
MEMORY = 700_000_000
SECONDS = 60

#: Judges every file in turn and says what it found, in a process of its own.
CHILD = f"""
import json, resource
import engine.circuits, engine.circuits.importing
from tests.imports.hostile import LABORIOUS, REFUSED
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
found = {{}}
for name, data in {{**{{name: data for name, (data, _) in REFUSED.items()}}, **LABORIOUS}}.items():
    imported = engine.circuits.importing.import_drawing(data, {{}})
    found[name] = [
        [finding.sentence for finding in engine.circuits.check_circuit(data)],
        [finding.sentence for finding in imported.findings],
        len(imported.questions),
    ]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def judged() -> dict[str, Any]:
    """What a child with limits says of every file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (done.stderr, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_sentence(name: str, judged: dict[str, Any]) -> None:
    checked, imported, questions = judged[name]
    sentence = REFUSED[name][1]
    assert questions == 0
    for found in (checked, imported):
        assert found
        assert any(sentence in each for each in found)
        assert all(len(each) < 300 for each in found)


@pytest.mark.parametrize("name", LABORIOUS)
def test_it_is_judged_within_bounds(name: str, judged: dict[str, Any]) -> None:
    checked, imported, questions = judged[name]
    assert checked or imported or questions or name in {"diamonds", "calls itself", "expression bombs"}
    assert all(len(each) < 500 for each in (*checked, *imported))


def test_what_is_refused_gives_no_file() -> None:
    for name in ("billion laughs", "external entity", "zip", "ten thousand elements"):
        data, _ = REFUSED[name]
        imported = import_drawing(data, {})
        assert imported.bpmn is None
        assert [finding.level for finding in imported.findings] == [Level.ERROR]


def test_a_proof_that_is_too_long_says_so() -> None:
    found = [finding.sentence for finding in check_circuit(LABORIOUS["ten branches of twenty steps"])]
    assert any(each.startswith("Non prouvé") and "trop ramifié pour être vérifié en entier" in each for each in found)


def test_scripts_are_never_kept() -> None:
    imported = import_drawing(LABORIOUS["scripts"], {})
    assert imported.bpmn is not None
    assert b"xxxxx" not in imported.bpmn
    assert len(imported.questions) >= 250
