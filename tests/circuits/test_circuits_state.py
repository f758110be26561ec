"""What is stored of a run: small, versioned, upgraded when it is old, exact with awkward data."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from engine.circuits import Circuit, compile_circuit, complete, open_steps, rewind, start, variables_of
from engine.circuits.state import UPGRADES
from tests.support.drawing import END, START, drawing, exclusive, flow, parallel, step

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def two_steps() -> Circuit:
    return compile_circuit(drawing(START, step("a"), step("b"), END, flow("start>a a>b b>end")))


def act(circuit: Circuit, state: bytes, **variables: Any) -> bytes:
    [token] = [item.token for item in open_steps(circuit, state)]
    done = complete(circuit, state, token, outcome="approved", by={"desk": "dgs"}, variables=variables, now=NOW)
    return done.state


def test_a_new_run_takes_a_few_dozen_bytes() -> None:
    assert len(start(two_steps(), {"title": "Délibération"}, now=NOW).state) < 100


def test_an_older_format_is_upgraded_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = two_steps()
    state = start(circuit, {"title": "Dossier"}, now=NOW).state
    present = orjson.loads(state)
    older = orjson.dumps([1, {"base": present[1], "serial": present[2], "flags": present[3], "scope": present[4]}])

    def from_1(stored: list[Any], _circuit: Circuit) -> list[Any]:
        return [2, *(stored[1][name] for name in ("base", "serial", "flags", "scope"))]

    with pytest.raises(ValueError, match="format 1"):
        open_steps(circuit, older)
    monkeypatch.setitem(UPGRADES, 1, from_1)
    assert open_steps(circuit, older) == open_steps(circuit, state)
    assert orjson.loads(act(circuit, older))[0] == 2


def test_decimals_and_dates_are_kept_exact_or_refused() -> None:
    bpmn = drawing(
        START, step("a"), exclusive("x", "small"), step("b"), END,
        flow('start>a a>x x>b:big:amount>=40000.10 x>end:small b>end'),
    )  # fmt: skip
    circuit = compile_circuit(bpmn)
    state = start(circuit, {"amount": Decimal("40000.10"), "count": Decimal(3)}, now=NOW).state
    assert variables_of(circuit, state) == {"amount": 40000.1, "count": 3}
    state = act(circuit, state, day=date(2026, 12, 1).isoformat())
    assert [item.element_id for item in open_steps(circuit, state)] == ["b"]
    with pytest.raises(TypeError, match="losing"):
        start(circuit, {"amount": Decimal("12345678901234567.89")}, now=NOW)


def test_any_name_of_a_field_and_any_size_are_data() -> None:
    awkward = {
        "typename": "facture",
        "__class__": {"typename": "timedelta", "days": 1},
        "k": '"k":',
        "é" * 10_000: "nom de dix mille caractères",
        "données": "x" * 100_000,
        "liste": [None, True, 1.5, {"f": 1}],
    }
    name = "n" * 10_000
    bpmn = drawing(START, step("a").replace("Étape a", name), step("b"), END, flow("start>a a>b b>end"))
    circuit = compile_circuit(bpmn)
    progress = start(circuit, awkward, now=NOW)
    assert progress.opened[0].name == name
    assert progress.awaited == ()
    state = act(circuit, progress.state, réponse={"typename": None})
    assert awkward.items() <= variables_of(circuit, state).items()
    assert variables_of(circuit, state)["réponse"] == {"typename": None}


def test_going_back_opens_again_what_was_open_and_gives_no_number_twice() -> None:
    circuit = compile_circuit(
        drawing(START, parallel("p"), step("a"), step("b"), parallel("j"), step("c"), END,
                flow("start>p p>a p>b a>j b>j j>c c>end"))
    )  # fmt: skip
    first = start(circuit, {}, now=NOW)
    tokens = {item.element_id: item.token for item in first.opened}

    def done(state: bytes, token: str) -> bytes:
        return complete(circuit, state, token, outcome="approved", by={}, variables={}, now=NOW).state

    one = done(first.state, tokens["a"])
    both = done(one, tokens["b"])
    [c] = open_steps(circuit, both)
    back = rewind(circuit, one, both)
    assert [item.token for item in back.reopened] == [tokens["b"]]
    assert back.withdrawn == (c.token,)
    again = done(back.state, tokens["b"])
    [fresh] = open_steps(circuit, again)
    assert (fresh.element_id, fresh.token != c.token) == ("c", True)
