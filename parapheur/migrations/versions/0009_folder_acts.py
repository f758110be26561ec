"""Followers, rounds, archived folders, and folders copied from others."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: What is in the trays of its emitter, and what was cleared from them.
_INDEXES = (
    ("ix_folder_tray", ["emitter_desk_id", "status", "id"], "archived_at IS NULL"),
    ("ix_folder_archived", ["emitter_desk_id", "id"], "archived_at IS NOT NULL"),
)


def upgrade() -> None:
    with op.batch_alter_table("folder") as folder:
        folder.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
        folder.add_column(sa.Column("origin_id", sa.Uuid(), nullable=True))
        folder.add_column(sa.Column("archived_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        folder.create_foreign_key("fk_folder_origin_id", "folder", ["origin_id"], ["id"])
    for name, columns, where in _INDEXES:
        op.create_index(name, "folder", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.drop_index("ix_folder_emitter", "folder")
    op.add_column("step", sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "follower",
        sa.Column("folder_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"]),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("folder_id", "account_id"),
    )
    op.create_index("ix_follower_account_id", "follower", ["account_id"])


def downgrade() -> None:
    op.drop_table("follower")
    op.drop_column("step", "round")
    op.create_index("ix_folder_emitter", "folder", ["emitter_desk_id", "status", "id"])
    for name, _, _ in _INDEXES:
        op.drop_index(name, "folder")
    with op.batch_alter_table("folder") as folder:
        folder.drop_constraint("fk_folder_origin_id", type_="foreignkey")
        folder.drop_column("archived_at")
        folder.drop_column("origin_id")
        folder.drop_column("round")
