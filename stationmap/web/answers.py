"""Answers to questions about stations, as content to be serialised; nothing here knows of Flask.

They are built from text that each station keeps ready, because serialising five stations anew takes longer than finding
them among a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from stationmap.doubts import Doubt, doubts
from stationmap.geojson import collection, feature, provenance, visit, visit_text
from stationmap.index import Neighbour
from stationmap.model import Position
from stationmap.web.questions import Nearest, Page
from stationmap.web.state import Present, Snapshot

LinkMaker = Callable[[int], str]
"""Makes the address of the page that begins at an offset."""

_ROW_MEMBERS = ("distance_m", "state", "until", "arrive_before_close", "on_arrival", "travel_s")


def neighbours(here: Present, asked: Nearest) -> dict[str, Any]:
    """Return the stations nearest to the first place asked for, as a FeatureCollection."""
    registry = here.snapshot.registry
    found = _find(here.snapshot, asked, asked.places[0])
    features = [_feature(here, asked, neighbour) for neighbour in found]
    return collection(registry, features, generated_at=here.at, at=asked.at)


def batch(here: Present, asked: Nearest) -> dict[str, Any]:
    """Return a list of rows for each place asked for."""
    snapshot = here.snapshot
    results = [[_row(here, asked, found) for found in _find(snapshot, asked, place)] for place in asked.places]
    about = {**provenance(snapshot.registry), "generated_at": here.at, "at": asked.at, "k": asked.k}
    return {**about, "results": results}


def page(snapshot: Snapshot, asked: Page, links: LinkMaker) -> dict[str, Any]:
    """Return a page of stations as a FeatureCollection with `links` to it and its neighbours."""
    matching = snapshot.index.select(asked.query)
    shown = matching[asked.offset : asked.offset + asked.limit]
    total = len(matching)
    return collection(
        snapshot.registry,
        map(feature, shown),
        total=total,
        limit=asked.limit,
        offset=asked.offset,
        links=[{"rel": relation, "href": links(offset)} for relation, offset in _offsets(asked, total)],
    )


def _find(snapshot: Snapshot, asked: Nearest, place: Position) -> list[Neighbour]:
    return snapshot.index.nearest(place, asked.k, within_m=asked.within_m, query=asked.query)


def _feature(here: Present, asked: Nearest, found: Neighbour) -> orjson.Fragment:
    prepared = here.snapshot.prepared(found.station)
    visited = visit_text(prepared.schedule, found.distance_m, asked.at, asked.travel)
    return prepared.feature(visited, _doubts(here, asked, found))


def _doubts(here: Present, asked: Nearest, found: Neighbour) -> tuple[Doubt, ...]:
    station, distance_m = found
    return doubts(station, distance_m, asked.at, asked.travel, asked.query, here.settings.little_left)


def _row(here: Present, asked: Nearest, found: Neighbour) -> dict[str, Any]:
    schedule = here.snapshot.prepared(found.station).schedule
    lon, lat = found.station.geometry.coordinates
    computed = visit(schedule, found.distance_m, asked.at, asked.travel)
    about = {"id": found.station.id, "name": found.station.name, "lon": lon, "lat": lat}
    return about | {name: computed[name] for name in _ROW_MEMBERS} | {"doubts": _doubts(here, asked, found)}


def _offsets(asked: Page, total: int) -> Iterator[tuple[str, int]]:
    yield "self", asked.offset
    if asked.offset > 0:
        yield "prev", max(0, asked.offset - asked.limit)
    if asked.offset + asked.limit < total:
        yield "next", asked.offset + asked.limit
