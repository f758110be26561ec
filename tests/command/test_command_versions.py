"""``parapheur circuits publish``, ``retire``, ``migrate``, and ``check`` for one town."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.feel.tables import write_tables
from tests.command.conftest import Command
from tests.feel.tables import alone as one_table
from tests.support.drawing import END, START, drawing, flow, step

CREATE = (
    "create-tenant", "--name", "Commune de Port-Clair", "--short-name", "port-clair",
    "--email", "anne@port-clair.example", "--given-name", "Anne", "--surname", "Le Goff",
)  # fmt: skip
FIRST = drawing(START, step("a", desk="maire"), END, flow("start>a a>end"))
SECOND = drawing(START, step("a", desk="maire"), step("b", desk="maire"), END, flow("start>a a>b b>end"))


@pytest.fixture(autouse=True)
def town(alone: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A town just created."""
    monkeypatch.setenv("PARAPHEUR_BASE_URL", "https://parapheur.example")
    assert command("migrate").status == 0
    said = command(*CREATE)
    assert said.status == 0, said
    (alone / "courte.bpmn").write_bytes(FIRST)


def test_a_circuit_is_published_once_then_again_when_it_changes(command: Command, alone: Path) -> None:
    publish = ("circuits", "publish", "courte.bpmn", "--tenant", "port-clair", "--by", "anne@port-clair.example")
    said = command(*publish)
    assert (said.status, said.err) == (0, "")
    assert said.out == "courte.bpmn : la version 1 du circuit « courte » est publiée.\n"
    assert "version 1" in command(*publish).out
    (alone / "courte.bpmn").write_bytes(SECOND)
    assert "version 2" in command(*publish).out


def test_a_circuit_with_a_desk_that_the_town_does_not_have_is_not_published(command: Command, alone: Path) -> None:
    (alone / "courte.bpmn").write_bytes(drawing(START, step("a", desk="dgxx"), END, flow("start>a a>end")))
    assert command("circuits", "check", "courte.bpmn").status == 0
    checked = command("circuits", "check", "courte.bpmn", "--tenant", "port-clair")
    assert (checked.status, checked.err) == (1, "")
    assert "erreur [a] : L’étape « Étape a » vise le bureau « dgxx », qui n’existe pas" in checked.out
    said = command("circuits", "publish", "courte.bpmn", "--tenant", "port-clair")
    assert (said.status, said.err) == (1, "")
    assert said.out.endswith("courte.bpmn : rien n’a été publié.\n")
    assert command("circuits", "retire", "courte", "--tenant", "port-clair").status == 1


def test_a_circuit_is_retired_once(command: Command) -> None:
    command("circuits", "publish", "courte.bpmn", "--tenant", "port-clair", "--name", "Voie courte")
    said = command("circuits", "retire", "courte", "--tenant", "port-clair")
    assert (said.status, said.err) == (0, "")
    assert said.out == "Le circuit « Voie courte » est retiré ; les dossiers en cours vont à leur fin.\n"
    again = command("circuits", "retire", "courte", "--tenant", "port-clair")
    assert (again.status, again.err) == (1, "Le circuit « Voie courte » est déjà retiré.\n")


def test_a_migration_without_folder_has_nothing_to_move(command: Command) -> None:
    command("circuits", "publish", "courte.bpmn", "--tenant", "port-clair")
    said = command("circuits", "migrate", "courte", "--tenant", "port-clair", "--dry-run")
    assert (said.status, said.err) == (0, "")
    assert said.out == "Aucun dossier n’est en cours dans une autre version de ce circuit.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("circuits", "retire", "courte", "--tenant", "x"), "Aucune collectivité ne s’appelle « x »"),
        (("circuits", "check", "courte.bpmn", "--tenant", "x"), "Aucune collectivité ne s’appelle « x »"),
        (("circuits", "import", "courte.bpmn", "--tenant", "x"), "Aucune collectivité ne s’appelle « x »"),
        (("circuits", "publish", "rien.bpmn", "--tenant", "port-clair"), "ce fichier n’existe pas"),
        (
            ("circuits", "retire", "courte", "--tenant", "port-clair", "--by", "x@y.example"),
            "Personne n’a de compte à l’adresse « x@y.example »",
        ),
    ],
)
def test_what_does_not_exist_is_status_2_with_a_sentence(
    arguments: tuple[str, ...], sentence: str, command: Command
) -> None:
    said = command(*arguments)
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err


def test_decisions_are_published_by_their_own_command_line_then_asked_by_a_circuit(
    command: Command, alone: Path
) -> None:
    (alone / "seuils.dmn").write_bytes(write_tables(one_table('< 1000 => "non"\n>= 1000 => "oui"')))
    publish = ("circuits", "publish", "seuils.dmn", "--tenant", "port-clair", "--by", "anne@port-clair.example")
    said = command(*publish)
    assert (said.status, said.err) == (0, "")
    assert said.out == "seuils.dmn : la version 1 des décisions « seuils » est publiée.\n"
    assert "version 1" in command(*publish).out
    asks = '<bpmn:businessRuleTask id="r" name="Seuil" parapheur:decision="{}"/>'
    for name, status in (("seuils", 0), ("tarifs", 1)):
        rule, arrows = asks.format(name), flow("start>r r>a a>end")
        (alone / "courte.bpmn").write_bytes(drawing(START, rule, step("a", desk="maire"), END, arrows))
        assert command("circuits", "check", "courte.bpmn", "--tenant", "port-clair").status == status
        assert command("circuits", "publish", "courte.bpmn", "--tenant", "port-clair").status == status


def test_decisions_whose_rules_meet_are_not_published(command: Command, alone: Path) -> None:
    (alone / "seuils.dmn").write_bytes(write_tables(one_table('< 1000 => "non"\n[500..2000] => "oui"')))
    said = command("circuits", "publish", "seuils.dmn", "--tenant", "port-clair")
    assert (said.status, said.err) == (1, "")
    assert "erreur [choix-r2] : Les règles 1 et 2" in said.out
    assert said.out.endswith("seuils.dmn : rien n’a été publié.\n")


def test_an_import_for_a_town_asks_which_of_its_desks_do_the_work(command: Command, alone: Path) -> None:
    (alone / "courte.bpmn").write_bytes(drawing(START, step("a", desk="dgxx"), END, flow("start>a a>end")))
    importing = ("circuits", "import", "courte.bpmn", "--tenant", "port-clair")
    asked = command(*importing)
    assert asked.status == 1
    assert "# Le bureau « dgxx » de l’étape « Étape a » n’existe pas ici. Quel bureau la fait ?" in asked.out
    (alone / "reponses.toml").write_text('"desk:a" = "dgxx"', encoding="utf-8")
    again = command(*importing, "--answers", "reponses.toml")
    assert (again.status, "# Le bureau « dgxx » n’existe pas ici." in again.out) == (1, True)
    (alone / "reponses.toml").write_text('"desk:a" = "maire"', encoding="utf-8")
    done = command(*importing, "--answers", "reponses.toml")
    assert (done.status, done.err) == (0, "")
    assert command("circuits", "publish", "courte.parapheur.bpmn", "--tenant", "port-clair").status == 0
