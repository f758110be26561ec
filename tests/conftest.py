"""Fixtures that every room may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from engine.database import Database
from engine.ids import new_id
from parapheur.migrating import migrate
from tests.support.postgres import postgres_server
from tests.support.world import World, make_world

# What a slow machine takes is no fault of the product: figures belong to `make bench`.
settings.register_profile("parapheur", deadline=None)
settings.load_profile("parapheur")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server for the whole run."""
    with postgres_server() as url:
        yield url


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database."""
    made = Database(f"sqlite:///{tmp_path / 'parapheur.db'}")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[Database]:
    """A migrated PostgreSQL database of its own."""
    name = f"essai_{new_id().hex}"
    admin = create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    made = Database(f"{postgres}/{name}")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def each_database(request: pytest.FixtureRequest) -> Database:
    """The same test on both databases."""
    found: Database = request.getfixturevalue("database" if request.param == "sqlite" else "postgres_database")
    return found


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    """A commune on SQLite."""
    return make_world(database, tmp_path)


@pytest.fixture
def each_world(each_database: Database, tmp_path: Path) -> World:
    """A commune, on SQLite then on PostgreSQL."""
    return make_world(each_database, tmp_path)
