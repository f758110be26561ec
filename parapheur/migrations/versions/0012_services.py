"""The calendar that a town says; what backups and purges need to know."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("tenant", sa.Column("calendar", kind, nullable=False, server_default=""))
    op.create_table(
        "orphan_content",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "sha256"),
    )
    op.create_table(
        "upkeep_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("BACKUP", "RESTORE", "UPGRADE", "PURGE", name="upkeep", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("began_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("data", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_upkeep_run_kind", "upkeep_run", ["kind", "ended_at"], unique=False)
    op.create_index("ix_work_item_done", "work_item", ["done_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_work_item_done", table_name="work_item")
    op.drop_index("ix_upkeep_run_kind", table_name="upkeep_run")
    op.drop_table("upkeep_run")
    op.drop_table("orphan_content")
    op.drop_column("tenant", "calendar")
