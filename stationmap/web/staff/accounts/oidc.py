"""Signing in by the identity provider of the union: led there, and back with what it vouches for."""

from __future__ import annotations

import logging
from hmac import compare_digest
from http import HTTPStatus

from flask import Response, flash, make_response, redirect, request, session, url_for

from stationmap.accounts import oidc, sessions
from stationmap.accounts import sign_in as ways
from stationmap.accounts.oidc import Flow, OidcError, Provider
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.access import guard
from stationmap.web.staff.accounts.visits import led_on, visit, words
from stationmap.web.state import now, state

FLOW = "oidc"
"""Where an attempt waits in the signed cookie of the browser that began it."""

log = logging.getLogger("stationmap.accounts")


def begin_oidc() -> Response:
    """Lead to the provider; only from a page of ours, so that nobody is signed in without wanting it."""
    asked = oidc.provider(state().settings)
    if asked is None or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return _to_sign_in(request.args.get("next"))
    try:
        address, flow = oidc.begin(asked, _callback())
    except OidcError as error:
        return _refused(error, request.args.get("next"))
    session[FLOW] = {**flow._asdict(), "next": request.args.get("next")}
    return make_response(redirect(address, HTTPStatus.SEE_OTHER))


def end_oidc() -> Response:
    """Take what the provider sends back, once."""
    asked, kept = oidc.provider(state().settings), session.pop(FLOW, None)
    following = kept.pop("next", None) if kept else None
    if asked is None or not kept or not compare_digest(kept["state"].encode(), request.args.get("state", "").encode()):
        return _refused(OidcError("nobody began this here"), following)
    try:
        return _signed_in(asked, Flow(**kept), following)
    except OidcError as error:
        return _refused(error, following)


def _signed_in(asked: Provider, flow: Flow, following: str | None) -> Response:
    if "error" in request.args or request.args.get("iss", asked.issuer) != asked.issuer:
        raise OidcError("the provider refused")
    found = oidc.claims(asked, _callback(), flow, request.args.get("code", ""), now())
    known = guard.current_session()
    with state().database().writing() as connection:
        user = oidc.owner(connection, found, now())
        if known is not None:
            sessions.revoke(connection, known.user.id, known.id)
        done = ways.begin(connection, user, "oidc", visit())
    return led_on(done, following)


def _callback() -> str:
    return absolute_url_for("staff.end_oidc", lang=None)


def _refused(error: OidcError, following: str | None) -> Response:
    """Say that it did not work; why stands in the log, which names nobody."""
    log.warning("signing in by the identity provider failed: %s", error)
    flash(words("accounts.oidc.refused"), "warning")
    return _to_sign_in(following)


def _to_sign_in(following: str | None) -> Response:
    return make_response(redirect(url_for("staff.sign_in", next=following), HTTPStatus.SEE_OTHER))
