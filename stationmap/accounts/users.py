"""The accounts: added, found, changed, disabled. Functions on a connection of `storage.Database`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson
import sqlalchemy as sa

from stationmap.accounts.roles import Role
from stationmap.errors import StationmapError
from stationmap.i18n import LANGUAGES, translate
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import users

MAX_LOGIN_LENGTH, MAX_NAME_LENGTH = 64, 100


AccountFault = Literal["login", "taken", "name", "districts", "last_admin", "disabled", "unknown", "no_session"]


class AccountError(StationmapError):
    """An account cannot be what somebody wants it to be; `fault` is why, the message says it of `what`."""

    def __init__(self, fault: AccountFault, what: str = "") -> None:
        """Take why, and what it is about."""
        words = (translate(language, f"accounts.error.{fault}", what=what) for language in LANGUAGES)
        super().__init__(" ".join(words))
        self.fault, self.what = fault, what


class User(NamedTuple):
    """An account; `districts` are adcodes or their first digits, and matter to editors only."""

    id: int
    login: str
    name: str
    role: Role
    districts: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    has_totp: bool


def normalised(login: str) -> str:
    """Return a login as it is compared: NFKC, without case and blanks around it."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def add(
    connection: sa.Connection, login: str, *, name: str, role: Role, districts: Iterable[str] = (), at: datetime
) -> User:
    """Add an account, which nobody can sign in with before it has a password; raises AccountError."""
    known = normalised(login)
    if not known or len(known) > MAX_LOGIN_LENGTH or not known.isprintable() or any(map(str.isspace, known)):
        raise AccountError("login", str(MAX_LOGIN_LENGTH))
    if by_login(connection, known) is not None:
        raise AccountError("taken", known)
    row = {"login": known, "name": _name(name or known), "role": role, "districts": _codes(districts)}
    connection.execute(sa.insert(users).values(row | {"created_at": moment_text(at)}))
    found = by_login(connection, known)
    assert found is not None
    return found


def by_login(connection: sa.Connection, login: str) -> User | None:
    """Return the account of a login, also a disabled one."""
    row = connection.execute(sa.select(users).where(users.c.login == normalised(login))).one_or_none()
    return None if row is None else user_of(row)


def by_id(connection: sa.Connection, user_id: int) -> User | None:
    """Return the account of a number."""
    row = connection.execute(sa.select(users).where(users.c.id == user_id)).one_or_none()
    return None if row is None else user_of(row)


def listed(connection: sa.Connection) -> list[User]:
    """Return every account, by login."""
    return [user_of(row) for row in connection.execute(sa.select(users).order_by(users.c.login))]


def is_empty(connection: sa.Connection) -> bool:
    """Tell whether there is no account at all."""
    return connection.execute(sa.select(sa.literal(1)).select_from(users).limit(1)).scalar() is None


def update(
    connection: sa.Connection,
    user_id: int,
    *,
    name: str | None = None,
    role: Role | None = None,
    districts: Iterable[str] | None = None,
) -> None:
    """Change what an account is; raises AccountError. Who signs in with it is not asked: see `administration`."""
    values: dict[str, str] = {"role": role} if role is not None else {}
    if name is not None:
        values["name"] = _name(name)
    if districts is not None:
        values["districts"] = _codes(districts)
    if values:
        connection.execute(sa.update(users).where(users.c.id == user_id).values(values))


def set_disabled(connection: sa.Connection, user_id: int, at: datetime | None) -> None:
    """Let nobody sign in with an account from a moment on, or again somebody with None."""
    when = None if at is None else moment_text(at)
    connection.execute(sa.update(users).where(users.c.id == user_id).values(disabled_at=when))


def password_of(connection: sa.Connection, user_id: int) -> str | None:
    """Return what is kept of the password of an account."""
    found: str | None = connection.execute(sa.select(users.c.password).where(users.c.id == user_id)).scalar()
    return found


def set_password(connection: sa.Connection, user_id: int, kept: str, at: datetime) -> None:
    """Keep what `passwords.hashed` makes of a password."""
    values = {"password": kept, "password_at": moment_text(at)}
    connection.execute(sa.update(users).where(users.c.id == user_id).values(values))


def user_of(row: sa.Row[Any]) -> User:
    """Return the account of a row of its table."""
    return User(
        row.id,
        row.login,
        row.name,
        row.role,
        tuple(orjson.loads(row.districts)),
        moment(row.created_at),
        moment(row.disabled_at) if row.disabled_at else None,
        row.password is not None,
        row.totp_secret is not None,
    )


def _name(name: str) -> str:
    known = unicodedata.normalize("NFC", name).strip()
    if not known or not known.isprintable() or len(known) > MAX_NAME_LENGTH:
        raise AccountError("name", str(MAX_NAME_LENGTH))
    return known


def _codes(districts: Iterable[str]) -> str:
    codes = list(dict.fromkeys(each.strip() for each in districts if each.strip()))
    if wrong := [each for each in codes if not (each.isascii() and each.isdecimal() and 2 <= len(each) <= 6)]:
        raise AccountError("districts", ", ".join(wrong))
    return orjson.dumps(codes).decode()
