"""Towns to save, and empty places to restore them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.database import Database
from engine.documents.store import DocumentStore
from engine.ids import new_id
from parapheur.backups.format import kinds_of, table_named, to_line
from tests.command.conftest import alone, command, own_logs
from tests.support.postgres import administer

__all__ = ["alone", "command", "own_logs"]


@dataclass(frozen=True)
class Place:
    """A database and a folder of documents, with nothing in them."""

    database: Database
    store: DocumentStore


#: ``place("sqlite")`` or ``place("postgres")``.
Places = Callable[[str], Place]


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    made: list[Place] = []

    def make(kind: str) -> Place:
        folder = tmp_path / f"vide-{new_id().hex}"
        url = f"sqlite:///{folder}/parapheur.db"
        if kind == "postgres":
            server, name = request.getfixturevalue("postgres"), f"vide_{new_id().hex}"
            administer(server, f"CREATE DATABASE {name}")
            url = f"{server}/{name}"
        found = Place(Database(url, synchronous="NORMAL"), DocumentStore(folder / "documents", folder / "spool"))
        made.append(found)
        return found

    yield make
    for found in made:
        found.database.dispose()


def everything(database: Database, store: DocumentStore) -> dict[str, object]:
    """Every row as a line of JSON, whichever the database, and every content byte for byte."""
    with database.engine.connect() as connection:
        rows = {
            name: sorted(map(to_line, connection.execute(table_named(name, columns).select()).mappings()))
            for name, columns in kinds_of(connection).items()
        }
    contents = {item.key: b"".join(store.chunks(item.tenant_id, item.sha256)) for item in store.contents()}
    return {**rows, "contents": contents}
