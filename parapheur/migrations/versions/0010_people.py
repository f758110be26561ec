"""Second factor, platform administrators, tenants that are closed, people who left, council renewals."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime
_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    need = sa.Enum("NOBODY", "ADMINISTRATORS", "EVERYBODY", native_enum=False, length=32)
    op.add_column("tenant", sa.Column("closed_at", _MOMENT(), nullable=True))
    op.add_column("tenant", sa.Column("second_factor", need, nullable=False, server_default="NOBODY"))
    op.add_column("account", sa.Column("platform_admin", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("account", sa.Column("minimised_at", _MOMENT(), nullable=True))
    op.add_column("membership", sa.Column("left_at", _MOMENT(), nullable=True))
    _second_factor()
    _council_renewal()


def _second_factor() -> None:
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret", _TEXT(), nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("confirmed_at", _MOMENT(), nullable=True),
        sa.Column("last_counter", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_sha256", _TEXT(), nullable=False),
        sa.Column("used_at", _MOMENT(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"])
    op.create_table(
        "login_challenge",
        sa.Column("secret_sha256", _TEXT(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("expires_at", _MOMENT(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("secret_sha256"),
    )
    op.create_index("ix_login_challenge_account_id", "login_challenge", ["account_id"])
    op.create_index("ix_login_challenge_expires_at", "login_challenge", ["expires_at"])


def _council_renewal() -> None:
    standing = sa.Enum("PLANNED", "APPLIED", "CANCELLED", "FAILED", native_enum=False, length=32)
    op.create_table(
        "council_renewal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("effective_at", _MOMENT(), nullable=False),
        sa.Column("plan", _TEXT(), nullable=False),
        sa.Column("standing", standing, nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("closed_at", _MOMENT(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("fault", _TEXT(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_council_renewal_tenant_id", "council_renewal", ["tenant_id"])


def downgrade() -> None:
    for table in ("council_renewal", "login_challenge", "recovery_code", "second_factor"):
        op.drop_table(table)
    op.drop_column("membership", "left_at")
    op.drop_column("account", "minimised_at")
    op.drop_column("account", "platform_admin")
    op.drop_column("tenant", "second_factor")
    op.drop_column("tenant", "closed_at")
