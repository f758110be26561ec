"""Delegations: who stands in for a desk, from when to when, and for what; amounts of folders, which bound them."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString(), sqlmodel.sql.sqltypes.UTCDateTime()
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("delegating_desk_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_desk_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("folder_type_id", sa.Uuid(), nullable=True),
        sa.Column("subtype_id", sa.Uuid(), nullable=True),
        sa.Column("ceiling", sa.BigInteger(), nullable=True),
        sa.Column("deed_number", text, nullable=False),
        sa.Column("deed_date", sa.Date(), nullable=True),
        sa.Column("deed_name", text, nullable=False),
        sa.Column("deed_sha256", text, nullable=True),
        sa.Column("deed_size", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["delegating_desk_id"], ["desk.id"]),
        sa.ForeignKeyConstraint(["substitute_desk_id"], ["desk.id"]),
        sa.ForeignKeyConstraint(["principal_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["folder_type_id"], ["folder_type.id"]),
        sa.ForeignKeyConstraint(["subtype_id"], ["subtype.id"]),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["ended_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_delegation_in_force", "delegation", ["delegating_desk_id", "substitute_desk_id", "ends_at"])
    op.create_index("ix_delegation_substitute", "delegation", ["substitute_desk_id", "ends_at"])
    op.create_index("ix_delegation_tenant", "delegation", ["tenant_id", "ends_at"])
    op.add_column("folder", sa.Column("amount", sa.BigInteger(), nullable=True))
    for table in ("step", "prepared_signature"):
        # The reference is written with the column: SQLite would copy the whole table to add it afterwards.
        reference = sa.ForeignKey("delegation.id", name=f"{table}_delegation_id_fkey")
        op.add_column(table, sa.Column("delegation_id", sa.Uuid(), reference, nullable=True), inline_references=True)


def downgrade() -> None:
    for table in ("prepared_signature", "step"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("delegation_id")
    op.drop_column("folder", "amount")
    op.drop_table("delegation")
