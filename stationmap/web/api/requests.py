"""Parse API requests: parameters become values of the core."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast

from stationmap.datum import Datum, to_wgs84
from stationmap.defaults import BATCH_NEIGHBOURS, NEIGHBOURS
from stationmap.hours.opening_hours import local
from stationmap.registry.model import Position
from stationmap.rules import MAX_NEIGHBOURS
from stationmap.search.query import Query, Travel
from stationmap.settings import Settings
from stationmap.streets.network import Network
from stationmap.web.api.parameters import (
    MAX_POINTS,
    AlongBody,
    NearestBody,
    NearestOptions,
    NearestQuery,
    StationsQuery,
    WaysOptions,
)
from stationmap.web.parameters.faults import Fault
from stationmap.web.parameters.reading import json_members, read_members, read_query

MAX_STREET_POINTS = 200  # whose ways along streets are answered together; about 2 s in a network of a province
MAX_BATCH_ROWS = 100_000  # points times neighbours; about 20 MB of answer


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
    asked = read_query(NearestQuery, query)
    return nearest_request(asked, [(asked.lon, asked.lat)], now, settings, within_m=asked.within_m)


def parse_nearest_body(
    body: bytes, now: datetime, settings: Settings, streets: Network | None = None
) -> NearestRequest:
    """Parse a request from a JSON body; raises InvalidParametersError.

    `streets` are those served; to go by them where there are none is a fault.
    """
    document = json_members(body)
    asked = read_members(
        NearestBody, document, [*_misplaced(document), *_unavailable(document, streets), *_too_many(document)]
    )
    places = [(asked.lon, asked.lat)] if asked.points is None else asked.points
    return nearest_request(
        asked,
        cast(Iterable[tuple[float, float]], places),
        now,
        settings,
        within_m=asked.within_m,
        is_batch=asked.points is not None,
        network=_network(asked, streets),
        travel=asked.travel,
    )


def parse_along_body(body: bytes, now: datetime, settings: Settings, streets: Network | None = None) -> AlongRequest:
    """Parse a request for stations along a route from a JSON body; raises InvalidParametersError.

    `streets` are those served; to go by them where there are none is a fault.
    """
    document = json_members(body)
    asked = read_members(AlongBody, document, [*_unavailable(document, streets)])
    ends, network = (asked.start, asked.end), _network(asked, streets)
    nearest = nearest_request(asked, ends, now, settings, network=network, travel=asked.travel)
    start, end = nearest.places
    return AlongRequest(start, end, nearest)


def parse_stations_query(query: str) -> StationsRequest:
    """Parse a request for a page of stations from a query string; raises InvalidParametersError."""
    asked = read_query(StationsQuery, query)
    return StationsRequest(asked.query(bounds=asked.bbox), asked.limit, asked.offset)


def nearest_request(
    asked: NearestOptions,
    points: Iterable[tuple[float, float]],
    now: datetime,
    settings: Settings,
    *,
    within_m: float | None = None,
    is_batch: bool = False,
    network: Network | None = None,
    travel: str | None = None,
) -> NearestRequest:
    """Return the request of options that are read, for points in degrees of the datum they name."""
    speed_m_s = settings.speed_m_s(travel) if asked.speed_m_s is None else asked.speed_m_s
    pace = Travel(speed_m_s, settings.detour if asked.detour is None else asked.detour)
    at = asked.open if isinstance(asked.open, datetime) else now
    datum = Datum(asked.datum)
    return NearestRequest(
        places=_positions(points, datum),
        k=asked.k or (BATCH_NEIGHBOURS if is_batch else NEIGHBOURS),
        within_m=math.inf if within_m is None else within_m,
        query=asked.query(
            open_at=at if asked.open else None,
            reachable_by=pace if asked.open else None,
            always_from=local(at).date() if asked.always else None,
            in_use=not asked.any_status,
            for_riders=asked.for_riders,
            facilities_or_unknown=asked.facility_or_unknown,
        ),
        at=at,
        travel=pace,
        is_batch=is_batch,
        network=network,
        profile=travel or settings.travel,
    )


def _positions(points: Iterable[tuple[float, float]], datum: Datum) -> list[Position]:
    if datum is Datum.WGS84:  # of ten thousand, the call of a conversion that changes nothing is half of the time
        return [Position(lon, lat) for lon, lat in points]
    return [Position(*to_wgs84(lon, lat, datum)) for lon, lat in points]


def _network(asked: WaysOptions, streets: Network | None) -> Network | None:
    """Return the streets of a request by network, None by straight lines."""
    return streets if asked.by == "network" else None


def _unavailable(document: Mapping[str, Any], streets: Network | None) -> Iterator[Fault]:
    if document.get("by") == "network" and streets is None:
        yield Fault("by", "unavailable", "cannot be network: this server has no streets")


def _too_many(document: Mapping[str, Any]) -> Iterator[Fault]:
    points, k = document.get("points"), document.get("k", BATCH_NEIGHBOURS)
    if not isinstance(points, list) or len(points) > MAX_POINTS:
        return
    if document.get("by") == "network" and len(points) > MAX_STREET_POINTS:
        yield Fault("points", "too_many", f"must be at most {MAX_STREET_POINTS} by network")
    if isinstance(k, int) and k <= MAX_NEIGHBOURS and len(points) * k > MAX_BATCH_ROWS:
        yield Fault("k", "too_many", f"times the number of points must be at most {MAX_BATCH_ROWS}")


def _misplaced(document: Mapping[str, Any]) -> Iterator[Fault]:
    is_batch = "points" in document
    for name in ("lon", "lat"):
        if is_batch and name in document:
            yield Fault(name, "not_allowed", "goes without points, or points without it")
        elif not is_batch and name not in document:
            yield Fault(name, "missing", "is required, or points instead of it")
