"""The table of what one server of several does."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from stationmap.storage.schema.base import metadata

duties = Table(
    "duty",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("period", String(32), nullable=False),  # the day it is, or was, done for
    Column("until", String(32)),  # while somebody is at it, when that claim ends; null when it is done
)
"""What is to be done once a period, whoever does it."""
