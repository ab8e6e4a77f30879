"""Signing in and out."""

from __future__ import annotations

from flask import Response

from stationmap.web.access.guard import open_to_all
from stationmap.web.staff.blueprint import blueprint, page


@blueprint.get("/sign-in")
@open_to_all
def sign_in() -> Response:
    """Return the page to sign in."""
    return page("sign_in")
