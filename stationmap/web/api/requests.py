"""Parse API requests: parameters become values of the core."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast

from stationmap.datum import Datum, to_wgs84
from stationmap.defaults import BATCH_NEIGHBOURS, NEIGHBOURS
from stationmap.hours.opening_hours import local
from stationmap.registry.model import Position
from stationmap.search.query import Query, Travel
from stationmap.settings import Settings
from stationmap.streets.network import Network
from stationmap.web.param_types import LATITUDE, LONGITUDE, NOW
from stationmap.web.params import (
    ALONG,
    MAX_BATCH_ROWS,
    MAX_POINTS,
    MAX_STREET_POINTS,
    NEAREST,
    PLACE,
    POSTED,
    STATIONS,
    Fault,
    InvalidParametersError,
    json_members,
    query_pairs,
    read,
)

_POINTS = "points"
_ENDS = ("from", "to")


class NearestRequest(NamedTuple):
    """A request for the stations nearest to one place or to several."""

    places: list[Position]
    k: int
    within_m: float
    query: Query
    at: datetime
    travel: Travel
    is_batch: bool
    network: Network | None = None
    """The streets to go by; None by straight lines."""
    profile: str = ""
    """How the rider travels along them."""


class AlongRequest(NamedTuple):
    """A request for the stations along a route; `nearest.places` are its ends."""

    start: Position
    end: Position
    nearest: NearestRequest


class StationsRequest(NamedTuple):
    """A request for one page of stations in the order of their ids."""

    query: Query
    limit: int
    offset: int


def parse_nearest_query(query: str, now: datetime, settings: Settings) -> NearestRequest:
    """Parse a request from a query string; raises InvalidParametersError."""
    given = query_pairs(query)
    values, faults = read(NEAREST, given)
    names = {name for name, _ in given}
    faults += [Fault(name, "missing", "is required") for name in PLACE if name not in names]
    if faults:
        raise InvalidParametersError(faults)
    return _nearest(values, [(values["lon"], values["lat"])], now, settings, is_batch=False)


def parse_nearest_body(
    body: bytes, now: datetime, settings: Settings, streets: Network | None = None
) -> NearestRequest:
    """Parse a request from a JSON body; raises InvalidParametersError.

    `streets` are those served; to go by them where there are none is a fault.
    """
    document = json_members(body)
    is_batch = _POINTS in document
    points, faults = _points(document[_POINTS]) if is_batch else ([], [])
    values, more = read(POSTED, _members(document, besides=(_POINTS,)), is_json=True)
    network, unavailable = _streets(values, streets)
    faults += [*more, *unavailable, *_misplaced(document, is_batch=is_batch)]
    if network is not None and len(points) > MAX_STREET_POINTS:
        faults.append(Fault(_POINTS, "too_many", f"must be at most {MAX_STREET_POINTS} by network"))
    if len(points) * values.get("k", BATCH_NEIGHBOURS) > MAX_BATCH_ROWS:
        faults.append(Fault("k", "too_many", f"times the number of points must be at most {MAX_BATCH_ROWS}"))
    if faults:
        raise InvalidParametersError(faults)
    places = points if is_batch else [(values["lon"], values["lat"])]
    return _nearest(values, places, now, settings, is_batch=is_batch, network=network)


def parse_along_body(body: bytes, now: datetime, settings: Settings, streets: Network | None = None) -> AlongRequest:
    """Parse a request for stations along a route from a JSON body; raises InvalidParametersError.

    `streets` are those served; to go by them where there are none is a fault.
    """
    document = json_members(body)
    ends, faults = _ends(document)
    values, more = read(ALONG, _members(document, besides=_ENDS), is_json=True)
    network, unavailable = _streets(values, streets)
    if faults := [*faults, *more, *unavailable]:
        raise InvalidParametersError(faults)
    nearest = _nearest(values, ends, now, settings, is_batch=False, network=network)
    start, end = nearest.places
    return AlongRequest(start, end, nearest)


def parse_stations_query(query: str) -> StationsRequest:
    """Parse a request for a page of stations from a query string; raises InvalidParametersError."""
    values, faults = read(STATIONS, query_pairs(query))
    if faults:
        raise InvalidParametersError(faults)
    return StationsRequest(_query(values, bounds=values.get("bbox")), values.get("limit", 100), values.get("offset", 0))


def _nearest(
    values: Mapping[str, Any],
    points: Iterable[tuple[float, float]],
    now: datetime,
    settings: Settings,
    *,
    is_batch: bool,
    network: Network | None = None,
) -> NearestRequest:
    opening = values.get("open")
    travel = Travel(
        values.get("speed_m_s", settings.speed_m_s(values.get("travel"))), values.get("detour", settings.detour)
    )
    at = now if opening in (None, NOW) else cast(datetime, opening)
    datum = Datum(values.get("datum", Datum.WGS84))
    return NearestRequest(
        places=[Position(*to_wgs84(lon, lat, datum)) for lon, lat in points],
        k=values.get("k", BATCH_NEIGHBOURS if is_batch else NEIGHBOURS),
        within_m=values.get("within_m", math.inf),
        query=_query(
            values,
            open_at=at if opening else None,
            reachable_by=travel if opening else None,
            always_from=local(at).date() if values.get("always") else None,
            in_use=not values.get("any_status", False),
            for_riders=values.get("for_riders", False),
            facilities_or_unknown=values.get("facility_or_unknown", False),
        ),
        at=at,
        travel=travel,
        is_batch=is_batch,
        network=network,
        profile=values.get("travel", settings.travel),
    )


def _streets(values: Mapping[str, Any], streets: Network | None) -> tuple[Network | None, list[Fault]]:
    """Return the streets of a request by network, None by straight lines, and a fault where none are served."""
    if values.get("by") != "network":
        return None, []
    return streets, [] if streets else [Fault("by", "unavailable", "cannot be network: this server has no streets")]


def _query(values: Mapping[str, Any], **conditions: Any) -> Query:
    return Query(
        text=values.get("q", ""),
        categories=frozenset(values.get("category", ())),
        facilities=frozenset(values.get("facility", ())),
        services=frozenset(values.get("service", ())),
        who=frozenset(values.get("who", ())),
        **conditions,
    )


def _members(document: Mapping[str, Any], *, besides: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield a pair for each value but those of some members; a parameter that repeats in a URL is a list in JSON."""
    for name, value in document.items():
        if name in besides:
            continue
        param = NEAREST.get(name)
        for one in value if param and param.repeats and isinstance(value, list) else [value]:
            yield name, one


