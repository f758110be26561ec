"""The engine against the interpreter on random circuits, and the generator against the schema of BPMN."""

from __future__ import annotations

import random
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from lxml import etree

from tests.circuits.oracle.differential import Tally, everything, one
from tests.circuits.oracle.drawing import Kind
from tests.circuits.oracle.games import game
from tests.circuits.oracle.generator import generate
from tests.circuits.oracle.playing import Alone
from tests.circuits.oracle.writing import write

FIXED = range(20_000, 20_400)
SHARE = 50


@pytest.mark.parametrize("first", FIXED[::SHARE])
def test_the_engine_does_what_the_interpreter_does(first: int) -> None:
    """The same circuits each time."""
    compare(range(first, first + SHARE))


def test_the_engine_does_what_the_interpreter_does_on_circuits_never_seen() -> None:
    """Others each time; their seed is in the report."""
    first = random.SystemRandom().randrange(10**9)
    compare(range(first, first + SHARE))


def compare(seeds: range) -> None:
    """Plays folders in the circuit of each seed."""
    tally = Tally()
    for seed in seeds:
        one(seed, tally)
    assert tally.wrong == 0, "\n\n".join(tally.reports)
    assert tally.refused * 20 <= tally.circuits, "\n".join(tally.refusals)


def test_generated_circuits_are_bpmn_by_its_schema() -> None:
    found = find_spec("SpiffWorkflow")
    assert found
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0]) / "bpmn/parser/schema"
    schema = etree.XMLSchema(etree.parse(folder / "BPMN20.xsd"))
    for seed in range(100):
        for circuit in everything(generate(seed).circuit):
            schema.assertValid(etree.fromstring(write(circuit.drawing)))


def test_a_seed_always_gives_the_same_circuit_and_the_same_game() -> None:
    for seed in range(20):
        assert written(seed) == written(seed)
        assert played(seed) == played(seed)


def written(seed: int) -> list[bytes]:
    return [write(circuit.drawing) for circuit in everything(generate(seed).circuit)]


def played(seed: int) -> list[object]:
    made = generate(seed)
    player, acts = Alone(made.circuit, made.variables), []
    for act in game(player, random.Random(seed), made):
        acts.append(act)
        player.play(act)
    return acts


def test_every_element_of_the_specification_is_drawn() -> None:
    drawn = Counter(
        (node.kind, node.trigger)
        for seed in range(300)
        for circuit in everything(generate(seed).circuit)
        for node in circuit.drawing.all_nodes()
    )
    triggers = {
        Kind.END: ["", "terminate", "error", "escalation", "message", "signal"],
        Kind.CATCH: ["timer", "message", "signal", "link"],
        Kind.THROW: ["", "message", "signal", "escalation", "link"],
        Kind.BOUNDARY: ["timer", "message", "signal", "error", "escalation"],
    }
    for kind in Kind:
        for trigger in triggers.get(kind, [""]):
            assert drawn[kind, trigger] > 10, (kind, trigger)
