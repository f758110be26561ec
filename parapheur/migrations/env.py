"""Alembic's entry: every table of every floor is in one metadata."""

from __future__ import annotations

import importlib

from alembic import context
from sqlmodel import SQLModel

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
for name in MODELS:
    importlib.import_module(name)

database = context.config.attributes["database"]
with database.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="sqlmodel.sql.sqltypes.",
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
