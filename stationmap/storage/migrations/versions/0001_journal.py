"""The journal of changes

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("published_seq", sa.Integer(), nullable=False),
        sa.Column("published_digest", sa.String(length=64), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry")),
        sa.UniqueConstraint("path", name=op.f("uq_registry_path")),
    )
    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("registry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("station_id", sa.String(length=64), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("mine", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["registry_id"], ["registry.id"], name=op.f("fk_conflict_registry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_registry_id"), ["registry_id", "settled_at"], unique=False)

    op.create_table(
        "preview",
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("registry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("revision", sa.String(length=16), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["registry_id"], ["registry.id"], name=op.f("fk_preview_registry_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_preview")),
    )
    op.create_table(
        "revision",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("registry_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stations", sa.Integer(), nullable=False),
        sa.Column("header_before", sa.Text(), nullable=True),
        sa.Column("header_after", sa.Text(), nullable=True),
        sa.Column("merged", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["registry_id"], ["registry.id"], name=op.f("fk_revision_registry_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_revision")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revision_registry_id"), ["registry_id", "seq"], unique=False)

    op.create_table(
        "source",
        sa.Column("registry_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["registry_id"], ["registry.id"], name=op.f("fk_source_registry_id")),
        sa.PrimaryKeyConstraint("registry_id", "key", name=op.f("pk_source")),
    )
    op.create_table(
        "station",
        sa.Column("registry_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["registry_id"], ["registry.id"], name=op.f("fk_station_registry_id")),
        sa.PrimaryKeyConstraint("registry_id", "id", name=op.f("pk_station")),
    )
    op.create_table(
        "change",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.String(length=64), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["seq"], ["revision.seq"], name=op.f("fk_change_seq"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", "station_id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_station_id"), ["station_id", "seq"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_station_id"))

    op.drop_table("change")
    op.drop_table("station")
    op.drop_table("source")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revision_registry_id"))

    op.drop_table("revision")
    op.drop_table("preview")
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conflict_registry_id"))

    op.drop_table("conflict")
    op.drop_table("registry")
