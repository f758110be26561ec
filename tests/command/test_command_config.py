"""``parapheur config``: a town goes out in a file, and comes in all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.database import Database
from parapheur.migrating import migrate
from tests.command.conftest import Command
from tests.support.administration import make_administrator
from tests.support.world import make_world

TOWN = ("--tenant", "essai")
BY = ("--by", "secretariat@essai.example")


@pytest.fixture
def file(alone: Path, command: Command) -> Path:
    """What a small town exports."""
    database = Database("sqlite:///var/parapheur.db")
    migrate(database)
    make_administrator(make_world(database, alone))
    database.dispose()
    assert command("config", "export", "essai.yaml", *TOWN).status == 0
    return alone / "essai.yaml"


def test_out_in_and_out_again(file: Path, command: Command) -> None:
    text = file.read_text(encoding="utf-8")
    assert command("config", "export", *TOWN).out == text
    assert "rien n’est à changer" in command("config", "import", file, *TOWN, *BY).out
    file.write_text(text.replace("    nom: Maire\n", "    nom: Madame le maire\n"), encoding="utf-8")
    said = command("config", "import", file, *TOWN, *BY, "--dry-run")
    assert "changerait : Le bureau « Madame le maire » change" in said.out
    assert "relancez sans --dry-run" in said.out
    assert command("config", "export", *TOWN).out == text
    assert "changé : Le bureau « Madame le maire » change" in command("config", "import", file, *TOWN, *BY).out
    assert command("config", "export", *TOWN).out == file.read_text(encoding="utf-8")


def test_a_file_that_will_not_do_is_refused_line_by_line(file: Path, command: Command) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("droits:", "droit:", 1), encoding="utf-8")
    said = command("config", "import", file, *TOWN, *BY)
    assert (said.status, said.out) == (1, "")
    assert "ligne " in said.err
    assert "› droit : Ce champ n’existe pas." in said.err
    assert said.err.endswith("rien n’a été changé.\n")


def test_what_does_not_exist_is_said(file: Path, command: Command) -> None:
    for arguments, said in (
        (("export", "--tenant", "ailleurs"), "Aucune collectivité ne s’appelle « ailleurs »"),
        (("export", "essai.yaml", *TOWN), "existe déjà"),
        (("export", "rien/essai.yaml", *TOWN), "ne peut pas être écrit"),
        (("import", "absent.yaml", *TOWN, *BY), "ce fichier n’existe pas"),
        (("import", file, *TOWN, "--by", "qui@essai.example"), "Personne n’a de compte à l’adresse"),
        (("import", file, *TOWN), "il manque"),
    ):
        answer = command("config", *arguments)
        assert answer.status == 2, arguments
        assert said in answer.err
