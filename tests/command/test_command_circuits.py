"""``parapheur circuits check``: what can be published is status 0, the rest is told element by element."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from engine.circuits.xml import MAX_BYTES
from engine.feel.tables import write_tables
from tests.command.conftest import Command
from tests.feel.tables import alone as one_table

SHIPPED = sorted(str(path) for path in files("workflows").iterdir() if path.name.endswith(".bpmn"))


def test_shipped_circuits_can_all_be_published_without_anything_to_review(command: Command) -> None:
    said = command("circuits", "check", *SHIPPED)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [f"{path} : ce circuit peut être publié." for path in SHIPPED]


def test_a_wrong_circuit_is_told_by_element_and_the_others_are_still_checked(command: Command, alone: Path) -> None:
    drawing = Path(SHIPPED[0]).read_text()
    first = drawing.index("<bpmn:endEvent ")
    last = drawing.index(">", drawing.index("</bpmn:endEvent", first)) + 1
    (alone / "wrong.bpmn").write_text(drawing[:first] + drawing[last:])
    said = command("circuits", "check", "wrong.bpmn", SHIPPED[0])
    assert (said.status, said.err) == (1, "")
    assert "wrong.bpmn : erreur [" in said.out
    assert said.out.endswith(f"{SHIPPED[0]} : ce circuit peut être publié.\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "n’est pas du XML lisible"),
        (b"Ceci est un texte.", "n’est pas du XML lisible"),
        (b"%PDF-1.7\n\xff\xfe", "n’est pas du texte en UTF-8"),
        (b"<html/>", "n’est pas un dessin BPMN 2.0"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "déclaration DOCTYPE"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "ne contient aucun processus"),
        (b" " * (MAX_BYTES + 1), "dépasse 2 Mo"),
    ],
)
def test_what_is_no_circuit_is_status_1_with_the_reason(
    content: bytes, sentence: str, command: Command, alone: Path
) -> None:
    (alone / "x.bpmn").write_bytes(content)
    said = command("circuits", "check", "x.bpmn")
    assert (said.status, said.err) == (1, "")
    assert said.out.startswith("x.bpmn : erreur : ")
    assert sentence in said.out


def test_no_more_of_a_huge_file_is_read_than_says_that_it_is_too_big(command: Command, alone: Path) -> None:
    with (alone / "huge.bpmn").open("wb") as file:
        file.truncate(40_000_000_000)  # holes: more than any memory, nothing on the disk
    said = command("circuits", "check", "huge.bpmn")
    assert said.status == 1
    assert "dépasse 2 Mo" in said.out


def test_files_that_cannot_be_read_are_all_named(command: Command, alone: Path) -> None:
    (alone / "folder").mkdir()
    said = command("circuits", "check", "absent.bpmn", SHIPPED[0], "folder")
    assert (said.status, said.out) == (2, "")
    assert said.err == "absent.bpmn : ce fichier n’existe pas.\nfolder : c’est un dossier ; nommez un fichier.\n"


def decisions(rows: str) -> bytes:
    """A file of one table, on one amount."""
    return write_tables(one_table(rows))


def test_a_file_of_decisions_is_checked_as_such(command: Command, alone: Path) -> None:
    (alone / "seuils.dmn").write_bytes(decisions('< 1000 => "non"\n>= 1000 => "oui"'))
    said = command("circuits", "check", "seuils.dmn")
    assert (said.status, said.err) == (0, "")
    assert said.out == "seuils.dmn : ces décisions peuvent être publiées.\n"


def test_holes_and_overlaps_of_a_table_are_told_by_rule(command: Command, alone: Path) -> None:
    (alone / "seuils.dmn").write_bytes(decisions('< 1000 => "non"\n[500..2000] => "oui"'))
    said = command("circuits", "check", "seuils.dmn", SHIPPED[0])
    assert (said.status, said.err) == (1, "")
    overlap, hole, other = said.out.splitlines()
    assert overlap.startswith("seuils.dmn : erreur [choix-r2] : Les règles 1 et 2 de la table « Choix » répondent à la")
    assert hole.startswith("seuils.dmn : à revoir [choix-table] : Aucune règle de la table « Choix » ne répond quand")
    assert other == f"{SHIPPED[0]} : ce circuit peut être publié."


def test_what_cannot_be_proved_of_a_table_is_said_and_forbids_nothing(command: Command, alone: Path) -> None:
    (alone / "seuils.dmn").write_bytes(decisions('< montant / 2 => "non"\n>= 1000 => "oui"'))
    said = command("circuits", "check", "seuils.dmn")
    assert (said.status, said.err) == (0, "")
    assert "Non prouvé : que" in said.out
    assert said.out.endswith("seuils.dmn : ces décisions peuvent être publiées.\n")


def test_a_drawing_under_the_name_of_a_table_is_refused_with_the_reason(command: Command, alone: Path) -> None:
    (alone / "dessin.dmn").write_bytes(Path(SHIPPED[0]).read_bytes())
    said = command("circuits", "check", "dessin.dmn")
    assert (said.status, said.err) == (1, "")
    assert "DMN" in said.out


def test_programs_read_what_is_found_as_data(command: Command, alone: Path) -> None:
    (alone / "seuils.dmn").write_bytes(decisions('< 1000 => "non"'))
    (alone / "vide.bpmn").write_bytes(b"")
    said = command("circuits", "check", "--json", SHIPPED[0], "seuils.dmn", "vide.bpmn")
    assert (said.status, said.err) == (1, "")
    well, table, empty = json.loads(said.out)
    assert well == {"file": SHIPPED[0], "publishable": True, "findings": []}
    assert (table["file"], table["publishable"]) == ("seuils.dmn", True)
    [hole] = table["findings"]
    assert (hole["level"], hole["element"]) == ("WARNING", "choix-table")
    assert hole["sentence"].startswith("Aucune règle de la table « Choix »")
    assert hole["remedy"].startswith("Ajoutez une règle")
    [fault] = empty["findings"]
    assert (empty["publishable"], fault["level"], fault["element"]) == (False, "ERROR", None)
