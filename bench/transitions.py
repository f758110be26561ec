"""A whole transition: ``act`` in its transaction, and beside it the raw commit of the same rows.

The acts are done first; then the folders are put back and the rows that the acts had written are written again by the
bare database driver: same database, same indexes, same constraints, nothing decided and nothing loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine, text
from sqlmodel import col, select

from bench.circuits import FIVE_STEPS, STEPS, publish_five_steps
from bench.measure import Figure, NotMeasured, rate, seconds
from engine.database import Database
from engine.folders.actions import Acted, act
from engine.folders.model import Act, Folder, Step
from parapheur.migrating import migrate
from tests.support.postgres import postgres_server
from tests.support.world import NOW, World, make_world

FOLDERS = 20
RUNS = 5


def sqlite(synchronous: str) -> Iterator[Figure]:
    """Transitions per second on SQLite, with this ``synchronous`` pragma."""
    with TemporaryDirectory(prefix="parapheur-bench-") as folder:
        database = Database(f"sqlite:///{folder}/parapheur.db", synchronous=synchronous)
        peer = f"les mêmes lignes par sqlite3, synchronous={synchronous}"
        yield _measured(f"transition.sqlite_{synchronous.lower()}_per_s", database, Path(folder), peer)


def postgres() -> Iterator[Figure]:
    """Transitions per second on PostgreSQL, each commit on the disk."""
    try:
        server = postgres_server(durable=True)
        with server as url, TemporaryDirectory(prefix="parapheur-bench-") as folder:
            admin = create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT")
            with admin.connect() as connection:
                connection.execute(text("CREATE DATABASE mesures"))
            admin.dispose()
            peer = "les mêmes lignes par psycopg en un envoi, fsync"
            yield _measured("transition.postgres_per_s", Database(f"{url}/mesures"), Path(folder), peer)
    except RuntimeError as absent:
        raise NotMeasured("PostgreSQL n’est pas installé : lancez tests/install-debian-packages.") from absent


def _measured(name: str, database: Database, folder: Path, peer: str) -> Figure:
    migrate(database)
    world = make_world(database, folder)
    publish_five_steps(world)
    folders = [world.sent(title=f"Dossier {number}", circuit=FIVE_STEPS) for number in range(FOLDERS)]
    raw = _Raw(database)
    ours, floor = [], []
    for number in range(RUNS + 1):
        raw.put_back(folders)
        spent = sum(_act_all(world, item) for item in folders)
        rows = [raw.rows_of(item) for item in folders]
        raw.put_back(folders)
        least = sum(raw.write_again(item) for item in rows)
        if number:  # the first run fills caches
            ours.append(spent / FOLDERS / len(STEPS))
            floor.append(least / FOLDERS / len(STEPS))
    raw.close()
    database.dispose()
    return rate(name, ours, floor=floor, peer=peer)


def _act_all(world: World, folder: Folder) -> float:
    """Seconds of the five visas of a folder; finding the open step, which the page has shown, is left out."""
    heads = world.heads(folder)
    return sum(seconds(_visa(world, _open_step(world, folder), heads)) for _ in STEPS)


def _open_step(world: World, folder: Folder) -> UUID:
    with world.database.reading() as session:
        return session.exec(select(Step.id).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))).one()


def _visa(world: World, step_id: UUID, heads: str) -> Callable[[], None]:
    def visa() -> None:
        with world.database.writing() as session:
            result = act(
                session,
                world.library,
                tenant_id=world.tenant.id,
                account=world.accounts["dgs"],
                step_id=step_id,
                act=Act.VISA,
                seen_heads=heads,
                now=NOW,
            )
            assert isinstance(result, Acted), result
            session.commit()

    return visa


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the acts on one folder wrote, as the driver gives it."""

    folder: Row
    instance: Row
    steps: list[Row]
    entries: list[Row]
    work: list[Row]


def _moves(folder: Folder) -> tuple[str]:
    return (f"folder.moved:{folder.id}:%",)


