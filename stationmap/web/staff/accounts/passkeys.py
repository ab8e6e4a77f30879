"""Passkeys in the browser: made on the own account, shown to sign in. A script talks to the device, forms to us."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, flash, make_response, redirect, request, session, url_for

from stationmap.accounts import passkeys as keys
from stationmap.accounts import sessions
from stationmap.accounts import sign_in as ways
from stationmap.accounts.passkeys import PasskeyCopiedError, PasskeyError, Site
from stationmap.web import problems
from stationmap.web.access import guard
from stationmap.web.access.guard import current_user
from stationmap.web.staff.accounts.visits import done, led_on, visit, words
from stationmap.web.staff.blueprint import page
from stationmap.web.state import now, state

CHALLENGE = "passkey"
"""Where this browser's challenge waits in its signed cookie: another one's is worth nothing here."""


def site() -> Site | None:
    """Return what keys belong to here; nothing of a request is taken for it but the server's own port."""
    return keys.site(state().settings, int(request.environ["SERVER_PORT"]))


def passkey_origin() -> str:
    """Return the origin of pages that may offer keys; empty where none may."""
    where = site()
    return where.origin if where else ""


def challenge_passkey() -> Response:
    """Return a new challenge, for which a browser shows a key."""
    where = site()
    if where is None:
        return problems.document(HTTPStatus.NOT_FOUND)
    with state().database().writing() as connection:
        session[CHALLENGE], options = keys.request(connection, where, now())
    return Response(options, content_type="application/json")


def sign_in_by_passkey() -> Response:
    """Sign in whoever's key a browser has shown."""
    where, known = site(), guard.current_session()
    problem = "accounts.passkey.refused"
    if where is not None:
        challenge, credential = session.pop(CHALLENGE, ""), request.form.get("credential", "")
        with state().database().writing() as connection:
            try:
                user = keys.used_by(connection, where, challenge, credential, now())
                if known is not None:
                    sessions.revoke(connection, known.user.id, known.id)
                found = ways.begin(connection, user, "passkey", visit())
                problem = ""
            except PasskeyCopiedError:
                problem = "accounts.passkey.copied"
            except PasskeyError:
                pass
        if not problem:
            return led_on(found, request.args.get("next"))
    flash(words(problem), "warning")
    return make_response(redirect(url_for("staff.sign_in", next=request.args.get("next")), HTTPStatus.SEE_OTHER))


def add_passkey() -> Response:
    """Make a key for the own account."""
    where, user, errors = site(), current_user(), {}
    if where is None:
        return make_response(redirect(url_for("staff.account"), HTTPStatus.SEE_OTHER))
    label = request.form.get("label", "").strip() or visit().label or words("accounts.passkey.unnamed")
    with state().database().writing() as connection:
        if request.method == "POST":
            challenge, credential = session.pop(CHALLENGE, ""), request.form.get("credential", "")
            try:
                keys.add(connection, where, user, challenge, credential, label=label, at=now())
                done("accounts.passkey.added")
                return make_response(redirect(url_for("staff.account"), HTTPStatus.SEE_OTHER))
            except PasskeyError:
                errors = {"label": words("accounts.passkey.not_added")}
        session[CHALLENGE], options = keys.creation(connection, where, user, now())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return page("accounts/add_passkey", status, errors=errors, options=options, label=label, origin=where.origin)


def remove_passkey() -> Response:
    """Let a key of the own account open nothing any more."""
    user = current_user()
    with state().database().writing() as connection:
        if keys.remove(connection, user, request.form.get("key", ""), by=user.login, at=now()):
            done("accounts.passkey.removed")
    return make_response(redirect(url_for("staff.account"), HTTPStatus.SEE_OTHER))
