"""The database: one engine, two ways in (reading, writing), on SQLite or PostgreSQL.

SQLite is opened so that nothing committed is lost (WAL, ``synchronous=FULL``) and so that two writers never both
decide from the same reading: a writing session begins with ``BEGIN IMMEDIATE``. SQLAlchemy's default pysqlite mode
begins lazily and loses updates.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, Enum, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session, SQLModel

#: Threads that may talk to the database at once; the web thread pool has the same size.
POOL_SIZE = 8
#: How long a writer waits for another one, in milliseconds.
BUSY_TIMEOUT_MS = 10_000


class Database:
    """Hands out sessions. Every session rolls back unless its user commits."""

    def __init__(self, url: str, *, synchronous: str = "FULL") -> None:
        """``url``: ``sqlite:///path`` or ``postgresql+psycopg://…``; ``synchronous``: SQLite's pragma."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._sqlite(synchronous) if self.is_sqlite else self._server()
        self._writer = self.engine.execution_options(parapheur_writes=True)

    def _server(self) -> Engine:
        return create_engine(self.url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, pool_pre_ping=True)

    def _sqlite(self, synchronous: str) -> Engine:
        if self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self.url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            connect_args={"isolation_level": None, "check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        )
        event.listen(engine, "connect", _pragmas(synchronous))
        event.listen(engine, "begin", _begin)
        return engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; whatever it changed is rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that may write. Nothing is kept unless ``session.commit()`` is called inside the block."""
        with Session(self._writer, expire_on_commit=False) as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _pragmas(synchronous: str) -> Any:
    def apply(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (
            "journal_mode=wal",
            f"synchronous={synchronous}",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=on",
            "cache_size=-64000",
        ):
            connection.execute(f"pragma {pragma}")

    return apply


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("parapheur_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def text_enum(values: type[StrEnum]) -> Any:
    """Column type for a :class:`StrEnum`: plain text in both databases, the enum in Python."""
    return Enum(values, native_enum=False, length=32, values_callable=lambda kind: [member.value for member in kind])


def table_of(model: type[SQLModel]) -> Table:
    """The Core table behind a SQLModel class, for statements on the hot path."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]
