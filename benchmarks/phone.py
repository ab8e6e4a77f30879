"""What a rider waits for on a cheap phone: the page in Chromium with a CPU four times slower, on a fast 3G line.

    python benchmarks/phone.py [first|many]

`first` measures the first visit and the demonstration registry only, `many` only the 20,000 stations.
Stations: the demonstration registry, and 20,000 copies of its stations moved up to 0.3 degrees. Seed 20261123.
Everything is measured from outside the page: bytes as the server sends them, times from the event to the first frame
painted after the list has changed, frames by the distances between animation frames. Where there are several samples
the 90th percentile is held against the target. How fast browser and machine are at the moment is told by a tap that
does nearly nothing, the floor. Server and page agree that it is Monday, 10:00 in Xuzhou.
"""

from __future__ import annotations

import http.client
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import numpy as np
from fixture.browsing import chromium, serving
from fixture.copies import DEMO, SEED, copies
from playwright.sync_api import Browser, CDPSession, Page

from stationmap.settings import Settings
from stationmap.web import create_app

MANY = 20_000
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CENTRE = (117.2, 34.26)

SLOWER = 4
FAST_3G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
    "locale": "zh-CN",
}
LOADS, ANSWERS, ROUNDS = 5, 20, 4
TOUCH_S = 0.08  # as long as a finger stays on the glass
QUIET_MS = 500  # before a tap, so that work put off is done before the next question
ANSWERED_S = 1.5  # after it the list has changed, or does not
POLL_S, LONGEST_S = 0.2, 120

