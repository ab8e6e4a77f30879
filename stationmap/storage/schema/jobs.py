"""The table of work that takes longer than an answer may."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, String, Table, Text

from stationmap.storage.schema.base import metadata

jobs = Table(
    "job",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("owner", String(64), nullable=False),  # digest of whom it was begun for
    Column("kind", String(16), nullable=False),
    Column("worker", String(32), nullable=False),  # the process that works at it
    Column("status", String(16), nullable=False),  # waiting, running, done, failed, lost
    Column("progress", Float, nullable=False),
    Column("phase", Text, nullable=False),
    Column("detail", Text, nullable=False),  # of one that failed
    Column("created_at", String(32), nullable=False),
    Column("seen_at", String(32), nullable=False),  # when its worker last said that it lives
    Column("ended_at", String(32)),
    Column("media_type", Text, nullable=False),
    Column("result", LargeBinary),  # as it is sent
    Column("proposal", LargeBinary),
    Column("asked", LargeBinary),  # by which another server can take it over; null where none can
    Column("taken", Integer, nullable=False, server_default="0"),  # how often that was done
    Column("size", Integer, nullable=False),  # bytes of both
    Column("wanted_now", Integer, nullable=False, server_default="0"),  # 1: what was found so far is enough
    Index(None, "owner", "status"),
    Index(None, "status", "created_at"),
)
"""Work that takes longer than an answer may, for any process to tell of."""
