"""The own account: its password, its sessions, what happened to it."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, make_response, redirect, request, url_for

from stationmap.accounts import administration, events, passkeys, second_factor, sessions
from stationmap.accounts import sign_in as ways
from stationmap.accounts.administration import By
from stationmap.accounts.passwords import PasswordsBusyError, WeakPasswordError
from stationmap.accounts.proof import Refusal
from stationmap.accounts.sessions import Session
from stationmap.web.access import guard
from stationmap.web.staff.accounts.links import password_error, password_hint
from stationmap.web.staff.accounts.passkeys import passkey_origin
from stationmap.web.staff.accounts.visits import done, event_rows, led_on, refusal_text, visit
from stationmap.web.staff.blueprint import page
from stationmap.web.state import now, state

EVENTS = 20


def account() -> Response:
    """Return what somebody may know and do about their own account."""
    known = own_session()
    with state().database().reading() as connection:
        signed_in = sessions.listed(connection, known.user.id, at=now())
        happened = events.listed(connection, known.user.login, limit=EVENTS)
        codes_left = second_factor.recovery_left(connection, known.user.id)
        keys = passkeys.listed(connection, known.user.id)
    shown = {"present": known, "codes_left": codes_left, "keys": keys, "passkey_origin": passkey_origin()}
    return page("accounts/account", HTTPStatus.OK, sessions=signed_in, events=event_rows(happened), **shown)


def change_password() -> Response:
    """Let somebody choose another password, who shows the one they have."""
    known, errors = own_session(), {}
    status = HTTPStatus.OK
    if request.method == "POST":
        present, chosen = request.form.get("present", ""), request.form.get("password", "")
        try:
            found = ways.by_change(state().database(), known, present, chosen, visit())
        except (WeakPasswordError, PasswordsBusyError) as error:
            errors, status = {"password": password_error(error)}, HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            if not isinstance(found, Refusal):
                response = led_on(found, url_for("staff.account"))
                done("accounts.password.changed")
                return response
            errors, status = {"present": refusal_text(found, "accounts.prove.wrong")}, HTTPStatus.UNPROCESSABLE_ENTITY
    return page("accounts/change_password", status, errors=errors, hint=password_hint())


def end_sessions() -> Response:
    """End one session of one's own, or all but this one."""
    known = own_session()
    chosen = request.form.get("session") or None
    with state().database().writing() as connection:
        by = By(known.user.login, now())
        count = administration.end_sessions(connection, known.user, chosen, by=by, but=known.id)
    done("accounts.sessions.ended", count=count)
    return make_response(redirect(url_for("staff.account"), HTTPStatus.SEE_OTHER))


def own_session() -> Session:
    """Return the session of who is signed in, on a page that requires it."""
    known = guard.current_session()
    assert known is not None
    return known
