"""``parapheur migrate``: once or twice, alone or two at once, on both databases; all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from engine.database import Database
from engine.ids import new_id
from parapheur.migrating import Standing, migrate, standing
from tests.command.conftest import Command, ended, started
from tests.support.postgres import free_port


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database without any table, which is that of the settings."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/empty.db"
    else:
        server, name = request.getfixturevalue("postgres"), f"essai_{new_id().hex}"
        admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = f"{server}/{name}"
    monkeypatch.setenv("PARAPHEUR_DATABASE_URL", url)
    return url


Opened = Callable[[], Database]


@pytest.fixture
def opened(empty: str) -> Iterator[Opened]:
    made: list[Database] = []

    def open_() -> Database:
        made.append(Database(empty))
        return made[-1]

    yield open_
    for database in made:
        database.dispose()


def test_it_makes_the_tables_then_says_that_nothing_is_missing(opened: Opened, command: Command) -> None:
    first, second = command("migrate"), command("migrate")
    assert (first.status, first.out) == (0, "La base de données a été mise à jour.\n")
    assert (second.status, second.out) == (0, "La base de données est à jour.\n")
    assert standing(opened()) is Standing.CURRENT


def test_two_at_once_both_succeed_and_it_is_done_once(empty: str, opened: Opened, alone: Path) -> None:
    both = [started("migrate", folder=alone, PARAPHEUR_DATABASE_URL=empty) for _ in range(3)]
    assert [(said.status, said.err) for said in map(ended, both)] == [(0, "")] * 3
    database = opened()
    assert standing(database) is Standing.CURRENT
    with database.engine.connect() as connection:
        assert len(MigrationContext.configure(connection).get_current_heads()) == 1


def test_a_database_of_a_newer_version_is_left_alone(opened: Opened, command: Command) -> None:
    database = opened()
    migrate(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for name in ("migrate", "serve", "worker"):
        said = command(name)
        assert said.status == 1
        assert "une version plus récente du parapheur" in said.err


def test_a_migration_that_fails_leaves_nothing_behind(opened: Opened) -> None:
    database = opened()
    with database.engine.begin() as connection:  # a table of another program, in the way of one of ours
        connection.execute(text("CREATE TABLE work_item (id INTEGER)"))
    with pytest.raises(Exception, match="work_item"):
        migrate(database)
    assert set(inspect(database.engine).get_table_names()) == {"work_item"}
    assert standing(database) is Standing.EMPTY


def test_a_server_that_does_not_answer_is_told(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAPHEUR_DATABASE_URL", f"postgresql://u:sesame@127.0.0.1:{free_port()}/base")
    for name in ("migrate", "serve", "worker"):
        said = command(name)
        assert said.status == 1
        assert said.err.endswith("vérifiez PARAPHEUR_DATABASE_URL et que le serveur tourne.\n")
        assert "ne répond pas" in said.err
        assert "sesame" not in said.err


def test_a_file_that_is_no_database_is_told(command: Command, alone: Path) -> None:
    (alone / "var").mkdir()
    (alone / "var" / "parapheur.db").write_text("Ceci est un texte. " * 1000)
    said = command("migrate")
    assert said.status == 1
    assert "sqlite:///var/parapheur.db ne répond pas (file is not a database)" in said.err


def test_a_folder_that_cannot_be_made_is_a_wrong_setting(command: Command, alone: Path) -> None:
    (alone / "var").write_text("un fichier, pas un dossier")
    for name in ("migrate", "serve", "worker"):
        said = command(name)
        assert said.status == 2
        assert "PARAPHEUR_DATA_DIR" in said.err
