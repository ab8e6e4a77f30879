"""The content of answers about stations along a route, ready to be serialised; nothing here knows Flask."""

from __future__ import annotations

from typing import Any

import orjson

from stationmap.formats.geojson import collection, feature_text, street_members, visit_json
from stationmap.formats.marks import members_json, station_members
from stationmap.search.along import StationOnRoute, stations_along, stations_along_streets, straight_legs
from stationmap.search.doubts import doubts
from stationmap.search.query import BY_SECONDS, day_and_its_end
from stationmap.web.api.requests import AlongRequest
from stationmap.web.api.responses import by_members
from stationmap.web.state import RequestContext


def along(context: RequestContext, request: AlongRequest) -> dict[str, Any]:
    """Return the stations that make a route least longer, as a FeatureCollection, and how long it takes directly."""
    asked, index, network = request.nearest, context.snapshot.index, request.nearest.network
    legs = straight_legs(index, request.start, request.end, asked.travel)
    direct_s: float | None = legs.direct_s
    if network is None:
        found = stations_along(index, legs, asked.k, query=asked.query, check=context.check)
    else:
        ends = request.start, request.end
        found, direct_s = stations_along_streets(
            index, network, asked.profile, *ends, legs, asked.k, query=asked.query, check=context.check
        )
    about = {
        "generated_at": context.at,
        "at": asked.at,
        "by": "straight",
        **by_members(asked),
        "direct_s": None if direct_s is None else round(direct_s),
    }
    return collection(context.snapshot.registry, [_feature(context, request, each) for each in found], **about)


def _feature(context: RequestContext, request: AlongRequest, found: StationOnRoute) -> orjson.Fragment:
    asked, station = request.nearest, found.station
    visit = visit_json(station.schedule, found.distance_m, asked.at, asked.travel, found.there_s)
    little_left, evidence = context.settings.little_left, context.evidence
    doubted = doubts(station, found.there_s, asked.at, BY_SECONDS, asked.query, little_left, evidence)
    more = {**_ways(request, found), **station_members(evidence, station.id, asked.at)}
    begun = context.snapshot.station_text(station, day_and_its_end(asked.at)[0]).feature
    return orjson.Fragment(feature_text(begun, visit, doubted, members_json(more)))


def _ways(request: AlongRequest, found: StationOnRoute) -> dict[str, float | None]:
    """Return what is known of the way; null where no street leads there."""
    if request.nearest.network is None:
        return {"detour_s": round(found.detour_s, 1)}
    if not found.by_street:
        return {**street_members(None, None), "detour_s": None}
    return {**street_members(found.there_s, found.way_m), "detour_s": round(found.detour_s, 1)}
