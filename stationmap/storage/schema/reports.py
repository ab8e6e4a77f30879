"""Tables of what riders report, and of what goes out to staff because of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, false

from stationmap.storage.schema.base import metadata

reports = Table(
    "report",
    metadata,
    Column("id", String(36), primary_key=True),  # the UUID by which a phone sends it once
    Column("registry", Text, nullable=False),  # where the file of the registry is, without links
    Column("station_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("details", Text, nullable=False),  # codes, as JSON
    Column("text", Text, nullable=False),  # as the rider wrote it; shown to others masked, and only once released
    Column("said_at", String(32), nullable=False),  # by the phone, moved to where it can lie
    Column("received_at", String(32), nullable=False),
    Column("posted", String(16), nullable=False),  # open, closed, unknown: the hours at that moment
    Column("is_evidence", Boolean, nullable=False),
    Column("device", String(32), nullable=False),  # digest under the key of its day
    Column("lon", Float),  # where the station is instead, WGS-84
    Column("lat", Float),
    Column("revision", String(16), nullable=False),  # of the registry at that time
    Column("body_digest", String(64), nullable=False),  # of what was sent: the same id with another body is refused
    Column("code_digest", String(64), nullable=False),  # of the rider's receipt
    Column("status", String(16), nullable=False),  # new, triaged, accepted, rejected, fixed
    Column("answer", Text, nullable=False, server_default=""),  # to the rider, and to whoever looks at the station
    Column("reason", String(16)),  # of one that was rejected
    Column("is_released", Boolean, nullable=False, server_default=false()),  # whether others may read the text
    Column("decided_at", String(32)),
    Column("decided_by", Text),
    UniqueConstraint("code_digest"),
    Index(None, "registry", "station_id", "said_at"),
    Index("ix_report_status", "registry", "status"),
    Index("ix_report_received_at", "registry", "received_at"),
    Index("ix_report_device", "device", "received_at"),
)
"""What riders reported. Nothing in it tells who they are, where they were or what they came with."""

report_contacts = Table(
    "report_contact",
    metadata,
    Column("report_id", ForeignKey("report.id", ondelete="CASCADE"), primary_key=True),
    Column("contact", Text, nullable=False),
)
"""How some want to be reached: apart from what they reported."""

report_events = Table(
    "report_event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("report_id", ForeignKey("report.id", ondelete="CASCADE"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("author", Text, nullable=False),  # a name of staff; empty for the rider
    Column("status", String(16), nullable=False),  # the status from then on
    Column("note", Text, nullable=False),  # the answer, or what the rider wrote who opened it again
    Index(None, "report_id"),
    sqlite_autoincrement=True,
)
"""What became of reports, step by step."""

device_salts = Table(
    "device_salt",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("salt", Text, nullable=False),
)
"""The key of the day under which devices are told apart; destroyed with the day."""

mark_endings = Table(
    "mark_ending",
    metadata,
    Column("registry", Text, primary_key=True),
    Column("station_id", String(64), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("author", Text, nullable=False),
)
"""When staff last ended what reports of a station amounted to."""

used_challenges = Table(
    "used_challenge",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("expires_at", String(32), nullable=False),
)
"""Proofs of work that were used: each counts once."""

notifications = Table(
    "notification",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("sent_until", String(32), nullable=False),  # reports received until then were told of
    Column("failures", Integer, nullable=False),
    Column("next_at", String(32), nullable=False),  # nothing is sent before
)
"""How far each channel to staff is."""
