"""What the pages of the administration keep."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subtype", sa.Column("asks_amount", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("subtype", sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("subtype", "closed_at")
    op.drop_column("subtype", "asks_amount")
