"""What administrators do to accounts, on the page and on the command line; each is noted with who did it.

A link by which somebody chooses a password is returned once and kept by nobody. Whoever is left with less than before
is signed out at once. The last administrator who can sign in stays one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.accounts import events, second_factor, sessions, tickets, users
from stationmap.accounts.roles import Role
from stationmap.accounts.users import AccountError, User
from stationmap.storage.schema import passkeys
from stationmap.storage.schema import users as table


class By(NamedTuple):
    """Who does something, by login, empty on the command line; and when."""

    login: str
    at: datetime


def invite(
    connection: sa.Connection, login: str, *, name: str, role: Role, districts: Iterable[str], by: By
) -> tuple[User, str]:
    """Add an account and return it with the ticket by which its owner chooses a password; raises AccountError."""
    user = users.add(connection, login, name=name, role=role, districts=districts, at=by.at)
    events.note(connection, "invited", user.login, by=by.login, at=by.at, role=role)
    return user, tickets.issue(connection, "invite", user_id=user.id, at=by.at)


def reset(connection: sa.Connection, user: User, *, by: By) -> str:
    """Return the ticket by which somebody chooses a new password; until then the one they have is good."""
    if user.disabled_at is not None:
        raise AccountError("disabled", user.login)
    events.note(connection, "reset_link", user.login, by=by.login, at=by.at)
    return tickets.issue(connection, "reset" if user.has_password else "invite", user_id=user.id, at=by.at)


def change(connection: sa.Connection, user: User, *, name: str, role: Role, districts: Iterable[str], by: By) -> User:
    """Change name, role and districts; another role or other districts end the sessions. Raises AccountError."""
    with _leaving_an_administrator(connection, user):
        users.update(connection, user.id, name=name, role=role, districts=districts)
    changed = users.by_id(connection, user.id)
    assert changed is not None
    if changed.name != user.name:
        events.note(connection, "renamed", user.login, by=by.login, at=by.at, before=user.name, after=changed.name)
    if changed.role != user.role:
        events.note(connection, "role_changed", user.login, by=by.login, at=by.at, before=user.role, after=role)
    if changed.districts != user.districts:
        codes = {"before": ", ".join(user.districts), "after": ", ".join(changed.districts)}
        events.note(connection, "districts_changed", user.login, by=by.login, at=by.at, **codes)
    if (changed.role, changed.districts) != (user.role, user.districts):
        sessions.revoke_all(connection, user.id)
    return changed


def disable(connection: sa.Connection, user: User, *, by: By) -> None:
    """Let nobody sign in with an account, and end its sessions and links; raises AccountError."""
    with _leaving_an_administrator(connection, user):
        users.set_disabled(connection, user.id, by.at)
    sessions.revoke_all(connection, user.id)
    tickets.end(connection, user.id)
    events.note(connection, "disabled", user.login, by=by.login, at=by.at)


def enable(connection: sa.Connection, user: User, *, by: By) -> None:
    """Let the owner of an account sign in again, as before."""
    users.set_disabled(connection, user.id, None)
    events.note(connection, "enabled", user.login, by=by.login, at=by.at)


def end_sessions(connection: sa.Connection, user: User, session_id: str | None = None, *, by: By, but: str = "") -> int:
    """End one session of an account, or all `but` one; returns how many."""
    if session_id is None:
        ended = sessions.revoke_all(connection, user.id, but=but)
    else:
        ended = int(sessions.revoke(connection, user.id, session_id))
    if ended:
        events.note(connection, "sessions_ended", user.login, by=by.login, at=by.at, count=str(ended))
    return ended


def remove_second_factor(connection: sa.Connection, user: User, *, by: By) -> None:
    """Let somebody sign in by password alone who has lost app and paper; all their sessions end."""
    second_factor.remove(connection, user.id)
    sessions.revoke_all(connection, user.id)
    events.note(connection, "totp_removed", user.login, by=by.login, at=by.at)


@contextmanager
def _leaving_an_administrator(connection: sa.Connection, changed: User) -> Iterator[None]:
    """Raise AccountError where nobody can administer any more: what was changed is taken back with it."""
    was_one = _has_administrator(connection)
    yield
    if was_one and not _has_administrator(connection):
        raise AccountError("last_admin", changed.login)


def _has_administrator(connection: sa.Connection) -> bool:
    key = sa.exists().where(passkeys.c.user_id == table.c.id)
    can_sign_in = sa.or_(table.c.password.is_not(None), table.c.oidc_subject.is_not(None), key)
    found = sa.select(table.c.id).where(table.c.role == "admin", table.c.disabled_at.is_(None), can_sign_in)
    return connection.execute(found.limit(1)).first() is not None
