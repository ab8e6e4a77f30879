"""Who is signed in: the table of sessions, each of which can be ended alone.

The browser holds a token of 256 random bits, the database its SHA-256. A session ends after a time without use, after a
day's work whatever happens, and when it is revoked; a disabled account has none.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from stationmap.accounts.users import User, user_of
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import sessions, users

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
AWAITED = timedelta(minutes=10)
"""How long a session waits for a second factor."""
FRESH = timedelta(minutes=15)
"""How long somebody who showed who they are need not do so again for what matters most."""
MAX_SESSIONS = 20
"""Of one account at a time; one more ends the one that was used longest ago."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is noted: not every request writes."""
TOKEN_OCTETS, ID_OCTETS = 32, 12

Method = Literal["password", "passkey", "oidc", "link"]
"""How somebody showed who they are."""


class Session(NamedTuple):
    """Somebody signed in. `id` is what pages call it; who holds only that can do nothing with it.

    It is not complete while a second factor is awaited. `proved_at` is when the person last showed who they are.
    """

    id: str
    user: User
    method: Method
    is_complete: bool
    label: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    proved_at: datetime


def begin(
    connection: sa.Connection,
    user_id: int,
    *,
    method: Method,
    at: datetime,
    label: str = "",
    is_complete: bool = True,
) -> str:
    """Begin a session and return its token, which is known to nobody else and had only now."""
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    connection.execute(sa.delete(sessions).where(_is_over(at)))
    for oldest in listed(connection, user_id, at=at)[MAX_SESSIONS - 1 :]:
        revoke(connection, user_id, oldest.id)
    lasts = LONGEST if is_complete else AWAITED
    about = {"user_id": user_id, "method": method, "is_complete": is_complete, "label": label[:200]}
    times = dict.fromkeys(("created_at", "seen_at", "proved_at"), moment_text(at))
    row = {"token_digest": _digest(token), "id": secrets.token_urlsafe(ID_OCTETS), **about, **times}
    connection.execute(sa.insert(sessions).values(row | {"expires_at": moment_text(at + lasts)}))
    return token


def find(connection: sa.Connection, token: str, *, at: datetime) -> Session | None:
    """Return the session of a token, None where it ended, was revoked or never was, or the account is disabled."""
    chosen = _known().where(sessions.c.token_digest == _digest(token), users.c.disabled_at.is_(None), ~_is_over(at))
    row = connection.execute(chosen).one_or_none()
    return None if row is None else _session_of(row)


def is_fresh(session: Session, at: datetime) -> bool:
    """Tell whether somebody showed who they are so lately that they may do what matters most."""
    return at - session.proved_at < FRESH


def is_due(session: Session, at: datetime) -> bool:
    """Tell whether the last use of a session has to be noted again."""
    return at - session.seen_at >= SEEN_EVERY


def note_use(connection: sa.Connection, session: Session, at: datetime) -> None:
    """Note that a session was used."""
    ours = sa.update(sessions).where(sessions.c.id == session.id)
    connection.execute(ours.values(seen_at=moment_text(at)))


def listed(connection: sa.Connection, user_id: int | None = None, *, at: datetime) -> list[Session]:
    """Return the sessions of an account, or of all, the one used last first."""
    chosen = _known().where(~_is_over(at)).order_by(sessions.c.seen_at.desc(), sessions.c.id)
    if user_id is not None:
        chosen = chosen.where(sessions.c.user_id == user_id)
    return [_session_of(row) for row in connection.execute(chosen)]


def revoke(connection: sa.Connection, user_id: int, session_id: str) -> bool:
    """End one session of an account at once; tell whether there was one."""
    ended = connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id, sessions.c.id == session_id))
    return ended.rowcount > 0


def revoke_all(connection: sa.Connection, user_id: int, *, but: str = "") -> int:
    """End every session of an account `but` the one of an id; returns how many."""
    ended = connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id, sessions.c.id != but))
    return ended.rowcount


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _is_over(at: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(sessions.c.expires_at <= moment_text(at), sessions.c.seen_at <= moment_text(at - IDLE))


def _known() -> sa.Select[tuple[str]]:
    own = [column.label(f"session_{column.name}") for column in sessions.c if column.name != "token_digest"]
    return sa.select(*own, *users.c).join(users, users.c.id == sessions.c.user_id)


def _session_of(row: sa.Row[tuple[str]]) -> Session:
    known = row._mapping
    times = ("created_at", "seen_at", "expires_at", "proved_at")
    return Session(
        known["session_id"],
        user_of(row),
        known["session_method"],
        known["session_is_complete"],
        known["session_label"],
        *(moment(known[f"session_{name}"]) for name in times),
    )
