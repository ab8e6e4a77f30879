"""Was a batch of positions read in the wrong datum? GCJ-02 taken for WGS-84 moves it some 540 m, BD-09 some 1.2 km.

Two witnesses, each asked in its own way: the borders of the districts, which a shifted batch crosses in one direction
only, and an earlier registry, from which a shifted batch differs by exactly the offset.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.stats import binomtest

from stationmap.datum import Datum, from_wgs84, to_wgs84
from stationmap.errors import Finding
from stationmap.geodesy import Floats, ecef
from stationmap.placement import Counties, Places

SUSPECTS = (Datum.GCJ02, Datum.BD09)
CHANCE = 1e-4  # that an honest batch is suspected
MATCH_M = 30.0  # two surveys of one door differ by less
MOVED_M = 200.0  # and by less than the smallest offset anywhere in the country
MATCH_LEAST, MATCH_SHARE = 5, 0.8

Rows = NDArray[np.intp]
Batches = dict[str, Rows]


def against_borders(places: Places, counties: Counties) -> Iterator[Finding]:
    """Find batches of which far more stations enter their district than leave it when the offset is taken back.

    A sign test over the stations that change sides; so a batch needs some fourteen near a border to be suspected.
    """
    known = np.array([station.district in counties for station in places.stations], dtype=bool)
    outside = _outside(places, places.lons, places.lats, counties)
    gains = {datum: _gain(places, counties, outside, datum) for datum in SUSPECTS}
    for name, rows in _suspicious(_batches(places, known), gains):
        datum = max(SUSPECTS, key=lambda suspect: gains[suspect][rows].sum())
        gain = gains[datum][rows]
        detail = (
            f"looks like {datum.value} taken for WGS-84: with the offset taken back, {np.sum(gain > 0)} of {len(rows)} "
            f"stations enter the district they state and {np.sum(gain < 0)} leave it"
        )
        yield Finding(name, "shifted_batch", detail, "warning")


def against_earlier(places: Places, earlier: Places) -> Iterator[Finding]:
    """Find the offset of a datum between the positions of the same stations in an earlier registry and in this one."""
    before = {station.id: at for at, station in enumerate(earlier.stations)}
    here = np.array([at for at, station in enumerate(places.stations) if station.id in before], dtype=np.intp)
    there = np.array([before[places.stations[at].id] for at in here.tolist()], dtype=np.intp)
    now, then = (places.lons[here], places.lats[here]), (earlier.lons[there], earlier.lats[there])
    moved: NDArray[np.bool_] = _apart_m(now, then) > MOVED_M
    for datum in SUSPECTS:
        ways = (
            (from_wgs84(*then, datum), f"lie where {datum.value} draws their earlier position: it was not converted"),
            (to_wgs84(*then, datum), f"lost the {datum.value} offset: corrected now, or converted twice"),
        )
        for expected, detail in ways:
            match = moved & (_apart_m(now, expected) < MATCH_M)
            if match.sum() >= max(MATCH_LEAST, MATCH_SHARE * moved.sum()):
                first = places.stations[int(here[np.argmax(match)])].id
                text = f"{match.sum()} of {moved.sum()} stations that moved, {first} the first, {detail}"
                yield Finding("registry", "shifted_batch", text, "warning")


def _batches(places: Places, known: NDArray[np.bool_]) -> Batches:
    """Return rows of what was perhaps entered together, the whole registry first."""
    batches = defaultdict(list)
    for at in np.flatnonzero(known).tolist():
        properties = places.stations[at].properties
        located = properties.located
        batches["registry"].append(at)
        batches[f"district {properties.district}"].append(at)
        if properties.managed_by:
            batches[f"managed_by {properties.managed_by}"].append(at)
        if located:
            batches[f"position {located.how} {located.datum or ''}".rstrip()].append(at)
    return {name: np.array(rows, dtype=np.intp) for name, rows in batches.items()}


def _suspicious(batches: Batches, gains: dict[Datum, Floats]) -> Iterator[tuple[str, Rows]]:
    """Yield batches that fail the sign test; when the whole registry does, its parts need no mention."""
    for name, rows in batches.items():
        if any(_is_shifted(gains[datum][rows]) for datum in SUSPECTS):
            yield name, rows
            if name == "registry":
                return


def _is_shifted(gain: Floats) -> bool:
    entering, leaving = int(np.sum(gain > 0)), int(np.sum(gain < 0))
    if entering <= leaving or entering < -math.log2(CHANCE):
        return False
    return bool(binomtest(entering, entering + leaving, alternative="greater").pvalue < CHANCE)


def _gain(places: Places, counties: Counties, outside: NDArray[np.bool_], datum: Datum) -> Floats:
    """Return 1 where taking the offset back brings a station into its district, -1 where it drives it out, else 0."""
    corrected = _outside(places, *to_wgs84(places.lons, places.lats, datum), counties)
    return outside.astype(np.float64) - corrected


def _outside(places: Places, lons: Floats, lats: Floats, counties: Counties) -> NDArray[np.bool_]:
    """Tell which stations lie outside the polygon of the district they state; False where there is none."""
    districts = np.array([station.district for station in places.stations])
    outside = np.zeros(len(districts), dtype=bool)
    for adcode, area in counties.items():
        rows = np.flatnonzero(districts == adcode)
        shapely.prepare(area)
        outside[rows] = ~shapely.contains_xy(area, lons[rows], lats[rows])
    return outside


def _apart_m(here: tuple[Floats, Floats], there: tuple[Floats, Floats]) -> Floats:
    apart_m: Floats = np.linalg.norm(ecef(*here) - ecef(*there), axis=1)
    return apart_m
