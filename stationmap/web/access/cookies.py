"""The two cookies of staff: the token of their session, and what protects forms. Riders get none.

Over https they carry a prefix by which a browser takes them from this host alone. On http they have plain names; staff
may sign in there only on this machine itself (`is_safe`), as nothing else would keep a token from who listens.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from stationmap.errors import StorageError
from stationmap.settings import Settings

TOKEN, FORM = "sid", "form"


def is_encrypted(settings: Settings) -> bool:
    """Tell whether visitors come by https, as the operator says; nothing is taken from a request."""
    return settings.public_url.startswith("https:")


def is_safe(settings: Settings) -> bool:
    """Tell whether a token can travel here: by https, or within this machine."""
    return is_encrypted(settings) or _is_loopback(urlsplit(settings.public_url).hostname or settings.host)


def cookie_name(settings: Settings, name: str) -> str:
    """Return the name of a cookie with the prefix that fits where pages lie."""
    if not is_encrypted(settings):
        return name
    return f"{'__Secure-' if settings.url_prefix else '__Host-'}{name}"


def cookie_attributes(settings: Settings) -> dict[str, Any]:
    """Return what every cookie carries."""
    path = settings.url_prefix or "/"
    return {"path": path, "secure": is_encrypted(settings), "httponly": True, "samesite": "Lax"}


def set_token(response: Response, settings: Settings, token: str) -> None:
    """Give the browser the token of a session, until it is closed."""
    response.set_cookie(cookie_name(settings, TOKEN), token, **cookie_attributes(settings))


def forget_token(response: Response, settings: Settings) -> None:
    """Take the token from the browser."""
    response.delete_cookie(cookie_name(settings, TOKEN), **cookie_attributes(settings))


def token_of(request: Request, settings: Settings) -> str:
    """Return the token that a request brings, empty where it brings none."""
    return request.cookies.get(cookie_name(settings, TOKEN), "")


class StaffSessions(SecureCookieSessionInterface):
    """Flask's own signed cookie, on staff pages alone: messages to show once, and what protects their forms."""

    def __init__(self, has_session: Callable[[str], bool]) -> None:
        """Take what tells whether requests to a path have a session."""
        self._has_session = has_session

    def open_session(self, app: Flask, request: Request) -> Any:
        """Return the session of a request, an empty one that cannot be saved on any other page.

        So, too, without the key: nothing can be answered this early, and whoever looks for one next says why.
        """
        with suppress(StorageError):
            if self._has_session(request.path):
                return super().open_session(app, request)
        return self.make_null_session(app)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save what changed."""
        if not self.is_null_session(session):
            super().save_session(app, session, response)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
