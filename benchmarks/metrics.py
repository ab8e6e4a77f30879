"""What watching a server costs a request: metrics at most 2 %.

    python benchmarks/metrics.py

An application answers with and without its meter, batches of each in turn in one process without sockets, so
that nothing is divided by the cost of a connection; the ratio is the median of those of all rounds, of processor
time. Beside it what ids
of requests cost, which every server has, and how long a scrape takes. Seed 20261123.
"""

from __future__ import annotations

import gc
import io
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any
from wsgiref.types import WSGIApplication

from fixture.copies import SEED
from flask import Flask
from prometheus_client import generate_latest

from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.guard import admission
from stationmap.web.monitoring.scrape import watched

SECONDS, BATCH, SCRAPES = 12.0, 25, 50
MAX_RATIO = 1.02


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        _measure(create_app(settings), create_app(settings))


def _measure(app: Flask, watched_app: Flask) -> None:
    draw = random.Random(SEED)
    registry, count_noted = watched(watched_app)
    bare, named, metered = app.extensions[admission.EXTENSION], app.wsgi_app, watched_app.wsgi_app
    places = [(draw.uniform(116.4, 118.6), draw.uniform(33.8, 34.9)) for _ in range(500)]
    runs = {
        "nearest, k=5": [("/api/v1/nearest", f"lon={lon:.6f}&lat={lat:.6f}&k=5") for lon, lat in places],
        "nearest, k=5, open=now": [("/api/v1/nearest", f"lon={lon:.6f}&lat={lat:.6f}&open=now") for lon, lat in places],
        "page of a station": [(f"/s/{each}", "") for each in [*app.extensions["stationmap"].snapshot.registry][:500]],
        "page of the finder": [("/", "")] * BATCH,
    }
    print(f"processor time, medians of rounds of {BATCH} requests\n{'':26}{'without':>11}{'metrics':>9}{'ids':>8}")
    for name, asked in runs.items():
        ids, metrics = _ratio(bare, named, asked), _ratio(named, metered, asked, count_noted)
        verdict = "ok" if metrics[1] <= MAX_RATIO else "MISSED"
        print(f"{name:26}{metrics[0] * 1e6:8,.0f} us{metrics[1]:9.3f}{ids[1]:8.3f}  {MAX_RATIO} {verdict}")
    lasted = [_lasted(lambda: generate_latest(registry)) for _ in range(SCRAPES)]
    body = generate_latest(registry)
    lines = len(body.splitlines())
    print(f"a scrape: {median(lasted) * 1e3:.1f} ms, {len(body) / 1024:.0f} KiB, {lines:,} lines")


def _ratio(
    without: WSGIApplication,
    with_it: WSGIApplication,
    asked: list[tuple[str, str]],
    after: Callable[[], object] = lambda: None,
) -> tuple[float, float]:
    """Return the median of seconds without, and the median ratio of rounds, each a batch without and one with."""
    both = without, with_it
    batches = [asked[at : at + BATCH] for at in range(0, len(asked), BATCH)]
    for place in asked:  # warm
        _answered(without, _environ(*place))
        _answered(with_it, _environ(*place))
    seconds, ratios = [], []
    until, number = time.perf_counter() + SECONDS, 0
    gc.disable()
    try:
        while time.perf_counter() < until:
            batch, number = batches[number % len(batches)], number + 1
            order = (0, 1) if number % 2 else (1, 0)
            lasted = {which: _mean_s(both[which], batch, after if which else None) for which in order}
            seconds.append(lasted[0])
            ratios.append(lasted[1] / lasted[0])
            gc.collect(0)
    finally:
        gc.enable()
    return median(seconds), median(ratios)


def _mean_s(application: WSGIApplication, batch: list[tuple[str, str]], after: Callable[[], object] | None) -> float:
    """Return the processor time of a request: others who use the machine make it wait, but not work."""
    environs = [_environ(*place) for place in batch]
    began_s = time.thread_time()
    for environ in environs:
        _answered(application, environ)
    if after:
        after()
    return (time.thread_time() - began_s) / len(batch)


def _lasted(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _answered(application: WSGIApplication, environ: dict[str, Any]) -> None:
    statuses: list[str] = []
    answer = application(environ, lambda status, *_: statuses.append(status))  # type: ignore[arg-type, return-value]
    b"".join(answer)
    if close := getattr(answer, "close", None):
        close()
    assert statuses == ["200 OK"], statuses


def _environ(path: str, query: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "HTTP_ACCEPT_ENCODING": "gzip, br",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


if __name__ == "__main__":
    main()
