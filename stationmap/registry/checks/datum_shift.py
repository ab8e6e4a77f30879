"""Was a batch of positions read in the wrong datum? GCJ-02 taken for WGS-84 moves it some 540 m, BD-09 some 1.2 km.

Two kinds of evidence, each examined in its own way: the borders of the districts, which a shifted batch crosses in
one direction only, and an earlier registry, from which a shifted batch differs by exactly the offset.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from stationmap.datum import Datum, from_wgs84, to_wgs84
from stationmap.errors import Finding
from stationmap.geo.geodesy import Floats, ecef
from stationmap.registry.checks.positions import Counties, StationArrays

SUSPECTS = tuple(datum for datum in Datum if datum is not Datum.WGS84)
NAMES = {Datum.WGS84: "WGS-84", Datum.GCJ02: "gcj02", Datum.BD09: "bd09"}
CHANCE = 0.01  # that any batch of an honest registry is suspected, however many there are
OUTNUMBERED = 2  # times as many enter as leave, or the rest of the batch contradicts
MATCH_M = 30.0  # two surveys of one door differ by less
MOVED_M = 200.0  # and by less than the smallest offset anywhere in the country
MIN_MATCHES, MIN_MATCH_SHARE = 5, 0.8

Rows = NDArray[np.intp]
Batches = dict[str, Rows]


class ShiftTest(NamedTuple):
    """How many stations of a batch enter and leave their district when an offset is taken back, or enter if added."""

    batch: str
    datum: Datum
    stations: int
    entering: int
    leaving: int
    opposite: int

    @property
    def least_chance(self) -> float:
        """The smallest chance the test could give for so many stations, whatever way they point."""
        return 0.5 ** (self.entering + self.opposite)

    @property
    def chance(self) -> float:
        """The chance that so many of an honest batch point the way of the offset."""
        from scipy.stats import binomtest  # takes half a second to import, and few registries need it

        trials = self.entering + self.opposite
        return float(binomtest(self.entering, trials, alternative="greater").pvalue) if trials else 1.0


def against_borders(arrays: StationArrays, counties: Counties, *, read_as: Datum = Datum.WGS84) -> Iterator[Finding]:
    """Find batches whose stations enter their district when the offset is taken back, and not when it is added.

    `read_as` is the datum from which the positions were converted: the offset is that of any other datum from it.

    Ordinary errors and coarse borders put stations outside in any direction, so of those that one of the two brings in
    either is as likely: a sign test. Stations inside have no part in it, so honest ones do not hide a shifted minority.
    """
    known = np.array([station.district in counties for station in arrays.stations], dtype=bool)
    outside = _outside(arrays, arrays.lons, arrays.lats, counties)
    suspects = [datum for datum in Datum if datum is not read_as]
    moves = {datum: _moves(arrays, counties, outside, read_as, datum) for datum in suspects}
    tests = [
        ShiftTest(name, datum, len(rows), *(int(moved[rows].sum()) for moved in moves[datum]))
        for name, rows in _batches(arrays, known).items()
        for datum in suspects
    ]
    for test in _one_each(_significant(tests)):
        detail = (
            f"looks like {NAMES[test.datum]} taken for {NAMES[read_as]}: with the offset taken back, "
            f"{test.entering} of {test.stations} stations enter the district they state and {test.leaving} leave "
            f"it; with the offset added, {test.opposite} enter"
        )
        yield Finding(test.batch, "shifted_batch", detail, "warning")


def against_earlier(arrays: StationArrays, earlier: StationArrays) -> Iterator[Finding]:
    """Find the offset of a datum between the positions of the same stations in an earlier registry and in this one."""
    before = {station.id: at for at, station in enumerate(earlier.stations)}
    here = np.array([at for at, station in enumerate(arrays.stations) if station.id in before], dtype=np.intp)
    there = np.array([before[arrays.stations[at].id] for at in here.tolist()], dtype=np.intp)
    now, then = (arrays.lons[here], arrays.lats[here]), (earlier.lons[there], earlier.lats[there])
    moved: NDArray[np.bool_] = _apart_m(now, then) > MOVED_M
    for datum in SUSPECTS:
        ways = (
            (from_wgs84(*then, datum), f"lie where {datum.value} draws their earlier position: it was not converted"),
            (to_wgs84(*then, datum), f"lost the {datum.value} offset: corrected now, or converted twice"),
        )
        for expected, detail in ways:
            match = moved & (_apart_m(now, expected) < MATCH_M)
            if match.sum() >= max(MIN_MATCHES, MIN_MATCH_SHARE * moved.sum()):
                first = arrays.stations[int(here[np.argmax(match)])].id
                text = f"{match.sum()} of {moved.sum()} stations that moved, {first} the first, {detail}"
                yield Finding("registry", "shifted_batch", text, "warning")


def _batches(arrays: StationArrays, known: NDArray[np.bool_]) -> Batches:
    """Return rows of what was perhaps entered together, the whole registry first."""
    batches = defaultdict(list)
    for at in np.flatnonzero(known).tolist():
        properties = arrays.stations[at].properties
        located = properties.located
        batches["registry"].append(at)
        batches[f"district {properties.district}"].append(at)
        if properties.managed_by:
            batches[f"managed_by {properties.managed_by}"].append(at)
        if located:
            batches[f"position {located.how} {located.datum or ''}".rstrip()].append(at)
    return {name: np.array(rows, dtype=np.intp) for name, rows in batches.items()}


def _significant(tests: Sequence[ShiftTest]) -> list[ShiftTest]:
    """Return the tests beyond chance: Bonferroni over as many as could be significant at all (Tarone 1990)."""
    possible = next(
        count
        for count in range(1, len(tests) + 2)
        if sum(test.least_chance <= CHANCE / count for test in tests) <= count
    )
    return [test for test in tests if test.chance <= CHANCE / possible and test.entering > OUTNUMBERED * test.leaving]


def _one_each(tests: Iterable[ShiftTest]) -> list[ShiftTest]:
    """Keep the datum that explains a batch best; when the whole registry is shifted, its parts need no mention."""
    best: dict[str, ShiftTest] = {}
    for test in tests:
        if test.batch not in best or test.entering > best[test.batch].entering:
            best[test.batch] = test
    return [best["registry"]] if "registry" in best else list(best.values())


def _moves(
    arrays: StationArrays, counties: Counties, outside: NDArray[np.bool_], read_as: Datum, datum: Datum
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which stations enter and which leave their district with an offset taken back; which enter if added."""
    here = arrays.lons, arrays.lats
    back = _outside(arrays, *to_wgs84(*from_wgs84(*here, read_as), datum), counties)
    added = _outside(arrays, *to_wgs84(*from_wgs84(*here, datum), read_as), counties)
    return outside & ~back, ~outside & back, outside & ~added


def _outside(arrays: StationArrays, lons: Floats, lats: Floats, counties: Counties) -> NDArray[np.bool_]:
    """Tell which stations lie outside the polygon of the district they state; False where there is none."""
    districts = np.array([station.district for station in arrays.stations])
    outside = np.zeros(len(districts), dtype=bool)
    for adcode, area in counties.items():
        rows = np.flatnonzero(districts == adcode)
        shapely.prepare(area)
        outside[rows] = ~shapely.contains_xy(area, lons[rows], lats[rows])
    return outside


def _apart_m(here: tuple[Floats, Floats], there: tuple[Floats, Floats]) -> Floats:
    apart_m: Floats = np.linalg.norm(ecef(*here) - ecef(*there), axis=1)
    return apart_m
