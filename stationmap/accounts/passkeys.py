"""Passkeys (WebAuthn): keys of people's devices, which open an account by finger, face or PIN and give nothing away.

A key belongs to the name of this site, as the operator states it; no request is asked for it. It is two factors in one,
so the device has to verify the person. Needs the extra `passkeys`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import sqlalchemy as sa

from stationmap.accounts import events, tickets, users
from stationmap.accounts.users import User
from stationmap.errors import StationmapError
from stationmap.settings import Settings
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import passkeys

MAX_KEYS = 10
"""Of one account."""
_NAME = "stationmap"


class PasskeyError(StationmapError):
    """What a browser sent proves nothing."""


class Site(NamedTuple):
    """What keys belong to: the name of the site, and the origin of its pages."""

    name: str
    origin: str


class Passkey(NamedTuple):
    """A key of an account, as its owner calls it."""

    id: str
    label: str
    created_at: datetime
    used_at: datetime | None


def site(settings: Settings, port: int) -> Site | None:
    """Return what keys belong to; None where there can be none: without the extra, on an address that is a number."""
    if find_spec("webauthn") is None:
        return None
    if not settings.public_url:
        return Site("localhost", f"http://localhost:{port}")
    address = urlsplit(settings.public_url)
    host = address.hostname or ""
    if _is_number(host) or not (address.scheme == "https" or host == "localhost"):
        return None
    return Site(host, settings.public_url.lower())


def creation(connection: sa.Connection, where: Site, user: User, at: datetime) -> tuple[str, str]:
    """Return a new challenge, and as JSON what a browser makes a key from."""
    import webauthn
    from webauthn.helpers import structs

    token = tickets.issue(connection, "passkey", user_id=user.id, at=at)
    selection = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.REQUIRED,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    options = webauthn.generate_registration_options(
        rp_id=where.name,
        rp_name=_NAME,
        user_id=f"user-{user.id}".encode(),
        user_name=user.login,
        user_display_name=user.name,
        challenge=token.encode(),
        authenticator_selection=selection,
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=_octets(each.id)) for each in listed(connection, user.id)
        ],
    )
    return token, webauthn.options_to_json(options)


def request(connection: sa.Connection, where: Site, at: datetime) -> tuple[str, str]:
    """Return a new challenge, and as JSON what a browser shows a key for, whosever it is."""
    import webauthn
    from webauthn.helpers import structs

    token = tickets.issue(connection, "passkey", at=at)
    required = structs.UserVerificationRequirement.REQUIRED
    options = webauthn.generate_authentication_options(
        rp_id=where.name, challenge=token.encode(), user_verification=required
    )
    return token, webauthn.options_to_json(options)


def add(
    connection: sa.Connection, where: Site, user: User, challenge: str, credential: str, *, label: str, at: datetime
) -> None:
    """Keep the key that a browser has made for a challenge; raises PasskeyError."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    ticket = tickets.use(connection, challenge, "passkey", at=at)
    if ticket is None or ticket.user_id != user.id or len(listed(connection, user.id)) >= MAX_KEYS:
        raise PasskeyError("expired")
    try:
        made = webauthn.verify_registration_response(
            credential=_document(credential), expected_challenge=challenge.encode(), require_user_verification=True,
            expected_rp_id=where.name, expected_origin=where.origin,
        )  # fmt: skip
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyError("refused") from error
    key_id = _text(made.credential_id)
    known = connection.execute(sa.select(passkeys.c.user_id).where(passkeys.c.credential_id == key_id)).scalar()
    if known is not None:
        raise PasskeyError("known")
    row = {"credential_id": key_id, "user_id": user.id, "public_key": made.credential_public_key}
    about = {"sign_count": made.sign_count, "transports": "[]", "label": label[:100], "created_at": moment_text(at)}
    connection.execute(sa.insert(passkeys).values(row | about))
    events.note(connection, "passkey_added", user.login, by=user.login, at=at, label=label[:100])


def used_by(connection: sa.Connection, where: Site, challenge: str, credential: str, at: datetime) -> User:
    """Return whose key a browser has shown for a challenge; raises PasskeyError."""
    document = _document(credential)
    ticket = tickets.use(connection, challenge, "passkey", at=at)
    chosen = sa.select(passkeys).where(passkeys.c.credential_id == str(document.get("id", "")))
    key = connection.execute(chosen).one_or_none()
    user = None if key is None else users.by_id(connection, key.user_id)
    if ticket is None or key is None or user is None or user.disabled_at is not None:
        raise PasskeyError("unknown")
    count = _verified_count(where, challenge, document, key.public_key, 0)
    if count and count <= key.sign_count:  # a device counts up: somebody has a copy
        _remove(connection, user, key.credential_id)
        events.note(connection, "passkey_suspect", user.login, at=at, label=key.label)
        raise PasskeyCopiedError("copied")
    ours = passkeys.c.credential_id == key.credential_id
    connection.execute(sa.update(passkeys).where(ours).values(sign_count=count, used_at=moment_text(at)))
    return user


class PasskeyCopiedError(PasskeyError):
    """A key was used that somebody has a copy of. It is removed, which has to be kept although nobody is let in."""


def listed(connection: sa.Connection, user_id: int) -> list[Passkey]:
    """Return the keys of an account, the oldest first."""
    chosen = sa.select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.created_at)
    return [
        Passkey(row.credential_id, row.label, moment(row.created_at), moment(row.used_at) if row.used_at else None)
        for row in connection.execute(chosen)
    ]


def remove(connection: sa.Connection, user: User, key_id: str, *, by: str, at: datetime) -> bool:
    """Let a key open nothing any more; tell whether there was one."""
    label = next((each.label for each in listed(connection, user.id) if each.id == key_id), None)
    if label is None:
        return False
    _remove(connection, user, key_id)
    events.note(connection, "passkey_removed", user.login, by=by, at=at, label=label)
    return True


def _remove(connection: sa.Connection, user: User, key_id: str) -> None:
    ours = sa.and_(passkeys.c.user_id == user.id, passkeys.c.credential_id == key_id)
    connection.execute(sa.delete(passkeys).where(ours))


def _verified_count(where: Site, challenge: str, document: Mapping[str, Any], key: bytes, count: int) -> int:
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        shown = webauthn.verify_authentication_response(
            credential=dict(document), expected_challenge=challenge.encode(), require_user_verification=True,
            expected_rp_id=where.name, expected_origin=where.origin,
            credential_public_key=key, credential_current_sign_count=count,
        )  # fmt: skip
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyError("refused") from error
    return shown.new_sign_count


def _document(credential: str) -> dict[str, Any]:
    try:
        document = orjson.loads(credential)
    except orjson.JSONDecodeError as error:
        raise PasskeyError("refused") from error
    if not isinstance(document, dict):
        raise PasskeyError("refused")
    return document


def _octets(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
