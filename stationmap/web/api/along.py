"""The content of answers about stations along a route, ready to be serialised; nothing here knows Flask."""

from __future__ import annotations

from typing import Any

import orjson

from stationmap.formats.geojson import collection, visit_json
from stationmap.formats.marks import members_json, station_members
from stationmap.search.along import StationOnRoute, stations_along, stations_along_streets, straight_legs
from stationmap.search.doubts import doubts
from stationmap.search.query import Travel
from stationmap.web.api.requests import AlongRequest
from stationmap.web.state import RequestContext

MIN_WAY = 1e-3
"""Metres, and seconds, of a way that is none."""


def along(context: RequestContext, request: AlongRequest) -> dict[str, Any]:
    """Return the stations that make a route least longer, as a FeatureCollection, and how long it takes directly."""
    asked, index, network = request.nearest, context.snapshot.index, request.network
    legs = straight_legs(index, request.start, request.end, asked.travel)
    direct_s: float | None = legs.direct_s
    if network is None:
        found = stations_along(index, legs, asked.k, query=asked.query, check=context.check)
    else:
        ends = request.start, request.end
        found, direct_s = stations_along_streets(
            index, network, request.profile, *ends, legs, asked.k, query=asked.query, check=context.check
        )
    about = {
        "generated_at": context.at,
        "at": asked.at,
        "by": "straight" if network is None else "network",
        "direct_s": None if direct_s is None else round(direct_s),
    }
    return collection(context.snapshot.registry, [_feature(context, request, each) for each in found], **about)


def _feature(context: RequestContext, request: AlongRequest, found: StationOnRoute) -> orjson.Fragment:
    asked, station = request.nearest, found.station
    prepared = context.snapshot.prepared(station)
    way_s = max(found.there_s, MIN_WAY)
    distance_m = max(found.distance_m, MIN_WAY)
    travel = Travel(distance_m / way_s, 1.0)  # which takes as long for the straight metres as the way does
    visit = visit_json(prepared.schedule, distance_m, asked.at, travel)
    little_left, evidence = context.settings.little_left, context.evidence
    doubted = doubts(station, distance_m, asked.at, travel, asked.query, little_left, evidence)
    more = {**_ways(request, found), **station_members(evidence, station.id, asked.at)}
    return prepared.feature(visit, doubted, members_json(more))


def _ways(request: AlongRequest, found: StationOnRoute) -> dict[str, float | None]:
    """Return what is known of the way; null where no street leads there."""
    if request.network is None:
        return {"detour_s": round(found.detour_s, 1)}
    if not found.by_street:
        return {"network_m": None, "network_s": None, "detour_s": None}
    return {
        "network_m": round(found.way_m, 1),
        "network_s": round(found.there_s, 1),
        "detour_s": round(found.detour_s, 1),
    }
