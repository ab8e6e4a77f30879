"""What the form shows of the place of a station: the map, its pin, what is around, the same place in other maps."""

from __future__ import annotations

from typing import Any

from flask import request

from stationmap.editing.station_form.place import read_place
from stationmap.frontend.map_app_links import Link, browser_of, links
from stationmap.registry.model import Station
from stationmap.web.pages.map_shells import bare_map
from stationmap.web.staff.form.shown import Shown
from stationmap.web.state import current_snapshot

MAX_NEAR = 12


def position_context(shown: Shown) -> dict[str, Any]:
    """Return the values of the template `staff/form/station.html` that are about the place."""
    return {"map": bare_map(), "place": _place(shown), "maps": _maps(shown.base)}


def near(base: Station | None) -> list[dict[str, Any]]:
    """Return the stations around a station, by which somebody finds their way on a map without streets."""
    if base is None:
        return []
    found = current_snapshot().index.nearest(base.position, MAX_NEAR + 1)
    others = [each.station for each in found if each.station.id != base.id]
    return [{"name": each.name, "lon": each.position.lon, "lat": each.position.lat} for each in others[:MAX_NEAR]]


def _maps(base: Station | None) -> list[Link]:
    """Return links that open the place in maps with streets, to compare it."""
    if base is None:
        return []
    browser = browser_of(request.user_agent.string)
    found = links(base.position.lon, base.position.lat, base.name, browser=browser)
    return [each for each in found if each.code != "amap_route"]


def _place(shown: Shown) -> tuple[float, float] | tuple[str, str]:
    """Return where the pin stands: at what was typed if that is a place, else where the station is; WGS-84 degrees."""
    typed, _ = read_place(shown.submission)
    if "geometry" in typed:
        lon, lat = typed["geometry"]["coordinates"]
        return lon, lat
    return shown.base.geometry.coordinates if shown.base else ("", "")
