"""Whole addresses of our own routes, for answers that are read away from this site: feeds, links of pages, sitemaps.

They are built from the public address, or from where the server listens; never from what a request says of its host.
"""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from stationmap.web.state import state


def root() -> str:
    """Return the address that paths are added to: scheme, host and port, without a slash at its end."""
    # The server's own port, which the operator may have left to the system; nothing taken from a request.
    return state().settings.address_at(int(request.environ["SERVER_PORT"]))


def absolute_url_for(endpoint: str, **values: Any) -> str:
    """Return the whole address of a route, as `flask.url_for` names it, below the prefix of a proxy."""
    return root() + url_for(endpoint, **values)