class _Raw:
    """The bare driver on the same database."""

    def __init__(self, database: Database) -> None:
        self._sqlite = database.is_sqlite
        self._pooled = database.engine.raw_connection()
        self._driver: Any = self._pooled.driver_connection
        self._mark = "?" if self._sqlite else "%s"

    def close(self) -> None:
        """Give the connection back."""
        self._pooled.close()

    def put_back(self, folders: list[Folder]) -> None:
        """Every folder as it was when it had just been sent."""
        with self._transaction():
            for folder in folders:
                key = (folder.id.hex,)
                self._do("DELETE FROM work_item WHERE key LIKE ?", _moves(folder))
                first = self._one("SELECT state_before FROM journal_entry WHERE chain = ? AND seq = 3", key)
                if first:
                    self._do("UPDATE process_instance SET version = 1, state = ? WHERE folder_id = ?", (first[0], *key))
                self._do("DELETE FROM journal_entry WHERE chain = ? AND seq > 2", key)
                self._do("DELETE FROM step WHERE folder_id = ? AND element_id <> ?", (*key, STEPS[0]))
                self._do("UPDATE step SET closed_at = NULL, outcome = NULL, acted_by = NULL WHERE folder_id = ?", key)
                self._do("UPDATE folder SET status = 'IN_PROGRESS', closed_at = NULL WHERE id = ?", key)

    def rows_of(self, folder: Folder) -> _Rows:
        """The rows to write again."""
        key = (folder.id.hex,)
        with self._transaction():
            return _Rows(
                folder=self._all("SELECT id, status, closed_at FROM folder WHERE id = ?", key)[0],
                instance=self._all("SELECT folder_id, state FROM process_instance WHERE folder_id = ?", key)[0],
                steps=self._all("SELECT * FROM step WHERE folder_id = ? ORDER BY element_id", key),
                entries=self._all("SELECT * FROM journal_entry WHERE chain = ? AND seq > 2 ORDER BY seq", key),
                work=self._all("SELECT * FROM work_item WHERE key LIKE ? ORDER BY id", _moves(folder)),
            )

    def write_again(self, rows: _Rows) -> float:
        """Seconds of the five transactions."""
        return sum(seconds(lambda number=number: self._transition(rows, number)) for number in range(len(STEPS)))

    def _transition(self, rows: _Rows, number: int) -> None:
        step, entry = rows.steps[number], rows.entries[number]
        last = number + 1 == len(STEPS)
        state = rows.instance["state"] if last else rows.entries[number + 1]["state_before"]
        with self._transaction(), nullcontext() if self._sqlite else self._driver.pipeline():
            closed = (step["closed_at"], step["outcome"], step["acted_by"], step["id"])
            self._do("UPDATE step SET closed_at = ?, outcome = ?, acted_by = ? WHERE id = ?", closed)
            if last:
                done = (rows.folder["status"], rows.folder["closed_at"], rows.folder["id"])
                self._do("UPDATE folder SET status = ?, closed_at = ? WHERE id = ?", done)
            else:
                self._insert("step", {**rows.steps[number + 1], "closed_at": None, "outcome": None, "acted_by": None})
            self._do(
                "UPDATE process_instance SET version = ?, state = ? WHERE folder_id = ?",
                (number + 2, state, rows.instance["folder_id"]),
            )
            self._insert("journal_entry", entry)
            self._insert("work_item", rows.work[number])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._sqlite:
            self._driver.execute("BEGIN IMMEDIATE")
        yield
        if self._sqlite:
            self._driver.execute("COMMIT")
        else:
            self._driver.commit()

    def _do(self, statement: str, values: tuple[Any, ...]) -> Any:
        return self._driver.execute(statement.replace("?", self._mark), values)

    def _one(self, statement: str, values: tuple[Any, ...]) -> Any:
        return self._do(statement, values).fetchone()

    def _all(self, statement: str, values: tuple[Any, ...]) -> list[Row]:
        cursor = self._do(statement, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _insert(self, table: str, row: Row) -> None:
        marks = ", ".join("?" * len(row))
        self._do(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
