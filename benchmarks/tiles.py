"""Vector tiles of stations: one of 1,000 points beside mapbox-vector-tile's own encoder, and those of a whole country.

    python benchmarks/tiles.py [STATIONS]

The points: 1,000 demonstration stations moved into one tile of zoom 16, through Flask as a browser asks for it, Brotli.
`new` is a tile that nobody asked for before, `kept` one that somebody did; `encoded` is what is in it as bytes, beside
the same features by mapbox-vector-tile. The country: 220,000 demonstration stations, half anywhere in a box of China's
size and place and half close to the middles of 340 cities. Tiles lie around stations drawn, new to the server; a view
is 3 by 3 tiles on a phone and 6 by 4 on a desktop, by its bytes compressed. `slot` is the first tile after five
minutes. Seed 20261123, day 2026-11-23. Times are milliseconds of this process's CPU.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import orjson
from fixture.copies import DEMO, SEED
from flask import Flask
from shapely.geometry import Point

from stationmap.hours.opening_hours import ZONE
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.sized_cache import SizedCache
from stationmap.web.tiles import shelf as tile_shelf

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
STATIONS, POINTS = 220_000, 1_000
BOX = (83.0, 22.0, 125.0, 45.5)
CITIES, CITY_DEG = 340, 0.1
KEPT = ("name", "category", "district", "access", "hours", "status")
TILE = 16, 53988, 26136
ROUNDS, DRAWN = 50, 60
BR = {"Accept-Encoding": "br"}
VIEWS = {"phone": (3, 3), "desktop": (6, 4)}
NEW_MS, KEPT_MS, VIEW_KB = 5, 1, 50


def main() -> None:
    """Print the tables."""
    stations = int(sys.argv[1]) if len(sys.argv) > 1 else STATIONS
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'a tile of 1,000 points':34}{'median':>9}{'slowest':>9}{'':4}{'at most':>8}")
        _one_tile(_app(Path(folder), _gathered()))
        app = _app(Path(folder), _country(stations))
        headings = f"{'median':>9}{'slowest':>9}{'largest kB':>12}{'phone kB':>10}{'desktop kB':>12}"
        print(f"\n{f'{stations:,} stations':34}{headings}")
        _all_zooms(app, _places(stations))
        _slots(app)


def _one_tile(app: Flask) -> None:
    client, shelf = app.test_client(), app.extensions[tile_shelf.EXTENSION]
    address = _address(client, TILE)

    def new() -> bytes:
        shelf.bodies = SizedCache(tile_shelf.MAX_BYTES)
        return client.get(address, headers=BR).data

    new()
    sent = _row("new", [_timed(new)[0] for _ in range(ROUNDS)], NEW_MS) or new()
    _row("kept", [_timed(lambda: client.get(address, headers=BR))[0] for _ in range(ROUNDS)], KEPT_MS)
    plain = client.get(address).data
    found = mapbox_vector_tile.decode(plain, default_options={"y_coord_down": True})["stations"]["features"]
    assert len(found) == POINTS
    context = app.extensions["stationmap"].request_context()
    present = shelf.present(context)
    counted = present.layout.counted(tile_shelf.Query(), present.states)
    own = [_timed(lambda: present.layout.tile(counted, *TILE, label=present.label))[0] for _ in range(ROUNDS)]
    _row("encoded", own)
    points = [{"geometry": Point(each["geometry"]["coordinates"]), "properties": each["properties"]} for each in found]
    layers = [{"name": "stations", "features": points}]
    options = {"y_coord_down": True}
    peer = [_timed(lambda: mapbox_vector_tile.encode(layers, default_options=options))[0] for _ in range(ROUNDS)]
    _row("by mapbox-vector-tile", peer)
    times = statistics.median(peer) / statistics.median(own)
    print(f"{times:.1f} times; {len(plain) / 1e3:.1f} kB, {len(sent) / 1e3:.1f} compressed")


def _all_zooms(app: Flask, places: Sequence[tuple[float, float]]) -> None:
    client = app.test_client()
    for z in (0, *range(4, 17)):
        client.get(_address(client, (z, 0, 0)), headers=BR)
        took, sizes, views = [], {}, {name: [] for name in VIEWS}
        for x, y in (_tile(*place, z) for place in places):
            for name, (wide, high) in VIEWS.items():
                shown = [(x + i - wide // 2, y + j - high // 2) for i in range(wide) for j in range(high)]
                for tile in dict.fromkeys((i % 2**z, j) for i, j in shown if 0 <= j < 2**z):
                    if tile not in sizes:
                        spent, answer = _timed(partial(client.get, _address(client, (z, *tile)), headers=BR))
                        took.append(spent)
                        sizes[tile] = len(answer.data) / 1e3
                views[name].append(sum(sizes[i % 2**z, j] for i, j in set(shown) if 0 <= j < 2**z))
        largest = f"{max(sizes.values()):12.1f}{max(views['phone']):10.1f}{max(views['desktop']):12.1f}"
        print(f"zoom {z:<29}{statistics.median(took):9.2f}{max(took):9.2f}{largest}")
    print(f"a view is at most {VIEW_KB} kB")


def _slots(app: Flask) -> None:
    current, client = app.extensions["stationmap"], app.test_client()
    took = []
    for slot in range(1, 25):
        current.clock = lambda slot=slot: NOW + timedelta(minutes=5 * slot)
        took.append(_timed(lambda: client.get("/tiles/stations/9/400/200.mvt", headers=BR))[0])
    _row("first tile of a slot", took)


def _row(name: str, took: Sequence[float], limit: float | None = None) -> None:
    shown = f"{limit:8}" if limit else ""
    print(f"{name:34}{statistics.median(took):9.2f}{max(took):9.2f}{'':4}{shown}")


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.thread_time()
    answer = act()
    return (time.thread_time() - began) * 1e3, answer


def _address(client: Any, tile: tuple[int, int, int]) -> str:
    found = _templates.get(id(client))
    if found is None:
        found = client.get("/tiles/stations.json").get_json()["tiles"][0]
        found = _templates[id(client)] = found[found.index("/tiles/") :]
    z, x, y = tile
    return str(found).format(z=z, x=x, y=y)


_templates: dict[int, str] = {}


def _tile(lon: float, lat: float, z: int) -> tuple[int, int]:
    north = np.arctanh(np.sin(np.radians(lat))) / (2 * np.pi)
    return int((lon / 360 + 0.5) * 2**z), int((0.5 - north) * 2**z)


def _gathered() -> Iterator[tuple[float, float]]:
    z, x, y = TILE
    draw = random.Random(SEED)
    for _ in range(POINTS):
        lon = (x + draw.random()) / 2**z * 360 - 180
        lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + draw.random()) / 2**z))))
        yield lon, float(lat)


def _country(count: int) -> Iterator[tuple[float, float]]:
    rng = np.random.default_rng(SEED)
    middles = rng.uniform(BOX[:2], BOX[2:], (CITIES, 2))
    scattered = rng.uniform(BOX[:2], BOX[2:], (count - count // 2, 2))
    gathered = middles[rng.integers(CITIES, size=count // 2)] + rng.normal(scale=CITY_DEG, size=(count // 2, 2))
    yield from map(tuple, np.concatenate([scattered, gathered]).tolist())


def _places(count: int) -> list[tuple[float, float]]:
    return random.Random(SEED).sample(list(_country(count)), DRAWN)


def _app(folder: Path, places: Iterator[tuple[float, float]]) -> Flask:
    """Return an application over demonstration stations at these places."""
    document = orjson.loads(DEMO.read_bytes())
    known, features = document["features"], []
    for row, (lon, lat) in enumerate(places):
        feature = known[row % len(known)]
        properties = {name: value for name, value in feature["properties"].items() if name in KEPT}
        geometry = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
        features.append({**feature, "id": f"s{row}", "geometry": geometry, "properties": properties})
    path = folder / "stations.geojson"
    path.write_bytes(orjson.dumps({**document, "features": features}))
    return create_app(Settings(registry=path, poll_s=3_600), clock=lambda: NOW)


if __name__ == "__main__":
    main()
