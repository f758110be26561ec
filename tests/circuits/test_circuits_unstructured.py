"""Drawings declared sound never get stuck, however they were drawn."""

from __future__ import annotations

import random

import pytest

from engine.circuits import circuit as compiling
from tests.circuits.unstructured.judging import Judged, judge, judge_blocks, play
from tests.circuits.unstructured.sketching import drawn


def test_no_drawing_declared_sound_gets_stuck() -> None:
    judged = Judged()
    for seed in range(600):
        judge(seed, judged)
    assert judged.sound > 30
    assert judged.finished > judged.sound  # three folders each: most of them come to their end
    assert judged.stuck == []


def test_no_drawing_of_blocks_declared_sound_gets_stuck() -> None:
    judged = Judged()
    for seed in range(40_000, 40_025):
        judge_blocks(seed, judged)
    assert judged.sound > 3
    assert judged.stuck == []


def test_without_the_check_drawings_do_get_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the check refuses is refused with reason: these games would see it."""
    monkeypatch.setattr(compiling, "check_circuit", lambda *_given, **_named: [])
    judged = Judged()
    for seed in range(150):
        try:
            made = compiling.compile_circuit(drawn(seed))
        except (LookupError, ValueError, StopIteration):
            continue  # not even a drawing
        play(made, random.Random(seed), judged, f"seed {seed}")
    assert len(judged.stuck) > 10


@pytest.mark.long
def test_none_of_five_thousand_declared_sound_gets_stuck() -> None:
    seed, judged = random.SystemRandom().randrange(10**9), Judged()
    while judged.sound < 5_000:
        (judge_blocks if seed % 10 == 0 else judge)(seed, judged)
        seed += 1
    assert judged.stuck == []
