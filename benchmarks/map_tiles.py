"""What a rider waits for on the map of 220,000 stations, from a move to its markers: from the country to the door.

    python benchmarks/map_tiles.py [stations]

A real server, and Chromium with the processor as it is and four times slower, as a desktop's window and as a phone's.
Six journeys begin with the country and end at a door, in cities drawn by a seed; after each zoom the map is moved by
half a view. A time is from the move to the first frame after the last change of markers, with the server's work in it;
no two journeys share a tile but the first ones. Bytes are those of all tiles of a view, as they travel.

The peer is what the map of a smaller registry does: all points in the page, clustered there by supercluster, drawn as
plain Leaflet markers of the same number. Its points alone (no name, no category) are what has to travel before.
Both journeys are the same, in the same browser. Seed 20261123.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import orjson
from fixture.browsing import chromium
from fixture.copies import ROOT, SEED
from fixture.country import country
from fixture.process import serving
from playwright.sync_api import Browser, Page, Route

STATIONS = 220_000
ZOOMS = (4, 6, 8, 10, 12, 14, 16, 18)
JOURNEYS = 6
COUNTRY = (104.0, 34.0)
MAX_VIEW_BYTES = 50_000
SCREENS: dict[str, tuple[dict[str, Any], int, float]] = {
    "desktop": ({"viewport": {"width": 1280, "height": 800}}, 1, 200),
    "phone": (
        {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2},
        4,
        600,
    ),
}
QUIET_MS = 400
"""So long nothing has changed, and no tile is on its way, when a view is drawn."""

WATCH = """(() => {
  const bench = (globalThis.bench = { last: 0, coming: 0, fetched: [] });
  const note = () => requestAnimationFrame(() =>
    scheduler.postTask(() => (bench.last = performance.now()), { priority: "user-blocking" }));
  bench.watch = () => new MutationObserver(note).observe(map_0.getPane("markerPane"), { childList: true });
  const { fetch } = globalThis;
  globalThis.fetch = async (...given) => {
    const isTile = String(given[0]).includes(".mvt");
    bench.coming += isTile;
    try { return await fetch(...given); } finally { bench.coming -= isTile; }
  };
  performance.setResourceTimingBufferSize(100_000);
  bench.move = (act) => new Promise((done) => {
    performance.clearResourceTimings();
    const began = (bench.last = performance.now());
    act();
    const look = () => {
      if (bench.coming || performance.now() - bench.last < QUIET) return setTimeout(look, 50);
      const tiles = performance.getEntriesByType("resource").filter(({ name }) => name.includes(".mvt"));
      const bytes = tiles.reduce((sum, each) => sum + each.transferSize, 0);
      done({ ms: bench.last - began, bytes, tiles: tiles.length,
        pins: document.querySelectorAll(".leaflet-marker-pane > [role=button]").length });
    };
    setTimeout(look, 50);
  });
})()""".replace("QUIET", str(QUIET_MS))

PEER = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/peer/leaflet.css">
<style>html, body, #map { height: 100%; margin: 0 }
.pin { display: grid; place-items: center; background: #fff; border-radius: 50% }</style>
<div id="map"></div><script src="/peer/leaflet.js"></script><script src="/peer/supercluster.min.js"></script>
<script src="/peer/peer.js"></script>"""
PEER_SCRIPT = """(async () => {
  const began = performance.now();
  const columns = await (await fetch("/peer/points.json")).json();
  const fetched = performance.now();
  const index = new Supercluster({ radius: 64, extent: 256, maxZoom: 15, minPoints: 3,
    map: ({ open }) => ({ open }), reduce: (sum, { open }) => (sum.open += open) });
  index.load(columns.lon.map((lon, row) => ({ type: "Feature", properties: { open: row % 2, row },
    geometry: { type: "Point", coordinates: [lon, columns.lat[row]] } })));
  globalThis.begun = { fetched: fetched - began, indexed: performance.now() - fetched };
  globalThis.map_0 = L.map("map", { fadeAnimation: false, zoomAnimation: false }).setView([34, 104], 4);
  const drawn = L.layerGroup().addTo(map_0);
  const draw = () => {
    drawn.clearLayers();
    const view = map_0.getBounds().pad(0.15);
    for (const { geometry: { coordinates: [lon, lat] }, properties } of index.getClusters(
      [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()], Math.round(map_0.getZoom()))) {
      const html = document.createElement("span");
      html.textContent = properties.cluster ? `${properties.open}/${properties.point_count}` : "1";
      L.marker([lat, lon], { icon: L.divIcon({ className: "pin", html, iconSize: [44, 44] }) }).addTo(drawn);
    }
    for (const pin of document.querySelectorAll(".leaflet-marker-pane > *")) pin.setAttribute("role", "button");
  };
  map_0.on("moveend", draw);
  draw();
  bench.watch();
})()"""


