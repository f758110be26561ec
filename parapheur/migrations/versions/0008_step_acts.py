"""Second opinions, transfers and paper signatures; when a step was last reminded of."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_VERDICTS = ("FAVOURABLE", "UNFAVOURABLE", "COMMENT", "DECLINED", "TAKEN_BACK")
_OPEN = sa.text("closed_at IS NULL")
_Text = sqlmodel.sql.sqltypes.AutoString
_Moment = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.add_column("step", sa.Column("reminded_at", _Moment(), nullable=True))
    _second_opinions()
    _transfers()
    _paper_signatures()


def _second_opinions() -> None:
    op.create_table(
        "second_opinion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("folder_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("asking_desk_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_desk_id", sa.Uuid(), nullable=False),
        sa.Column("question", _Text(), nullable=False),
        sa.Column("asked_at", _Moment(), nullable=False),
        sa.Column("read_at", _Moment(), nullable=True),
        sa.Column("closed_at", _Moment(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.Enum(*_VERDICTS, name="verdict", native_enum=False, length=32), nullable=True),
        sa.Column("text", _Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"]),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"]),
        sa.ForeignKeyConstraint(["asking_desk_id"], ["desk.id"]),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"]),
        sa.ForeignKeyConstraint(["asked_desk_id"], ["desk.id"]),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_second_opinion_folder_id", "second_opinion", ["folder_id"])
    for name, columns, unique in (
        ("ix_second_opinion_open", ["step_id"], True),
        ("ix_second_opinion_desk", ["asked_desk_id", "id"], False),
    ):
        op.create_index(name, "second_opinion", columns, unique=unique, sqlite_where=_OPEN, postgresql_where=_OPEN)


def _transfers() -> None:
    op.create_table(
        "step_transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("folder_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("from_desk_id", sa.Uuid(), nullable=False),
        sa.Column("to_desk_id", sa.Uuid(), nullable=False),
        sa.Column("transferred_by", sa.Uuid(), nullable=False),
        sa.Column("transferred_at", _Moment(), nullable=False),
        sa.Column("reason", _Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"]),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"]),
        sa.ForeignKeyConstraint(["from_desk_id"], ["desk.id"]),
        sa.ForeignKeyConstraint(["to_desk_id"], ["desk.id"]),
        sa.ForeignKeyConstraint(["transferred_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_step_transfer_folder_id", "step_transfer", ["folder_id"])
    op.create_index("ix_step_transfer_step_id", "step_transfer", ["step_id"])


def _paper_signatures() -> None:
    op.create_table(
        "paper_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("folder_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("signatory", _Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=False),
        sa.Column("declared_at", _Moment(), nullable=False),
        sa.Column("withdrawn_at", _Moment(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["folder_id"], ["folder.id"]),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"]),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"]),
        sa.ForeignKeyConstraint(["declared_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("document_id"),
    )
    op.create_index("ix_paper_signature_folder_id", "paper_signature", ["folder_id"])


def downgrade() -> None:
    op.drop_table("paper_signature")
    op.drop_table("step_transfer")
    op.drop_table("second_opinion")
    op.drop_column("step", "reminded_at")
