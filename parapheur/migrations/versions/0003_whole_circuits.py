"""Room for called circuits, repeated steps, due dates, messages awaited and signatures withdrawn."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("workflow_version", sa.Column("called", text, nullable=False, server_default="{}"))
    op.add_column("step", sa.Column("path", text, nullable=False, server_default=""))
    op.add_column("step", sa.Column("instance", sa.Integer(), nullable=True))
    op.add_column("step", sa.Column("due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("signature", sa.Column("withdrawn_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_table(
        "awaited_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("folder_id", sa.Uuid(), nullable=False),
        sa.Column("message", text, nullable=False),
        sa.Column("key", text, nullable=False),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_awaited_message_folder_id", "awaited_message", ["folder_id"])
    op.create_index("ix_awaited_message_key", "awaited_message", ["tenant_id", "message", "key"])


def downgrade() -> None:
    op.drop_table("awaited_message")
    op.drop_column("signature", "withdrawn_at")
    op.drop_column("step", "due_at")
    op.drop_column("step", "instance")
    op.drop_column("step", "path")
    op.drop_column("workflow_version", "called")
