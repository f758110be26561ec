"""Files written to each modeller’s habits: what is asked, changed, refused, beside each; nothing left unsaid."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from engine.circuits import Level, compile_circuit
from engine.circuits.importing import Imported, Question, import_drawing
from tests.imports.answering import FILES, ROUNDS, lost, unsaid

NAMES = sorted(path.stem for path in FILES.glob("*.bpmn"))
OURS = sorted(path.name for path in files("workflows").iterdir() if path.name.endswith(".bpmn"))


def read(name: str) -> bytes:
    return (FILES / f"{name}.bpmn").read_bytes()


def expected(name: str) -> Any:
    return json.loads((FILES / f"{name}.expected.json").read_text(encoding="utf-8"))


@lru_cache
def carried(name: str) -> tuple[Imported, tuple[Question, ...]]:
    """The import with the answers of the file beside it, and every question in the order asked."""
    answers, given, asked = expected(name)["answers"], dict[str, str](), list[Question]()
    for _ in range(ROUNDS):
        imported = import_drawing(read(name), given)
        if not imported.questions:
            return imported, tuple(asked)
        asked += imported.questions
        given |= {question.id: answers[question.id] for question in imported.questions}
    raise AssertionError(imported.questions)


def test_there_are_files_of_every_kind() -> None:
    assert len(NAMES) >= 30
    assert {path.stem for path in FILES.iterdir()} == {*NAMES, *(f"{name}.expected" for name in NAMES)}


@pytest.mark.parametrize("name", NAMES)
def test_questions_are_those_expected_in_french_with_proposals(name: str) -> None:
    assert [
        {
            "id": question.id,
            "element": question.element_id,
            "kind": question.kind.value,
            "question": question.question,
            "proposals": [proposal.value for proposal in question.proposals],
        }
        for question in carried(name)[1]
    ] == expected(name)["questions"]


@pytest.mark.parametrize("name", NAMES)
def test_changes_are_those_expected(name: str) -> None:
    found = [[change.element_id, change.sentence] for change in carried(name)[0].changes]
    assert found == expected(name)["changes"]


@pytest.mark.parametrize("name", NAMES)
def test_findings_are_those_expected_each_with_a_remedy(name: str) -> None:
    imported, _ = carried(name)
    errors, others = (
        [[each.element_id, each.sentence] for each in imported.findings if each.level is level]
        for level in (Level.ERROR, Level.WARNING)
    )
    assert errors == expected(name)["errors"]
    assert others == expected(name)["warnings"]
    assert all(each.remedy.endswith(".") for each in imported.findings)
    if not errors:
        assert imported.bpmn is not None
        called = {"controle-legalite", "archivage"}
        if not any(name in imported.bpmn.decode() for name in called):
            compile_circuit(imported.bpmn)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_dropped_in_silence(name: str) -> None:
    imported, _ = carried(name)
    if imported.bpmn is not None:
        assert unsaid(read(name), imported) == []
        assert lost(read(name), imported) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_was_imported_is_ours(name: str) -> None:
    """Imported again, it is left as it is."""
    imported, _ = carried(name)
    if imported.bpmn is not None and not expected(name)["errors"]:
        again = import_drawing(imported.bpmn, {})
        assert (again.changes, again.questions) == ((), ())
        assert again.bpmn == imported.bpmn


@pytest.mark.parametrize("name", OURS)
def test_circuits_of_ours_are_neither_changed_nor_asked_about(name: str) -> None:
    imported = import_drawing(files("workflows").joinpath(name).read_bytes(), {})
    assert (imported.changes, imported.questions) == ((), ())
    assert not [each for each in imported.findings if each.level is Level.ERROR]


def test_an_answer_that_cannot_be_taken_is_asked_again_with_the_reason() -> None:
    given = {"timer:Id_a5": "bientôt quand même", "kind:Id_a6": "peut-être", "condition:Id_f3": "si complet"}
    asked = {question.id: question.fault for question in import_drawing(read("bizagi-permis"), given).questions}
    assert asked["timer:Id_a5"].startswith("« bientôt quand même » n’est pas un délai")
    assert asked["kind:Id_a6"].startswith("« peut-être » n’est pas une réponse possible ; au choix : « étape »")
    assert asked["service:Id_a4"] == ""


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("3 jours", "<bpmn:timeDuration>P3D</bpmn:timeDuration>"),
        ("2 semaines", "<bpmn:timeDuration>P2W</bpmn:timeDuration>"),
        ("90 minutes", "<bpmn:timeDuration>PT90M</bpmn:timeDuration>"),
        ("2026-12-01T09:00:00+01:00", "<bpmn:timeDate>2026-12-01T09:00:00+01:00</bpmn:timeDate>"),
        ("delai", "<bpmn:timeDuration>delai</bpmn:timeDuration>"),
        ("${delai}", "<bpmn:timeDuration>delai</bpmn:timeDuration>"),
    ],
)
def test_a_delay_is_answered_in_words_or_in_iso_8601(given: str, written: str) -> None:
    imported = import_drawing(read("eclipse-sans-dessin"), {"timer:BoundaryEvent_1": given})
    assert imported.bpmn is not None
    assert written in imported.bpmn.decode()


def test_desks_and_circuits_that_do_not_exist_are_asked_again_with_those_that_resemble() -> None:
    answers = {"group:direction": "direction", "service:Activity_payer": "mandat", "desk:Activity_saisie": "emitter"}
    imported = import_drawing(read("camunda7-facture"), answers, desks={"direction-generale", "finances"})
    (question,) = imported.questions
    assert question.fault == "Le bureau « direction » n’existe pas ici."
    assert [proposal.value for proposal in question.proposals] == ["direction-generale", "emitter"]
    imported = import_drawing(read("appels"), {"circuit:c2": "controle-legalite"}, circuits={"archives"})
    assert {question.id: question.fault for question in imported.questions}["circuit:c2"] == (
        "Le circuit « controle-legalite » n’est pas publié ici."
    )


def test_an_answer_to_nothing_is_told() -> None:
    imported = import_drawing(read("sans-identifiants"), {"desk:b": "dgs", "desk:c": "dgs"})
    assert [(each.level, each.sentence) for each in imported.findings if "réponse" in each.sentence] == [
        (Level.WARNING, "La réponse « desk:c » ne répond à aucune question de ce fichier.")
    ]


def test_the_picture_of_the_file_is_kept(tmp_path: Path) -> None:
    imported, _ = carried("camunda7-facture")
    assert imported.bpmn is not None
    assert b'<dc:Bounds x="240" y="98" width="100" height="80"/>' in imported.bpmn
