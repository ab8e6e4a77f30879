"""The content of API responses about stations, ready to be serialised; nothing here knows Flask.

Responses are built from text prepared once per station, because serialising five stations again takes longer than
finding them among a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import orjson

from stationmap.formats.geojson import (
    by_streets,
    collection,
    dumps,
    feature,
    provenance,
    street_members,
    visit,
    visit_json,
)
from stationmap.formats.marks import members_json, station_members
from stationmap.hours.opening_hours import ZONE, local
from stationmap.registry.model import Position, Station
from stationmap.reports.evidence import NO_EVIDENCE, Evidence
from stationmap.rules import MAX_TRAVEL
from stationmap.search.doubts import Doubt, doubts
from stationmap.search.nearest_by_streets import StreetNeighbour, nearest_by_streets
from stationmap.search.query import BY_SECONDS
from stationmap.search.station_index import Neighbour
from stationmap.web.api.requests import NearestRequest, StationsRequest
from stationmap.web.state import RequestContext

LinkMaker = Callable[[int], str]
"""Returns the URL of the page that begins at an offset."""

_CHECKED_EVERY = 500
_ROW_MEMBERS = ("distance_m", "state", "until", "arrive_before_close", "on_arrival", "travel_s")


def neighbours(context: RequestContext, request: NearestRequest) -> dict[str, Any]:
    """Return the stations nearest to the first place of a request, as a FeatureCollection."""
    registry, place = context.snapshot.registry, request.places[0]
    if request.network is None:
        features = [_feature(context, request, found) for found in _find(context, request, place)]
    else:
        features = [_street_feature(context, request, found) for found in _find_by_streets(context, request, place)]
    return collection(registry, features, generated_at=context.at, at=request.at, **by_members(request))


def batch(context: RequestContext, request: NearestRequest) -> dict[str, Any]:
    """Return a list of rows for each place of a request."""
    about = {**provenance(context.snapshot.registry), "generated_at": context.at, "at": request.at, "k": request.k}
    rows = Rows(context, request)
    if request.network is not None:
        each = (_find_by_streets(context, request, place) for place in request.places)
        return {**about, **by_members(request), "results": [list(map(rows.by_streets, found)) for found in each]}
    nearest = context.snapshot.index.nearest_each(
        request.places, request.k, within_m=request.within_m, query=request.query, check=context.check
    )
    return {**about, "results": [orjson.Fragment(b"[%s]" % b",".join(map(rows.text, found))) for found in nearest]}


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


def _find(context: RequestContext, request: NearestRequest, place: Position) -> list[Neighbour]:
    context.check()
    index = context.snapshot.index
    return index.nearest(place, request.k, within_m=request.within_m, query=request.query, check=context.check)


def _find_by_streets(context: RequestContext, request: NearestRequest, place: Position) -> list[StreetNeighbour]:
    context.check()
    assert request.network is not None
    return nearest_by_streets(
        context.snapshot.index, request.network, request.profile, place, request.k,
        within_m=request.within_m, query=request.query, check=context.check,
    )  # fmt: skip


def _street_feature(context: RequestContext, request: NearestRequest, found: StreetNeighbour) -> orjson.Fragment:
    prepared = context.snapshot.prepared(found.station)
    visit_members = visit_json(prepared.schedule, found.distance_m, request.at, request.travel, found.network_s)
    marks = {} if context.evidence is NO_EVIDENCE else station_members(context.evidence, found.station.id, request.at)
    doubted = _doubts_on_the_way(context, request, found)
    return prepared.feature(
        visit_members, doubted, members_json({**street_members(found.network_s, found.network_m), **marks})
    )


def _doubts_on_the_way(context: RequestContext, request: NearestRequest, found: StreetNeighbour) -> tuple[Doubt, ...]:
    if found.network_s is None:
        return _doubts(context, request, Neighbour(found.station, found.distance_m))
    return _doubts(context, request._replace(travel=BY_SECONDS), Neighbour(found.station, found.network_s))


def _feature(context: RequestContext, request: NearestRequest, found: Neighbour) -> orjson.Fragment:
    prepared = context.snapshot.prepared(found.station)
    visit_members = visit_json(prepared.schedule, found.distance_m, request.at, request.travel)
    doubted = _doubts(context, request, found)
    if context.evidence is NO_EVIDENCE:
        return prepared.feature(visit_members, doubted)
    members = station_members(context.evidence, found.station.id, request.at)
    return prepared.feature(visit_members, doubted, members_json(members))


def _doubts(context: RequestContext, request: NearestRequest, found: Neighbour) -> tuple[Doubt, ...]:
    station, distance_m = found
    little_left, evidence = context.settings.little_left, context.evidence
    return doubts(station, distance_m, request.at, request.travel, request.query, little_left, evidence)


class RowTemplate(NamedTuple):
    """The text of a station's row, valid for every rider who arrives within `within_s` seconds."""

    within_s: float
    text: bytes
    """With placeholders for metres and seconds."""


