"""Random lives of folders: whatever is done, by whomever, in whatever order, what must be so is so."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from engine.database import Database
from tests.folders.life.machine import Life, prepare
from tests.folders.life.playing import Town
from tests.support.world import make_world

#: Acts that a run lets through at least once: otherwise the games prove little.
USUAL = {"deposit", "send", "VISA", "SIGNATURE", "REJECT", "take back", "go back", "stop", "recycle", "follow"}
RARE = {"chain", "archive", "unarchive", "unfollow", "duplicate", "discard_draft"}


def play(database: Database, folder: Path, *, games: int, acts: int, derandomize: bool) -> dict[str, int]:
    """Play so many games of so many acts; how often each act was let through."""
    town = Town(make_world(database, folder / "ici"), make_world(database, folder / "voisine", "voisine"))
    prepare(town)

    class Game(Life):
        pass

    Game.town, Game.done = town, {}
    run_state_machine_as_test(
        Game,
        settings=settings(
            max_examples=games,
            stateful_step_count=acts,
            deadline=None,
            database=None,
            derandomize=derandomize,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    return Game.done


def test_whatever_happens_what_must_be_so_is_so(database: Database, tmp_path: Path) -> None:
    done = play(database, tmp_path, games=16, acts=30, derandomize=True)
    assert {"deposit", "send", "VISA"} <= done.keys(), done


@pytest.mark.long
def test_whatever_happens_on_both_databases(each_database: Database, tmp_path: Path) -> None:
    done = play(each_database, tmp_path, games=150, acts=60, derandomize=False)
    assert done.keys() >= USUAL | RARE, done
