"""Two processes that act on the same step at the same instant: one succeeds, the other is told."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kill.cells import Cells
from tests.kill.zygote import ChildFault, Zygote, open_zygote


@pytest.fixture(scope="module")
def zygotes() -> Iterator[tuple[Zygote, Zygote]]:
    with ExitStack() as stack:
        yield stack.enter_context(open_zygote()), stack.enter_context(open_zygote())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def cells(request: pytest.FixtureRequest, tmp_path: Path) -> Cells:
    return Cells(tmp_path, request.getfixturevalue("postgres") if request.param == "postgres" else None)


@pytest.mark.parametrize("acts", [("visa", "visa"), ("visa", "reject"), ("sign", "sign")], ids="/".join)
def test_of_two_processes_that_act_at_once_one_is_told(
    zygotes: tuple[Zygote, Zygote], cells: Cells, acts: tuple[str, str]
) -> None:
    template = cells.template(acts[0])
    for _ in range(2):
        with cells.copy(template) as cell, ThreadPoolExecutor(2) as pool:
            gate = cell.folder / "gate"
            with gate.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                doing = [
                    pool.submit(zygote.run, cell.order(act, gate=str(gate)))
                    for zygote, act in zip(zygotes, acts, strict=True)
                ]
            refused = [str(child.exception()) for child in doing if child.exception()]
            assert [type(child.exception()) for child in doing].count(ChildFault) == 1
            assert "Refusal(code='step_already_done'" in refused[0]
            assert "Votre action n’a pas été enregistrée" in refused[0]
            found = zygotes[0].run(cell.order("examine"))
        assert found is not None
        assert found["faults"] == []
        assert len([line for line in found["story"] if line.startswith("journal") and " folder:" in line]) == 3
