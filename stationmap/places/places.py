"""The places of a city as they are served: held in little memory, found by their names, read one by one.

Names lie in one text that is looked through as a whole (`places/name_index`); a `Place` is made when it is needed.
200,000 places take about 70 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stationmap import files
from stationmap.places import places_file
from stationmap.places.name_index import NameIndex
from stationmap.places.place import KINDS, Place
from stationmap.places.places_file import Head
from stationmap.provenance import Provenance
from stationmap.search.folding import folded

_FIELD = "\x1f"  # between the texts of a place; no name has it
_BLOCK = 4_096  # places whose texts are kept together


@dataclass(frozen=True, eq=False)
class Places:
    """Places in the order of their file, the most important first; arrays have one value each, shape (n,).

    `lons` and `lats` are WGS-84 degrees, `kinds` places in `KINDS`, `around_of` places in `arounds`: district and
    street, in the language of the place and in English.
    """

    head: Head
    lons: NDArray[np.float64]
    lats: NDArray[np.float64]
    kinds: NDArray[np.uint8]
    importances: NDArray[np.uint8]
    around_of: NDArray[np.int32]
    arounds: tuple[tuple[str, str], ...]
    names: NameIndex
    """The folded names of each place without blanks, a line each, which begins and ends."""
    _texts: bytes
    _ends: NDArray[np.int64]

    @classmethod
    def open(cls, path: Path) -> Places:
        """Read a file; raises FileError, and InvalidCityFileError for one that is damaged or was not built."""
        with files.opened(path) as file:
            head, places = places_file.read(file, path.name)
            return cls.of(head, places)

    @classmethod
    def of(cls, head: Head, places: Iterable[Place]) -> Places:
        """Take places in the order of their file."""
        taken = _Columns()
        names = NameIndex(taken.names_of(places), head.readings)
        return taken.with_names(cls, head, names)

    @property
    def provenance(self) -> Provenance:
        """Where they come from."""
        return self.head.provenance

    def __len__(self) -> int:
        return len(self.lons)

    def __iter__(self) -> Iterator[Place]:
        return map(self.at, range(len(self)))

    def at(self, row: int) -> Place:
        """Return the place of a row."""
        begin = int(self._ends[row - 1]) if row else 0
        place_id, name, english, *aliases = self._texts[begin : int(self._ends[row])].decode().split(_FIELD)
        around, around_en = self.arounds[self.around_of[row]]
        return Place(
            KINDS[self.kinds[row]],
            name,
            float(self.lons[row]),
            float(self.lats[row]),
            int(self.importances[row]),
            english,
            tuple(aliases),
            around,
            around_en,
            place_id,
        )

    @cached_property
    def surroundings(self) -> NameIndex:
        """The folded districts and streets, a row for each of `arounds`."""
        return NameIndex([[lines(pair) for pair in self.arounds]], self.head.readings)


def lines(texts: Iterable[str]) -> str:
    """Return texts as they are compared: folded, without blanks, a line each, with a line's end before and after."""
    return "\n" + "".join("".join(folded(text).split()) + "\n" for text in texts)


def searched_names(place: Place) -> tuple[str, ...]:
    """Return the names a place is found by; of a crossing the names of its streets in either order, too.

    One line has both orders: A, B and A again.
    """
    streets = place.name.removesuffix("路口").split("与") if place.kind == "crossing" else []
    return place.names if len(streets) != 2 else (*place.names, f"{streets[0]}{streets[1]}{streets[0]}")


class _Columns:
    """What is kept of places besides their folded names, a block at a time."""

    def __init__(self) -> None:
        self._numbers: list[NDArray[np.float64]] = []
        self._texts: list[bytes] = []
        self._lengths: list[NDArray[np.int64]] = []
        self._arounds: dict[tuple[str, str], int] = {}

    def names_of(self, places: Iterable[Place]) -> Iterator[list[str]]:
        """Yield the folded names of places, some at a time, and keep the rest."""
        coming = iter(places)
        while block := list(islice(coming, _BLOCK)):
            self._add(block)
            yield [lines(searched_names(place)) for place in block]

    def _add(self, places: list[Place]) -> None:
        known = self._arounds
        rows = [
            (
                place.lon,
                place.lat,
                KINDS.index(place.kind),
                place.importance,
                known.setdefault((place.around, place.around_en), len(known)),
            )
            for place in places
        ]
        self._numbers.append(np.array(rows, dtype=np.float64))
        texts = [_FIELD.join((place.id, place.name, place.name_en, *place.aliases)).encode() for place in places]
        self._texts.append(b"".join(texts))
        self._lengths.append(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))

    def with_names(self, kind: type[Places], head: Head, names: NameIndex) -> Places:
        """Return the places."""
        lons, lats, kinds, importances, arounds = np.concatenate([np.empty((0, 5)), *self._numbers]).T
        return kind(
            head,
            lons.copy(),
            lats.copy(),
            kinds.astype(np.uint8),
            importances.astype(np.uint8),
            arounds.astype(np.int32),
            tuple(self._arounds),
            names,
            b"".join(self._texts),
            np.cumsum(np.concatenate([np.empty(0, dtype=np.int64), *self._lengths])),
        )
