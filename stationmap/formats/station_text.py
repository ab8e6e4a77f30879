"""The text of a station as answers repeat it, written once a registry; what a question finds is written behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import orjson

from stationmap.formats.doubt_text import bits_of
from stationmap.formats.geojson import feature_begun
from stationmap.formats.kept_texts import KeptTexts
from stationmap.registry.model import FACILITIES, Station
from stationmap.search.doubts import lasting_doubts

MAX_BYTES = 32 * 1_048_576
"""Of the texts of one registry: some 20,000 stations, the city's all and of a country's those asked for lately."""

_OBJECTS_BYTES = 400
"""Of a kept text besides its bytes."""
_FACILITY = {code: 1 << place for place, code in enumerate(FACILITIES)}


class StationText(NamedTuple):
    """What answers say of a station whatever is asked on a day."""

    id: str
    feature: bytes
    """Its Feature without the two closing braces."""
    row: bytes
    """Its id, name and place, as a row of a batch begins: an object without the closing brace."""
    known: int
    """Which facilities are known to be there or not, as bits."""
    day: date
    doubts: int
    """Those of `search.doubts.lasting_doubts` on that day, as bits."""

    @classmethod
    def of(cls, station: Station, day: date) -> StationText:
        """Write a station."""
        lon, lat = station.geometry.coordinates
        row = orjson.dumps({"id": station.id, "name": station.name, "lon": lon, "lat": lat})[:-1]
        known = facility_bits(code for code, there in station.facilities.items() if there is not None)
        doubted = bits_of(lasting_doubts(station, day))
        return cls(station.id, feature_begun(station), row, known, day, doubted)

    @property
    def size(self) -> int:
        """Return how many bytes it takes, roughly."""
        return len(self.feature) + len(self.row) + _OBJECTS_BYTES


class StationTexts:
    """The texts of stations by their rows, as many as fit; safe to share between threads.

    `stations` are read one at a time, and none is kept.
    """

    def __init__(self, stations: Sequence[Station], max_bytes: int = MAX_BYTES) -> None:
        self._stations = stations
        self._kept: KeptTexts[StationText] = KeptTexts(max_bytes)

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, row: int, day: date) -> StationText:
        """Return the text of a station on a day."""
        found = self._kept.get(row)
        if found is None:
            found = StationText.of(self._stations[row], day)
            self._kept.put(row, found)
        elif found.day is not day and found.day != day:
            found = found._replace(day=day, doubts=bits_of(lasting_doubts(self._stations[row], day)))
            self._kept.put(row, found)
        return found


def facility_bits(codes: Iterable[str]) -> int:
    """Return facilities as bits; a code that only a later version knows has none."""
    return sum(_FACILITY.get(code, 0) for code in codes)
