"""The lines of a large file become kept stations: checked one by one, those that are known already not again."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

import numpy as np
from pydantic import ValidationError

from stationmap.errors import Finding
from stationmap.registry import plain_lines, validation
from stationmap.registry.canonical_lines import parsed, spans
from stationmap.registry.kept_stations import BETWEEN, KeptStations, Lines
from stationmap.registry.model import Station
from stationmap.registry.revision import DIGEST_LENGTH, digest, line
from stationmap.registry.station_rows import ROW, Hours, StationRows, row_of

_PART = 4_096
"""Rows that are gathered as objects before they become numbers."""


class LineCheck:
    """What the lines of a file hold, and what is wrong with them; `stations` once nothing is."""

    def __init__(self, data: bytes, start: int, stop: int, earlier: KeptStations | None) -> None:
        """Take a file whose lines stand between two places; those that `earlier` has are taken from there."""
        self._data, self._start, self._stop = data, start, stop
        self._earlier = earlier
        self._row_of_digest: dict[bytes, int] | None = None
        self._next = 0  # row of the earlier station that comes next, where lines come in the same order
        self.ids: list[object] = []
        self._added = bytearray()
        self._starts = array("q")
        self._ends = array("q")
        self._digests = bytearray()
        self._before = array("q")
        self._plain: list[bool] = []
        self._hours_of: dict[Hours, int] = {}
        if earlier is not None:
            self._hours_of = {hours: place for place, hours in enumerate(earlier.rows.distinct_hours)}
        self._new: list[tuple[Any, ...]] = []
        self._parts: list[Any] = []

    def faults(self) -> Iterator[Finding]:
        """Yield what is wrong with each line, in their order; raises NotByLineError where one is not one feature."""
        data = self._data
        for at, (start, end) in enumerate(spans(data, self._start, self._stop)):
            written = data[start:end]
            if not self._is_known(written, start, end):
                plain = plain_lines.read(written)
                if plain is not None:
                    self._take(plain.id, start, end, digest(written), row_of(plain, self._hours_of), is_plain=True)
                else:
                    yield from self._validate(at, written, start, end)
        if not self._is_sorted():
            yield from validation.duplicates(enumerate(self.ids))

    def stations(self) -> KeptStations:
        """Return the stations, sorted by id; there must have been no fault, and no id twice."""
        self._put_away()
        starts, ends = np.array(self._starts, dtype=np.int64), np.array(self._ends, dtype=np.int64)
        before, digests = np.array(self._before, dtype=np.int64), bytes(self._digests)
        new = StationRows.of_rows(np.concatenate([np.empty(0, dtype=ROW), *self._parts]), self._hours_of)
        rows = new if self._earlier is None else self._earlier.rows.succeeded(before, new)
        lines = Lines(self._data, bytes(self._added), starts, ends)
        ids, plain = cast("tuple[str, ...]", tuple(self.ids)), np.array(self._plain, dtype=bool)
        found = KeptStations(ids, lines, digests, rows, plain)
        return found if self._is_sorted() else found.sorted()

    def _is_sorted(self) -> bool:
        """Tell whether the ids are texts, each after the one before."""
        return all(isinstance(one, str) and isinstance(two, str) and one < two for one, two in pairwise(self.ids))

    def _is_known(self, written: bytes, start: int, end: int) -> bool:
        """Take a line that earlier stations have; in most files it comes where it came before."""
        earlier = self._earlier
        if earlier is None:
            return False
        row = self._next
        if row >= len(earlier) or earlier.lines[row] != written:
            if self._row_of_digest is None:
                self._row_of_digest = _rows_by_digest(earlier.digests)
            found = self._row_of_digest.get(digest(written))
            if found is None:
                return False
            row = found
        self._next = row + 1
        self.ids.append(earlier.ids[row])
        self._starts.append(start)
        self._ends.append(end)
        self._digests += earlier.digests[row * DIGEST_LENGTH : (row + 1) * DIGEST_LENGTH]
        self._before.append(row)
        self._plain.append(bool(earlier.plain[row]))
        return True

    def _validate(self, at: int, written: bytes, start: int, end: int) -> Iterator[Finding]:
        """Take a line the long way, or yield what is wrong with it."""
        feature = parsed(written)
        station_id = feature.get("id") if isinstance(feature, dict) else None
        try:
            station = Station.__pydantic_validator__.validate_python(feature)
        except ValidationError as error:
            self.ids.append(station_id)
            yield from validation.findings(error, feature, f"features[{at}]", validation.label(station_id))
            return
        canonical = line(station)
        if canonical != written:
            self._added += BETWEEN  # as in a file
            start = len(self._data) + len(self._added)
            self._added += canonical
            end = start + len(canonical)
        self._take(station.id, start, end, digest(canonical), row_of(station, self._hours_of), is_plain=False)

    def _take(
        self, station_id: str, start: int, end: int, digested: bytes, row: tuple[Any, ...], *, is_plain: bool
    ) -> None:
        self.ids.append(station_id)
        self._starts.append(start)
        self._ends.append(end)
        self._digests += digested
        self._before.append(-1)
        self._plain.append(is_plain)
        self._new.append(row)
        if len(self._new) == _PART:
            self._put_away()

    def _put_away(self) -> None:
        self._parts.append(np.array(self._new, dtype=ROW))
        self._new.clear()


def _rows_by_digest(digests: bytes) -> dict[bytes, int]:
    return {digests[at : at + DIGEST_LENGTH]: row for row, at in enumerate(range(0, len(digests), DIGEST_LENGTH))}
