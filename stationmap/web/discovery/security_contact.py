"""Whom to tell of a hole in this site (RFC 9116), where the operator has said it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, abort

from stationmap.i18n import LANGUAGES
from stationmap.web.absolute_links import absolute_url_for, root
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.state import now, state

blueprint = Blueprint("security_contact", __name__)

PATH = "/.well-known/security.txt"
VALID = timedelta(days=180)
"""The RFC recommends less than a year; who keeps a copy looks again by then."""


@blueprint.get(PATH)
def security_txt() -> Response:
    """Return whom to tell; 404 where nobody is named."""
    contact = state().settings.security_contact
    if not contact:
        abort(HTTPStatus.NOT_FOUND)
    # A day's beginning: within it every answer is the same.
    expires = datetime.combine(now().astimezone(UTC).date(), time.min, UTC) + VALID
    # It counts at the root of the host, also where this site is below a path of it.
    addresses = dict.fromkeys((root() + PATH, absolute_url_for("security_contact.security_txt")))
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        *(f"Canonical: {address}" for address in addresses),
    ]
    response = Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response.headers.set(*REVALIDATE)
    return response
