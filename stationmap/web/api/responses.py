"""The content of API responses about stations, ready to be serialised; nothing here knows Flask.

Responses are built from text prepared once per station, because serialising five stations again takes longer than
finding them among a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

import numpy as np
import orjson

from stationmap.formats.batch_text import BatchText
from stationmap.formats.geojson import (
    by_streets,
    collection,
    dumps,
    feature,
    feature_text,
    provenance,
    street_members,
    visit,
    visit_json,
)
from stationmap.formats.marks import members_json, station_members
from stationmap.formats.nearest_text import Asked, row_text
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import Rows
from stationmap.registry.model import Position, Station
from stationmap.reports.evidence import NO_EVIDENCE, Evidence
from stationmap.search.doubts import Doubt, doubts
from stationmap.search.nearest_by_streets import StreetNeighbour, nearest_by_streets
from stationmap.search.query import day_and_its_end, known_way
from stationmap.streets.network import Network
from stationmap.web.api.requests import NearestRequest, StationsRequest
from stationmap.web.state import RequestContext

Turn = Callable[[], AbstractContextManager[None]]
"""Lets who writes part of a large answer begin when nobody else does."""
LinkMaker = Callable[[int], str]
"""Returns the URL of the page that begins at an offset."""

_CHECKED_EVERY = 500
_END = b"]}"


def nearest(context: RequestContext, request: NearestRequest) -> bytes:
    """Return the stations nearest to the first place of a request, as a FeatureCollection."""
    context.check()
    place = request.places[0]
    if request.network is not None:
        return dumps(_by_streets(context, request, request.network, place))
    found = context.snapshot.index.nearest_rows(
        place, request.k, within_m=request.within_m, query=request.query, check=context.check
    )
    return context.snapshot.nearest_text.collection(found, _asked(context, request), context.at)


def batch(context: RequestContext, request: NearestRequest, turn: Turn = nullcontext) -> Iterator[bytes]:
    """Return a JSON document with a list of rows for each place of a request, in parts that are written one by one.

    All stations are found before this returns: what can be wrong with a question is known before the first byte of its
    answer, and to find them takes most of the time there can be. Each part is written within a `turn`.
    """
    about = {**provenance(context.snapshot.registry), "generated_at": context.at, "at": request.at, "k": request.k}
    if request.network is not None:
        network = request.network
        each = (_find_by_streets(context, request, network, place) for place in request.places)
        results = [[_street_row(context, request, found) for found in near] for near in each]
        return iter([dumps({**about, **by_members(request), "results": results})])
    lons, lats = np.array([at.lon for at in request.places]), np.array([at.lat for at in request.places])
    nearest = context.snapshot.index.nearest_blocks(
        lons, lats, request.k, within_m=request.within_m, query=request.query, check=context.check
    )
    text = BatchText(context.snapshot.nearest_text, _asked(context, request))
    return _parts(dumps({**about, "results": []}), list(nearest), text, turn)


def _parts(around: bytes, found: list[tuple[Rows, Floats]], text: BatchText, turn: Turn) -> Iterator[bytes]:
    """Yield what stands around an empty list, and in it the blocks."""
    before = around.removesuffix(_END)
    for rows, metres in found:
        with turn():
            part = text.block(rows, metres)
        yield before + part
        before = b","
    yield _END


def _asked(context: RequestContext, request: NearestRequest) -> Asked:
    return Asked(request.at, request.travel, request.query, context.evidence)


def _by_streets(context: RequestContext, request: NearestRequest, network: Network, place: Position) -> dict[str, Any]:
    found = _find_by_streets(context, request, network, place)
    features = [_street_feature(context, request, each) for each in found]
    about = {"generated_at": context.at, "at": request.at, **by_members(request)}
    return collection(context.snapshot.registry, features, **about)


def by_members(request: NearestRequest) -> dict[str, Any]:
    """Return the members that say which ways an answer rests on: nothing of straight lines, else whose streets."""
    if request.network is None:
        return {}
    return by_streets(request.network.provenance, request.profile)


def page(context: RequestContext, request: StationsRequest, links: LinkMaker) -> dict[str, Any]:
    """Return one page of stations as a FeatureCollection, with links to itself, the previous and the next page."""
    snapshot, evidence, at = context.snapshot, context.evidence, context.at
    rows = snapshot.index.matching(request.query)
    shown = rows[request.offset : request.offset + request.limit].tolist()
    stations, total = (snapshot.index.stations[row] for row in shown), len(rows)
    return collection(
        snapshot.registry,
        (reported(feature(station), evidence, at) for station in _unless_late(stations, context.check)),
        total=total,
        limit=request.limit,
        offset=request.offset,
        links=[{"rel": relation, "href": links(offset)} for relation, offset in _offsets(request, total)],
    )


def _unless_late(stations: Iterable[Station], check: Callable[[], object]) -> Iterator[Station]:
    """Yield stations; the check of a request may end it between them."""
    for at, station in enumerate(stations):
        if at % _CHECKED_EVERY == 0:
            check()
        yield station


def reported(made: dict[str, Any], evidence: Evidence, at: datetime) -> dict[str, Any]:
    """Return the Feature of a station with what riders reported of it."""
    made["properties"] |= station_members(evidence, made["id"], at)
    return made


def _find_by_streets(
    context: RequestContext, request: NearestRequest, network: Network, place: Position
) -> list[StreetNeighbour]:
    context.check()
    return nearest_by_streets(
        context.snapshot.index, network, request.profile, place, request.k,
        within_m=request.within_m, query=request.query, check=context.check,
    )  # fmt: skip


def _street_feature(context: RequestContext, request: NearestRequest, found: StreetNeighbour) -> orjson.Fragment:
    station, schedule = found.station, found.station.schedule
    visit_members = visit_json(schedule, found.distance_m, request.at, request.travel, found.network_s)
    marks = {} if context.evidence is NO_EVIDENCE else station_members(context.evidence, station.id, request.at)
    more = members_json({**street_members(found.network_s, found.network_m), **marks})
    begun = context.snapshot.station_text(station, day_and_its_end(request.at)[0]).feature
    return orjson.Fragment(feature_text(begun, visit_members, _street_doubts(context, request, found), more))


def _street_row(context: RequestContext, request: NearestRequest, found: StreetNeighbour) -> orjson.Fragment:
    station, at = found.station, request.at
    computed = visit(station.schedule, found.distance_m, at, request.travel, found.network_s)
    marks = station_members(context.evidence, station.id, at)
    more = {**marks, **street_members(found.network_s, found.network_m)}
    begun = context.snapshot.station_text(station, day_and_its_end(at)[0]).row
    return orjson.Fragment(row_text(begun, computed, _street_doubts(context, request, found), more))


def _street_doubts(context: RequestContext, request: NearestRequest, found: StreetNeighbour) -> tuple[Doubt, ...]:
    way, travel = known_way(found.distance_m, request.travel, found.network_s)
    little_left, evidence = context.settings.little_left, context.evidence
    return doubts(found.station, way, request.at, travel, request.query, little_left, evidence)


def _offsets(request: StationsRequest, total: int) -> Iterator[tuple[str, int]]:
    yield "self", request.offset
    if request.offset > 0:
        yield "prev", max(0, request.offset - request.limit)
    if request.offset + request.limit < total:
        yield "next", request.offset + request.limit
