"""Tables of registries: what they hold, and every accepted change."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from stationmap.storage.schema.base import metadata

registries = Table(
    "registry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False),  # where its file is, without links
    Column("seq", Integer, nullable=False),  # number of the latest revision in the journal
    Column("published_seq", Integer, nullable=False),  # number of the latest revision that reached the file
    Column("published_digest", String(64), nullable=False),  # SHA-256 of the file at that time
    Column("header", Text, nullable=False),  # header and other top-level members, as JSON
    UniqueConstraint("path"),
)
"""The registries whose changes are kept; mostly one."""

stations = Table(
    "station",
    metadata,
    Column("registry_id", ForeignKey("registry.id"), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("line", Text, nullable=False),  # the station as a canonical file has it
)
"""The stations of the latest revision of each registry."""

revisions = Table(
    "revision",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("registry_id", ForeignKey("registry.id"), nullable=False),
    Column("revision", String(16), nullable=False),  # digest of the content after the changes
    Column("parent", String(16), nullable=False),  # digest of the content before them; empty for the first
    Column("at", String(32), nullable=False),
    Column("author", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("stations", Integer, nullable=False),  # how many stations there are after the changes
    Column("header_before", Text),  # header and other top-level members, where they changed
    Column("header_after", Text),
    Column("merged", Integer, nullable=False, server_default="1"),  # how many revisions became this one
    Index(None, "registry_id", "seq"),
    sqlite_autoincrement=True,
)
"""The journal: one row for each accepted change of a registry, never altered but when old ones are thinned."""

changes = Table(
    "change",
    metadata,
    Column("seq", ForeignKey("revision.seq", ondelete="CASCADE"), primary_key=True),
    Column("station_id", String(64), primary_key=True),
    Column("before", Text),  # the station's line; null where there was none
    Column("after", Text),  # null where there is none any more
    Index(None, "station_id", "seq"),
)
"""What a revision changed, station by station."""

conflicts = Table(
    "conflict",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("registry_id", ForeignKey("registry.id"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("author", Text, nullable=False),
    Column("station_id", String(64), nullable=False),  # empty for the header of the file
    Column("field", Text, nullable=False),
    Column("base", Text, nullable=False),  # JSON; `absent` where the version does not have the field
    Column("mine", Text, nullable=False),  # what was not taken
    Column("theirs", Text, nullable=False),  # what stands in the registry
    Column("settled_at", String(32)),
    Index(None, "registry_id", "settled_at"),
    sqlite_autoincrement=True,
)
"""What could not be merged, until somebody decides."""

check_counts = Table(
    "check_count",
    metadata,
    Column("registry_id", ForeignKey("registry.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("rules", String(16), primary_key=True),  # digest of the rules that were applied
    Column("document", Text, nullable=False),  # moment, revision, stations, how many issues of each kind, as JSON
)
"""What deep checks found in earlier revisions: each is examined once."""
