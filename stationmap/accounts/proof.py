"""Whether somebody is who they say: by password and by a code of the second factor, each not too often.

A login that nobody has, an account without a password and one that is disabled are refused as a wrong password is,
after as much work.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Literal, NamedTuple

from stationmap.accounts import events, passwords, second_factor, throttle, users
from stationmap.accounts.secret_keys import secret_key
from stationmap.accounts.throttle import Limit
from stationmap.accounts.users import User
from stationmap.storage.database import Database


class Visit(NamedTuple):
    """When and from where somebody comes: `network` is empty where a proxy hides it, `label` names the browser."""

    network: str
    label: str
    at: datetime


class Refusal(NamedTuple):
    """Why somebody is not let in: nothing is said of what was wrong. `wait_s` is 0 unless they have to wait."""

    reason: Literal["wrong", "wait", "busy"]
    wait_s: int = 0


def of_password(database: Database, login: str, password: str, visit: Visit) -> User | Refusal:
    """Return whose password it is; raises StorageError."""
    known = users.normalised(login)[: users.MAX_LOGIN_LENGTH + 1]
    limits = _limits(database, known, visit)
    if refused := _counted(database, limits, visit.at):
        return refused
    with database.reading() as connection:
        user = users.by_login(connection, known)
        kept = users.password_of(connection, user.id) if user else None
    try:
        is_right = passwords.matches(password, kept) and user is not None and user.disabled_at is None
        renewed = passwords.renewed(password, kept) if is_right and kept else None
    except passwords.PasswordsBusyError:
        with database.writing() as connection:
            throttle.give_back(connection, limits, visit.at)
        return Refusal("busy")
    with database.writing() as connection:
        if not is_right or user is None:
            events.note(connection, "sign_in_failed", user.login if user else "", at=visit.at, label=visit.label)
            return Refusal("wrong")
        if renewed is not None and users.password_of(connection, user.id) == kept:
            users.set_password(connection, user.id, renewed, visit.at)
        throttle.succeeded(connection, *limits, at=visit.at)
    return user


def of_code(database: Database, user: User, code: str, visit: Visit) -> Literal["totp", "recovery"] | Refusal:
    """Return how a code proves the second factor of somebody; it counts once. Raises StorageError."""
    limits = _limits(database, f"code {user.login}", visit)
    if refused := _counted(database, limits, visit.at):
        return refused
    with database.writing() as connection:
        kind = second_factor.use(connection, user.id, code, visit.at)
        if kind is None:
            events.note(connection, "factor_failed", user.login, at=visit.at, label=visit.label)
            return Refusal("wrong")
        if kind == "recovery":
            left = str(second_factor.recovery_left(connection, user.id))
            events.note(connection, "recovery_used", user.login, by=user.login, at=visit.at, left=left)
        throttle.succeeded(connection, *limits, at=visit.at)
        return kind


def _limits(database: Database, whose: str, visit: Visit) -> list[Limit]:
    secret = secret_key(database, "throttles")
    networks = [throttle.of_network(secret, visit.network)] if visit.network else []
    return [throttle.of_account(secret, whose), *networks]


def _counted(database: Database, limits: Sequence[Limit], at: datetime) -> Refusal | None:
    """Count an attempt before it is looked at; return the refusal of one that comes too early."""
    with database.reading() as connection:  # who has to wait writes nothing
        wait = throttle.remaining(connection, limits, at)
    if not wait:
        with database.writing() as connection:
            wait = throttle.count(connection, limits, at)
    return Refusal("wait", max(1, ceil(wait.total_seconds()))) if wait else None
