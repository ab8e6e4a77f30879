"""Time the audit of the city, 1,002 stations and cells of 250 m, beside geopandas doing what it can of it.

    python benchmarks/coverage.py [--seed 1]

Limits: coverage with its table of districts 1 s, the 24 x 7 table 10 s. Each figure is the best of several rounds, the
first not counted; what a study does once is shown apart. The peers are planar and answer less: no people, or no area,
one nearest station instead of five, no quantiles, no unknown hours (which ours pays for with a second round).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import shapely
from rich.console import Console
from rich.table import Table

from stationmap.audit.demand.census import residents
from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.supply import Supply, week_of
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import Coverage, coverage
from stationmap.audit.metrics.hourly_coverage import hourly_coverage
from stationmap.audit.studies.whatif import in_reach
from stationmap.hours import schedule
from stationmap.registry.checks.quality import read_counties
from stationmap.registry.model import Station
from stationmap.registry.store import load
from stationmap.resources import data_folder, demo_registry

CELL_M, RADIUS_M, MONDAY = 250.0, 1_000.0, date(2026, 1, 12)
ROUNDS = 5
PLANE = "EPSG:4548"  # CGCS2000, zone of 117 degrees east: the city's own
EQUAL_AREA = "+proj=laea +lat_0=34.4 +lon_0=117.5 +datum=WGS84"


def best_s(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the seconds of the best of several rounds."""
    times = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times[1:])


def judged(stations: Sequence[Station]) -> object:
    """Judge stations as if none of their opening hours had been read before."""
    schedule._schedule.cache_clear()
    return week_of(stations, Supply.of(stations), MONDAY)


def discs(areas: gpd.GeoDataFrame, stations: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The usual way: circles around the stations, their union, cut by district; the share of its area."""
    circles = stations.buffer(RADIUS_M, quad_segs=32)
    union = gpd.GeoDataFrame(geometry=[circles.union_all()], crs=stations.crs)
    cut = gpd.overlay(areas, union, how="intersection")
    area = cut.set_index("code").area
    return areas.assign(share=areas["code"].map(area).fillna(0) / areas.area)


def joined(places: gpd.GeoDataFrame, stations: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Distances the usual way: the nearest station of each place, in the plane, then a table by district."""
    near = places.sjoin_nearest(stations, distance_col="metres")
    near = near[~near.index.duplicated()]
    inside = near["people"].where(near["metres"] <= RADIUS_M, 0)
    return inside.groupby(near["district"]).sum() / near.groupby("district")["people"].sum()


def peers(territory: Territory, demand: Demand, supply: Supply) -> dict[str, Callable[[], object]]:
    codes = np.array(territory.codes)
    areas = gpd.GeoDataFrame({"code": codes}, geometry=list(territory.polygons), crs=4326).to_crs(PLANE)
    points = gpd.points_from_xy(supply.lons, supply.lats)
    stations = gpd.GeoDataFrame(geometry=points, crs=4326).to_crs(PLANE)[supply.possible]
    table = {"people": demand.people / 1000, "district": codes[demand.districts]}
    places = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(demand.lons, demand.lats), crs=4326).to_crs(PLANE)
    return {
        "geopandas: buffer + union + overlay, share of area only": lambda: discs(areas, stations),
        "geopandas: sjoin_nearest, one figure a district": lambda: joined(places, stations),
    }


def error_points(found: Coverage, territory: Territory, supply: Supply) -> float:
    """How far the share of area by cells is from that of an exact union of discs, in points of a hundredth."""
    stations = gpd.GeoDataFrame(geometry=shapely.points(supply.lons, supply.lats), crs=4326)[supply.possible]
    city = gpd.GeoSeries([shapely.union_all(list(territory.polygons))], crs=4326).to_crs(EQUAL_AREA)[0]
    union = shapely.union_all(stations.to_crs(EQUAL_AREA).buffer(RADIUS_M, quad_segs=64).to_numpy())
    share = shapely.intersection(city, union).area / city.area
    return abs(share - (found.total.possible.area_share or 0)) * 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="order the stations are taken in; changes no figure")
    seed = parser.parse_args().seed
    areas = read_counties((data_folder() / "areas" / "counties.geojson").read_bytes())
    stations = list(load(demo_registry()).stations)
    np.random.default_rng(seed).shuffle(stations)  # type: ignore[arg-type]
    territory = Territory.of(areas, CELL_M)
    demand, supply = residents(territory), Supply.of(stations)
    hours = week_of(stations, supply, MONDAY)
    cells = territory.lons, territory.lats
    ours = {
        "coverage with its table of districts": lambda: coverage(territory, demand, supply, RADIUS_M),
        "of that, whether a place has a station in reach": lambda: in_reach(*cells, supply, RADIUS_M),
        "24 x 7 table of coverage by hour and district": lambda: hourly_coverage(
            territory, demand, supply, hours, RADIUS_M
        ),
        "once: territory of cells": lambda: Territory.of(areas, CELL_M),
        "once: stations judged, opening hours of a week": lambda: judged(stations),
    }
    seconds = {name: best_s(call) for name, call in (ours | peers(territory, demand, supply)).items()}
    base = next(iter(seconds.values()))
    title = f"{len(territory):,} cells of {CELL_M:g} m, {len(stations):,} stations, radius {RADIUS_M:g} m, seed {seed}"
    shown = Table("", "seconds", "ratio to coverage", title=title, title_justify="left")
    for name, each in seconds.items():
        shown.add_row(name, f"{each:.3f}", f"{each / base:.2f}")
    Console(width=110).print(shown)
    found = coverage(territory, demand, supply, RADIUS_M)
    print(f"limits: 1 s and 10 s; share of area {error_points(found, territory, supply):.3f} points off exact discs")


if __name__ == "__main__":
    main()
