"""Ways on a real extract, Monaco's, against OSRM and Valhalla, and against figures recorded of them.

The routers have wheels for Python 3.12 and later only, so they run in a process of their own: of the Python that runs
the tests, or of the one ORACLE_PYTHON names (`pip install osrm-bindings pyvalhalla` there). Ferries, which
we do not ride, are taken out of the extract first. Nothing of the extract is kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import osmium
import pytest

from stationmap.extract.extract import new_build, read
from stationmap.extract.street_edges import write_streets
from stationmap.streets import Network, SnappedPoints, Weight, load, pairs

ORACLE = Path(__file__).parent / "street_oracle.py"
SEED, PLACES = 17, 250
FAR_M = 100.0  # below, a metre of rounding is a percent
OFF_M = 2.0  # a router that joins a place elsewhere answers another question

OSRM_FOOT_DECILES_M = (687.5, 978.6, 1238.7, 1486.2, 1719.2, 1932.9, 2194.7, 2546.4, 3088.7)
"""Of the distances between the same places on foot, by OSRM 26.10.0, recorded 30 November 2026."""


@pytest.fixture(scope="module")
def monaco(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("monaco") / "monaco.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for each in osmium.FileProcessor(str(shared_data / "osm_pbf" / "monaco.osm.pbf")):
            if not (each.is_way() and each.tags.get("route") == "ferry"):
                writer.add(each)
    return path


@pytest.fixture(scope="module")
def network(monaco: Path) -> Network:
    extract = read(monaco, build=new_build(), built_at=datetime(2026, 11, 30, tzinfo=UTC))
    write_streets(extract, monaco.with_name("streets.graph"), lambda done, step: None)
    return load(monaco.with_name("streets.graph"))


def drawn(network: Network, profile: str) -> SnappedPoints:
    """Return places on streets of the longest component."""
    rng = np.random.default_rng(SEED)
    # Of the extract, whose own box is larger than what is drawn of it.
    west, east = network.node_lons.min(), network.node_lons.max()
    south, north = network.node_lats.min(), network.node_lats.max()
    found = network.snap(rng.uniform(west, east, PLACES), rng.uniform(south, north, PLACES), profile)
    found = found.chosen(found.components == 0)
    return network.snap(found.lons, found.lats, profile)


def our_metres(network: Network, places: SnappedPoints, weight: Weight) -> np.ndarray:
    found = pairs(network, places, places, 1e6, weight)
    metres = np.full((len(places), len(places)), np.nan)
    metres[found.origins, found.destinations] = found.metres
    return metres


@cache
def python_with(module: str) -> str:
    """Return a Python that has a router, and skip where there is none."""
    for python in (os.environ.get("ORACLE_PYTHON"), sys.executable):
        if (
            python
            and subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0
        ):
            return python
    return ""


def oracle(
    router: str, profile: str, pbf: Path, places: SnappedPoints, **options: object
) -> tuple[np.ndarray, np.ndarray]:
    """Return metres between places by a router, shape (n, n), and which places it joins to the same street, (n,)."""
    python = python_with(router)
    if not python:
        pytest.skip(f"no Python with {router}: ORACLE_PYTHON may name one")
    points = list(zip(places.lons.tolist(), places.lats.tolist(), strict=True))
    asked = {"router": router, "profile": profile, "pbf": str(pbf), "places": points, "options": options}
    done = subprocess.run([python, ORACLE], input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    return np.array(found["metres"], dtype=float), np.array(found["off_m"]) < OFF_M


@pytest.mark.parametrize(
    ("router", "profile", "ours", "weight", "options"),
    [
        ("osrm", "foot", "walk", "length", {}),
        ("osrm", "foot", "walk", "time", {}),
        ("osrm", "ridden", "ebike", "time", {}),
        ("valhalla", "pedestrian", "walk", "time", {"walking_speed": 4.5, "use_ferry": 0}),
    ],
)
def test_distances_are_those_of_routers(
    router: str, profile: str, ours: str, weight: Weight, options: dict[str, object], monaco: Path, network: Network
) -> None:
    places = drawn(network, ours)
    theirs, same = oracle(router, profile, monaco, places, **options)
    metres = our_metres(network, places, weight)
    compared = same[:, None] & same[None, :] & (theirs > FAR_M)
    assert compared.sum() > 5_000
    assert not np.isnan(metres[compared]).any()
    ratios = metres[compared] / theirs[compared]
    assert abs(np.median(ratios) - 1) < 0.02
    assert np.quantile(np.abs(ratios - 1), 0.95) < 0.10


def test_distances_are_those_that_were_recorded(network: Network) -> None:
    metres = our_metres(network, drawn(network, "walk"), "length")
    deciles = np.quantile(metres[metres > FAR_M], np.arange(0.1, 1.0, 0.1))
    assert deciles == pytest.approx(OSRM_FOOT_DECILES_M, rel=0.01)
