"""Stations that are perhaps entered twice: under nearly one id, with one telephone, or near each other and alike.

One thing alone proves little: an office answers for many stations, a park has two doors. So each pair says how sure it
is, and a pair found in several ways is named once, by the first of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from stationmap.deep_checks.issue import Confidence, Issue, Values
from stationmap.deep_checks.kinds import issue
from stationmap.editing.list_import.likeness import MAX_SHARED, NEAR_M, NEIGHBOURS, are_alike, id_key, phone_keys
from stationmap.finding_codes import DeepCode
from stationmap.geo.geodesy import Floats, ecef
from stationmap.registry.checks.positions import StationArrays
from stationmap.registry.model import Station

MAX_NAME = 200
"""Characters of a name that are compared: a hostile name may be as long as a book, and have many neighbours."""
GONE = ("closed", "moved")

RowPair = tuple[int, int]


class _Pair(NamedTuple):
    """Two stations, the code they were found by, straight metres between them, and whether their names are alike."""

    code: DeepCode
    one: Station
    two: Station
    metres: float
    alike: bool

    @property
    def confidence(self) -> Confidence | None:
        """How sure it is that the two are one; None where nothing says so any more."""
        near, alike = self.metres <= NEAR_M, self.alike
        if self.code == "duplicate_code":
            return "likely" if near or alike else "possible"
        # A nursing room and a rest station of one host are two, with one telephone and nearly one name.
        if self.one.category != self.two.category or not (near or alike):
            return None
        if self.code == "duplicate_phone":
            return "likely" if near and alike else "possible"
        return "likely" if alike else None

    def issue(self, confidence: Confidence) -> Issue:
        """Return the pair as an issue, with what speaks for it."""
        names = "deep.names.alike" if self.alike else "deep.names.differ"
        values: Values = {"other": self.two.name, "metres": f"{self.metres:,.0f}", "names": (names,)}
        return issue(self.code, (self.one.id, self.two.id), values, confidence=confidence)


def duplicates(stations: Sequence[Station], known: Collection[frozenset[str]] = ()) -> Iterator[Issue]:
    """Yield each pair of stations that are perhaps one, but the pairs of ids that are `known` already.

    What is gone for good is in no pair.
    """
    kept = [station for station in stations if station.status not in GONE]
    arrays = StationArrays.of(kept)
    xyz = ecef(arrays.lons, arrays.lats)
    for pair in _measured(kept, xyz, _candidates(kept, xyz)):
        confidence = pair.confidence
        if confidence and frozenset((pair.one.id, pair.two.id)) not in known:
            yield pair.issue(confidence)


def _candidates(stations: Sequence[Station], xyz: Floats) -> dict[RowPair, DeepCode]:
    """Return pairs of ascending rows, each with the first code it is found by."""
    by_code = _groups((id_key(station.id), row) for row, station in enumerate(stations))
    numbers = (phone_keys(station.properties.phone) for station in stations)
    by_phone = _groups((number, row) for row, each in enumerate(numbers) for number in each)
    found: dict[RowPair, DeepCode] = {}
    for rows in by_code:
        found.update(((rows[0], other), "duplicate_code") for other in rows[1:])
    for rows in by_phone:
        for pair in combinations(rows, 2) if len(rows) <= MAX_SHARED else ():
            found.setdefault(pair, "duplicate_phone")
    for pair in _near(xyz):
        found.setdefault(pair, "duplicate_nearby")
    return found


def _measured(stations: Sequence[Station], xyz: Floats, found: Mapping[RowPair, DeepCode]) -> Iterator[_Pair]:
    rows = np.array(list(found), dtype=np.intp).reshape(-1, 2)
    metres = np.linalg.norm(xyz[rows[:, 0]] - xyz[rows[:, 1]], axis=1)
    for ((one, two), code), apart_m in zip(found.items(), metres.tolist(), strict=True):
        mine, theirs = stations[one], stations[two]
        yield _Pair(code, mine, theirs, apart_m, are_alike(mine.name[:MAX_NAME], theirs.name[:MAX_NAME]))


def _groups(keyed: Iterable[tuple[str, int]]) -> list[list[int]]:
    """Return the ascending rows of each key that several have."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for key, row in keyed:
        if not groups[key] or groups[key][-1] != row:
            groups[key].append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def _near(xyz: Floats) -> Iterator[RowPair]:
    """Yield each pair of rows within `NEAR_M` of each other, of the nearest `NEIGHBOURS` of each.

    Where more stand within reach, `stacked` has found them.
    """
    if len(xyz) < 2:
        return
    k = min(NEIGHBOURS + 1, len(xyz))
    metres, nearest = cKDTree(xyz).query(xyz, k, distance_upper_bound=NEAR_M)
    rows, columns = np.nonzero(np.isfinite(metres))
    others = nearest[rows, columns]
    pairs = np.unique(np.sort(np.column_stack((rows, others))[rows != others], axis=1), axis=0)
    yield from map(tuple, pairs.tolist())
