"""What a job asks, so that another server can take it over; duties that one server of several does

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as table:
        table.add_column(sa.Column("asked", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("taken", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "duty",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("until", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty")),
    )


def downgrade() -> None:
    op.drop_table("duty")
    with op.batch_alter_table("job") as table:
        table.drop_column("taken")
        table.drop_column("asked")
