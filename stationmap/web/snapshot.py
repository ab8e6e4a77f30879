"""A registry with all that answers are made of; every request is answered from one of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property, partial
from threading import Lock

import numpy as np

from stationmap.formats.feed import registry_feed, with_reports
from stationmap.formats.flat_properties import FlatStation
from stationmap.formats.nearest_text import NearestText
from stationmap.formats.station_text import StationText
from stationmap.hours.calendar import china
from stationmap.registry.checks.awaiting import Awaited, awaited_by_hours
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.reports.evidence import NO_EVIDENCE, Evidence
from stationmap.rules import FEED_FORMAT
from stationmap.search.facets import Choices, choices
from stationmap.search.query import Query
from stationmap.search.station_columns import NEVER, rows_before
from stationmap.search.station_index import Former, StationIndex
from stationmap.settings import LITTLE_LEFT_MIN
from stationmap.tiles.layout import Layout
from stationmap.web.compression import HARDEST, QUICK, EncodedBody

MAX_FLAT = 20_000
"""Stations that are kept as rows, some 2 kB each; those beyond are made anew for every answer."""


class Snapshot:
    """A registry and its index. What is kept besides depends on nothing but it and the calendar in use."""

    def __init__(
        self, registry: Registry, little_left_min: float = LITTLE_LEFT_MIN, earlier: Snapshot | None = None
    ) -> None:
        """Index a registry; what an earlier snapshot knows of the same stations is taken over."""
        self.registry, self._little_left_min = registry, little_left_min
        self.calendar = china()
        self._awaited: tuple[date, list[Awaited]] | None = None
        self.index = StationIndex(registry.stations, _former(earlier, registry) if earlier else None)
        self.nearest_text = NearestText(registry, self.index, timedelta(minutes=little_left_min))
        self._flat: dict[str, FlatStation] = {}
        self._registry_feed: tuple[date, bytes] | None = None
        self._feed: tuple[date, str, EncodedBody] | None = None
        self._lock = Lock()

    def station_text(self, station: Station, day: date) -> StationText:
        """Return what answers of a day say of a station of this registry, whatever is asked."""
        row = self.row_of(station.id)
        assert row is not None
        return self.nearest_text.stations.of(row, day)

    def flat(self, station: Station) -> FlatStation:
        """Return a station of this registry as a row of scalar values, ready to be written into an answer."""
        found = self._flat.get(station.id)
        if found is None:
            found = FlatStation.of(station)
            if len(self._flat) < MAX_FLAT:
                self._flat[station.id] = found
        return found

    def row_of(self, station_id: str) -> int | None:
        """Return the row of a station of this registry by its id; None where it has none of that id."""
        return _row_in(self.ids, station_id)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the stations, in their order."""
        return tuple(self.registry)

    @cached_property
    def checked_days(self) -> tuple[date, date] | None:
        """The days of the first and of the last check on the spot; None where there was none."""
        days = self.index.columns.verified
        days = days[days != NEVER]
        return (date.fromordinal(int(days.min())), date.fromordinal(int(days.max()))) if len(days) else None

    @cached_property
    def choices(self) -> Choices:
        """What a visitor may filter by."""
        return choices(self.index.columns)

    @cached_property
    def districts(self) -> tuple[str, ...]:
        """The adcodes of the districts that have stations, in their order."""
        return tuple(f"{code:06}" for code in np.unique(self.index.columns.districts).tolist())

    @cached_property
    def tile_layout(self) -> Layout:
        """What vector tiles of the stations are made of, whatever the moment."""
        # No method of its own: a snapshot that holds itself would stay until the cyclic collector comes by.
        return Layout(self.index, partial(_row_in, self.ids))

    def make_ready(self, day: date) -> None:
        """Make now what the first answers are made of; what they ask of a day is made for `day`."""
        self.index.make_ready()
        self.prepare(day)
        _ = self.choices, self.checked_days, self.districts, self.tile_layout, self.index.bounds, self.ids

    def prepare(self, day: date) -> None:
        """Make what answers ask of a day, unless it is there."""
        self.index.matching(Query(always_from=day))
        self.awaited(day)

    def feed(self, day: date, evidence: Evidence = NO_EVIDENCE) -> EncodedBody:
        """Return the feed from a day on, with what riders reported, made once for all requests."""
        with self._lock:
            if self._feed is None or self._feed[:2] != (day, evidence.revision):
                self._feed = day, evidence.revision, self._made(day, evidence)
            return self._feed[2]

    def _made(self, day: date, evidence: Evidence) -> EncodedBody:
        known = self._registry_feed
        if known is None or known[0] != day:
            known = self._registry_feed = day, self._feed_of_registry(day)
        # What riders reported is replaced soon: it is not worth the half second.
        quality = HARDEST if evidence is NO_EVIDENCE else QUICK
        return EncodedBody(with_reports(known[1], evidence), "application/json", quality=quality)

    def _feed_of_registry(self, day: date) -> bytes:
        return registry_feed(self.registry, day, columns=self.index.columns, little_left_min=self._little_left_min)

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
            columns = self.index.columns
            in_use = Counter[str | None]()
            for place, count in columns.in_use_by_hours().items():
                in_use[columns.distinct_hours[place].text] += count
            self._awaited = day, awaited_by_hours(in_use, day)
        return self._awaited[1]


def _row_in(ids: Sequence[str], station_id: str) -> int | None:
    row = bisect_left(ids, station_id)
    return row if row < len(ids) and ids[row] == station_id else None


def _former(earlier: Snapshot, registry: Registry) -> Former:
    return Former(earlier.index, rows_before(registry.digests, earlier.registry.digests))
