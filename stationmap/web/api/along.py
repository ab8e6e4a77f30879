"""The content of answers about stations along a route, ready to be serialised; nothing here knows Flask."""

from __future__ import annotations

from typing import Any

import orjson

from stationmap.formats.geojson import collection, visit_json
from stationmap.formats.marks import members_json, station_members
from stationmap.search.along import StationOnRoute, stations_along, straight_legs
from stationmap.search.doubts import doubts
from stationmap.web.api.requests import AlongRequest
from stationmap.web.state import RequestContext


def along(context: RequestContext, request: AlongRequest) -> dict[str, Any]:
    """Return the stations that make a route least longer, as a FeatureCollection, and how long it takes directly."""
    asked, index = request.nearest, context.snapshot.index
    legs = straight_legs(index, request.start, request.end, asked.travel)
    found = stations_along(index, legs, asked.k, query=asked.query, check=context.check)
    about = {"generated_at": context.at, "at": asked.at, "direct_s": round(legs.direct_s)}
    return collection(context.snapshot.registry, [_feature(context, request, each) for each in found], **about)


def _feature(context: RequestContext, request: AlongRequest, found: StationOnRoute) -> orjson.Fragment:
    asked, station = request.nearest, found.station
    prepared = context.snapshot.prepared(station)
    visit = visit_json(prepared.schedule, found.distance_m, asked.at, asked.travel)
    little_left, evidence = context.settings.little_left, context.evidence
    doubted = doubts(station, found.distance_m, asked.at, asked.travel, asked.query, little_left, evidence)
    more = {"detour_s": round(found.detour_s, 1), **station_members(context.evidence, station.id, asked.at)}
    return prepared.feature(visit, doubted, members_json(more))
