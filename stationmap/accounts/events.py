"""What happened to accounts: who signed in, what failed, what was changed and by whom.

Everybody sees what happened to their own account, administrators everything. Nothing that was typed is kept: of a login
that nobody has, only that there was an attempt.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import orjson
import sqlalchemy as sa

from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import account_events as events

KEPT = timedelta(days=400)
MAX_FAILURES = 10_000
"""Failed attempts that are kept; others cannot push them out."""

Kind = Literal[
    "set_up",
    "invited",
    "signed_in",
    "sign_in_failed",
    "factor_failed",
    "signed_out",
    "proved",
    "password_chosen",
    "password_changed",
    "reset_link",
    "renamed",
    "role_changed",
    "districts_changed",
    "disabled",
    "enabled",
    "sessions_ended",
    "totp_added",
    "totp_removed",
    "recovery_made",
    "recovery_used",
    "passkey_added",
    "passkey_removed",
    "passkey_suspect",
    "oidc_linked",
]
_FAILURES: tuple[Kind, ...] = ("sign_in_failed", "factor_failed")


class Event(NamedTuple):
    """Something that happened to the account `login`, which is empty where nobody has the one that was tried.

    `by_login` did it; empty is the command line, or who was not signed in. `detail` holds codes and names.
    """

    at: datetime
    login: str
    by_login: str
    kind: Kind
    detail: dict[str, str]


def note(connection: sa.Connection, kind: Kind, login: str, *, by: str = "", at: datetime, **detail: str) -> None:
    """Keep that something happened to the account of a login."""
    row = {"at": moment_text(at), "login": login, "by_login": by, "kind": kind, "detail": orjson.dumps(detail).decode()}
    connection.execute(sa.insert(events).values(row))
    connection.execute(sa.delete(events).where(events.c.at < moment_text(at - KEPT)))
    if kind in _FAILURES:
        failed = events.c.kind.in_(_FAILURES)
        beyond = sa.select(events.c.id).where(failed).order_by(events.c.id.desc()).limit(1).offset(MAX_FAILURES)
        connection.execute(sa.delete(events).where(failed, events.c.id <= beyond.scalar_subquery()))


def listed(connection: sa.Connection, login: str | None = None, *, limit: int = 20) -> list[Event]:
    """Return what happened to the account of a login, or to all, the latest first."""
    chosen = sa.select(events).order_by(events.c.id.desc()).limit(limit)
    if login is not None:
        chosen = chosen.where(events.c.login == login)
    return [
        Event(moment(row.at), row.login, row.by_login, row.kind, orjson.loads(row.detail))
        for row in connection.execute(chosen)
    ]
