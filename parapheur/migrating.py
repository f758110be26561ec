"""Bringing the database up to date, one process at a time."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from engine.database import Database

#: Any number that is ours: the PostgreSQL advisory lock held while migrating.
_LOCK = 7_223_091


def configuration(database: Database) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(files("parapheur").joinpath("migrations")))
    config.attributes["database"] = database
    return config


def migrate(database: Database) -> None:
    """Apply what is missing."""
    if database.is_sqlite:
        command.upgrade(configuration(database), "head")
        return
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        try:
            command.upgrade(configuration(database), "head")
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})


def is_up_to_date(database: Database) -> bool:
    """Whether nothing is missing."""
    head = ScriptDirectory.from_config(configuration(database)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
