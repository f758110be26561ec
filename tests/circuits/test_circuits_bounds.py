"""The check of a drawing is bounded: what is too long to prove says so, what is too big is refused at once."""

from __future__ import annotations

import pytest

from engine.circuits import Level, check_circuit
from engine.circuits.drawing import Drawing
from engine.circuits.reading import read_drawing
from engine.circuits.soundness import Budget, Spent, play
from engine.circuits.xml import MAX_ATTRIBUTE, read_xml, tag
from tests.support.drawing import END, START, drawing, flow, parallel, step

UNPROVEN = "Non prouvé : que ce circuit aille toujours à sa fin. Il est trop ramifié pour être vérifié en entier."


def branches(width: int, length: int) -> bytes:
    names = [[f"b{row}-{place}" for place in range(length)] for row in range(width)]
    ways = " ".join(f"{a}>{b}" for row in names for a, b in zip(["fork", *row], [*row, "join"], strict=True))
    steps = [step(name) for row in names for name in row]
    return drawing(START, END, parallel("fork"), parallel("join"), *steps, flow(f"start>fork join>end {ways}"))


def read(bpmn: bytes) -> Drawing:
    process = read_xml(bpmn).find(tag("process"))
    assert process is not None
    return read_drawing(process)


def test_what_asks_for_too_much_work_is_said_not_proven() -> None:
    assert UNPROVEN in [finding.sentence for finding in check_circuit(branches(10, 20))]
    assert check_circuit(branches(3, 3)) == []


def test_the_budget_is_shared_by_the_scopes_of_a_file() -> None:
    small, budget = read(branches(2, 2)), Budget(300)
    assert play(small, budget) == []
    with pytest.raises(Spent):
        budget.spend(300)
    assert [finding.sentence for finding in play(small, Budget(10))] == [UNPROVEN]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_usual_encodings_are_read(encoding: str) -> None:
    text = drawing(START, step("visa"), END, flow("start>visa visa>end")).decode()
    assert check_circuit(text.replace("UTF-8", encoding.upper()).encode(encoding)) == []


@pytest.mark.parametrize(
    ("bpmn", "sentence"),
    [
        (drawing(f'<bpmn:task id="t" name="{"a" * (MAX_ATTRIBUTE + 1)}"/>'), "Un attribut de ce fichier dépasse 2000"),
        (drawing("<bpmn:subProcess>" * 70, "</bpmn:subProcess>" * 70), "Ce dessin compte plus de 60 niveaux emboîtés."),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "L’encodage « utf-7 » de ce fichier n’est pas accepté."),
        (b"PK\x03\x04" + bytes(100), "Ce fichier est une archive (ZIP)"),
        (
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
            "Ce fichier contient une déclaration",
        ),
    ],
    ids=["attribute", "depth", "utf-7", "zip", "doctype in utf-16"],
)
def test_what_is_beyond_bounds_is_refused_with_a_sentence(bpmn: bytes, sentence: str) -> None:
    (finding,) = check_circuit(bpmn)
    assert finding.level is Level.ERROR
    assert finding.sentence.startswith(sentence)


def test_arrows_and_expressions_are_counted_together() -> None:
    many = flow(" ".join(f"start>end:x{number}" for number in range(1_001)))
    assert "Le circuit compte plus de 1000 flèches." in [
        each.sentence for each in check_circuit(drawing(START, END, many))
    ]
    long = "".join(step(f"s{n}", desk=f"={'a' * 900}") for n in range(30))
    assert any("20000 au plus" in each.sentence for each in check_circuit(drawing(START, END, long)))
