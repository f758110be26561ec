"""Killing the process at any instant of an act loses nothing and doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kill.rounds import Executioner, open_executioner

#: At least so many instants: an INSERT or UPDATE per table concerned and a commit, each before and after.
LEAST = {"deposit": 18, "send": 24, "visa": 12, "reject": 10, "sign": 28, "work": 28}


@pytest.fixture(scope="module")
def executioner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executioner]:
    with open_executioner(tmp_path_factory.mktemp("cellules")) as opened:
        yield opened


@pytest.fixture(scope="module")
def postgres_executioner(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executioner]:
    with open_executioner(tmp_path_factory.mktemp("cellules"), postgres) as opened:
        yield opened


@pytest.mark.parametrize("act", LEAST)
def test_an_act_killed_at_any_instant_is_wholly_done_or_not_at_all(executioner: Executioner, act: str) -> None:
    tally = executioner.rounds(act)
    assert tally.faults == ()
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.rounds >= LEAST[act]
    assert "before COMMIT" in tally.instants
    assert "after COMMIT" in tally.instants
    # Only a worker killed between the server's answer and our commit may say the same thing twice.
    assert (tally.repeated_mails > 0) is (act == "work")


@pytest.mark.postgres
@pytest.mark.parametrize("act", ["visa", "sign", "work"])
def test_the_same_on_postgresql_at_one_instant_out_of_seven(postgres_executioner: Executioner, act: str) -> None:
    tally = postgres_executioner.rounds(act, every=7)
    assert tally.faults == ()
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.rounds >= LEAST[act] / 7


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.parametrize("act", LEAST)
def test_the_same_on_postgresql_at_every_instant(postgres_executioner: Executioner, act: str) -> None:
    tally = postgres_executioner.rounds(act)
    assert tally.faults == ()
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.rounds >= LEAST[act]