class Rows:
    """The rows of one batch as text; what is the same for many riders at a station is written once."""

    def __init__(self, context: RequestContext, request: NearestRequest) -> None:
        self._context, self._request = context, request
        self._s_of_metre = request.travel.detour / request.travel.speed_m_s
        self._templates: dict[str, RowTemplate] = {}

    def text(self, found: Neighbour) -> bytes:
        """Return the row of a neighbour as JSON."""
        station, metres = found
        template = self._templates.get(station.id)
        if template is None:
            template = self._templates[station.id] = self._template(station)
        way_s = metres * self._s_of_metre
        if way_s < template.within_s:
            travel = self._request.travel
            return template.text % (metres, round(metres * travel.detour / travel.speed_m_s))
        return dumps(self._row(found))

    def by_streets(self, found: StreetNeighbour) -> dict[str, Any]:
        """Return the row of a neighbour by streets."""
        row = self._row(Neighbour(found.station, found.distance_m), found.network_s)
        row["doubts"] = _doubts_on_the_way(self._context, self._request, found)
        return row | street_members(found.network_s, found.network_m)

    def _template(self, station: Station) -> RowTemplate:
        row = self._row(Neighbour(station, 0.0))
        del row["distance_m"], row["travel_s"]
        text = dumps(row)[:-1].replace(b"%", b"%%")
        return RowTemplate(self._constant_s(station), text + b',"distance_m":%.3f,"travel_s":%d}')

    def _constant_s(self, station: Station) -> float:
        """Return for how many seconds of travel the state on arrival and the doubts stay the same, rounded down."""
        at, status = self._request.at, station.status_at(self._request.at)
        midnight = datetime.combine(local(at).date() + timedelta(days=1), time.min, ZONE)
        ends = [at + MAX_TRAVEL, midnight]
        if status.until is not None:
            ends.append(status.until - (self._context.settings.little_left if status.state == "open" else timedelta(0)))
        return (min(ends) - at).total_seconds() - 0.001

    def _row(self, found: Neighbour, way_s: float | None = None) -> dict[str, Any]:
        station, metres = found
        lon, lat = station.geometry.coordinates
        computed = visit(
            self._context.snapshot.prepared(station).schedule, metres, self._request.at, self._request.travel, way_s
        )
        about = {"id": station.id, "name": station.name, "lon": lon, "lat": lat}
        doubted = _doubts(self._context, self._request, found)
        members = station_members(self._context.evidence, station.id, self._request.at)
        return about | {name: computed[name] for name in _ROW_MEMBERS} | {"doubts": doubted} | members


def _offsets(request: StationsRequest, total: int) -> Iterator[tuple[str, int]]:
    yield "self", request.offset
    if request.offset > 0:
        yield "prev", max(0, request.offset - request.limit)
    if request.offset + request.limit < total:
        yield "next", request.offset + request.limit
