"""Addresses of our own pages, to which somebody is led back after signing in; never anybody else's."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException

MAX_LENGTH = 2_000


def own_page(address: str) -> str | None:
    """Return the page of ours that an address leads to, None where it leads elsewhere or nowhere.

    The address begins below the path where a proxy shows this site, without a host. What is returned is built from the
    route, not from the text: an address that begins with two slashes names another host.
    """
    try:
        parts = urlsplit(address[:MAX_LENGTH])
        routes = current_app.url_map.bind_to_environ(request.environ)
        endpoint, values = routes.match(parts.path, method="GET")
    except (ValueError, HTTPException):
        return None
    if parts.scheme or parts.netloc or endpoint == "static":
        return None
    query = urlencode(parse_qsl(parts.query, keep_blank_values=True))
    return routes.build(endpoint, values) + (f"?{query}" if query else "")


def present() -> str:
    """Return where somebody goes back to from here, as `own_page` takes it: this page, or that of the form."""
    query = request.query_string.decode("latin-1")
    if request.method == "GET":
        return request.path + (f"?{query}" if query else "")
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return request.path
    path = parts.path.removeprefix(request.script_root) or request.path
    return path + (f"?{parts.query}" if parts.query else "")
