"""Tables of people who may see or change more than a rider."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from stationmap.storage.schema.base import metadata

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
