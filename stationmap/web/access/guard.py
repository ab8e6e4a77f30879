"""Whether whoever sends a request may.

Which page needs which permission stands in `web/staff/routes`; a view that has to know more, such as whose district a
station lies in, asks here.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.accounts import roles
from stationmap.accounts.roles import Permission
from stationmap.errors import DiskFullError
from stationmap.web.access import addresses
from stationmap.web.access.cookies import token_of
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.keeper import load_storage
from stationmap.web.state import now, state

if TYPE_CHECKING:
    from stationmap.accounts.sessions import Session
    from stationmap.accounts.users import User

SIGN_IN, PROVE, SECOND_FACTOR = "staff.sign_in", "staff.prove", "staff.second_factor"
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
OTHER_SITES = frozenset(("cross-site", "same-site"))
"""What `Sec-Fetch-Site` says of a request that no page of ours has sent."""


def expect_own_page() -> None:
    """End a request with 403 that changes something and was sent by a page of another site."""
    if request.method not in SAFE_METHODS and request.headers.get("Sec-Fetch-Site") in OTHER_SITES:
        abort(HTTPStatus.FORBIDDEN)


def admit(permission: Permission, *, without_factor: bool = False) -> ResponseReturnValue | None:
    """Return None where whoever sends this request may, else the way to sign in; 403 where that would not help.

    Who lacks a second factor that is required is led to set one up, but on pages that do `without_factor`.
    """
    session = current_session()
    if session is None or not session.is_complete:
        return _to_sign_in()
    if not roles.may(session.user, permission):
        abort(HTTPStatus.FORBIDDEN)
    return None if without_factor else ask_for_second_factor()


def ask_for_proof() -> ResponseReturnValue | None:
    """Return None where somebody showed lately who they are, else the way to do so, and back afterwards."""
    session = current_session()
    if session is not None:
        from stationmap.accounts import sessions

        if sessions.is_fresh(session, now()):
            return None
    is_form = request.method not in SAFE_METHODS
    return redirect(url_for(PROVE, next=addresses.present(), again=is_form or None), HTTPStatus.SEE_OTHER)


def ask_for_second_factor() -> ResponseReturnValue | None:
    """Return None where somebody has the second factor that is required of them, else the way to set one up."""
    session, required = current_session(), state().settings.second_factor
    if session is None or session.user.has_totp or session.method == "passkey":
        return None
    if required == "optional" or (required == "admins" and session.user.role != "admin"):
        return None
    return redirect(url_for(SECOND_FACTOR), HTTPStatus.SEE_OTHER)


def current_session() -> Session | None:
    """Return the session that this request belongs to, the same one from beginning to end; raises StorageError."""
    if "session_of_request" not in g:
        g.session_of_request = _find_session()
    found: Session | None = g.session_of_request
    return found


def forget_session() -> None:
    """Look for the session anew: it began or ended in this request."""
    g.pop("session_of_request", None)


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


def keep_nothing(response: Response) -> Response:
    """Let nobody keep an answer to staff."""
    response.headers.set(*NO_STORE)
    response.vary.add("Cookie")
    return response


def _find_session() -> Session | None:
    token = token_of(request, state().settings)
    if not token or state().keeper is None:
        return None
    load_storage()
    from stationmap.accounts import sessions

    database, at = state().database(), now()
    with database.reading() as connection:
        found = sessions.find(connection, token, at=at)
    if found is not None and sessions.is_due(found, at):
        # A full disk lets staff read on; a session whose use is not noted ends the sooner.
        with suppress(DiskFullError), database.writing() as connection:
            sessions.note_use(connection, found, at)
    return found


def _to_sign_in() -> ResponseReturnValue:
    """Lead to the page to sign in, and back afterwards; a script that asks, and a form, get 401."""
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document" and not request.path.startswith("/api/")
    if request.method == "GET" and is_page:
        return redirect(url_for(SIGN_IN, next=addresses.present()), HTTPStatus.SEE_OTHER)
    abort(HTTPStatus.UNAUTHORIZED)
