"""Where the demonstration stations lie: made-up town centres inside the real counties, and entrances around them.

No open list of Xuzhou's stations or town centres has coordinates, so only the county polygons, seats and landmarks are real.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import shapely
from demo_tables import LANDMARKS, SEATS, ZONE_CENTRES, ZONE_TOWNS
from shapely.geometry.base import BaseGeometry

DEGREE_M = 111_000.0  # of latitude; a demonstration needs no ellipsoid
BORDER_M = 250.0  # the polygons are generalised, so entrances keep off their edge
APART_M = 40.0  # no two entrances in one place

RURAL_SHARE = 0.07
URBAN_SHARE = 0.55  # of a county's stations near its seat's sub-districts
TOWN_TRIALS = 30  # the best of this many places is furthest from the other towns

LonLat = tuple[float, float]


@dataclass(frozen=True)
class Town:
    """A town or sub-district: its real name, its invented centre, how far its stations spread (metres)."""

    name: str
    centre: LonLat
    spread_m: float
    zone: bool = False


@dataclass
class County:
    """A county-level unit: code, name, residents, polygon (its inside, safe from the border) and towns."""

    adcode: str
    name: str
    residents: int
    zone_share: float
    inside: BaseGeometry
    streets: list[Town] = field(default_factory=list)
    towns: list[Town] = field(default_factory=list)
    zone: list[Town] = field(default_factory=list)


def read_counties(areas: Path, rng: Random) -> list[County]:
    """Read residents, polygons and township names from `areas`; place the towns. Sorted by adcode."""
    features = json.loads((areas / "counties.geojson").read_text(encoding="utf-8"))["features"]
    polygons = {feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in features}
    names = _read_township_names(areas / "townships.csv")
    counties = []
    with (areas / "residents.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            residents = int(row["residents"])
            share = int(row["zone_320371_share"]) / residents
            inside = polygons[row["adcode"]].buffer(-BORDER_M / DEGREE_M)
            shapely.prepare(inside)
            county = County(row["adcode"], row["name"], residents, share, inside)
            _place_towns(county, names, rng)
            counties.append(county)
    return sorted(counties, key=lambda county: county.adcode)


def place_station(county: County, taken: list[LonLat], rng: Random) -> tuple[Town, LonLat]:
    """Choose a town and an entrance near it (or out in the fields) that keeps its distance from those `taken`."""
    town = _choose_town(county, rng)
    spread_m = 6 * town.spread_m if rng.random() < RURAL_SHARE else town.spread_m
    while True:
        point = _scatter(town.centre, spread_m, rng)
        if shapely.contains_xy(county.inside, *point) and all(distance_m(point, other) >= APART_M for other in taken):
            return town, point


def near_landmarks(point: LonLat) -> list[tuple[str, float]]:
    """Return the landmarks people would name to find a place, and how far they are (metres), nearest first."""
    near = [
        (name, away_m)
        for name, (lon, lat, reach_m) in LANDMARKS.items()
        if (away_m := distance_m(point, (lon, lat))) <= reach_m
    ]
    return sorted(near, key=lambda landmark: landmark[1])


def distance_m(a: LonLat, b: LonLat) -> float:
    """Return metres between two near points, to about 1 %."""
    return math.hypot((a[0] - b[0]) * math.cos(math.radians(a[1])), a[1] - b[1]) * DEGREE_M


def _choose_town(county: County, rng: Random) -> Town:
    if rng.random() < county.zone_share:
        return rng.choice(county.zone)
    near_seat = not county.towns or (county.streets and rng.random() < URBAN_SHARE)
    return rng.choice(county.streets if near_seat else county.towns)


def _read_township_names(path: Path) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["name"].endswith(("街道", "镇")):
                names.setdefault(row["county"], []).append(row["name"])
    return names


def _place_towns(county: County, names: dict[str, list[str]], rng: Random) -> None:
    seat = SEATS[county.adcode]
    inner = all(name.endswith("街道") for name in names[county.adcode])
    placed: list[LonLat] = []
    for name in names[county.adcode]:
        if name.endswith("街道"):
            # An inner district is all city; elsewhere the sub-districts make up the county town.
            centre = _far_from(placed, _near(seat, 5_000 if inner else 2_600, county, rng))
            county.streets.append(Town(name, centre, 900))
        else:
            centre = _far_from([seat, *placed], _anywhere(county, rng))
            county.towns.append(Town(name, centre, 800))
        placed.append(centre)
    if county.adcode in ZONE_CENTRES:
        around = ZONE_CENTRES[county.adcode]
        county.zone = [
            Town(name, _near(around, 1_500, county, rng)[0], 900, zone=True) for name in ZONE_TOWNS[county.adcode]
        ]


def _near(centre: LonLat, spread_m: float, county: County, rng: Random) -> list[LonLat]:
    points: list[LonLat] = []
    while len(points) < TOWN_TRIALS:
        point = _scatter(centre, spread_m, rng)
        if shapely.contains_xy(county.inside, *point):
            points.append(point)
    return points


def _anywhere(county: County, rng: Random) -> list[LonLat]:
    west, south, east, north = county.inside.bounds
    points: list[LonLat] = []
    while len(points) < TOWN_TRIALS:
        point = (rng.uniform(west, east), rng.uniform(south, north))
        if shapely.contains_xy(county.inside, *point):
            points.append(point)
    return points


def _far_from(placed: list[LonLat], trials: list[LonLat]) -> LonLat:
    return max(trials, key=lambda trial: min((distance_m(trial, other) for other in placed), default=0.0))


def _scatter(centre: LonLat, spread_m: float, rng: Random) -> LonLat:
    lon, lat = centre
    east_m, north_m = rng.gauss(0, spread_m), rng.gauss(0, spread_m)
    lon_degree_m = DEGREE_M * math.cos(math.radians(lat))
    return round(lon + east_m / lon_degree_m, 6), round(lat + north_m / DEGREE_M, 6)
