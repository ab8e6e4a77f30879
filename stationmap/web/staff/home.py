"""The first page of staff."""

from __future__ import annotations

from flask import Response

from stationmap.web.access.guard import requires
from stationmap.web.staff.blueprint import blueprint, page


@blueprint.get("")
@requires("view")
def home() -> Response:
    """Return what there is to do."""
    return page("home")
