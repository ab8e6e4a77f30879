"""Time the audit of the city, 1,002 stations and cells of 250 m, beside geopandas and scipy doing what they can of it.

    python benchmarks/coverage.py [--seed 1] [--growth]

Limits: coverage with its table of districts 0.1 s with the compiled kernel and 0.15 s without, the 24 x 7 table 10 s;
10,000,000 cells (`--growth`: cells from 250 to 33.5 m wide) 15 s on two cores. Each figure is the best of several
rounds, the first not counted; what a study does once is shown apart. Processor time is beside that of the clock.
The peers answer less: no people, or no area, one nearest station instead of five, no quantiles, no unknown hours. The
floor is what scipy needs to find the one nearest station of each place by straight lines, and nothing else.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import shapely
from rich.console import Console
from rich.table import Table
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from stationmap.audit.demand.census import residents
from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.supply import Supply, week_of
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import Coverage, coverage
from stationmap.audit.metrics.hourly_coverage import hourly_coverage
from stationmap.audit.studies.whatif import in_reach
from stationmap.geo.geodesy import ecef
from stationmap.hours import schedule
from stationmap.registry.checks.quality import read_counties
from stationmap.registry.model import Station
from stationmap.registry.store import load
from stationmap.resources import data_folder, demo_registry

CELL_M, RADIUS_M, MONDAY = 250.0, 1_000.0, date(2026, 1, 12)
ROUNDS = 5
GROWTH_M = (1_000.0, 250.0, 100.0, 33.5)
PLANE = "EPSG:4548"  # CGCS2000, zone of 117 degrees east: the city's own
EQUAL_AREA = "+proj=laea +lat_0=34.4 +lon_0=117.5 +datum=WGS84"


def best_s(call: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the seconds, by the clock and of the processors, of the best of several rounds."""
    times = []
    for _ in range(rounds + 1):
        started, used = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - started, time.process_time() - used))
    walls, cpus = zip(*times[min(rounds, 1) :], strict=True)
    return min(walls), min(cpus)


def judged(stations: Sequence[Station]) -> object:
    """Judge stations as if none of their opening hours had been read before."""
    schedule._in_use.clear()
    for station in stations:
        station.__dict__.pop("_schedule", None)
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
    here, there = ecef(demand.lons, demand.lats), cKDTree(ecef(supply.lons, supply.lats)[supply.possible])
    return {
        "floor: scipy, one nearest station, straight": lambda: there.query(here, workers=-1),
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


def growth(areas: Mapping[str, BaseGeometry], supply: Supply) -> Table:
    """Coverage of ever smaller cells, each once, with what it takes to make them and the peak of memory so far."""
    shown = Table("cells", "of m", "coverage s", "of processors", "µs a cell", "territory s", "peak GiB")
    for cell_m in GROWTH_M:
        started = time.perf_counter()
        territory = Territory.of(areas, cell_m)
        made = time.perf_counter() - started
        demand = residents(territory)
        wall, cpu = best_s(lambda at=territory, people=demand: coverage(at, people, supply, RADIUS_M), 0)  # type: ignore[misc]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
        each = (f"{wall:.2f}", f"{cpu:.2f}", f"{wall / len(territory) * 1e6:.2f}", f"{made:.2f}", f"{peak:.2f}")
        shown.add_row(f"{len(territory):,}", f"{cell_m:g}", *each)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="order the stations are taken in; changes no figure")
    parser.add_argument("--growth", action="store_true", help="up to 10,000,000 cells, too")
    asked = parser.parse_args()
    seed = asked.seed
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
    base, base_cpu = next(iter(seconds.values()))
    title = f"{len(territory):,} cells of {CELL_M:g} m, {len(stations):,} stations, radius {RADIUS_M:g} m, seed {seed}"
    shown = Table(
        "", "seconds", "of processors", "ratio to coverage", "of processors", title=title, title_justify="left"
    )
    for name, (wall, cpu) in seconds.items():
        shown.add_row(name, f"{wall:.3f}", f"{cpu:.3f}", f"{wall / base:.2f}", f"{cpu / base_cpu:.2f}")
    Console(width=130).print(shown)
    if asked.growth:
        Console(width=130).print(growth(areas, supply))
    found = coverage(territory, demand, supply, RADIUS_M)
    error = error_points(found, territory, supply)
    print(f"limits: 0.1 s (0.15 without the kernel) and 10 s; share of area {error:.3f} points off exact discs")


if __name__ == "__main__":
    main()
