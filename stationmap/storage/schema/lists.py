"""Tables of what waits for a decision: lists on their way in, stations that were chosen, changes that are proposed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from stationmap.storage.schema.base import metadata

previews = Table(
    "preview",
    metadata,
    Column("token", String(43), primary_key=True),
    Column("registry_id", ForeignKey("registry.id"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("author", Text, nullable=False),
    Column("revision", String(16), nullable=False),  # of the registry that it was compared with
    Column("document", LargeBinary, nullable=False),  # compressed
    Column("title", Text, nullable=False, server_default=""),  # of an import, what its lists are called
)
"""What somebody looked at and has not decided: imports, and stations that were chosen."""

upload_parts = Table(
    "upload_part",
    metadata,
    Column("token", String(43), primary_key=True),
    Column("file", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("login", Text, nullable=False),  # who sends it
    Column("at", String(32), nullable=False),
    Column("name", Text, nullable=False),  # of the file
    Column("data", LargeBinary, nullable=False),
)
"""Parts of files that are on their way."""

sources = Table(
    "source",
    metadata,
    Column("registry_id", ForeignKey("registry.id"), primary_key=True),
    Column("key", String(64), primary_key=True),  # digest of the headers of the lists that come from there
    Column("at", String(32), nullable=False),
    Column("document", Text, nullable=False),  # how their columns are read, and their datum, as JSON
)
"""How lists of one origin are read, as it was decided the last time."""

proposals = Table(
    "proposal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("registry_id", ForeignKey("registry.id"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("login", Text, nullable=False),  # who proposes; the account may be gone one day
    Column("author", Text, nullable=False),  # their name, as the journal will have it
    Column("reason", Text, nullable=False),
    Column("districts", Text, nullable=False),  # adcodes that it concerns, as JSON
    Column("edits", LargeBinary, nullable=False),  # compressed JSON: id, base and mine of each station
    Column("decided_at", String(32)),
    Column("decided_by", Text),
    Column("decision", String(16)),  # accepted, rejected, withdrawn
    Column("answer", Text),
    Index(None, "registry_id", "decided_at"),
    sqlite_autoincrement=True,
)
"""Changes that somebody may not make alone, until somebody decides who may."""
