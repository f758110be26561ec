"""Members whose access is closed in one tenant; the tenant in which a session works."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("membership", sa.Column("disabled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("login_session", sa.Column("tenant_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("login_session", "tenant_id")
    op.drop_column("membership", "disabled_at")
