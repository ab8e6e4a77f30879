"""The one way to sign in: whatever somebody shows, here it becomes a session, and nowhere else.

A session of an account with a second factor is not complete before its code, unless a passkey was used, which is two
factors in one. Each sign-in, also of who was signed in before, has a token of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from stationmap.accounts import events, passwords, proof, sessions, tickets, users
from stationmap.accounts.proof import Refusal, Visit
from stationmap.accounts.sessions import Method, Session
from stationmap.accounts.users import User
from stationmap.errors import StationmapError
from stationmap.storage.database import Database


class LinkError(StationmapError):
    """A link was used, has expired, or never was."""


class SignedIn(NamedTuple):
    """Who is signed in now, by a token that their browser is to keep."""

    token: str
    user: User
    is_complete: bool


def by_password(database: Database, login: str, password: str, visit: Visit) -> SignedIn | Refusal:
    """Sign in by login and password; raises StorageError."""
    user = proof.of_password(database, login, password, visit)
    if isinstance(user, Refusal):
        return user
    with database.writing() as connection:
        return begin(connection, user, "password", visit)


def by_code(database: Database, session: Session, code: str, visit: Visit) -> SignedIn | Refusal:
    """Complete a session by a code of the second factor; raises StorageError."""
    kind = proof.of_code(database, session.user, code, visit)
    if isinstance(kind, Refusal):
        return kind
    with database.writing() as connection:
        sessions.revoke(connection, session.user.id, session.id)
        return begin(connection, session.user, session.method, visit, has_code=True)


def anew(database: Database, session: Session, password: str, code: str, visit: Visit) -> SignedIn | Refusal:
    """Let somebody who is signed in show once more who they are: password, and code where they have one."""
    shown: User | Refusal | str = proof.of_password(database, session.user.login, password, visit)
    if not isinstance(shown, Refusal) and session.user.has_totp:
        shown = proof.of_code(database, session.user, code, visit)
    if isinstance(shown, Refusal):
        return shown
    with database.writing() as connection:
        return replace(connection, session, visit)


def by_link(database: Database, token: str, password: str, visit: Visit) -> SignedIn:
    """Choose a password by an invitation or a link to reset it, which ends all sessions of the account, and sign in.

    Raises LinkError, WeakPasswordError, PasswordsBusyError and StorageError; where the password is none, the link is
    good for another.
    """
    with database.reading() as connection:
        user = invited(connection, token, visit)
    kept = passwords.hashed(password, words=(user.login, user.name))
    with database.writing() as connection:
        invited(connection, token, visit)
        tickets.use(connection, token, "invite", "reset", at=visit.at)
        users.set_password(connection, user.id, kept, visit.at)
        sessions.revoke_all(connection, user.id)
        events.note(connection, "password_chosen", user.login, by=user.login, at=visit.at)
        return begin(connection, users.by_id(connection, user.id) or user, "link", visit)


def by_change(database: Database, session: Session, password: str, chosen: str, visit: Visit) -> SignedIn | Refusal:
    """Let somebody who shows the password they have choose another, which ends all sessions but a new one.

    Raises WeakPasswordError, PasswordsBusyError and StorageError.
    """
    user = session.user
    shown = proof.of_password(database, user.login, password, visit)
    if isinstance(shown, Refusal):
        return shown
    kept = passwords.hashed(chosen, words=(user.login, user.name))
    with database.writing() as connection:
        users.set_password(connection, user.id, kept, visit.at)
        tickets.end(connection, user.id)
        sessions.revoke_all(connection, user.id, but=session.id)
        events.note(connection, "password_changed", user.login, by=user.login, at=visit.at)
        return replace(connection, session, visit)


def invited(connection: sa.Connection, token: str, visit: Visit) -> User:
    """Return whose account an invitation or a link to reset the password is for; raises LinkError."""
    ticket = tickets.find(connection, token, "invite", "reset", at=visit.at)
    user = users.by_id(connection, ticket.user_id) if ticket is not None and ticket.user_id is not None else None
    if user is None or user.disabled_at is not None:
        raise LinkError("链接已失效 the link is used or has expired")
    return user


def set_up(database: Database, token: str, login: str, name: str, password: str, visit: Visit) -> SignedIn:
    """Make the first account, an administrator's, and sign in; raises as `by_link`, and AccountError."""
    with database.reading() as connection:
        expect_set_up(connection, token, visit)
    kept = passwords.hashed(password, words=(login, name))
    with database.writing() as connection:
        expect_set_up(connection, token, visit)
        tickets.use(connection, token, "setup", at=visit.at)
        user = users.add(connection, login, name=name, role="admin", at=visit.at)
        users.set_password(connection, user.id, kept, visit.at)
        events.note(connection, "set_up", user.login, by=user.login, at=visit.at)
        return begin(connection, user, "link", visit)


def expect_set_up(connection: sa.Connection, token: str, visit: Visit) -> None:
    """Raise LinkError unless a link may make the first account: it is good, and there is none yet."""
    if not users.is_empty(connection) or tickets.find(connection, token, "setup", at=visit.at) is None:
        raise LinkError("链接已失效 the link is used or has expired")


def begin(connection: sa.Connection, user: User, method: Method, visit: Visit, *, has_code: bool = False) -> SignedIn:
    """Begin the session of somebody who has shown who they are."""
    is_complete = has_code or method == "passkey" or not user.has_totp
    token = sessions.begin(connection, user.id, method=method, at=visit.at, label=visit.label, is_complete=is_complete)
    if is_complete:
        events.note(connection, "signed_in", user.login, by=user.login, at=visit.at, method=method, label=visit.label)
    return SignedIn(token, user, is_complete)


def replace(connection: sa.Connection, session: Session, visit: Visit) -> SignedIn:
    """Give somebody who has just shown again who they are a new session in place of theirs."""
    sessions.revoke(connection, session.user.id, session.id)
    token = sessions.begin(connection, session.user.id, method=session.method, at=visit.at, label=visit.label)
    events.note(connection, "proved", session.user.login, by=session.user.login, at=visit.at, label=visit.label)
    return SignedIn(token, session.user, is_complete=True)
