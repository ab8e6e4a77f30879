"""What may be used once, before it expires: links by which somebody chooses a password, challenges of passkeys.

Who holds a ticket has 256 random bits; the database has their SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from stationmap.storage.moments import moment_text
from stationmap.storage.schema import tickets

Purpose = Literal["setup", "invite", "reset", "passkey"]
LIFETIME: dict[Purpose, timedelta] = {
    "setup": timedelta(hours=1),
    "invite": timedelta(hours=24),
    "reset": timedelta(hours=4),
    "passkey": timedelta(minutes=5),
}
MAX_OPEN = 1_000
"""Challenges at a time: each page to sign in makes one."""
OCTETS = 32


class Ticket(NamedTuple):
    """What a ticket is for, and for whose account; None where it is nobody's yet."""

    purpose: Purpose
    user_id: int | None


def issue(connection: sa.Connection, purpose: Purpose, *, user_id: int | None = None, at: datetime) -> str:
    """Return a new ticket, which is known to nobody else. Earlier links for the same are worth nothing from now on."""
    token = secrets.token_urlsafe(OCTETS)
    connection.execute(sa.delete(tickets).where(tickets.c.expires_at <= moment_text(at)))
    if purpose == "passkey":
        _expect_room(connection)
    else:
        end(connection, user_id)
    times = {"created_at": moment_text(at), "expires_at": moment_text(at + LIFETIME[purpose])}
    row = {"digest": _digest(token), "purpose": purpose, "user_id": user_id, **times}
    connection.execute(sa.insert(tickets).values(row))
    return token


def find(connection: sa.Connection, token: str, *purposes: Purpose, at: datetime) -> Ticket | None:
    """Return the ticket of a token, None where it is used, has expired or never was."""
    is_it = sa.and_(tickets.c.digest == _digest(token), tickets.c.purpose.in_(purposes))
    row = connection.execute(sa.select(tickets).where(is_it, tickets.c.expires_at > moment_text(at))).one_or_none()
    return None if row is None else Ticket(row.purpose, row.user_id)


def use(connection: sa.Connection, token: str, *purposes: Purpose, at: datetime) -> Ticket | None:
    """Return the ticket of a token and end it."""
    found = find(connection, token, *purposes, at=at)
    if found is not None:
        connection.execute(sa.delete(tickets).where(tickets.c.digest == _digest(token)))
    return found


def end(connection: sa.Connection, user_id: int | None) -> None:
    """End the links of an account, or those to set up the first one."""
    whose = tickets.c.user_id.is_(None) if user_id is None else tickets.c.user_id == user_id
    connection.execute(sa.delete(tickets).where(whose, tickets.c.purpose != "passkey"))


def _expect_room(connection: sa.Connection) -> None:
    """Let the oldest challenges go where there are too many."""
    ours = tickets.c.purpose == "passkey"
    beyond = (connection.execute(sa.select(sa.func.count()).where(ours)).scalar() or 0) - MAX_OPEN + 1
    if beyond > 0:
        oldest = sa.select(tickets.c.digest).where(ours).order_by(tickets.c.created_at).limit(beyond)
        connection.execute(sa.delete(tickets).where(tickets.c.digest.in_(oldest)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
