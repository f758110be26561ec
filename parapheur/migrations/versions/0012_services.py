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


def downgrade() -> None:
    op.drop_column("tenant", "calendar")
