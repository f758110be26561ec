"""Fixtures that every room may use."""

from __future__ import annotations

import gc
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import argon2
import pytest
from hypothesis import settings
from sqlalchemy import create_engine
from sqlalchemy.util import LRUCache
from xdist.scheduler.loadfile import LoadFileScheduling

from engine.database import Database
from engine.ids import new_id
from engine.people import passwords
from parapheur.migrating import migrate
from tests.support.postgres import administer, postgres_server
from tests.support.world import World, find_world, make_world

# What a slow machine takes is no fault of the product: figures belong to `make bench`.
settings.register_profile("parapheur", deadline=None)
settings.load_profile("parapheur")


#: Statements are compiled for a dialect and kept by an engine; each test has an engine of its own.
_ENGINE = create_engine("sqlite://")
_ENGINE.connect().close()  # the dialect learns what this SQLite can do
_COMPILED: LRUCache[Any, Any] = LRUCache(10_000)
_DRAWN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Begun first: whoever takes one of these at the end keeps the other processes waiting.
LONGEST = (
    "tests/road",
    "tests/kill/test_kill_acts.py",
    "tests/kill",
    "tests/command",
    "tests/front",
    "tests/imports",
    "tests/signing",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first."""
    items.sort(key=_turn)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was loaded: walking through it takes longer than many a test."""
    gc.collect()
    gc.freeze()


class WholeFiles(LoadFileScheduling):
    """What several processes share out: whole files, and the roads together, which walk in one town."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "tests/road" if path.startswith("tests/road/") else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    """Asked when the suite runs in several processes."""
    return WholeFiles(config, log)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names of tests without the identifiers drawn at random in them: every process must find the same tests."""
    return _DRAWN.sub("…", val) if isinstance(val, str) and _DRAWN.search(val) else None


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server for the whole run."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Passwords hashed in no time; how slow they really are is a choice of argon2's own, not of ours to prove."""
    passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database that nobody uses: tests take copies, which costs less than migrating."""
    path = tmp_path_factory.mktemp("migrated") / "parapheur.db"
    made = Database(f"sqlite:///{path}")
    migrate(made)
    made.dispose()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def migrated_name(postgres: str) -> str:
    """The same in the PostgreSQL server."""
    name = "modele"
    administer(postgres, f"CREATE DATABASE {name}")
    made = Database(f"{postgres}/{name}")
    migrate(made)
    made.dispose()  # a database in use cannot be copied
    return name


@pytest.fixture(scope="session")
def town_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The same with a commune in it, and the commune."""
    folder = tmp_path_factory.mktemp("commune")
    path = Path(shutil.copy(migrated_file, folder))
    made = Database(f"sqlite:///{path}")
    town = make_world(made, folder)
    made.dispose()
    return path, town


@pytest.fixture(scope="session")
def town_name(postgres: str, migrated_name: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, World]:
    """The same in the PostgreSQL server."""
    name = "commune"
    administer(postgres, f"CREATE DATABASE {name} TEMPLATE {migrated_name}")
    made = Database(f"{postgres}/{name}")
    town = make_world(made, tmp_path_factory.mktemp("commune"))
    made.dispose()
    return name, town


def _in_town(request: pytest.FixtureRequest) -> bool:
    """Whether the test plays in the commune."""
    return not {"world", "each_world"}.isdisjoint(request.fixturenames)


@pytest.fixture
def database(request: pytest.FixtureRequest, migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database. It does not wait for the disk: what must survive is proved in tests/kill."""
    path = tmp_path / "parapheur.db"
    shutil.copyfile(request.getfixturevalue("town_file")[0] if _in_town(request) else migrated_file, path)
    made = Database(f"sqlite:///{path}", synchronous="OFF")
    for engine in (made.engine, made._writer):  # what one test compiled serves the next
        engine.dialect, engine._compiled_cache = _ENGINE.dialect, _COMPILED
    yield made
    made.dispose()


@pytest.fixture
def postgres_database(request: pytest.FixtureRequest, postgres: str, migrated_name: str) -> Iterator[Database]:
    """A migrated PostgreSQL database of its own."""
    name = f"essai_{new_id().hex}"
    template = request.getfixturevalue("town_name")[0] if "each_world" in request.fixturenames else migrated_name
    administer(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    made = Database(f"{postgres}/{name}")
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def each_database(request: pytest.FixtureRequest) -> Database:
    """The same test on both databases."""
    found: Database = request.getfixturevalue("database" if request.param == "sqlite" else "postgres_database")
    return found


@pytest.fixture
def world(database: Database, town_file: tuple[Path, World], tmp_path: Path) -> World:
    """A commune on SQLite."""
    return find_world(database, tmp_path, town_file[1])


@pytest.fixture
def each_world(request: pytest.FixtureRequest, each_database: Database, tmp_path: Path) -> World:
    """A commune, on SQLite then on PostgreSQL."""
    template = request.getfixturevalue("town_file" if each_database.is_sqlite else "town_name")
    return find_world(each_database, tmp_path, template[1])
