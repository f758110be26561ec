"""The migrations make the tables that the models describe, on both databases, and can be walked back."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

from engine.database import Database
from parapheur.migrating import configuration, is_up_to_date, migrate


def test_a_migrated_database_is_what_the_models_say(each_database: Database) -> None:
    with each_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    assert is_up_to_date(each_database)


def test_the_migrations_can_be_walked_back_and_forth(each_database: Database) -> None:
    command.downgrade(configuration(each_database), "base")
    assert not is_up_to_date(each_database)
    assert set(inspect(each_database.engine).get_table_names()) <= {"alembic_version"}
    migrate(each_database)
    assert is_up_to_date(each_database)
