"""Who published a circuit, when it was retired; decision tables and their versions."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workflow_definition", sa.Column("retired_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("workflow_definition", sa.Column("retired_by", sa.Uuid(), nullable=True))
    op.add_column("workflow_version", sa.Column("published_by", sa.Uuid(), nullable=True))
    op.add_column(
        "workflow_version",
        sa.Column("decisions", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="{}"),
    )
    op.create_table(
        "decision_table",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("short_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "short_name"),
    )
    op.create_index("ix_decision_table_tenant_id", "decision_table", ["tenant_id"])
    op.create_table(
        "decision_table_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("decision_table_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("dmn", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["decision_table_id"], ["decision_table.id"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_table_id", "number"),
    )
    op.create_index("ix_decision_table_version_tenant_id", "decision_table_version", ["tenant_id"])


def downgrade() -> None:
    op.drop_table("decision_table_version")
    op.drop_table("decision_table")
    op.drop_column("workflow_version", "decisions")
    op.drop_column("workflow_version", "published_by")
    op.drop_column("workflow_definition", "retired_by")
    op.drop_column("workflow_definition", "retired_at")
