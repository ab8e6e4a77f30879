"""Forms that only our own pages can send: each carries what another site cannot know (Flask-WTF).

Interfaces for programs take JSON with its media type, which a form of another site cannot send; they are not looked at.
"""

from __future__ import annotations

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest

from stationmap.settings import Settings
from stationmap.web.access.cookies import FORM, StaffSessions, cookie_attributes, cookie_name
from stationmap.web.access.guard import SAFE_METHODS
from stationmap.web.keeper import load_storage
from stationmap.web.state import state

PATH = "/staff"
FIELD, HEADER = "csrf_token", "X-CSRF-Token"


class StaleFormError(BadRequest):
    """A form comes without what protects it, or with that of an earlier session."""


def protect(app: Flask, settings: Settings) -> None:
    """Let every form of staff pages carry a token, which is valid as long as its cookie: over night, if need be."""
    app.session_interface = StaffSessions(_has_session)
    attributes = cookie_attributes(settings)
    app.config.update(
        SESSION_COOKIE_NAME=cookie_name(settings, FORM),
        **{f"SESSION_COOKIE_{name.upper()}": value for name, value in attributes.items()},
    )
    app.jinja_env.globals[FIELD] = form_token
    app.before_request(_check)


def form_token() -> str:
    """Return what forms and scripts of this page send with what they change."""
    from flask_wtf import csrf  # riders' answers do without

    return str(csrf.generate_csrf(token_key=FIELD))


def _check() -> None:
    if not _has_session(request.path) or request.method in SAFE_METHODS:
        return
    from flask_wtf import csrf

    try:
        csrf.validate_csrf(request.form.get(FIELD) or request.headers.get(HEADER), time_limit=None, token_key=FIELD)
    except csrf.ValidationError as error:
        raise StaleFormError from error


def _has_session(path: str) -> bool:
    """Tell whether requests to a path have Flask's session, and let the key be known that signs it."""
    if not (path == PATH or path.startswith(f"{PATH}/")) or state().keeper is None:
        return False
    if current_app.secret_key is None:
        load_storage()
        from stationmap.accounts.secret_keys import secret_key

        current_app.secret_key = secret_key(state().database(), "forms")
    return True