def main() -> None:
    """Print the tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else STATIONS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stations.geojson"
        path.write_bytes(country(count))
        points = np.array([each["geometry"]["coordinates"] for each in orjson.loads(path.read_bytes())["features"]])
        with serving(environment={"STATIONMAP_REGISTRY": str(path)}) as server, chromium() as browser:
            origin = f"http://{server.host}:{server.port}"
            for screen in SCREENS:
                _tiles(browser, origin, screen, points)
                _peer(browser, origin, screen, points)


def _tiles(browser: Browser, origin: str, screen: str, points: np.ndarray) -> None:
    page = _page(browser, screen, origin + "/")
    page.locator("#list:not([aria-busy]) .card").first.wait_for(state="attached", timeout=120_000)
    if page.locator("button[data-view=map]").is_visible():
        page.locator("button[data-view=map]").click()
    page.wait_for_selector(".is-tiled", state="attached", timeout=120_000)
    page.wait_for_selector(".of-tile, .cluster", state="attached", timeout=120_000)
    page.evaluate("bench.watch()")
    _table(f"{screen}, tiles", [page.evaluate(move) for move in _moves(points)], screen)
    page.context.close()


def _peer(browser: Browser, origin: str, screen: str, points: np.ndarray) -> None:
    vendor = ROOT / "static" / "vendor"
    columns = orjson.dumps({"lon": points[:, 0].tolist(), "lat": points[:, 1].tolist()})
    files = {
        "leaflet.css": (vendor / "leaflet/leaflet.css").read_bytes(),
        "leaflet.js": (vendor / "leaflet/leaflet.js").read_bytes(),
        "supercluster.min.js": (vendor / "supercluster/supercluster.min.js").read_bytes(),
        "peer.js": PEER_SCRIPT.encode(),
        "points.json": columns,
    }
    types = {"css": "text/css", "js": "text/javascript", "json": "application/json"}
    page = _page(browser, screen, "")
    for name, body in files.items():
        answer = {"body": body, "content_type": types[name.rpartition(".")[2]]}
        page.route(f"**/peer/{name}", partial(_fulfilled, answer))
    page.route("**/peer", partial(_fulfilled, {"body": PEER, "content_type": "text/html"}))
    page.goto(origin + "/peer")
    page.wait_for_function("globalThis.begun", timeout=120_000)
    begun = page.evaluate("begun")
    print(f"{screen}, supercluster: {len(columns) / 1e6:.1f} MB of points first, indexed in {begun['indexed']:.0f} ms")
    _table(f"{screen}, supercluster", [page.evaluate(move) for move in _moves(points)], screen)
    page.context.close()


def _fulfilled(answer: dict[str, Any], route: Route) -> None:
    route.fulfill(**answer)


def _page(browser: Browser, screen: str, url: str) -> Page:
    device, slower, _ = SCREENS[screen]
    page = browser.new_context(locale="zh-CN", service_workers="block", **device).new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(WATCH)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    if url:
        page.goto(url)
    return page


def _moves(points: np.ndarray) -> Iterator[str]:
    """Yield what moves the map: from the country to one of its doors, and beside each view by half of it."""
    draw = random.Random(SEED)
    for _ in range(JOURNEYS):
        lon, lat = points[draw.randrange(len(points))].tolist()
        for zoom in ZOOMS:
            at = COUNTRY if zoom == ZOOMS[0] else (lon, lat)
            yield f"bench.move(() => map_0.setView([{at[1]}, {at[0]}], {zoom}, {{ animate: false }}))"
            by = draw.choice(("[size.x / 2, 0]", "[0, size.y / 2]"))
            yield f"bench.move(() => {{ const size = map_0.getSize(); map_0.panBy({by}, {{ animate: false }}) }})"


def _table(title: str, found: list[dict[str, float]], screen: str) -> None:
    _, slower, limit_ms = SCREENS[screen]
    print(f"\n{title}, processor {slower} times slower, ms from a move to its markers")
    print(f"{'zoom':>8}{'median':>10}{'p95':>10}{'markers':>10}{'tiles':>8}{'kB':>8}")
    steps = len(ZOOMS) * 2
    for at, zoom in enumerate(ZOOMS):
        _line(str(zoom), [each for row, each in enumerate(found) if row % steps // 2 == at])
    waits, views = _line("all", found)
    p95, largest = np.percentile(waits, 95), max(views)
    verdicts = ["ok" if p95 <= limit_ms else "MISSED", "ok" if largest <= MAX_VIEW_BYTES else "MISSED"]
    print(f"p95 of {limit_ms:.0f} ms {verdicts[0]}; ", end="")
    print(f"largest view {largest / 1e3:.1f} kB of {MAX_VIEW_BYTES / 1e3:.0f} {verdicts[1]}")


def _line(name: str, found: list[dict[str, float]]) -> tuple[list[float], list[float]]:
    waits, views = [each["ms"] for each in found], [each["bytes"] for each in found]
    pins, tiles = (max(each[key] for each in found) for key in ("pins", "tiles"))
    print(
        f"{name:>8}{median(waits):10.0f}{np.percentile(waits, 95):10.0f}{pins:10.0f}{tiles:8.0f}{max(views) / 1e3:8.1f}"
    )
    return waits, views


if __name__ == "__main__":
    main()
