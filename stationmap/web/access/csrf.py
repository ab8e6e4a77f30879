"""Forms that only our own pages can send: each carries what another site cannot know (Flask-WTF).

Interfaces for programs take JSON with its media type, which a form of another site cannot send; they are not looked at.
"""

from __future__ import annotations

from flask import Flask, current_app, request
from flask_wtf import CSRFProtect

from stationmap.accounts.secret_keys import secret_key
from stationmap.settings import Settings
from stationmap.web.access.cookies import StaffSessions
from stationmap.web.state import state

PATH = "/staff"


def protect(app: Flask, settings: Settings) -> None:
    """Let every form of staff pages carry a token."""
    app.session_interface = StaffSessions(settings, _has_session)
    # A token is valid as long as its cookie: a form may be left open over night.
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False)
    protection = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        if _is_for_staff(request.path):
            protection.protect()


def _is_for_staff(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")


def _has_session(path: str) -> bool:
    """Tell whether requests to a path have Flask's session, and let the key be known that signs it."""
    if not _is_for_staff(path) or state().keeper is None:
        return False
    if current_app.secret_key is None:
        current_app.secret_key = secret_key(state().database(), "forms")
    return True
