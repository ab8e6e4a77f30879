"""Whether whoever sends a request may: every page of staff names the permission it needs, or is refused to everybody.

    @blueprint.get("/history")
    @requires("view")
    def history() -> Response: ...

`guard` lets a blueprint be such pages. A page that nobody has to sign in for says `@open_to_all`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TypeVar

from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.accounts import roles, sessions
from stationmap.accounts.roles import Permission
from stationmap.accounts.sessions import Session
from stationmap.accounts.users import User
from stationmap.web.access.cookies import token_of
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.state import now, state

SIGN_IN = "staff.sign_in"
UNSAFE_FROM = frozenset(("cross-site", "same-site"))
"""What `Sec-Fetch-Site` says of a request that no page of ours has sent."""

_PERMISSION = "permission"
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def requires(permission: Permission) -> Callable[[View], View]:
    """Let a view answer only who is signed in and may."""

    def declared(view: View) -> View:
        setattr(view, _PERMISSION, permission)
        return view

    return declared


def open_to_all(view: View) -> View:
    """Let a view of staff answer everybody: how else would they sign in?"""
    setattr(view, _PERMISSION, None)
    return view


def permission_of(endpoint: str) -> Permission | None:
    """Return the permission that a page needs, None where everybody may; AttributeError where it declares none."""
    found: Permission | None = getattr(current_app.view_functions[endpoint], _PERMISSION)
    return found


def guard(blueprint: Blueprint) -> None:
    """Let the views of a blueprint answer only who may, and nothing they answer be kept by anybody."""
    blueprint.before_request(_admit)
    blueprint.after_request(_keep_nothing)


def admit(permission: Permission) -> ResponseReturnValue | None:
    """Return None where whoever sends this request may, else what to answer: the way to sign in, or 403."""
    session = current_session()
    if session is None or not session.is_complete:
        return _to_sign_in()
    if not roles.may(session.user, permission):
        abort(HTTPStatus.FORBIDDEN)
    return None


def current_session() -> Session | None:
    """Return the session that this request belongs to, the same one from beginning to end; raises StorageError."""
    if "session_of_request" not in g:
        g.session_of_request = _find_session()
    found: Session | None = g.session_of_request
    return found


def current_user() -> User:
    """Return who is signed in, on a page that requires it."""
    session = current_session()
    if session is None or not session.is_complete:
        abort(HTTPStatus.UNAUTHORIZED)
    return session.user


def may(permission: Permission) -> bool:
    """Tell whether who is signed in may do something, be it only in their own districts."""
    return roles.may(current_user(), permission)


def may_edit_in(districts: Iterable[str]) -> bool:
    """Tell whether who is signed in may change stations in all of these districts without asking anybody."""
    return roles.may_edit_in(current_user(), districts)


def forget_session() -> None:
    """Look for the session anew: it began or ended in this request."""
    g.pop("session_of_request", None)


def _find_session() -> Session | None:
    token = token_of(request, state().settings)
    if not token:
        return None
    database, at = state().database(), now()
    with database.reading() as connection:
        found = sessions.find(connection, token, at=at)
    if found is not None and sessions.is_due(found, at):
        with database.writing() as connection:
            sessions.note_use(connection, found, at)
    return found


def _admit() -> ResponseReturnValue | None:
    if request.method not in ("GET", "HEAD", "OPTIONS") and request.headers.get("Sec-Fetch-Site") in UNSAFE_FROM:
        abort(HTTPStatus.FORBIDDEN)
    assert request.endpoint is not None
    permission = permission_of(request.endpoint)
    return None if permission is None else admit(permission)


def _to_sign_in() -> ResponseReturnValue:
    """Lead to the page to sign in, and back afterwards; a script that asks, and a form, get 401."""
    if request.method == "GET" and request.headers.get("Sec-Fetch-Dest", "document") == "document":
        query = request.query_string.decode("latin-1")
        return redirect(url_for(SIGN_IN, next=request.path + (f"?{query}" if query else "")), HTTPStatus.SEE_OTHER)
    abort(HTTPStatus.UNAUTHORIZED)


def _keep_nothing(response: Response) -> Response:
    response.headers.set(*NO_STORE)
    response.vary.add("Cookie")
    return response
