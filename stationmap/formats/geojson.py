"""Stations as GeoJSON: what the registry says, and what was computed for a request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, get_args, get_origin

import orjson
from pydantic import BaseModel

from stationmap.hours.opening_hours import Status
from stationmap.hours.schedule import Schedule
from stationmap.provenance import Provenance
from stationmap.registry.model import Properties, Station, is_code
from stationmap.registry.registry import Registry
from stationmap.search.doubts import Doubt
from stationmap.search.query import Travel, arrives_before_close, known_way, state_on_arrival
from stationmap.search.usability import standing

DEMO_LABEL = "演示数据"

COMPUTED = (
    "distance_m", "state", "until", "then", "cautions", "reason", "usual", "comment", "arrive_before_close",
    "on_arrival", "travel_s",
)  # fmt: skip
"""Members of a visit, which an answer adds to the properties, before those of the same names in the registry."""

_DISTANCE_DECIMALS = 3  # a millimetre
_JSON = {True: b"true", False: b"false", None: b"null"}


def feature_begun(station: Station) -> bytes:
    """Return the Feature of a station as answers begin it: text without the two closing braces."""
    known = properties(station)
    known["riders"] = standing(station)
    feature = {"type": "Feature", "id": station.id, "geometry": geometry(station), "properties": known}
    return orjson.dumps(feature)[:-2]


def feature_text(begun: bytes, visit: bytes, found: Sequence[Doubt] = (), reported: bytes = b"") -> bytes:
    """Return the Feature that `feature_begun` began with what `visit_json` made and the doubts found in its properties.

    So is what riders `reported`, as `marks.members_json` makes it.
    """
    # Every station has a name, so there is a member before the comma.
    return b'%s,%s,"doubts":%s%s}}' % (begun, visit, orjson.dumps(found), reported)


def properties(station: Station) -> dict[str, Any]:
    """Return what is published of a station: the members of the format, as in the file.

    A file may hold more, the columns of a staff table among them; that stays in the file.
    """
    serializer = Properties.__pydantic_serializer__
    known: dict[str, Any] = serializer.to_python(
        station.properties, mode="json", by_alias=True, exclude_unset=True, include=_PUBLISHED
    )
    if facilities := known.get("facilities"):
        known["facilities"] = {code: there for code, there in facilities.items() if is_code(code)}
    if services := known.get("services"):
        known["services"] = [code for code in services if is_code(code)]
    return known


def geometry(station: Station) -> dict[str, Any]:
    """Return the point of a station."""
    return {"type": "Point", "coordinates": station.geometry.coordinates}


def feature(station: Station) -> dict[str, Any]:
    """Return a station as the registry has it."""
    return {"type": "Feature", "id": station.id, "geometry": geometry(station), "properties": properties(station)}


def provenance(registry: Registry) -> dict[str, Any]:
    """Return the members every answer carries, so that nobody takes demonstration data for real."""
    label = {"label": DEMO_LABEL} if registry.demo else {}
    return {"revision": registry.revision, "demo": registry.demo, **label}


def collection(registry: Registry, features: Iterable[Any], **members: Any) -> dict[str, Any]:
    """Return a FeatureCollection with where it comes from and further members."""
    return {"type": "FeatureCollection", **provenance(registry), **members, "features": list(features)}


def visit(
    schedule: Schedule, distance_m: float, at: datetime, travel: Travel, way_s: float | None = None
) -> dict[str, Any]:
    """Return what a rider finds after setting out at `at`, `distance_m` geodesic metres away; members as in `COMPUTED`.

    The way takes `way_s` seconds where that is known, and as long as `travel` says otherwise.
    """
    status = schedule.status_at(at)
    way, travel = known_way(distance_m, travel, way_s)
    return {
        "distance_m": round(distance_m, _DISTANCE_DECIMALS),
        "state": status.state,
        "until": status.until,
        "then": status.then,
        "cautions": status.cautions,
        "reason": status.reason,
        "usual": status.usual,
        "comment": status.comment or None,
        "arrive_before_close": arrives_before_close(status, at, way, travel),
        "on_arrival": state_on_arrival(schedule, status, at, way, travel),
        "travel_s": round(way * travel.detour / travel.speed_m_s),
    }


def visit_json(
    schedule: Schedule, distance_m: float, at: datetime, travel: Travel, way_s: float | None = None
) -> bytes:
    """Return the members of `visit` as JSON text without braces; the part of the status is cached."""
    status = schedule.status_at(at)
    way, travel = known_way(distance_m, travel, way_s)
    arrives = _JSON[arrives_before_close(status, at, way, travel)]
    travel_s = round(way * travel.detour / travel.speed_m_s)
    # What hours say in words may be long, and is that of one station.
    status_json = _status_json(status) if status.comment else _kept_status_json(status)
    found = state_on_arrival(schedule, status, at, way, travel).encode()
    text = b'"distance_m":%.3f,%s,"arrive_before_close":%s,"on_arrival":"%s","travel_s":%d'
    return text % (distance_m, status_json, arrives, found, travel_s)


def street_members(network_s: float | None, network_m: float | None) -> dict[str, float | None]:
    """Return the members of a way along streets: seconds and metres, null where it is unknown."""
    if network_s is None or network_m is None:
        return {"network_s": None, "network_m": None}
    return {"network_s": round(network_s, 1), "network_m": round(network_m, _DISTANCE_DECIMALS)}


def by_streets(made_of: Provenance, profile: str) -> dict[str, Any]:
    """Return the members that say which streets an answer rests on, whose they are and of which day."""
    day = made_of.date.isoformat() if made_of.date else None
    streets = {"date": day, "build": made_of.build, "attribution": made_of.rights.attribution}
    return {"by": "network", "travel": profile, "streets": streets}


@lru_cache(maxsize=4_096)
def _kept_status_json(status: Status) -> bytes:
    return _status_json(status)


def _status_json(status: Status) -> bytes:
    members = {name: getattr(status, name) for name in ("state", "until", "then", "cautions", "reason", "usual")}
    return dumps({**members, "comment": status.comment or None})[1:-1]


def members_of(model: type[BaseModel], *, by_alias: bool = False) -> dict[str, Any]:
    """Return the members of a format and of what is nested in it, as pydantic takes them.

    They have the names that the program has for them, or `by_alias` those of the file.
    """
    return {
        (by_alias and field.alias) or name: _nested(field.annotation, by_alias=by_alias)
        for name, field in model.model_fields.items()
    }


def _nested(annotation: Any, *, by_alias: bool) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return members_of(annotation, by_alias=by_alias)
    inner = [found for each in get_args(annotation) if (found := _nested(each, by_alias=by_alias)) is not True]
    if not inner:
        return True
    return {"__all__": inner[0]} if get_origin(annotation) is tuple else inner[0]


_PUBLISHED = members_of(Properties)


def dumps(content: Any) -> bytes:
    """Return JSON; moments as ISO 8601 to the second, with the offset they have."""
    return orjson.dumps(content, option=orjson.OPT_OMIT_MICROSECONDS)
