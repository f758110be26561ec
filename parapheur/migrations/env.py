"""Alembic's entry: every table of every floor is in one metadata."""

from __future__ import annotations

import importlib
import sqlite3

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

from engine.database import Database

MODELS = (
    "engine.people.model",
    "engine.desks.model",
    "engine.typology.model",
    "engine.circuits.model",
    "engine.documents.model",
    "engine.journal.model",
    "engine.work.model",
    "engine.folders.model",
    "notifications.model",
)


def run(database: Database) -> None:
    """Apply what is missing in one transaction; on SQLite the write lock is taken before looking."""
    # Not from the pool: what is set here on the connection goes with it.
    with database.engine.execution_options(parapheur_writes=True).connect() as connection:
        connection.detach()
        _forget_foreign_keys(connection)
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,  # true of SQLite too, as engine.database opens it
            user_module_prefix="sqlmodel.sql.sqltypes.",
        )
        with context.begin_transaction():
            context.run_migrations()
            _check_foreign_keys(connection)
        connection.commit()


def _forget_foreign_keys(connection: Connection) -> None:
    """SQLite changes a table by copying it and dropping the former, which would drop what refers to it as well.

    https://www.sqlite.org/lang_altertable.html#otheralter; the pragma does nothing inside a transaction.
    """
    driver = connection.connection.dbapi_connection  # a connection that was detached has no driver_connection
    if connection.dialect.name == "sqlite":
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("pragma foreign_keys=off")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("pragma foreign_key_check").all()):
        raise RuntimeError(f"this migration leaves references to nothing: {broken[:5]}")


for name in MODELS:
    importlib.import_module(name)
run(context.config.attributes["database"])
