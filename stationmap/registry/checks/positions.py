"""Are the stations where they say they are? Warnings about positions, each from arrays over the whole registry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from stationmap.city import Box
from stationmap.errors import Finding
from stationmap.finding_codes import FindingCode
from stationmap.geo.geodesy import Floats, ecef
from stationmap.geo.kd_tree import kd_tree
from stationmap.registry.adcodes import known_districts
from stationmap.registry.model import Station

Counties = Mapping[str, BaseGeometry]
"""Adcode to polygon, WGS-84 degrees; borders are generalised and good to some 500 m."""

BORDER_M = 500.0
STACKED_M = 1.0

AMID = 3  # so many strangers nearer than any station of the own district
AMID_RATIO = 4.0  # and the own district so many times further away than they are
AMID_FROM_M = 3_000.0  # and at least so far


class StationArrays(NamedTuple):
    """Stations with their positions as arrays (n,), degrees on WGS-84."""

    stations: Sequence[Station]
    lons: Floats
    lats: Floats

    @classmethod
    def of(cls, stations: Sequence[Station]) -> StationArrays:
        """Return the arrays of n stations, in their order."""
        coordinates = np.array([station.geometry.coordinates for station in stations], dtype=np.float64).reshape(-1, 2)
        return cls(stations, coordinates[:, 0].copy(), coordinates[:, 1].copy())

    def finding(self, at: int | np.integer[Any], code: FindingCode, detail: str) -> Finding:
        """Return a warning about the station of that place in the arrays."""
        return Finding(self.stations[int(at)].id, code, detail, "warning")


def outside_city(arrays: StationArrays, box: Box) -> Iterator[Finding]:
    """Find stations outside a box; those that exchanging longitude and latitude would bring in are called swapped."""
    inside, swapped = _inside(arrays.lons, arrays.lats, box), _inside(arrays.lats, arrays.lons, box)
    for at in np.flatnonzero(~inside):
        if swapped[at]:
            yield arrays.finding(at, "swapped", "longitude and latitude look swapped")
        else:
            yield arrays.finding(at, "outside_city", f"lies outside the city's box {box}")


def stacked(arrays: StationArrays) -> Iterator[Finding]:
    """Find groups of stations within a metre of each other: one address read for many, or doors of one building."""
    for ids in stacks(arrays):
        shown = ", ".join(ids[:8]) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")
        yield Finding(ids[0], "stacked", f"{len(ids)} stations within {STACKED_M:g} m: {shown}", "warning")


def stacks(arrays: StationArrays) -> Iterator[tuple[str, ...]]:
    """Yield the ids of each group of stations that links of a metre at most hold together."""
    spots, spot_of = np.unique(np.column_stack((arrays.lons, arrays.lats)), axis=0, return_inverse=True)
    groups = defaultdict(list)
    for at, group in enumerate(_joined(ecef(spots[:, 0], spots[:, 1]))[spot_of.ravel()]):
        groups[group].append(arrays.stations[at].id)
    yield from (tuple(ids) for ids in groups.values() if len(ids) > 1)


def outside_district(arrays: StationArrays, counties: Counties) -> Iterator[Finding]:
    """Find stations more than 500 m outside the district they state, and districts that nobody knows.

    A station of another city in the table of districts, of which no polygon is known, is not judged.
    """
    cities = {adcode[:4] for adcode in counties}
    for adcode, rows in _by_district(arrays.stations).items():
        if adcode in counties:
            distance_m = distance_to_m(counties[adcode], arrays.lons[rows], arrays.lats[rows])
            for at, metres in zip(rows, distance_m, strict=True):
                if metres > BORDER_M:
                    yield arrays.finding(at, "outside_district", f"lies {metres:,.0f} m outside district {adcode}")
        elif adcode[:4] in cities:
            # The adcode of the city itself stands for its development zones.
            if not adcode.endswith("00"):
                for at in rows:
                    yield arrays.finding(at, "unknown_district", f"the city has no district {adcode}")
        elif known_districts().city_of(adcode) is None:
            for at in rows:
                yield arrays.finding(at, "unknown_district", f"{adcode} is no district of the city or of a known one")


def distance_to_m(area: BaseGeometry, lons: Floats, lats: Floats) -> Floats:
    """Return the distance in metres, shape (n,), of points in degrees, (n,), from an area in degrees; 0 inside.

    It is measured in Lambert's azimuthal equal-area plane around the middle of the area.
    """
    from pyproj import Transformer

    middle = area.centroid
    plane = Transformer.from_crs(
        "EPSG:4326", f"+proj=laea +lon_0={middle.x} +lat_0={middle.y} +units=m", always_xy=True
    )
    flat = shapely.transform(area, lambda lon_lat: np.column_stack(plane.transform(*lon_lat.T)))
    shapely.prepare(flat)
    distance_m: Floats = shapely.distance(flat, shapely.points(*plane.transform(lons, lats)))
    return distance_m


def amid_strangers(arrays: StationArrays) -> Iterator[Finding]:
    """Find stations that stand among those of other districts, far from every station of their own.

    So looks an address that was looked up without its district. Needs no polygons; a district with one station says
    nothing.
    """
    xyz = ecef(arrays.lons, arrays.lats)
    everyone = kd_tree(xyz) if len(xyz) > AMID else None
    for rows in _by_district(arrays.stations, zones=True).values():
        if everyone is None or len(rows) < 2:
            continue
        # The nearest is the station itself.
        own_m = kd_tree(xyz[rows]).query(xyz[rows], 2)[0][:, 1]
        third_m = everyone.query(xyz[rows], AMID + 1)[0][:, AMID]
        for i in np.flatnonzero((own_m > AMID_FROM_M) & (own_m > AMID_RATIO * third_m)):
            detail = f"{AMID} others within {third_m[i]:,.0f} m, the nearest of its own district {own_m[i]:,.0f} m away"
            yield arrays.finding(rows[i], "amid_strangers", detail)


def _by_district(stations: Iterable[Station], *, zones: bool = False) -> dict[str, NDArray[np.intp]]:
    """Return rows by district; with `zones`, a city's development zones, which have no adcode, by who manages them."""
    rows = defaultdict(list)
    for at, station in enumerate(stations):
        district = station.district
        if zones and district.endswith("00"):
            district += station.properties.managed_by or ""
        rows[district].append(at)
    return {district: np.array(found, dtype=np.intp) for district, found in rows.items()}


def _inside(lons: Floats, lats: Floats, box: Box) -> NDArray[np.bool_]:
    west, south, east, north = box
    return (lons >= west) & (lons <= east) & (lats >= south) & (lats <= north)


def _joined(xyz: Floats) -> NDArray[np.int32]:
    """Number the groups of distinct points that links of a metre at most, each to the nearest other, hold together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(xyz) < 2:
        return np.zeros(len(xyz), dtype=np.int32)
    metres, nearest = (column[:, 1] for column in kd_tree(xyz).query(xyz, 2, distance_upper_bound=STACKED_M))
    linked = np.flatnonzero(np.isfinite(metres))
    links = coo_array((np.ones(len(linked)), (linked, nearest[linked])), shape=(len(xyz), len(xyz)))
    groups: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return groups
