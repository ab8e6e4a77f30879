"""The ground of a city: a tile at the server, and streets drawn on a cheap phone.

    python benchmarks/ground.py FOLDER

FOLDER holds what `stationmap city build` made. Tiles: every one of the file, in the order of a seed, through Flask as a
browser asks for them. Phone: Chromium, the network as fast as the machine. The map jumps from zoom 13 to street scale
(zoom 16) at places around the middle of the city; the time is from the jump until the frame after the last tile in view
was drawn. `first` is with nothing kept, `again` at places seen before. Times by the clock are with a CPU four times
slower, and as slow as others leave the machine; processor times are what the main thread of the page works at
full speed, times four: those of a quiet machine, but for what it waits for.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from fixture.browsing import chromium, serving
from fixture.copies import DEMO, SEED
from flask import Flask
from playwright.sync_api import CDPSession, Page
from pmtiles.reader import MmapSource, all_tiles

from stationmap.city import GROUND
from stationmap.ground import Ground
from stationmap.settings import Settings
from stationmap.web import create_app

SLOWER = 4
ZOOM = 16
JUMPS = 12
ASKED = 2_000
PAUSE_S = 0.5
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
TILE_MS, DRAWN_MS = 3, 300

LAYER = "Object.values(map_0._layers).find((layer) => layer.rerenderTiles)"
OUT = "map_0.setZoom(13, {animate: false})"
JUMP = f"""([lon, lat]) => new Promise((resolve) => {{
  const began = performance.now();
  {LAYER}.once("load", () =>
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began))));
  map_0.setView([lat, lon], {ZOOM}, {{ animate: false }});
}})"""


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as moved:
        app = create_app(Settings(registry=_registry(Ground.open(folder / GROUND), Path(moved)), city=folder))
    print(f"{'':62}{'median':>10}{'p95':>10}{'most':>10}{'':5}{'at most':>8}")
    _tiles(app, folder)
    with serving(app) as origin, chromium() as browser:
        for rate, name in ((SLOWER, "clock"), (1, "processor")):
            context = browser.new_context(**PHONE)
            _phone(context.new_page(), origin, _ground(app), rate, name)
            context.close()


def _phone(page: Page, origin: str, ground: Ground, rate: int, name: str) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(origin)
    page.click("button[data-view=map]")
    west, south, east, north = ground.bounds
    page.wait_for_selector(".pin, .cluster")
    page.evaluate(f"map_0.setView([{(south + north) / 2}, {(west + east) / 2}], 14, {{animate: false}})")
    _wait(page)
    places = list(_places(west, south, east, north))
    for when in ("first", "again"):
        taken = [_jumped(page, devtools, place) for place in places]
        figures = [clock for clock, _ in taken] if rate > 1 else [SLOWER * busy for _, busy in taken]
        _print(f"streets at zoom {ZOOM}, {when}, by the {name}", figures, "ms", DRAWN_MS)


def _registry(ground: Ground, folder: Path) -> Path:
    """Write the demonstration registry with its stations moved to where there is ground."""
    west, south, east, north = ground.bounds
    document, draw = json.loads(DEMO.read_bytes()), random.Random(SEED)
    for feature in document["features"]:
        place = draw.uniform(west, east), draw.uniform(south, north)
        feature["geometry"]["coordinates"] = [round(each, 6) for each in place]
    path = folder / "stations.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _tiles(app: Flask, folder: Path) -> None:
    with (folder / GROUND).open("rb") as file:
        known = [(*place, len(data)) for place, data in all_tiles(MmapSource(file))]
    random.Random(SEED).shuffle(known)
    build = _ground(app).provenance.build
    client = app.test_client()
    took, worked, sizes = [], [], []
    for z, x, y, _ in (known * (ASKED // len(known) + 1))[:ASKED]:
        began, busy = time.perf_counter(), time.thread_time()
        answer = client.get(f"/ground/{build}/{z}/{x}/{y}.mvt", headers={"Accept-Encoding": "gzip, br"})
        sizes.append(len(answer.data) / 1e3)
        took.append((time.perf_counter() - began) * 1e3)
        worked.append((time.thread_time() - busy) * 1e3)
    _print(f"a tile of {len(known):,}, through Flask, by the clock", took, "ms", TILE_MS)
    _print("the same, by the processor", worked, "ms", TILE_MS)
    _print("a tile as it is sent", sizes, "kB", None)


def _ground(app: Flask) -> Ground:
    found: Ground = app.extensions["stationmap"].request_context().city_files.ground
    return found


def _places(west: float, south: float, east: float, north: float) -> Iterator[tuple[float, float]]:
    draw = random.Random(SEED)
    for _ in range(JUMPS):
        yield west + (east - west) * draw.uniform(0.25, 0.75), south + (north - south) * draw.uniform(0.25, 0.75)


def _jumped(page: Page, devtools: CDPSession, place: tuple[float, float]) -> tuple[float, float]:
    page.evaluate(OUT)
    _wait(page)
    time.sleep(PAUSE_S)
    before = _busy_ms(devtools)
    clock: float = page.evaluate(JUMP, list(place))
    return clock, _busy_ms(devtools) - before


def _busy_ms(devtools: CDPSession) -> float:
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) * 1e3 for each in metrics if each["name"] == "TaskDuration")


def _wait(page: Page) -> None:
    """Wait until no tile is missing."""
    for _ in range(200):
        if page.evaluate(f"Boolean({LAYER}) && !{LAYER}._loading"):
            return
        time.sleep(0.1)
    raise SystemExit("the ground is not drawn")


def _print(name: str, samples: Sequence[float], unit: str, target: float | None) -> None:
    p95, most = np.percentile(samples, [95, 100])
    verdict = "" if target is None else f"{target:8g}  {'ok' if p95 <= target else 'MISSED'}"
    print(f"{name:62}{statistics.median(samples):10.4g}{p95:10.4g}{most:10.4g} {unit:4}{verdict}", flush=True)


if __name__ == "__main__":
    main()
