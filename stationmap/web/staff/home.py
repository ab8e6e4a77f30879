"""The first page of staff."""

from __future__ import annotations

from flask import Response

from stationmap.web.staff.blueprint import page


def home() -> Response:
    """Return what there is to do."""
    return page("home")