def _misplaced(document: Mapping[str, Any], *, is_batch: bool) -> Iterator[Fault]:
    for name in PLACE:
        if is_batch and name in document:
            yield Fault(name, "not_allowed", "goes without points, or points without it")
        elif not is_batch and name not in document:
            yield Fault(name, "missing", "is required, or points instead of it")


def _ends(document: Mapping[str, Any]) -> tuple[list[tuple[float, float]], list[Fault]]:
    ends, faults = [], []
    for name in _ENDS:
        if name not in document:
            faults.append(Fault(name, "missing", "is required: [longitude, latitude] in degrees"))
            continue
        try:
            lon, lat = document[name]
            ends.append((LONGITUDE.from_json(lon), LATITUDE.from_json(lat)))
        except (TypeError, ValueError):
            faults.append(Fault(name, "invalid", "must be [longitude, latitude] in degrees"))
    return ends, faults


def _points(given: object) -> tuple[list[tuple[float, float]], list[Fault]]:
    if not isinstance(given, list) or not 0 < len(given) <= MAX_POINTS:
        return [], [Fault(_POINTS, "invalid", f"must be a list of 1 to {MAX_POINTS} points")]
    points, faults = [], []
    for at, point in enumerate(given):
        try:
            lon, lat = point
            points.append((LONGITUDE.from_json(lon), LATITUDE.from_json(lat)))
        except (TypeError, ValueError):
            faults.append(Fault(f"points[{at}]", "invalid", "must be [longitude, latitude] in degrees"))
    return points, faults
