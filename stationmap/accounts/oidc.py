"""Signing in by an identity provider of the union (OpenID Connect): who it vouches for, if an administrator knows them.

The authorization code flow with PKCE, state and nonce; the provider has to have seen the person within a quarter of an
hour. Needs the extra `oidc`.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson
import sqlalchemy as sa

from stationmap.accounts import events, users
from stationmap.accounts.sessions import FRESH
from stationmap.accounts.users import User, user_of
from stationmap.errors import StationmapError
from stationmap.settings import Settings
from stationmap.storage.schema import users as table

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
TIMEOUT_S, MAX_BYTES, LEEWAY_S = 10, 1_048_576, 60
_DISCOVERY = "/.well-known/openid-configuration"


class OidcError(StationmapError):
    """The provider cannot be asked, or what comes from it proves nothing."""


class Provider(NamedTuple):
    """An identity provider, and what this program is called there."""

    issuer: str
    client_id: str
    client_secret: str


class Flow(NamedTuple):
    """What one attempt to sign in has to bring back, kept by the browser that began it."""

    state: str
    nonce: str
    verifier: str


def provider(settings: Settings) -> Provider | None:
    """Return the provider of the settings; None where there is none, or the extra is missing."""
    if not settings.oidc_issuer or not settings.oidc_client_id or find_spec("authlib") is None:
        return None
    return Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)


def begin(asked: Provider, callback: str) -> tuple[str, Flow]:
    """Return the provider's address to which a browser is led, and what it has to bring back; raises OidcError."""
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    flow = Flow(*(secrets.token_urlsafe(32) for _ in Flow._fields))
    question = {
        "response_type": "code",
        "client_id": asked.client_id,
        "redirect_uri": callback,
        "scope": "openid email profile",
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": create_s256_code_challenge(flow.verifier),
        "code_challenge_method": "S256",
        "max_age": int(FRESH.total_seconds()),
    }
    address = _endpoint(asked, _discovered(asked), "authorization_endpoint")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(question)}", flow


def claims(asked: Provider, callback: str, flow: Flow, code: str, at: datetime) -> Mapping[str, Any]:
    """Return what a provider vouches for of whom a code is; raises OidcError."""
    known = _discovered(asked)
    headers, form = _credentials(asked, known)
    form |= {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": flow.verifier}
    answer = _fetched(_endpoint(asked, known, "token_endpoint"), headers, urlencode(form).encode())
    keys = _fetched(_endpoint(asked, known, "jwks_uri"))
    return _verified(asked, str(answer.get("id_token", "")), keys, flow, at)


def owner(connection: sa.Connection, known: Mapping[str, Any], at: datetime) -> User:
    """Return whose account it is: by issuer and subject, at first by a verified address or name; raises OidcError.

    Nobody gets an account here: an administrator has added it, by the address or the name as its login.
    """
    subject = f"{known['iss']} {known['sub']}"
    row = connection.execute(sa.select(table).where(table.c.oidc_subject == subject)).one_or_none()
    if row is not None:
        return _enabled(user_of(row))
    address = known.get("email") if known.get("email_verified") is True else None
    for login in (address, known.get("preferred_username")):
        user = users.by_login(connection, login) if isinstance(login, str) and login else None
        if user is not None:
            _enabled(user)
            free = sa.and_(table.c.id == user.id, table.c.oidc_subject.is_(None))
            if not connection.execute(sa.update(table).where(free).values(oidc_subject=subject)).rowcount:
                raise OidcError("the account belongs to another subject")
            events.note(connection, "oidc_linked", user.login, by=user.login, at=at)
            return user
    raise OidcError("nobody has been added by this name")


def _enabled(user: User) -> User:
    if user.disabled_at is not None:
        raise OidcError("the account is disabled")
    return user


def _verified(asked: Provider, token: str, keys: Any, flow: Flow, at: datetime) -> Mapping[str, Any]:
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    moment = int(at.timestamp())
    expected = {"iss": asked.issuer, "aud": asked.client_id}
    options: Any = {name: {"essential": True, "value": value} for name, value in expected.items()}
    try:
        signed = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        params = {"nonce": flow.nonce, "client_id": asked.client_id, "max_age": int(FRESH.total_seconds())}
        found = CodeIDToken(signed.claims, signed.header, options, params)
        found.validate(now=moment, leeway=LEEWAY_S)
        is_fresh = moment - found["auth_time"] <= FRESH.total_seconds() + LEEWAY_S
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise OidcError("the provider's statement is not valid") from error
    if not is_fresh or not isinstance(found["sub"], str) or not 1 <= len(found["sub"]) <= 255:
        raise OidcError("the provider's statement is too old, or of nobody")
    return dict(found)


def _credentials(asked: Provider, known: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return headers and members of the form by which this program shows the provider who it is."""
    taken = known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if asked.client_secret and "client_secret_basic" in taken:
        pair = f"{quote(asked.client_id, safe='')}:{quote(asked.client_secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}
    secret = {"client_secret": asked.client_secret} if asked.client_secret else {}
    return {}, {"client_id": asked.client_id, **secret}


def _discovered(asked: Provider) -> Mapping[str, Any]:
    known = _fetched(asked.issuer.rstrip("/") + _DISCOVERY)
    if known.get("issuer") != asked.issuer:
        raise OidcError("the provider calls itself something else than STATIONMAP_OIDC_ISSUER")
    return known


def _endpoint(asked: Provider, known: Mapping[str, Any], name: str) -> str:
    address = known.get(name)
    if not isinstance(address, str) or urlsplit(address).scheme not in ("https", urlsplit(asked.issuer).scheme):
        raise OidcError(f"the provider has no {name}")
    return address


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_given: Any) -> None:
        """Follow nobody anywhere: what a provider states is where it answers."""


def _fetched(address: str, headers: Mapping[str, str] | None = None, form: bytes | None = None) -> dict[str, Any]:
    request = Request(address, data=form, headers={"Accept": "application/json", **(headers or {})})
    try:
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            document = orjson.loads(answer.read(MAX_BYTES))
    except (URLError, OSError, ValueError) as error:
        raise OidcError("the provider does not answer") from error
    if not isinstance(document, dict):
        raise OidcError("the provider's answer is no JSON object")
    return document
