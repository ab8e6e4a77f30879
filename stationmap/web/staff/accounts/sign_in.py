"""Signing in, in one step or two, showing once more who one is, and signing out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, flash, make_response, redirect, request, session, url_for

from stationmap.accounts import events, oidc, sessions
from stationmap.accounts import sign_in as ways
from stationmap.accounts.proof import Refusal
from stationmap.accounts.sessions import Session
from stationmap.web.access import cookies, guard
from stationmap.web.access.addresses import own_page
from stationmap.web.staff.accounts.passkeys import passkey_origin
from stationmap.web.staff.accounts.visits import led_on, refusal_text, visit, words
from stationmap.web.staff.blueprint import page
from stationmap.web.state import now, state

CLEAR = "Clear-Site-Data", '"cache"'
"""What a browser forgets at the end: pages. Not cookies, which may be other sites' of the domain, nor drafts."""


def sign_in() -> Response:
    """Return the page to sign in, or sign somebody in."""
    known = guard.current_session()
    if request.method != "POST":
        if known is not None and (known.is_complete or "again" not in request.args):
            return _onward(known)
        return page("accounts/sign_in", errors={}, login="", **_other_ways())
    login, password = request.form.get("login", ""), request.form.get("password", "")
    found = ways.by_password(state().database(), login, password, visit())
    if isinstance(found, Refusal):
        return _refused("accounts/sign_in", found, "accounts.sign_in.wrong", "password", login=login)
    _end(known)
    return led_on(found, request.args.get("next"))


def second_step() -> Response:
    """Ask for the code of the second factor."""
    known = guard.current_session()
    if known is None:
        return make_response(redirect(_with_next("staff.sign_in"), HTTPStatus.SEE_OTHER))
    if known.is_complete:
        return _onward(known)
    if request.method != "POST":
        return page("accounts/code", errors={})
    found = ways.by_code(state().database(), known, request.form.get("code", ""), visit())
    if isinstance(found, Refusal):
        return _refused("accounts/code", found, "accounts.code.wrong", "code")
    return led_on(found, request.args.get("next"))


def prove() -> Response:
    """Ask somebody who is signed in to show once more who they are, before what matters most."""
    known = guard.current_session()
    assert known is not None
    if request.method != "POST":
        return page("accounts/prove", errors={}, has_totp=known.user.has_totp, **_other_ways())
    password, code = request.form.get("password", ""), request.form.get("code", "")
    found = ways.anew(state().database(), known, password, code, visit())
    if isinstance(found, Refusal):
        wrong = "accounts.prove.wrong_both" if known.user.has_totp else "accounts.prove.wrong"
        return _refused("accounts/prove", found, wrong, "password", has_totp=known.user.has_totp)
    response = led_on(found, request.args.get("next"))
    if "again" in request.args:
        flash(words("accounts.prove.again"), "warning")
    return response


def sign_out() -> Response:
    """End the session, and let the browser forget what it has seen."""
    known = guard.current_session()
    _end(known, is_noted=True)
    session.clear()
    response = make_response(redirect(url_for("staff.sign_in"), HTTPStatus.SEE_OTHER))
    cookies.forget_token(response, state().settings)
    response.headers.set(*CLEAR)
    guard.forget_session()
    return response


def _onward(known: Session) -> Response:
    if not known.is_complete:
        return make_response(redirect(_with_next("staff.second_step"), HTTPStatus.SEE_OTHER))
    target = own_page(request.args.get("next", "")) or url_for("staff.home")
    return make_response(redirect(target, HTTPStatus.SEE_OTHER))


def _with_next(endpoint: str) -> str:
    return url_for(endpoint, next=request.args.get("next"))


def _refused(template: str, refusal: Refusal, wrong: str, field: str, **context: Any) -> Response:
    """Return the page again with why nobody is let in; what was typed of a password is not in it."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal.reason == "wrong" else HTTPStatus.TOO_MANY_REQUESTS
    errors = {field: refusal_text(refusal, wrong)}
    response = page(template, status, errors=errors, **_other_ways(), **context)
    if refusal.reason != "wrong":
        response.headers["Retry-After"] = str(max(1, refusal.wait_s))
    return response


def _other_ways() -> dict[str, Any]:
    """Return which ways there are beside the password."""
    return {"passkey_origin": passkey_origin(), "has_oidc": oidc.provider(state().settings) is not None}


def _end(known: Session | None, *, is_noted: bool = False) -> None:
    if known is None:
        return
    with state().database().writing() as connection:
        sessions.revoke(connection, known.user.id, known.id)
        if is_noted:
            login = known.user.login
            events.note(connection, "signed_out", login, by=login, at=now())
