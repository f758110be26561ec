"""Each shipped circuit does what its saved examples say; an example that is no longer right says where, in French."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from engine.circuits import (
    Circuit,
    Example,
    ExampleFault,
    called_circuits,
    compile_circuit,
    read_examples,
    rehearse,
)

SHIPPED = sorted(
    path.name.removesuffix(".bpmn") for path in files("workflows").iterdir() if path.name.endswith(".bpmn")
)
ISSUED = {
    "simple-signature", "deed", "deed-parallel-visas", "two-signatures", "summons", "purchase-order", "pes",
    "certificate-handover", "incoming-mail", "service-request", "hierarchy",
}  # fmt: skip


@cache
def circuit(short_name: str) -> Circuit:
    bpmn = files("workflows").joinpath(f"{short_name}.bpmn").read_bytes()
    return compile_circuit(bpmn, {called: circuit(called) for called in called_circuits(bpmn)})


@cache
def examples(short_name: str) -> tuple[Example, ...]:
    return tuple(read_examples(files("workflows").joinpath(f"{short_name}.examples.json").read_bytes()))


def test_the_eleven_circuits_are_shipped() -> None:
    assert set(SHIPPED) == ISSUED


@pytest.mark.parametrize(
    ("short_name", "example"),
    [pytest.param(name, example, id=f"{name}: {example.name}") for name in SHIPPED for example in examples(name)],
)
def test_the_circuit_does_what_its_example_says(short_name: str, example: Example) -> None:
    rehearse(circuit(short_name), example)
    assert example.then is not None
    assert example.acts[-1].then is not None, "an example says where it leaves the folder"


@pytest.mark.parametrize("short_name", SHIPPED)
def test_the_examples_show_a_refusal_an_end_every_step_and_every_timer(short_name: str) -> None:
    played = [(example, rehearse(circuit(short_name), example)) for example in examples(short_name)]
    assert len(played) >= 3
    assert any(situation.rejected for _, found in played for situation in found)
    assert any(found[-1].finished and not found[-1].rejected for _, found in played)
    seen = {name.rpartition(" (")[0] for _, found in played for situation in found for name in situation.open}
    assert {step.name for step in circuit(short_name).steps.values()} <= seen
    timers = [node for _, node in circuit(short_name).drawing.every() if node.event_kind == "timer"]
    passing = [act for example, _ in played for act in example.acts if act.after and not act.kind]
    assert len(passing) >= len(timers)


def written(**example: Any) -> bytes:
    return json.dumps({"examples": [{"name": "Essai", **example}]}).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "pas du JSON lisible"),
        (b"[]", "un objet JSON est attendu"),
        (b'{"exemples": []}', "« exemples » n’est pas connu ici"),
        (b'{"examples": [{"acts": []}]}', "Exemple 1 : donnez-lui un nom"),
        (b'{"examples": [{"name": "a"}, {"name": "a"}]}', "deux exemples du même nom"),
        (written(begins="demain"), "« demain » n’est pas une date"),
        (written(begins="2026-12-01T09:00:00"), "doit dire son fuseau"),
        (written(acts=[{}]), "acte 1 : dites une seule chose"),
        (written(acts=[{"step": "a", "message": "b"}]), "acte 1 : dites une seule chose"),
        (written(acts=[{"step": "a", "outcom": "rejected"}]), "« outcom » n’est pas connu"),
        (written(acts=[{"step": "a", "instance": True}]), "« instance » doit être un nombre"),
        (written(then={"result": "approved"}), "« approved » n’existe pas"),
        (written(then={"open": "a"}), "« open » doit être une liste"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(content: bytes, words: str) -> None:
    with pytest.raises(ExampleFault, match=words):
        read_examples(content)


VISA = {"step": "Visa de la direction générale"}


@pytest.mark.parametrize(
    ("acts", "words"),
    [
        ([{"step": "Visa du maire"}], "acte 1 : l’étape « Visa du maire » n’est pas ouverte : étape ouverte : Visa"),
        ([{**VISA, "then": {"open": []}}], "on attend ceci : aucune étape ouverte ; voici ce qui est : étape ouverte"),
        ([{**VISA, "then": {"finished": True}}], "on attend ceci : le dossier est fini ; voici"),
        ([{**VISA, "outcome": "vu"}], "ne finit pas par « vu » ; elle connaît : approved"),
        ([{**VISA, "fills": {"amount": 1}}], "ne remplit pas « amount »"),
        ([{**VISA, "desk": "maire"}], "\\(maire\\) n’est pas ouverte"),
        ([{**VISA, "outcome": "rejected"}, VISA], "acte 2 : .* alors que le dossier est fini, rejeté"),
        ([{"message": "pes-acquit", "key": "k"}], "n’attend pas le message « pes-acquit » de clé « k »"),
        ([{"work": "Prévenir"}], "la tâche « Prévenir » n’est pas demandée"),
        ([{"after": "deux jours"}], "« deux jours » n’est pas une durée"),
    ],
)  # fmt: skip
def test_an_example_that_is_no_longer_right_says_what_happened_instead(acts: list[Any], words: str) -> None:
    [example] = read_examples(written(acts=acts))
    with pytest.raises(ExampleFault, match=words):
        rehearse(circuit("deed"), example)


def test_an_example_must_fill_what_the_step_asks_for() -> None:
    [example] = read_examples(written(variables={"amount": 10}, acts=[{"step": "Vérifier les crédits"}]))
    with pytest.raises(ExampleFault, match="demande de remplir « commitment_number »"):
        rehearse(circuit("purchase-order"), example)


def test_an_example_must_say_which_desk_acts_when_several_are_asked() -> None:
    act = {"step": "Vérifier les crédits", "fills": {"commitment_number": "1"}}
    [example] = read_examples(
        written(variables={"amount": 90000}, acts=[act, {"step": "Avis : deux accords sur trois"}])
    )
    with pytest.raises(ExampleFault, match="bureaux : adjoint, dgs, technique"):
        rehearse(circuit("purchase-order"), example)


def test_a_circuit_that_cannot_go_on_says_so_in_the_example() -> None:
    [example] = read_examples(written(acts=[]))
    with pytest.raises(ExampleFault, match="Exemple « Essai », au départ : L’échéance de « Dernier jour"):
        rehearse(circuit("summons"), example)
