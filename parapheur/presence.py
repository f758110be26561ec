"""Knowing whether the product runs: servers and workers hold a lock that goes with them, however they end.

On SQLite a file beside the database, on PostgreSQL an advisory lock of a connection of its own, so that it holds for
all machines. What changes the whole database (updating it, restoring it) asks to be alone.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.database import Database

#: Any number that is ours: the PostgreSQL advisory lock of whoever runs.
_LOCK = 7_223_092
BEING_CHANGED = "Une mise à jour ou une restauration est en cours : attendez qu’elle soit finie, puis recommencez."
STILL_RUNNING = (
    "Un serveur ou un processus de travail tourne encore sur cette base : arrêtez-les d’abord"
    " (« systemctl stop parapheur.target », ou Ctrl-C), puis recommencez. Rien n’a été changé."
)


@contextmanager
def present(database: Database) -> Iterator[bool]:
    """Whether one may run; true keeps out, until the end, those who want to be alone."""
    with _held(database, shared=True) as held:
        yield held


@contextmanager
def alone(database: Database) -> Iterator[bool]:
    """Whether nobody runs; true keeps servers and workers from starting until the end."""
    with _held(database, shared=False) as held:
        yield held


@contextmanager
def _held(database: Database, *, shared: bool) -> Iterator[bool]:
    with _file(database, shared) if database.is_sqlite else _advisory(database, shared) as held:
        yield held


@contextmanager
def _file(database: Database, shared: bool) -> Iterator[bool]:
    with Path(f"{database.url.database}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _advisory(database: Database, shared: bool) -> Iterator[bool]:
    function = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()  # the lock ends with the connection, which no pool may keep
    try:
        yield bool(connection.execute(text(f"SELECT {function}(:key)"), {"key": _LOCK}).scalar_one())
    finally:
        with suppress(DBAPIError):  # the server may have gone before us
            connection.close()
