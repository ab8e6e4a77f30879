"""What tells two places of one name apart: the district a place lies in, and the street it lies at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, STRtree, points
from shapely.geometry.base import BaseGeometry

from stationmap.extract.places.neighbourhoods import M_A_DEGREE
from stationmap.extract.places.rules import Names, PlaceRules
from stationmap.extract.places.streets import StreetPieces
from stationmap.geo.nearest_points import PointIndex
from stationmap.places.place import Place

Rows = NDArray[np.int64]
_NO_NAME = ("", "")


class District(NamedTuple):
    """An area with a name, in WGS-84 degrees."""

    names: Names
    area: BaseGeometry


def with_surroundings(
    places: Sequence[Place], districts: Sequence[District], found: StreetPieces, rules: PlaceRules
) -> Iterator[Place]:
    """Yield the places, each with its district and street; a street and a crossing have a district only."""
    if not places:
        return
    lons, lats = np.array([(place.lon, place.lat) for place in places]).T
    of_district = _districts_of(lons, lats, places, districts, rules.around["district_m"])
    of_street = _streets_of(lons, lats, found, rules.around["street_m"])
    for place, district, street in zip(places, of_district, of_street, strict=True):
        if place.around:  # given by an operator's list
            yield place
            continue
        parts = [district, *([] if place.kind in ("street", "crossing") else [street])]
        own = set(place.names)
        known = [(name, english or name) for name, english in parts if name and name not in own]
        yield replace(
            place,
            around=" · ".join(name for name, _ in known),
            around_en=" · ".join(english for _, english in reversed(known)),
        )


def _districts_of(
    lons: NDArray[np.float64],
    lats: NDArray[np.float64],
    places: Sequence[Place],
    districts: Sequence[District],
    within_m: float,
) -> list[tuple[str, str]]:
    """Return the district of each point: the smallest area that holds it, else the nearest town or quarter."""
    towns = [place for place in places if place.kind == "town"]
    found = _nearest_named(lons, lats, [(place.name, place.name_en) for place in towns], _where(towns), within_m)
    ordered = sorted(districts, key=lambda each: -each.area.area)
    if ordered:
        held = STRtree([each.area for each in ordered]).query(points(lons, lats), predicate="within")
        for row, area in sorted(zip(*held.tolist(), strict=True), key=lambda pair: pair[1]):
            found[row] = (ordered[area].names.shown, ordered[area].names.english)
    return found


def _streets_of(
    lons: NDArray[np.float64], lats: NDArray[np.float64], found: StreetPieces, within_m: float
) -> list[tuple[str, str]]:
    """Return the named street each point lies at: none where there is none so near."""
    names = [_NO_NAME] * len(lons)
    pieces = [piece for piece in found.pieces if piece.end - piece.begin > 1]
    if not pieces:
        return names
    # Metres of a plane that is true at the middle of the places: far enough for which street is nearest.
    scale = np.array([np.cos(np.radians(lats.mean())), 1.0]) * M_A_DEGREE
    nodes = np.column_stack([found.lons, found.lats]) * scale
    lines = STRtree([LineString(nodes[piece.begin : piece.end]) for piece in pieces])
    at_street = lines.query_nearest(points(np.column_stack([lons, lats]) * scale), max_distance=within_m)
    for row, piece in zip(*at_street[:, ::-1].tolist(), strict=True):  # of several that are as near the first
        names[row] = (pieces[piece].names.shown, pieces[piece].names.english)
    return names


def _nearest_named(
    lons: NDArray[np.float64],
    lats: NDArray[np.float64],
    names: Sequence[tuple[str, str]],
    where: NDArray[np.float64],
    within_m: float,
) -> list[tuple[str, str]]:
    if not names:
        return [_NO_NAME] * len(lons)
    rows, metres = PointIndex(*where).nearest_many(lons, lats, 1, 1)
    nearest: Iterable[tuple[int, float]] = zip(rows[:, 0].tolist(), metres[:, 0].tolist(), strict=True)
    return [names[row] if away <= within_m else _NO_NAME for row, away in nearest]


def _where(places: Sequence[Place]) -> NDArray[np.float64]:
    return np.array([(place.lon, place.lat) for place in places]).reshape(-1, 2).T
