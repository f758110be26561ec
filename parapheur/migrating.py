"""Bringing the database up to date, one process at a time.

Migrations only go forward where there are data: to come back to an older version of the product, restore the copy of
the database made before ``parapheur migrate``. Each migration can be walked back all the same, for those who write the
next one; no command does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, InterfaceError, ProgrammingError

from engine.database import Database

#: Any number that is ours: the PostgreSQL advisory lock held while migrating.
_LOCK = 7_223_091


class DatabaseFault(Exception):
    """The database cannot be used; the message says why and what to do, in French."""


class Standing(StrEnum):
    """What a database is to this version of the product."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    STRANGER = "stranger"  #: written by a version that this one does not know


NEWER = (
    "La base de données a été mise à jour par une version plus récente du parapheur :"
    " installez cette version, ou restaurez la sauvegarde d’avant la mise à jour."
)
NOT_MIGRATED = "La base de données n’est pas à jour : lancez « parapheur migrate », puis recommencez."


def configuration(database: Database) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(files("parapheur").joinpath("migrations")))
    config.attributes["database"] = database
    return config


def migrate(database: Database) -> None:
    """Apply what is missing; a second process waits for the first, then finds nothing to do.

    All or nothing: a migration that fails leaves the database as it was. Raises :class:`DatabaseFault` when the
    database does not answer or was written by a newer version.
    """
    if standing(database) is Standing.STRANGER:
        raise DatabaseFault(NEWER)
    with _told(database):
        if database.is_sqlite:  # env.py begins with a write lock
            command.upgrade(configuration(database), "head")
            return
        with database.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            try:
                command.upgrade(configuration(database), "head")
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})


def standing(database: Database) -> Standing:
    """What this database is to us. Raises :class:`DatabaseFault` when it does not answer."""
    if database.is_sqlite and not Path(database.url.database or "").exists():
        return Standing.EMPTY  # looking must not create it
    scripts = ScriptDirectory.from_config(configuration(database))
    with _told(database), database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return Standing.EMPTY
    if current == scripts.get_current_head():
        return Standing.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return Standing.BEHIND if current in known else Standing.STRANGER


def is_up_to_date(database: Database) -> bool:
    """Whether nothing is missing."""
    return standing(database) is Standing.CURRENT


def fault_of(database: Database) -> str | None:
    """Why this version cannot work on the database, and what to do; None when it can."""
    found = standing(database)
    if found is Standing.CURRENT:
        return None
    return NEWER if found is Standing.STRANGER else NOT_MIGRATED


@contextmanager
def _told(database: Database) -> Iterator[None]:
    """Say in French that the database does not answer; mistakes in our own statements stay what they are."""
    try:
        yield
    except ProgrammingError:
        raise
    except (DatabaseError, InterfaceError) as error:
        where = database.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0]
        cure = (
            "vérifiez PARAPHEUR_DATA_DIR, la place qui reste et les droits sur ce fichier"
            if database.is_sqlite
            else "vérifiez PARAPHEUR_DATABASE_URL et que le serveur tourne"
        )
        raise DatabaseFault(f"La base de données {where} ne répond pas ({reason}) : {cure}.") from error
