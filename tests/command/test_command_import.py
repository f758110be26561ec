"""``parapheur circuits import``: asked in a terminal, or through a file of answers; nothing is overwritten."""

from __future__ import annotations

import json
import os
import pty
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.circuits import check_circuit
from tests.command.conftest import ROOT, Command, ended, started

FILES = ROOT / "tests/imports/files"


@pytest.fixture
def drawing(alone: Path) -> Callable[[str], Path]:
    """A file of another modeller, in the current folder."""

    def copied(name: str) -> Path:
        return Path(shutil.copy(FILES / f"{name}.bpmn", alone / f"{name}.bpmn"))

    return copied


def test_without_a_terminal_it_prints_the_answers_to_fill_in(
    drawing: Callable[[str], Path], command: Command, alone: Path
) -> None:
    drawing("bizagi-permis")
    said = command("circuits", "import", "bizagi-permis.bpmn")
    assert said.status == 1
    assert said.err == (
        "bizagi-permis.bpmn : il manque 6 réponses. Remplissez ce qui précède dans un fichier .toml, puis recommencez"
        " avec --answers.\n"
    )
    assert tomllib.loads(said.out) == {
        "kind:Id_a6": "étape",
        "condition:Id_f3": "autrement",
        "timer:Id_a5": "P3M",
        "service:Id_a4": "mail",
        "desk:Id_a2": "emitter",
        "desk:Id_a6": "emitter",
    }
    assert (
        "# Au bout de combien de temps l’échéance « 3 mois » arrive-t-elle ?\n#   P3M : d’après son nom\n" in said.out
    )
    assert not (alone / "bizagi-permis.parapheur.bpmn").exists()


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_with_the_answers_it_writes_a_circuit_that_can_be_published(
    suffix: str, drawing: Callable[[str], Path], command: Command, alone: Path
) -> None:
    drawing("camunda7-facture")
    printed = command("circuits", "import", "camunda7-facture.bpmn").out
    answers = printed if suffix == "toml" else json.dumps(tomllib.loads(printed))
    (alone / f"answers.{suffix}").write_text(answers)
    said = command(
        "circuits", "import", "camunda7-facture.bpmn", "--answers", f"answers.{suffix}", "--output", "f.bpmn"
    )
    assert (said.status, said.err) == (0, "")
    assert said.out.endswith("f.bpmn : écrit ; ce circuit peut être publié.\n")
    assert "changé [Activity_dgs] : L’étape « Viser la facture » a pour délai P5D." in said.out
    assert not [finding for finding in check_circuit((alone / "f.bpmn").read_bytes()) if finding.level == "ERROR"]


def test_answers_that_open_new_questions_are_kept_in_what_is_printed(
    drawing: Callable[[str], Path], command: Command, alone: Path
) -> None:
    drawing("bizagi-permis")
    (alone / "a.toml").write_text(command("circuits", "import", "bizagi-permis.bpmn").out)
    said = command("circuits", "import", "bizagi-permis.bpmn", "--answers", "a.toml")
    assert said.status == 1
    answers = tomllib.loads(said.out)
    assert (answers["timer:Id_a5"], answers["condition:Id_f4"]) == ("P3M", "")
    (alone / "b.toml").write_text(said.out.replace('"condition:Id_f4" = ""', '"condition:Id_f4" = "complet = true"'))
    assert command("circuits", "import", "bizagi-permis.bpmn", "--answers", "b.toml").status == 0


def test_what_cannot_be_published_is_written_with_its_faults(
    drawing: Callable[[str], Path], command: Command, alone: Path
) -> None:
    drawing("blocage-dessine")
    (alone / "a.json").write_text('{"desk:a": "dgs", "desk:b": "finances"}')
    said = command("circuits", "import", "blocage-dessine.bpmn", "--answers", "a.json")
    assert said.status == 1
    assert "erreur [j] : Blocage possible" in said.out
    assert (alone / "blocage-dessine.parapheur.bpmn").exists()


def test_a_file_that_is_refused_says_why_and_writes_nothing(
    drawing: Callable[[str], Path], command: Command, alone: Path
) -> None:
    drawing("drawio")
    said = command("circuits", "import", "drawio.bpmn")
    assert said.status == 1
    assert said.out == (
        "drawio.bpmn : erreur : Ce fichier est au format draw.io. Dans le logiciel de dessin, exportez le circuit au"
        " format BPMN 2.0 XML.\n"
    )
    assert sorted(path.name for path in alone.iterdir()) == ["drawio.bpmn"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.toml", "desk = ", "a.toml n’est pas du TOML lisible ("),
        ("a.json", "{", "a.json n’est pas du JSON lisible ("),
        ("a.json", "[]", "a.json : il faut des réponses par identifiant de question."),
        ("a.toml", "x = true", "a.toml : la réponse à « x » doit être un texte entre guillemets."),
        ("a.txt", "x", "a.txt : un fichier de réponses se nomme .toml ou .json."),
        ("a.toml", b"x = '\xff'", "a.toml n’est pas en UTF-8."),
    ],
)
def test_answers_that_cannot_be_read_are_wrong_usage(
    name: str, content: str | bytes, sentence: str, drawing: Callable[[str], Path], command: Command, alone: Path
) -> None:
    drawing("sans-identifiants")
    (alone / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    said = command("circuits", "import", "sans-identifiants.bpmn", "--answers", name)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(sentence)


def test_a_file_is_never_overwritten(drawing: Callable[[str], Path], command: Command, alone: Path) -> None:
    drawing("sans-identifiants")
    (alone / "a.json").write_text('{"desk:b": "dgs"}')
    (alone / "mine.bpmn").write_text("précieux")
    said = command("circuits", "import", "sans-identifiants.bpmn", "--answers", "a.json", "--output", "mine.bpmn")
    assert (said.status, said.err) == (2, "mine.bpmn existe déjà ; choisissez un autre nom avec --output.\n")
    assert (alone / "mine.bpmn").read_text() == "précieux"


def test_files_that_are_not_there_are_named(command: Command) -> None:
    said = command("circuits", "import", "absent.bpmn", "--answers", "absent.toml")
    assert (said.status, said.out) == (2, "")
    assert said.err == "absent.bpmn : ce fichier n’existe pas.\nabsent.toml : ce fichier n’existe pas.\n"


def test_in_a_terminal_each_question_is_asked_and_enter_keeps_the_proposal(
    drawing: Callable[[str], Path], alone: Path
) -> None:
    drawing("camunda7-facture")
    ours, theirs = pty.openpty()
    try:
        # A service typed, a desk chosen by Enter, another by a word.
        os.write(ours, b"comptabilite\n\ndgs\n")
        process = started("circuits", "import", "camunda7-facture.bpmn", folder=alone, stdin=theirs)
        said = ended(process)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (said.status, said.err) == (0, "")
    assert "Quel service fait « Mandater » ?\n  1. mandatement : nom écrit dans le fichier\n" in said.out
    written = (alone / "camunda7-facture.parapheur.bpmn").read_text()
    for attribute in ('service="comptabilite"', 'desk="emitter"', 'desk="dgs"'):
        assert f"parapheur:{attribute}" in written


def test_the_end_of_what_is_typed_prints_what_is_left(drawing: Callable[[str], Path], alone: Path) -> None:
    drawing("camunda7-facture")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, b"comptabilite\n\x04")
        said = ended(started("circuits", "import", "camunda7-facture.bpmn", folder=alone, stdin=theirs))
    finally:
        os.close(ours)
        os.close(theirs)
    assert said.status == 1
    assert '"service:Activity_payer" = "comptabilite"' in said.out
    assert "il manque 2 réponses" in said.err
