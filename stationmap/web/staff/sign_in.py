"""Signing in and out."""

from __future__ import annotations

from flask import Response

from stationmap.web.staff.blueprint import page


def sign_in() -> Response:
    """Return the page to sign in."""
    return page("sign_in")
