"""A registry with all that answers are made of; every request is answered from one of them."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from threading import Lock

import numpy as np

from stationmap.formats.feed import MAX_STATIONS, registry_feed, with_reports
from stationmap.formats.flat_properties import FlatStation
from stationmap.formats.geojson import Prepared
from stationmap.geo.nearest_points import Rows
from stationmap.hours.calendar import china
from stationmap.registry.checks.awaiting import Awaited, awaited
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.reports.evidence import NO_EVIDENCE, Evidence
from stationmap.rules import FEED_FORMAT
from stationmap.search.facets import Choices, choices
from stationmap.search.query import Bounds, Query
from stationmap.search.station_index import StationIndex
from stationmap.settings import LITTLE_LEFT_MIN
from stationmap.tiles.layout import Layout
from stationmap.web.compression import HARDEST, QUICK, EncodedBody

MAX_FLAT = 20_000
"""Stations that are kept as rows, some 2 kB each; those beyond are made anew for every answer."""


class Snapshot:
    """A registry and its index. What is kept besides depends on nothing but it and the calendar in use."""

    def __init__(self, registry: Registry, little_left_min: float = LITTLE_LEFT_MIN) -> None:
        self.registry, self._little_left_min = registry, little_left_min
        self.calendar = china()
        self._awaited: tuple[date, list[Awaited]] | None = None
        self.index = StationIndex(registry.stations)
        self._prepared: dict[str, Prepared] = {}
        self._flat: dict[str, FlatStation] = {}
        self._registry_feed: tuple[date, bytes] | None = None
        self._feed: tuple[date, str, EncodedBody] | None = None
        self._lock = Lock()

    def prepared(self, station: Station) -> Prepared:
        """Return a station of this registry ready to be written into an answer."""
        found = self._prepared.get(station.id)
        if found is None:
            found = self._prepared[station.id] = Prepared.of(station)
        return found

    def flat(self, station: Station) -> FlatStation:
        """Return a station of this registry as a row of scalar values, ready to be written into an answer."""
        found = self._flat.get(station.id)
        if found is None:
            found = FlatStation.of(station)
            if len(self._flat) < MAX_FLAT:
                self._flat[station.id] = found
        return found

    @cached_property
    def bounds(self) -> Bounds | None:
        """The box around all stations; None where there are none."""
        if not len(self.registry):
            return None
        lons, lats = zip(*(station.geometry.coordinates for station in self.registry.stations), strict=True)
        return Bounds(min(lons), min(lats), max(lons), max(lats))

    @cached_property
    def checked_days(self) -> tuple[date, date] | None:
        """The days of the first and of the last check on the spot; None where there was none."""
        days = [station.verified.on for station in self.registry.stations if station.verified]
        return (min(days), max(days)) if days else None

    @cached_property
    def choices(self) -> Choices:
        """What a visitor may filter by."""
        return choices(self.registry)

    @cached_property
    def rows_of_district(self) -> dict[str, Rows]:
        """The rows of the stations of each district, by its code."""
        rows: dict[str, list[int]] = {}
        for row, station in enumerate(self.registry.stations):
            rows.setdefault(station.district, []).append(row)
        return {code: np.array(rows[code]) for code in sorted(rows)}

    @cached_property
    def tile_layout(self) -> Layout:
        """What vector tiles of the stations are made of, whatever the moment."""
        return Layout(self.index)

    def prepare_map(self) -> None:
        """Make what the finder's map is drawn from where it is drawn from tiles, which hold what riders may use."""
        if len(self.index) > MAX_STATIONS:
            _ = self.tile_layout
            self.index.matching(Query(for_riders=True))

    def feed(self, day: date, evidence: Evidence = NO_EVIDENCE) -> EncodedBody:
        """Return the feed from a day on, with what riders reported, made once for all requests."""
        with self._lock:
            if self._feed is None or self._feed[:2] != (day, evidence.revision):
                self._feed = day, evidence.revision, self._made(day, evidence)
            return self._feed[2]

    def _made(self, day: date, evidence: Evidence) -> EncodedBody:
        known = self._registry_feed
        if known is None or known[0] != day:
            known = self._registry_feed = day, registry_feed(self.registry, day, little_left_min=self._little_left_min)
        # What riders reported is replaced soon: it is not worth the half second.
        quality = HARDEST if evidence is NO_EVIDENCE else QUICK
        return EncodedBody(with_reports(known[1], evidence), "application/json", quality=quality)

    def feed_etag(self, day: date, evidence: Evidence = NO_EVIDENCE) -> str:
        """Return the tag of the feed from a day on, without making it."""
        made_of = (
            self.registry.revision,
            self.calendar.revision,
            day.isoformat(),
            FEED_FORMAT,
            f"{self._little_left_min:g}",
            evidence.revision,
        )
        return "-".join(map(str, made_of))

    def awaited(self, day: date) -> list[Awaited]:
        """Return the years whose notice of holidays is missing on a day, worked out once a day."""
        if self._awaited is None or self._awaited[0] != day:
            self._awaited = day, awaited(self.registry.stations, day)
        return self._awaited[1]
