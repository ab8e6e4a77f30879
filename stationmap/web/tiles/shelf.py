"""The tiles of a process: those of the present, made when they are asked for and kept while they fit.

What tiles say holds for five minutes, a slot. A version names all that tiles depend on; where nothing on the map
changes, it stays the same from slot to slot.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

from stationmap.formats.geojson import DEMO_LABEL
from stationmap.hours.opening_hours import ZONE
from stationmap.search.query import Query
from stationmap.tiles.chosen import Counted
from stationmap.tiles.contents import size
from stationmap.tiles.layout import Layout
from stationmap.tiles.states import DIGEST_BYTES, StatesAt
from stationmap.web.compression import EncodedBody
from stationmap.web.guard.concurrency_limit import ConcurrencyLimit
from stationmap.web.sized_cache import SizedCache
from stationmap.web.snapshot import Snapshot
from stationmap.web.state import RequestContext

EXTENSION = "stationmap.tile_shelf"
SLOT_S = 300
MAX_BYTES = 32 * 1_048_576
OVERHEAD_BYTES = 600
"""Of a tile that is kept, besides its bytes: its key and places in tables."""
MAX_VIEWS = 8
"""Filters whose stations are kept in order; those of 220,000 stations take some 10 MB."""
SLOW_STATIONS = 50_000
"""Of a registry, above which it takes long to find words in the texts of all."""
SLOW_SINGLES = 5_000
"""Of a tile, above which it takes 10 ms and more."""
QUALITY = 4  # of Brotli: a millisecond for a thousand stations, half of what an eighth fewer bytes would take
FORMAT = 1
"""What an update of the program changes where tiles of the same stations become others."""


class Present(NamedTuple):
    """What tiles are made of now."""

    layout: Layout
    states: StatesAt
    label: str
    """What demonstration data is called, empty for real data."""
    version: str

    @property
    def until(self) -> datetime:
        """Return when the next slot begins."""
        return self.states.at + timedelta(seconds=SLOT_S)


class Place(NamedTuple):
    """A tile by zoom, column and row."""

    z: int
    x: int
    y: int


class Body(NamedTuple):
    """A tile as it is sent."""

    data: bytes

    @property
    def size(self) -> int:
        """Return how many bytes it takes, about."""
        return len(self.data) + OVERHEAD_BYTES


class TileShelf:
    """Makes tiles and keeps them; safe to share between threads."""

    def __init__(self, limit: ConcurrencyLimit, max_bytes: int = MAX_BYTES) -> None:
        self._limit = limit
        self.bodies = SizedCache[Body](max_bytes)
        self._present: tuple[tuple[Snapshot, str, datetime], Present] | None = None
        self._views: OrderedDict[Query, tuple[Layout, Counted]] = OrderedDict()
        self._lock = Lock()

    def present(self, context: RequestContext) -> Present:
        """Return what tiles are made of at the moment of a request."""
        at = datetime.fromtimestamp(context.at.timestamp() // SLOT_S * SLOT_S, ZONE)
        asked = context.snapshot, context.evidence.revision, at
        with self._lock:
            if self._present is None or self._present[0] != asked:
                self._present = asked, _present(context, at)
                self._leave_others(self._present[1].layout)
            return self._present[1]

    def prepare(self, context: RequestContext) -> None:
        """Make now what the first tiles of the finder's map are made of, where those are not made yet."""
        self._counted(context, self.present(context), Query(for_riders=True))

    def kept(self, version: str, query: Query, place: Place, encoding: str) -> bytes | None:
        """Return a tile that was sent before, also one of a version that is no longer the present one."""
        found = self.bodies.get((version, query, place, encoding))
        return found.data if found else None

    def tile(self, context: RequestContext, present: Present, query: Query, place: Place, encoding: str) -> bytes:
        """Return a present tile that exists, encoded as br, gzip or identity; no bytes where no station is."""
        found = self.kept(present.version, query, place, encoding)
        if found is not None:
            return found
        counted = self._counted(context, present, query)
        with self._limit.exclusive_slot_if(size(counted, *place) > SLOW_SINGLES, context.check):
            made = present.layout.tile(counted, *place, label=present.label)
            body = EncodedBody(made, "", quality=QUALITY).body(encoding) if made else made
        self.bodies.put((present.version, query, place, encoding), Body(body))
        return body

    def _counted(self, context: RequestContext, present: Present, query: Query) -> Counted:
        found = self._view(present, query)
        if found is None:
            is_slow = bool(query.text) and len(context.snapshot.index) > SLOW_STATIONS
            with self._limit.exclusive_slot_if(is_slow, context.check):
                found = self._view(present, query)  # which another may have made meanwhile
                if found is None:
                    found = present.layout.counted(query, present.states)
        if found.states.digest != present.states.digest:
            found = Counted.of(found.chosen, present.states)
        with self._lock:
            if self._present is not None and self._present[1].layout is present.layout:
                self._views[query] = present.layout, found
                self._views.move_to_end(query)
            if len(self._views) > MAX_VIEWS:
                self._views.popitem(last=False)
        return found

    def _leave_others(self, layout: Layout) -> None:
        """Let go of views of other layouts: each would keep all of a snapshot that is replaced."""
        for query in [query for query, view in self._views.items() if view[0] is not layout]:
            del self._views[query]

    def _view(self, present: Present, query: Query) -> Counted | None:
        with self._lock:
            kept = self._views.get(query)
        return kept[1] if kept and kept[0] is present.layout else None


def _present(context: RequestContext, at: datetime) -> Present:
    registry, layout = context.snapshot.registry, context.snapshot.tile_layout
    states = layout.states(at, context.evidence, context.settings.little_left)
    label = DEMO_LABEL if registry.demo else ""
    # The day is that from which on a station is open day and night.
    depends_on = FORMAT, registry.revision, label, at.date().isoformat(), states.digest
    version = blake2b(repr(depends_on).encode(), digest_size=DIGEST_BYTES).hexdigest()
    return Present(layout, states, label, version)
