"""Answers to questions about stations, as content to be serialised; nothing here knows of Flask.

They are built from text that each station keeps ready, because serialising five stations anew takes longer than finding
them among a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import orjson

from stationmap.formats.geojson import collection, dumps, feature, provenance, visit, visit_text
from stationmap.hours.opening_hours import ZONE, local
from stationmap.registry.model import Position, Station
from stationmap.rules import MAX_TRAVEL
from stationmap.search.doubts import Doubt, doubts
from stationmap.search.station_index import Neighbour
from stationmap.web.api.requests import Nearest, Page
from stationmap.web.state import Present, Snapshot

LinkMaker = Callable[[int], str]
"""Makes the address of the page that begins at an offset."""

_ROW_MEMBERS = ("distance_m", "state", "until", "arrive_before_close", "on_arrival", "travel_s")


def neighbours(here: Present, asked: Nearest) -> dict[str, Any]:
    """Return the stations nearest to the first place asked for, as a FeatureCollection."""
    registry = here.snapshot.registry
    found = _find(here, asked, asked.places[0])
    features = [_feature(here, asked, neighbour) for neighbour in found]
    return collection(registry, features, generated_at=here.at, at=asked.at)


def batch(here: Present, asked: Nearest) -> dict[str, Any]:
    """Return a list of rows for each place asked for."""
    snapshot, rows = here.snapshot, Rows(here, asked)
    nearest = snapshot.index.nearest_each(
        asked.places, asked.k, within_m=asked.within_m, query=asked.query, check=here.check
    )
    results = [orjson.Fragment(b"[%s]" % b",".join(map(rows.text, found))) for found in nearest]
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


def _find(here: Present, asked: Nearest, place: Position) -> list[Neighbour]:
    here.check()
    index = here.snapshot.index
    return index.nearest(place, asked.k, within_m=asked.within_m, query=asked.query, check=here.check)


def _feature(here: Present, asked: Nearest, found: Neighbour) -> orjson.Fragment:
    prepared = here.snapshot.prepared(found.station)
    visited = visit_text(prepared.schedule, found.distance_m, asked.at, asked.travel)
    return prepared.feature(visited, _doubts(here, asked, found))


def _doubts(here: Present, asked: Nearest, found: Neighbour) -> tuple[Doubt, ...]:
    station, distance_m = found
    return doubts(station, distance_m, asked.at, asked.travel, asked.query, here.settings.little_left)


class Known(NamedTuple):
    """The text of a station's row, and for how long a way, in seconds, it is the same but for the way."""

    within_s: float
    text: bytes
    """With places for metres and seconds."""


class Rows:
    """Rows of one batch as text: what many riders find alike at a station is put into words once."""

    def __init__(self, here: Present, asked: Nearest) -> None:
        self._here, self._asked = here, asked
        self._s_of_metre = asked.travel.detour / asked.travel.speed_m_s
        self._known: dict[str, Known] = {}

    def text(self, found: Neighbour) -> bytes:
        """Return the row of a station that somebody found."""
        station, metres = found
        known = self._known.get(station.id)
        if known is None:
            known = self._known[station.id] = self._worded(station)
        way_s = metres * self._s_of_metre
        if way_s < known.within_s:
            return known.text % (metres, round(metres * self._asked.travel.detour / self._asked.travel.speed_m_s))
        return dumps(self._row(found))

    def _worded(self, station: Station) -> Known:
        row = self._row(Neighbour(station, 0.0))
        del row["distance_m"], row["travel_s"]
        text = dumps(row)[:-1].replace(b"%", b"%%")
        return Known(self._same_s(station), text + b',"distance_m":%.3f,"travel_s":%d}')

    def _same_s(self, station: Station) -> float:
        """Return how many seconds who arrives finds the same, and nothing else to doubt: a little less than that."""
        at, status = self._asked.at, station.status_at(self._asked.at)
        midnight = datetime.combine(local(at).date() + timedelta(days=1), time.min, ZONE)
        ends = [at + MAX_TRAVEL, midnight]
        if status.until is not None:
            ends.append(status.until - (self._here.settings.little_left if status.state == "open" else timedelta(0)))
        return (min(ends) - at).total_seconds() - 0.001

    def _row(self, found: Neighbour) -> dict[str, Any]:
        station, metres = found
        lon, lat = station.geometry.coordinates
        computed = visit(self._here.snapshot.prepared(station).schedule, metres, self._asked.at, self._asked.travel)
        about = {"id": station.id, "name": station.name, "lon": lon, "lat": lat}
        doubted = _doubts(self._here, self._asked, found)
        return about | {name: computed[name] for name in _ROW_MEMBERS} | {"doubts": doubted}


def _offsets(asked: Page, total: int) -> Iterator[tuple[str, int]]:
    yield "self", asked.offset
    if asked.offset > 0:
        yield "prev", max(0, asked.offset - asked.limit)
    if asked.offset + asked.limit < total:
        yield "next", asked.offset + asked.limit
