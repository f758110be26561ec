"""Restoring a backup into a database and a document store that are empty.

The documents go first, the rows last and in one transaction: a restoration that is interrupted leaves a database
without anybody in it, and can be started again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any
from uuid import UUID

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from engine.database import Database
from engine.documents.store import DocumentStore
from parapheur.backups.format import VERSIONS, BackupFault, from_line, kinds_of, table_named
from parapheur.backups.reading import Backup
from parapheur.migrating import NEWER, Standing, configuration, migrate, standing

#: Rows written at a time.
_PAGE = 500
#: Longer than any document: what is restored was accepted once.
_NO_LIMIT = 1 << 62
#: Tables that are empty as long as nobody uses the product.
_PEOPLE = ("tenant", "account")


def restore(database: Database, store: DocumentStore, backup: Backup) -> None:
    """Write a checked backup, then bring the database up to date.

    Raises :class:`BackupFault` when something is there already, or when the backup comes from a later version.
    """
    manifest, config = backup.manifest, configuration(database)
    if manifest.revision not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        raise BackupFault(
            "Cette sauvegarde a été faite par une version plus récente du parapheur : installez cette version pour la"
            " restaurer."
        )
    _refuse_what_is_there(database, store, backup)
    for key in manifest.documents:
        tenant, _, _ = key.partition("/")
        store.keep(UUID(tenant), store.receive(backup.chunks(key), max_bytes=_NO_LIMIT))
    if standing(database) is not Standing.EMPTY:
        command.downgrade(config, "base")  # tables without anybody: the rows must find the columns of their version
    command.upgrade(config, manifest.revision)
    _write_rows(database, backup)
    migrate(database)


def _write_rows(database: Database, backup: Backup) -> None:
    with _without_references(database) as connection:
        found = kinds_of(connection)
        for name, part in backup.manifest.tables.items():
            if set(found.get(name, ())) != set(part.columns):
                raise BackupFault(f"Cette sauvegarde est abîmée : sa table {name} n’est pas celle de sa version.")
            table = table_named(name, part.columns)
            connection.execute(table.delete())  # what migrations put there themselves
            for rows in _pages(from_line(line, part.columns) for line in backup.lines(name)):
                connection.execute(table.insert(), rows)


def _refuse_what_is_there(database: Database, store: DocumentStore, backup: Backup) -> None:
    """Tables without anybody in them, and documents of this very backup, are what an interruption leaves."""
    found = standing(database)
    if found is Standing.STRANGER:
        raise BackupFault(NEWER)
    with database.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {VERSIONS}
        filled = bool(tables) if found is Standing.EMPTY else any(_rows(connection, name) for name in _PEOPLE)
    if filled:
        where = database.url.render_as_string(hide_password=True)
        raise BackupFault(
            f"La base de données {where} n’est pas vide : une restauration n’écrase rien. Donnez une base neuve dans"
            " PARAPHEUR_DATABASE_URL, ou un autre dossier dans PARAPHEUR_DATA_DIR."
        )
    for content in store.contents():
        if content.key not in backup.manifest.documents:
            raise BackupFault(
                f"Il y a déjà des documents là où il faut les restaurer ({content.key}) : une restauration n’écrase"
                " rien. Donnez un autre dossier dans PARAPHEUR_DOCUMENTS ou PARAPHEUR_DATA_DIR."
            )


def _rows(connection: Connection, name: str) -> bool:
    return connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() is not None  # noqa: S608 a name of ours


@contextmanager
def _without_references(database: Database) -> Iterator[Connection]:
    """One transaction in which rows may come before those they refer to; all are checked before it is committed."""
    with database.engine.execution_options(parapheur_writes=True).connect() as connection:
        if database.is_sqlite:
            connection.detach()  # what is set on it goes with it
            driver: Any = connection.connection.dbapi_connection
            driver.execute("pragma foreign_keys=off")  # does nothing inside a transaction
            with connection.begin():
                yield connection
                if broken := connection.exec_driver_sql("pragma foreign_key_check").first():
                    raise BackupFault(f"Cette sauvegarde est abîmée : une ligne de {broken[0]} ne renvoie à rien.")
            return
        with connection.begin():
            references = list(_references(connection))
            _alter(connection, references, "DEFERRABLE INITIALLY DEFERRED")
            yield connection
            connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            _alter(connection, references, "NOT DEFERRABLE")


def _references(connection: Connection) -> Iterator[tuple[str, str]]:
    found = inspect(connection)
    for table in found.get_table_names():
        for reference in found.get_foreign_keys(table):
            yield table, str(reference["name"])


def _alter(connection: Connection, references: Sequence[tuple[str, str]], how: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    for table, name in references:
        connection.execute(text(f"ALTER TABLE {quote(table)} ALTER CONSTRAINT {quote(name)} {how}"))


def _pages(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while page := list(islice(rows, _PAGE)):
        yield page
