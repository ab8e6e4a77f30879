"""The stations of a large registry, kept as the lines they are written in: a `Station` is made when it is asked for.

A station takes some 6 kB as an object and 1 kB as a line. What is asked of all of them at once is kept beside the lines
(`station_rows`), with the ids and the digests; whoever reads them one by one pays some 15 us for each.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload
from weakref import WeakValueDictionary

import numpy as np
import orjson
from numpy.typing import NDArray

from stationmap.registry import plain_lines
from stationmap.registry.model import Station
from stationmap.registry.plain_lines import AnyStation
from stationmap.registry.revision import DIGEST_LENGTH, digest, line
from stationmap.registry.station_rows import StationRows

MAX_MADE = 4_096
"""Stations that are kept as objects too, those asked for last: some 25 MB."""
BETWEEN = b",\n"
_SPARE = 4
"""A fourth of the bytes may be lines that are nobody's any more before all are put together again."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lines:
    """Canonical lines in two stretches of bytes, as if these were one: a file, and what came later.

    `starts` and `ends`, shape (n,), are where each line begins and ends, in bytes.
    """

    file: bytes
    added: bytes
    starts: Places
    ends: Places

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, row: int) -> bytes:
        return self._between(int(self.starts[row]), int(self.ends[row]))

    def _between(self, start: int, end: int) -> bytes:
        beyond = len(self.file)
        return self.file[start:end] if start < beyond else self.added[start - beyond : end - beyond]

    def joined(self) -> bytes:
        """Return all lines in their order, as they stand in a file; those that stand so already are taken at once."""
        if not len(self):
            return b""
        follows = self.starts[1:] == self.ends[:-1] + len(BETWEEN)
        follows &= (self.starts[1:] < len(self.file)) == (self.starts[:-1] < len(self.file))
        last = np.flatnonzero(~follows)
        firsts = np.concatenate([[0], last + 1])
        lasts = np.concatenate([last, [len(self) - 1]])
        # Of each stretch the lines are as they were in the file they came in, with what stands between two of them.
        stretches = zip(self.starts[firsts].tolist(), self.ends[lasts].tolist(), strict=True)
        return BETWEEN.join(self._between(start, end) for start, end in stretches)

    def with_changes(self, changed: Sequence[tuple[int, bool, bytes | None]]) -> Lines:
        """Return the lines after changes: row, whether a line is there already, and the new one, None to remove it.

        They go from the last row to the first, so that each is still where it was.
        """
        starts, ends, added = self.starts.tolist(), self.ends.tolist(), [self.added]
        length = len(self.file) + len(self.added)
        for row, is_there, new in changed:
            starts[row : row + is_there] = () if new is None else (length + len(BETWEEN),)
            ends[row : row + is_there] = () if new is None else (length + len(BETWEEN) + len(new),)
            if new is not None:
                added += (BETWEEN, new)
                length += len(BETWEEN) + len(new)
        made = Lines(self.file, b"".join(added), np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64))
        return made.put_together() if made._wasted() * _SPARE > length else made

    def _wasted(self) -> int:
        return len(self.file) + len(self.added) - int((self.ends - self.starts).sum())

    def put_together(self) -> Lines:
        """Return the same lines in one stretch, with nothing else in it."""
        ends = np.cumsum(self.ends - self.starts + len(BETWEEN)) - len(BETWEEN)
        return Lines(self.joined(), b"", ends - (self.ends - self.starts), ends)


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False, repr=False)
class KeptStations(Sequence[Station]):
    """Stations sorted by id; one that is asked for again soon is the same object. Safe to share between threads."""

    ids: tuple[str, ...]
    lines: Lines
    digests: bytes
    """Of each line, one after the other."""
    rows: StationRows
    plain: NDArray[np.bool_]
    """Which lines are plain (`plain_lines`), shape (n,): they hold members of the format only."""
    _made: list[dict[int, Station]] = field(init=False, default_factory=lambda: [{}, {}])
    """The last ones that were asked for by their row, and those before them."""

    @classmethod
    def of(cls, stations: Sequence[Station]) -> KeptStations:
        """Take stations that are sorted by their ids, of which none has two."""
        written = list(map(line, stations))
        ends = np.cumsum(np.array([len(each) + len(BETWEEN) for each in written], dtype=np.int64)) - len(BETWEEN)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), ends + len(BETWEEN)])[: len(ends)]
        return cls(
            tuple(station.id for station in stations),
            Lines(BETWEEN.join(written), b"", starts, ends),
            b"".join(map(digest, written)),
            StationRows.of(stations, count=len(stations)),
            np.array([plain_lines.read(each) is not None for each in written], dtype=bool),
        )

    def with_changes(self, changed: Mapping[str, Station | None]) -> KeptStations:
        """Return the stations after some were put by id or, where None, removed."""
        told = sorted((bisect_left(self.ids, station_id), station_id) for station_id in changed)
        steps, put, plain = [], [], self.plain.tolist()
        ids, digests = list(self.ids), bytearray(self.digests)
        before = np.arange(len(ids), dtype=np.int64).tolist()
        for row, station_id in reversed(told):
            station = changed[station_id]
            is_there = row < len(self.ids) and self.ids[row] == station_id
            new = None if station is None else line(station)
            steps.append((row, is_there, new))
            ids[row : row + is_there] = () if new is None else (station_id,)
            before[row : row + is_there] = () if new is None else (-1,)
            plain[row : row + is_there] = () if new is None else (plain_lines.read(new) is not None,)
            place = slice(row * DIGEST_LENGTH, (row + is_there) * DIGEST_LENGTH)
            digests[place] = b"" if new is None else digest(new)
            if station is not None:
                put.append(station)
        read = StationRows.of(reversed(put), count=len(put), known=self.rows.distinct_hours)
        rows = self.rows.succeeded(np.array(before, dtype=np.int64), read)
        lines = self.lines.with_changes(steps)
        return KeptStations(tuple(ids), lines, bytes(digests), rows, np.array(plain, dtype=bool))

    def sorted(self) -> KeptStations:
        """Return the same stations in the order of their ids."""
        order = np.array(sorted(range(len(self)), key=self.ids.__getitem__), dtype=np.int64)
        starts, ends = self.lines.starts[order], self.lines.ends[order]
        digests = np.frombuffer(self.digests, dtype=f"V{DIGEST_LENGTH}")[order].tobytes()
        rows = self.rows.succeeded(order, StationRows.of((), count=0, known=self.rows.distinct_hours))
        ids = tuple(self.ids[row] for row in order.tolist())
        lines = Lines(self.lines.file, self.lines.added, starts, ends)
        return KeptStations(ids, lines, digests, rows, self.plain[order])

    def said(self, rows: Iterable[int]) -> Iterator[AnyStation]:
        """Yield what some stations say, most of them without making a `Station`: a third of the time."""
        for row in rows:
            yield plain_lines.known(self.lines[row]) if self.plain[row] else self._known(row) or self._read(row)

    def row_of(self, station_id: object) -> int | None:
        """Return the row of a station by its id; None where there is none of that id."""
        if not isinstance(station_id, str):
            return None
        row = bisect_left(self.ids, station_id)
        return row if row < len(self.ids) and self.ids[row] == station_id else None

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, row: int) -> Station: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Station, ...]: ...
    def __getitem__(self, row: int | slice) -> Station | tuple[Station, ...]:
        if isinstance(row, slice):
            return tuple(self[each] for each in range(len(self))[row])
        row = range(len(self))[row]
        found = self._known(row)
        if found is None:
            # Of two threads that make it both take the one that was kept first.
            found = self._made[0].setdefault(row, self._read(row))
            if len(self._made[0]) > MAX_MADE // 2:
                self._made[:] = [{}, self._made[0]]
        return found

    def __iter__(self) -> Iterator[Station]:
        # Who walks over all needs none of them kept.
        for row in range(len(self)):
            yield self._known(row) or self._read(row)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, KeptStations):
            return self.digests == other.digests
        if isinstance(other, tuple | list):
            return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.digests)

    def __repr__(self) -> str:
        return f"<KeptStations: {len(self)}>"

    def _known(self, row: int) -> Station | None:
        young, old = self._made
        return young.get(row) or old.get(row)

    def _read(self, row: int) -> Station:
        made: Station = Station.__pydantic_validator__.validate_python(orjson.loads(self.lines[row]))
        return made


def shared(stations: KeptStations) -> KeptStations:
    """Return the same stations, those that are kept already where there are: a file and its journal hold them once."""
    return _alive.setdefault(digest(stations.digests), stations)


_alive = WeakValueDictionary[bytes, KeptStations]()


def said(stations: Sequence[Station], rows: Iterable[int] | None = None) -> Iterator[AnyStation]:
    """Yield what stations say by the names that all have in common, those of some rows or all, kept ones as lines."""
    wanted = range(len(stations)) if rows is None else rows
    return stations.said(wanted) if isinstance(stations, KeptStations) else (stations[row] for row in wanted)


class StationsById(Mapping[str, Station]):
    """Kept stations by their ids, in order."""

    def __init__(self, stations: KeptStations) -> None:
        self._stations = stations

    def __getitem__(self, station_id: str) -> Station:
        row = self._stations.row_of(station_id)
        if row is None:
            raise KeyError(station_id)
        return self._stations[row]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stations.ids)

    def __len__(self) -> int:
        return len(self._stations)
