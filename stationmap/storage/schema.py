"""The tables of the database, and the version of their schema.

A new database is made of these definitions; an earlier one is upgraded by `migrations`, which a test compares with
them. Moments are text in UTC, all of one form, so that their order is that of time on every database.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

VERSION = "0003"
"""The latest of the migrations."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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

check_counts = Table(
    "check_count",
    metadata,
    Column("registry_id", ForeignKey("registry.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("rules", String(16), primary_key=True),  # digest of the rules that were applied
    Column("document", Text, nullable=False),  # moment, revision, stations, how many issues of each kind, as JSON
)
"""What deep checks found in earlier revisions: each is examined once."""

users = Table(
    "user",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("login", String(64), nullable=False),  # normalised: NFKC, without case
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("districts", Text, nullable=False),  # adcodes or their first digits, as JSON
    Column("password", Text),  # hash by argon2id; null until the person has chosen one
    Column("password_at", String(32)),
    Column("totp_secret", Text),  # of the second factor; null where there is none
    Column("totp_step", Integer),  # the last time step that was used: a code counts once
    Column("recovery", Text),  # SHA-256 of codes for who lost the second factor, as JSON
    Column("oidc_subject", Text),  # issuer and subject of another identity provider
    Column("created_at", String(32), nullable=False),
    Column("disabled_at", String(32)),
    UniqueConstraint("login"),
    sqlite_autoincrement=True,
)
"""People who may see or change more than a rider."""

sessions = Table(
    "session",
    metadata,
    Column("token_digest", String(64), primary_key=True),  # SHA-256 of what the browser holds
    Column("id", String(22), nullable=False),  # what pages call it
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), nullable=False),
    Column("method", String(16), nullable=False),  # password, passkey, oidc, link
    Column("is_complete", Boolean, nullable=False),  # false while a second factor is awaited
    Column("label", Text, nullable=False),  # the browser, in words
    Column("created_at", String(32), nullable=False),
    Column("seen_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),  # whatever happens
    Column("proved_at", String(32), nullable=False),  # when the person last showed who they are
    Index(None, "user_id"),
    UniqueConstraint("id"),
)
"""Who is signed in, until revoked."""

passkeys = Table(
    "passkey",
    metadata,
    Column("credential_id", String(1400), primary_key=True),  # base64url
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("transports", Text, nullable=False),  # as JSON
    Column("label", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("used_at", String(32)),
    Index(None, "user_id"),
)
"""Keys of people's devices (WebAuthn)."""

tickets = Table(
    "ticket",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of what the person holds
    Column("purpose", String(16), nullable=False),  # setup, invite, reset, passkey, ...
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE")),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
)
"""What may be used once, before it expires: links that set a password, challenges of passkeys."""

throttles = Table(
    "throttle",
    metadata,
    Column("key", String(80), primary_key=True),  # a digest of an account's login, or a network
    Column("failures", Integer, nullable=False),
    Column("last_at", String(32), nullable=False),
    Column("until", String(32), nullable=False),  # no attempt is looked at before
)
"""Failed attempts to sign in."""

account_events = Table(
    "account_event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("login", Text, nullable=False),  # whose account
    Column("by_login", Text, nullable=False),  # who did it; empty for the command line
    Column("kind", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "login", "id"),
    sqlite_autoincrement=True,
)
"""What happened to accounts."""

secrets = Table(
    "secret",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Keys that all processes of an installation share, made on first use."""

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
    Column("size", Integer, nullable=False),  # bytes of both
    Index(None, "owner", "status"),
    Index(None, "status", "created_at"),
)
"""Work that takes longer than an answer may, for any process to tell of."""

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

OF_THE_MOMENT = (sessions, tickets, throttles, jobs, upload_parts, device_salts, used_challenges, notifications)
"""What no backup holds: put back, it would revive what was revoked, used or ended since."""
OF_ACCOUNTS = (users, passkeys, account_events, secrets)
"""What is put back only where there are no accounts: an old one would undo what was taken from somebody since."""
