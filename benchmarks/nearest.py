"""Time `nearest` and `nearest_many` against a bare KD-tree and the tools one would otherwise use.

    python benchmarks/nearest.py [--seed 1]

Stations are spread evenly over Xuzhou's envelope; each figure is the best of several rounds taken in turn, so
that a slow moment of the machine strikes all. Ratios are to scipy's cKDTree on ECEF in the same process, which
gives chords, not geodesic metres. Each question is asked of the index in Python and, where it is installed, of the
compiled one. Single questions are timed by the processor, since these machines are shared; open stations are asked for
at 03:00, when most are closed, and at 10:00.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import datetime
from itertools import cycle

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.spatial import cKDTree

from stationmap.geo.geodesy import ecef
from stationmap.geo.nearest_points import IS_COMPILED, PointIndex
from stationmap.geo.python_points import PythonPointIndex
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Position, Station
from stationmap.search import station_index
from stationmap.search.query import Query, Travel
from stationmap.search.station_index import StationIndex

WEST, SOUTH, EAST, NORTH = 116.35, 33.70, 118.69, 34.99
ROUNDS = 7
CALLS = 2_000
CITY, NATION = 1_002, 220_000


def make_stations(rng: np.random.Generator, n: int) -> list[Station]:
    """One in a thousand has an AED; hours and access vary."""
    lonlat = rng.uniform((WEST, SOUTH), (EAST, NORTH), (n, 2)).round(7).tolist()
    hours = ["Mo-Fr 09:00-12:00,13:30-17:30", "24/7", "08:00-22:00", None]
    rare = set(rng.choice(n, max(1, n // 1000), replace=False).tolist())
    return [
        Station.model_validate(
            {
                "type": "Feature",
                "id": f"s{i}",
                "geometry": {"type": "Point", "coordinates": at},
                "properties": {
                    "name": f"站{i}",
                    "category": "outdoor_worker",
                    "district": "320303",
                    "access": {"who": "public"},
                    "hours": hours[i % len(hours)],
                    "facilities": {"toilet": True, "aed": i in rare},
                },
            }
        )
        for i, at in enumerate(lonlat)
    ]


def best_us(
    calls: dict[str, Callable[[], object]],
    repeats: int,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return microseconds a call, the best round of each, rounds in turn."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            started = clock()
            for _ in range(repeats):
                call()
            best[name] = min(best[name], (clock() - started) / repeats * 1e6)
    return best


def indexes(stations: list[Station]) -> dict[str, StationIndex]:
    """Return the index in Python, and the compiled one where it is installed."""
    made = {}
    for name, kind in ({"Python": PythonPointIndex} | ({"compiled": PointIndex} if IS_COMPILED else {})).items():
        station_index.PointIndex = kind  # type: ignore[misc,assignment]
        made[name] = StationIndex(stations)
    if not IS_COMPILED:
        print("the compiled search is not installed: pip install ./kernel")
    return made


def single(rng: np.random.Generator, made: dict[str, StationIndex], xyz: np.ndarray) -> Table:
    tree = cKDTree(xyz)
    lonlat = rng.uniform((WEST, SOUTH), (EAST, NORTH), (CALLS, 2))
    points = cycle(map(tuple, ecef(lonlat[:, 0], lonlat[:, 1]).tolist()))
    positions = cycle(Position(*at) for at in lonlat.tolist())
    by_bike = Travel(5.0)
    asked = {
        "geodesic metres": None,
        "filtered to 0.1 %": Query(facilities=frozenset({"aed"})),
        "open on arrival, 10:00": Query(open_at=datetime(2026, 11, 24, 10, tzinfo=ZONE), reachable_by=by_bike),
        "open on arrival, 03:00": Query(open_at=datetime(2026, 11, 24, 3, tzinfo=ZONE), reachable_by=by_bike),
    }

    def question(index: StationIndex, query: Query | None) -> Callable[[], object]:
        return lambda: index.nearest(next(positions), 5, query=query)

    calls: dict[str, Callable[[], object]] = {"cKDTree on ECEF, chords only": lambda: tree.query(next(points), 5)}
    calls |= {
        f"{what}, {kind}": question(index, query) for what, query in asked.items() for kind, index in made.items()
    }
    for call in calls.values():
        call()
    us = best_us(calls, CALLS, clock=time.process_time)
    index = next(reversed(made.values()))
    cold = time.perf_counter()
    index.nearest(next(positions), 5, query=Query(facilities=frozenset({"aed"}), who=frozenset({"public"})))
    us["the same, a filter never asked before"] = (time.perf_counter() - cold) * 1e6
    return table(f"one point, k = 5, {len(index):,} stations", "µs", us, "cKDTree on ECEF, chords only")


def many(
    rng: np.random.Generator, made: dict[str, StationIndex], xyz: np.ndarray, k: int, workers: int, n: int
) -> Table:
    tree = cKDTree(xyz)
    lon, lat = rng.uniform((WEST, SOUTH), (EAST, NORTH), (n, 2)).T.copy()
    points = ecef(lon, lat)

    def all_of(index: StationIndex) -> Callable[[], object]:
        return lambda: index.nearest_many(lon, lat, k, workers=workers)

    calls: dict[str, Callable[[], object]] = {
        "cKDTree on ECEF, chords only": lambda: tree.query(points, k, workers=workers)
    }
    calls |= {f"nearest_many, geodesic metres, {kind}": all_of(index) for kind, index in made.items()}
    us = best_us(calls, 1, 5)
    index = next(iter(made.values()))
    per_point = {name: value / n for name, value in us.items()}
    title = f"{n:,} points, k = {k}, {workers} workers, {len(index):,} stations"
    return table(title, "µs a point", per_point, "cKDTree on ECEF, chords only")


def peers(rng: np.random.Generator, index: StationIndex, n: int) -> Table:
    """The tools at hand: a haversine ball tree, a planar R-tree in degrees, and geopandas in a metric plane (k = 1)."""
    import geopandas as gpd
    import shapely

    lon, lat = rng.uniform((WEST, SOUTH), (EAST, NORTH), (n, 2)).T.copy()
    stations = np.array([station.geometry.coordinates for station in index.stations])
    calls: dict[str, Callable[[], object]] = {"nearest_many, geodesic metres": lambda: index.nearest_many(lon, lat)}
    try:
        from sklearn.neighbors import BallTree
    except ImportError:
        print("scikit-learn is not installed: its BallTree is left out (pip install scikit-learn)")
    else:
        ball = BallTree(np.radians(stations[:, ::-1]), metric="haversine")
        points = np.radians(np.column_stack([lat, lon]))
        calls["scikit-learn BallTree, haversine on a sphere"] = lambda: ball.query(points)
    r_tree, places = shapely.STRtree(shapely.points(stations)), shapely.points(lon, lat)
    calls["shapely STRtree, planar degrees (wrong order)"] = lambda: r_tree.query_nearest(places, return_distance=True)
    here = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326).to_crs(4548)
    there = gpd.GeoDataFrame(geometry=shapely.points(stations), crs=4326).to_crs(4548)
    calls["geopandas sjoin_nearest, EPSG:4548"] = lambda: here.sjoin_nearest(there, distance_col="metres")
    us = {name: value / n for name, value in best_us(calls, 1, 2).items()}
    return table(f"{n:,} points, k = 1, {len(index):,} stations", "µs a point", us, "nearest_many, geodesic metres")


def table(title: str, unit: str, us: dict[str, float], base: str) -> Table:
    shown = Table(title=title, title_justify="left")
    for heading in ("", unit, f"ratio to {base}"):
        shown.add_column(heading, justify="left" if not heading else "right")
    for name, value in us.items():
        shown.add_row(name, f"{value:.2f}", f"{value / us[base]:.2f}")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    rng = np.random.default_rng(parser.parse_args().seed)
    console = Console(width=110)
    for size in (CITY, NATION):
        stations = make_stations(rng, size)
        made = indexes(stations)
        coordinates = np.array([station.geometry.coordinates for station in stations])
        xyz = ecef(coordinates[:, 0], coordinates[:, 1])
        console.print(single(rng, made, xyz))
        for k, workers in ((1, 1), (1, 2), (5, 1), (5, 2)):
            console.print(many(rng, made, xyz, k, workers, 500_000))
        console.print(peers(rng, next(reversed(made.values())), 20_000))


if __name__ == "__main__":
    main()
