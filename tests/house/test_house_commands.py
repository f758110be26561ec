"""``parapheur backup``, ``restore`` and ``upgrade``, as an operator types them."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command as alembic
from sqlmodel import select

from engine.database import Database
from engine.documents.store import DocumentStore
from engine.people.sealing import new_key
from engine.work.model import Upkeep, UpkeepRun
from parapheur import presence
from parapheur.migrating import Standing, configuration, standing
from tests.command.conftest import Command
from tests.house.conftest import everything
from tests.support.world import World


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> World:
    """A town whose settings are those of the command."""
    monkeypatch.setenv("PARAPHEUR_DATA_DIR", str(tmp_path))
    return world


def elsewhere(monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[Database, DocumentStore]:
    """Another place for the settings, and what is in it."""
    monkeypatch.setenv("PARAPHEUR_DATA_DIR", str(folder))
    return Database(f"sqlite:///{folder}/parapheur.db"), DocumentStore(folder / "documents", folder / "incoming")


def test_a_town_is_saved_then_restored_in_another_folder(
    town: World, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.sent()
    (tmp_path / "secret.key").write_text("une clé")
    before = everything(town.database, town.store)
    said = command("backup", tmp_path / "sauvegarde.zip")
    assert (said.status, said.err) == (0, "")
    assert "2 documents" in said.out
    database, store = elsewhere(monkeypatch, tmp_path / "ailleurs")
    said = command("restore", tmp_path / "sauvegarde.zip")
    assert (said.status, said.err) == (0, "")
    assert "les journaux sont entiers et chaque document est là" in said.out
    after = everything(database, store)
    assert len(after.pop("upkeep_run")) == 1  # the restoration itself
    before.pop("upkeep_run")
    assert after == before
    assert (tmp_path / "ailleurs" / "secret.key").read_text() == "une clé"
    assert (tmp_path / "ailleurs" / "secret.key").stat().st_mode & 0o777 == 0o600
    said = command("restore", tmp_path / "sauvegarde.zip")
    assert said.status == 1
    assert "n’est pas vide" in said.err
    database.dispose()


def test_a_backup_in_a_folder_is_named_by_its_date_and_the_oldest_go(
    town: World, command: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "sauvegardes"
    folder.mkdir()
    for name in ("parapheur-20260101T030000Z.zip", "parapheur-20260102T030000Z.zip", "notes.zip"):
        (folder / name).touch()
    for name, age in (
        ("parapheur-20260102T030000Z.zip.12.incomplet", 2),
        ("parapheur-20260103T030000Z.zip.3.incomplet", 0),
    ):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age * 86_400,) * 2)
    assert command("backup", folder, "--keep", 2).status == 0
    (folder / "parapheur-20260103T030000Z.zip.3.incomplet").unlink()  # perhaps being written
    names = sorted(path.name for path in folder.iterdir())
    assert names[:2] == ["notes.zip", "parapheur-20260102T030000Z.zip"]
    assert len(names) == 3
    with town.database.reading() as session:
        [run] = session.exec(select(UpkeepRun)).all()
    assert run.kind is Upkeep.BACKUP
    assert names[2] in run.data


@pytest.mark.parametrize("given", ["0", "-1", "deux"])
def test_how_many_to_keep_is_a_number_of_at_least_one(command: Command, given: str) -> None:
    said = command("backup", "ici", f"--keep={given}")
    assert said.status == 2
    assert f"« {given} » n’est pas un nombre d’au moins 1" in said.err


def test_what_runs_is_not_restored_over_nor_updated(town: World, command: Command, tmp_path: Path) -> None:
    assert command("backup", tmp_path / "sauvegarde.zip").status == 0
    alembic.downgrade(configuration(town.database), "-1")
    with presence.present(town.database) as may_run:
        assert may_run
        for arguments in (("upgrade",), ("restore", tmp_path / "sauvegarde.zip")):
            said = command(*arguments)
            assert said.status == 1
            assert "tourne encore" in said.err
    with presence.alone(town.database) as nobody:
        assert nobody
        for name in ("serve", "worker"):
            assert command(name).status == 1


@pytest.mark.postgres
def test_servers_run_together_and_changes_are_made_alone(each_database: Database) -> None:
    with presence.present(each_database) as one, presence.present(each_database) as two:
        assert (one, two) == (True, True)
        with presence.alone(each_database) as nobody:
            assert not nobody
    with presence.alone(each_database) as nobody, presence.present(each_database) as late:
        assert (nobody, late) == (True, False)
    with presence.present(each_database) as again:
        assert again


def test_an_update_saves_first_and_tells_what_it_did(town: World, command: Command, tmp_path: Path) -> None:
    town.deposit()
    alembic.downgrade(configuration(town.database), "-1")
    said = command("upgrade")
    assert (said.status, said.err) == (0, "")
    [backup] = (tmp_path / "sauvegardes").iterdir()
    assert [line.partition(" (")[0] for line in said.out.splitlines() if not line.startswith(" ")] == [
        f"Sauvegarde d’avant la mise à jour : {backup}",
        "La base de données a été mise à jour.",
        "Vérifié : les journaux sont entiers et chaque document est là.",
    ]
    assert standing(town.database) is Standing.CURRENT
    said = command("upgrade")
    assert (said.status, said.out) == (0, "La base de données est déjà à jour : il n’y a rien à faire.\n")


def test_without_a_backup_nothing_is_updated(town: World, command: Command, tmp_path: Path) -> None:
    alembic.downgrade(configuration(town.database), "-1")
    (tmp_path / "plein").touch()
    said = command("upgrade", "--backup", tmp_path / "plein")
    assert said.status == 1
    assert "Rien n’a été mis à jour" in said.err
    assert standing(town.database) is Standing.BEHIND


def test_an_update_that_finds_a_broken_journal_says_so(town: World, command: Command) -> None:
    folder = town.sent(title="Délibération 7")
    with town.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE journal_entry SET event = 'folder:other' WHERE seq = 1 AND event LIKE 'folder:%'"
        )
    alembic.downgrade(configuration(town.database), "-1")
    said = command("upgrade")
    assert said.status == 1
    assert f"Le journal du dossier « {folder.title} » est rompu à l’entrée 1." in said.err


def test_a_key_kept_apart_is_not_in_the_backup(
    town: World, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.key").write_text("une clé")
    monkeypatch.setenv("PARAPHEUR_SECRET_KEY", new_key())
    assert command("backup", tmp_path / "sauvegarde.zip").status == 0
    assert "une clé".encode() not in (tmp_path / "sauvegarde.zip").read_bytes()


def test_a_town_not_saved_for_long_is_told_by_the_doctor(town: World, command: Command, tmp_path: Path) -> None:
    assert "Dernière sauvegarde" not in command("doctor").out  # nothing to lose yet
    town.deposit()
    assert "voir  Dernière sauvegarde : jamais" in command("doctor").out
    command("backup", tmp_path / "sauvegarde.zip")
    assert "bien  Dernière sauvegarde : " in command("doctor").out
    with town.database.writing() as session:
        for run in session.exec(select(UpkeepRun)):
            run.ended_at -= timedelta(days=3)
        session.commit()
    assert "voir  Dernière sauvegarde : " in command("doctor").out
