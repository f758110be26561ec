"""What a desk may do, who supervises it, and which desks it may choose."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_RIGHTS = ("may_act", "may_archive", "may_chain")
#: What links a desk to a person, with the person's side.
_PEOPLE = ("desk_supervisor", "desk_administrator")


def upgrade() -> None:
    op.add_column("desk", sa.Column("function", _TEXT(), nullable=False, server_default=""))
    for right in _RIGHTS:
        op.add_column("desk", sa.Column(right, sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("desk", sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_table(
        "desk_association",
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.Column("associated_desk_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"]),
        sa.ForeignKeyConstraint(["associated_desk_id"], ["desk.id"]),
        sa.PrimaryKeyConstraint("desk_id", "associated_desk_id"),
    )
    op.create_index("ix_desk_association_associated_desk_id", "desk_association", ["associated_desk_id"])
    for table in _PEOPLE:
        op.create_table(
            table,
            sa.Column("desk_id", sa.Uuid(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.ForeignKeyConstraint(["desk_id"], ["desk.id"]),
            sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
            sa.PrimaryKeyConstraint("desk_id", "account_id"),
        )
        op.create_index(f"ix_{table}_account_id", table, ["account_id"])
    op.create_table(
        "chosen_desk",
        sa.Column("folder_id", sa.Uuid(), nullable=False),
        sa.Column("step", _TEXT(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"]),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"]),
        sa.PrimaryKeyConstraint("folder_id", "step"),
    )
    op.create_index("ix_chosen_desk_desk_id", "chosen_desk", ["desk_id"])


def downgrade() -> None:
    for table in ("chosen_desk", *reversed(_PEOPLE), "desk_association"):
        op.drop_table(table)
    for column in ("closed_at", *reversed(_RIGHTS), "function"):
        op.drop_column("desk", column)