STEPS = 30
DRAGS = [(-250, 0), (250, 0), (0, -250), (0, 250)] * 2
# Playwright's own waiting and locating leave listeners to every touch in the page, which a rider's phone has not.
PLACE = """selector => {
  const element = document.querySelector(selector);
  element.scrollIntoView({ block: "center", inline: "center" });
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""
# What the browser takes for a tap before a page has done anything worth the name, on this machine at this time.
FLOOR = """(() => {
  const button = document.createElement("button");
  button.id = "floor";
  button.setAttribute("data-switch", "");
  button.style.cssText = "position: fixed; left: 0; top: 0; z-index: 9999; width: 44px; height: 44px";
  let count = 0;
  button.onclick = () => (document.querySelector("#list .metres").firstChild.data = `${++count}`);
  document.body.append(button);
})()"""
VIEW = "[map_0.getCenter().lng, map_0.getCenter().lat, map_0.getZoom()]"

# The clock of the page is moved, not replaced: what is measured runs on the real one.
WATCH = """
(() => {
  const RealDate = Date, ahead = $NOW - RealDate.now();
  globalThis.Date = class extends RealDate {
    constructor(...given) { given.length ? super(...given) : super(RealDate.now() + ahead); }
    static now() { return RealDate.now() + ahead; }
  };
  const bench = (globalThis.bench = { shift: 0, busyUntil: 0, list: null, waits: [], frames: [], place: null });
  const observe = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  observe("layout-shift", ({ value, hadRecentInput }) => (bench.shift += hadRecentInput ? 0 : value));
  observe("longtask", ({ startTime, duration }) => (bench.busyUntil = startTime + duration));
  // The first task after the frame, before any timer: what the page puts off until then is not part of the answer.
  const painted = (then) => requestAnimationFrame(() =>
    scheduler.postTask(() => then(performance.now()), { priority: "user-blocking" }));
  let began = null;
  bench.begin = (at) => (began = at);
  const changed = () => {
    if (bench.list === null && document.querySelector("#list .card")) painted((at) => (bench.list ??= at));
    if (began === null) return;
    const from = began;
    began = null;
    painted((at) => bench.waits.push(at - from));
  };
  const content = { subtree: true, childList: true, characterData: true, attributes: true };
  // Nothing but the list is observed once it is there: every note that is taken would count as time of the page.
  new MutationObserver((_, whole) => {
    const list = document.getElementById("list");
    if (!list) return;
    whole.disconnect();
    new MutationObserver(changed).observe(list, content);
  }).observe(document, { subtree: true, childList: true });
  navigator.geolocation.getCurrentPosition = (take) => setTimeout(() => {
    const [longitude, latitude] = bench.place;
    bench.begin(performance.now());
    take({ coords: { longitude, latitude, accuracy: 20 }, timestamp: Date.now() });
  });
  addEventListener("click", ({ target, timeStamp }) => {
    if (target.closest("[data-switch], .filters label, .filters input")) bench.begin(timeStamp);
  }, true);
  bench.film = () => {
    bench.frames = [];
    let last = performance.now();
    bench.filming = true;
    const frame = (at) => {
      bench.frames.push(at - last);
      last = at;
      if (bench.filming) requestAnimationFrame(frame);
    };
    requestAnimationFrame((at) => { last = at; requestAnimationFrame(frame); });
  };
})();
""".replace("$NOW", str(NOW.timestamp() * 1e3))


@dataclass(frozen=True)
class Row:
    """A line of the table: samples of one figure and what they may be at most."""

    name: str
    samples: Sequence[float]
    unit: str
    target: float | None = None

    @property
    def verdict(self) -> str:
        """Tell whether the figure keeps its target."""
        if self.target is None:
            return ""
        return "ok" if np.percentile(self.samples, 90) <= self.target else "MISSED"

    def __str__(self) -> str:
        median, p90, most = np.percentile(self.samples, [50, 90, 100])
        target = "" if self.target is None else f"{self.target:g}"
        figures = f"{median:10.4g}{p90:10.4g}{most:10.4g}" if len(self.samples) > 1 else f"{median:10.4g}{'':20}"
        return f"{self.name:62}{figures} {self.unit:4}{target:>8}  {self.verdict}"


@dataclass(frozen=True)
class Sent:
    """A response: its method, path, status and the bytes of its body as they were sent."""

    method: str
    path: str
    status: int
    size: int


@dataclass
class CoverageFunction:
    """A WSGI application that keeps account of what another one sends."""

    application: WSGIApplication
    sent: list[Sent] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, and note the size of the answer."""
        status = []

        def start(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            status.append(int(line.split(maxsplit=1)[0]))
            return start_response(line, headers, exc_info)

        answer = self.application(environ, start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        self.sent.append(Sent(environ["REQUEST_METHOD"], environ["PATH_INFO"], status[0], len(body)))
        return [body]


@dataclass(frozen=True)
class Site:
    """A served registry."""

    origin: str
    count_coverage: CoverageFunction


def main() -> None:
    """Print the table, or a part of it."""
    wanted = sys.argv[1:] or ["first", "many"]
    print(f"{'':62}{'median':>10}{'p90':>10}{'slowest':>10}{'':5}{'at most':>8}")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        many = Path(folder) / "stations.geojson"
        many.write_bytes(copies(MANY))
        if "first" in wanted:
            with _served(DEMO) as site:
                _print(_feed(site))
                _print(_loads(browser, site))
                _print(_answers(browser, site, "1,002 stations", answer_ms=50, filter_ms=50))
        if "many" in wanted:
            with _served(many) as site:
                _print(_answers(browser, site, f"{MANY:,} stations", answer_ms=300, filter_ms=None))
                _print(_map(browser, site))


def _print(rows: Iterable[Row]) -> None:
    for row in rows:
        print(row, flush=True)


@contextmanager
def _served(registry: Path) -> Iterator[Site]:
    count_coverage = CoverageFunction(create_app(Settings(registry=registry), clock=lambda: NOW))
    with serving(count_coverage) as origin:
        yield Site(origin, count_coverage)


@contextmanager
def _phone(browser: Browser) -> Iterator[tuple[Page, CDPSession]]:
    context = browser.new_context(**PHONE)
    context.add_init_script(WATCH)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", FAST_3G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    yield page, devtools
    context.close()


def _feed(site: Site) -> Iterator[Row]:
    """Yield how large the feed is."""
    sizes = {}
    for encoding in ("gzip", "br"):
        connection = http.client.HTTPConnection(site.origin.removeprefix("http://"))
        connection.request("GET", "/api/v1/feed", headers={"Accept-Encoding": encoding})
        sizes[encoding] = len(connection.getresponse().read()) / 1e3
        connection.close()
    yield Row("feed of 1,002 stations and 14 days, brotli", [sizes["br"]], "kB", 60)
    yield Row("the same, gzip", [sizes["gzip"]], "kB", 60)


def _loads(browser: Browser, site: Site) -> Iterator[Row]:
    """Yield what the first visit costs, and what the second one does."""
    firsts, again = [], []
    for _ in range(LOADS):
        with _phone(browser) as (page, _devtools):
            site.count_coverage.sent.clear()
            firsts.append(_visit(page, site.origin))
            first_sent = list(site.count_coverage.sent)
            site.count_coverage.sent.clear()
            again.append(_visit(page, site.origin))
            second_sent = list(site.count_coverage.sent)
    own = [sent for sent in first_sent if "/js/" in sent.path or sent.path.endswith("/sw.js")]
    needed = {(sent.path, sent.size) for sent in first_sent if sent.status == http.HTTPStatus.OK}
    statuses = [sent.status for sent in second_sent if (sent.method, sent.path) == ("GET", "/api/v1/feed")]
    yield Row("first visit, everything that was sent", [sum(size for _, size in needed) / 1e3], "kB", 170)
    yield Row("own JavaScript in it", [sum({sent.path: sent.size for sent in own}.values()) / 1e3], "kB", 35)
    yield Row("requests of it", [len(needed)], "")
    yield Row("first visit: list painted", [visit["list"] / 1e3 for visit in firsts], "s", 2)
    yield Row("first visit: and the last long task over", [visit["quiet"] / 1e3 for visit in firsts], "s")
    yield Row("layout shift of both visits", [visit["shift"] for visit in (*firsts, *again)], "", 0)
    yield Row("second visit: list painted", [visit["list"] / 1e3 for visit in again], "s", 2)
    yield Row("second visit, everything that was sent", [sum(sent.size for sent in second_sent) / 1e3], "kB")
    yield Row(
        f"second visit: feed answered {statuses or 'from the cache'}", [float(statuses not in ([304], []))], "", 0
    )


def _visit(page: Page, origin: str) -> dict[str, float]:
    page.goto(origin)
    _until(page, "bench.list !== null")
    page.wait_for_load_state("networkidle")
    time.sleep(2)
    seen: dict[str, float] = page.evaluate("({ list: bench.list, shift: bench.shift, busyUntil: bench.busyUntil })")
    return {**seen, "quiet": max(seen["list"], seen["busyUntil"])}


def _answers(
    browser: Browser, site: Site, stations: str, *, answer_ms: float, filter_ms: float | None
) -> Iterator[Row]:
    """Yield how long the list takes to change for a new position, and for another filter."""
    draw = random.Random(SEED)
    with _phone(browser) as (page, _devtools):
        page.goto(site.origin)
        _until(page, "bench.list !== null")
        time.sleep(5)
        located = [_located(page, draw) for _ in range(ANSWERS)]
        yield Row(f"{stations}: list after a position", located, "ms", answer_ms)
        page.evaluate(FLOOR)
        floor = [took for _ in range(2 * ROUNDS) if (took := _waited(page, "#floor")) is not None]
        page.evaluate("document.getElementById('floor').remove()")
        yield Row("the floor of a tap: a button that changes one figure of the list", floor, "ms")
        for name in ("now", "always", "free", "travel"):
            taps = _taps(page, draw, f"[data-switch={name}]")
            yield Row(f"{stations}: list after the switch {name!r}", taps, "ms", filter_ms)
        _tap(page, "#filters-toggle")
        for value in ("microwave", "nursing_room", "culture", "legal_aid"):
            taps = _taps(page, draw, f".filters label:has(input[value={value}])")
            yield Row(f"{stations}: list after the box {value!r}", taps, "ms", filter_ms)


def _located(page: Page, draw: random.Random) -> float:
    """Move the phone somewhere else, and return the milliseconds until the list of there was painted."""
    lon, lat = CENTRE
    page.evaluate("place => (bench.place = place)", [lon + draw.uniform(-0.1, 0.1), lat + draw.uniform(-0.1, 0.1)])
    took = _waited(page, "#locate")
    if took is None:
        raise SystemExit("the list of another place is the same")
    return took


def _taps(page: Page, draw: random.Random, selector: str) -> list[float]:
    """Return the milliseconds of taps on a switch; where it changes nothing, go elsewhere."""
    taps: list[float] = []
    while len(taps) < 2 * ROUNDS:
        took = _waited(page, selector)
        if took is None:
            _located(page, draw)
        else:
            taps.append(took)
    return taps


def _waited(page: Page, selector: str) -> float | None:
    """Tap, and return the milliseconds until the list had changed and was painted; None if it stays as it was."""
    before = page.evaluate("bench.waits.length")
    _tap(page, selector)
    time.sleep(ANSWERED_S)
    return float(page.evaluate("bench.waits.at(-1)")) if page.evaluate("bench.waits.length") > before else None


def _until(page: Page, holds: str) -> None:
    """Wait until something holds in the page."""
    end = time.monotonic() + LONGEST_S
    while not page.evaluate(holds):
        if time.monotonic() > end:
            raise SystemExit(f"not within {LONGEST_S} s: {holds}")
        time.sleep(POLL_S)


def _tap(page: Page, selector: str) -> None:
    """Tap where an element is, as a finger does that found it first."""
    x, y = page.evaluate(PLACE, selector)
    time.sleep(QUIET_MS / 1e3)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    time.sleep(TOUCH_S)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    devtools.detach()


def _map(browser: Browser, site: Site) -> Iterator[Row]:
    """Yield the frames while a finger moves the map, and while two fingers zoom it."""
    with _phone(browser) as (page, devtools):
        page.goto(site.origin)
        _until(page, "bench.list !== null")
        _tap(page, ".views [data-view=map]")
        _until(page, "document.querySelector('.pin') !== null")
        time.sleep(3)
        out = [_filmed(page, lambda: _pinch(devtools, 0.5)) for _ in range(3)]
        panned = [_filmed(page, lambda drag=drag: _drag(devtools, *drag)) for drag in DRAGS]
        into = [_filmed(page, lambda: _pinch(devtools, 2.0)) for _ in range(4)]
        for name, films in (("panning", panned), ("zooming", [*out, *into])):
            frames = [frame for film in films for frame in film]
            yield Row(f"{MANY:,} stations on the map: a frame while {name}", frames, "ms")
            yield Row("the slowest of each gesture", [max(film) for film in films], "ms", 100)


def _drag(devtools: CDPSession, x: int, y: int) -> None:
    """Move a finger over the map, a step each frame."""
    for step in range(STEPS + 1):
        point = {"x": 195 + x * (step / STEPS - 0.5), "y": 420 + y * (step / STEPS - 0.5)}
        kind = "touchMove" if step else "touchStart"
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        time.sleep(1 / 60)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _pinch(devtools: CDPSession, scale: float) -> None:
    """Zoom with two fingers."""
    gesture = {"x": 195, "y": 420, "scaleFactor": scale, "relativeSpeed": 300, "gestureSourceType": "touch"}
    devtools.send("Input.synthesizePinchGesture", gesture)


def _filmed(page: Page, move: Callable[[], None]) -> list[float]:
    """Move the map, and return the milliseconds of each frame until what follows has been drawn."""
    before = page.evaluate(VIEW)
    page.evaluate("bench.film()")
    move()
    page.wait_for_timeout(QUIET_MS)
    frames: list[float] = page.evaluate("(bench.filming = false, bench.frames)")
    assert page.evaluate(VIEW) != before, "the map has not moved"
    return frames


if __name__ == "__main__":
    main()
