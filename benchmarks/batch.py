"""Time `POST /api/v1/nearest` of ten thousand points, and what riders notice of eight such batches at once.

    python benchmarks/batch.py [--seconds 10]

In process and in CPU time, best of several rounds in turn: parsing, finding and writing, beside the same points asked
one by one, and the floor, scipy's bare cKDTree on ECEF with Python's json (chords and names only, no hours). Then a
server in a process of its own, asked for single places by a process with one connection, with nothing else to do and
while eight clients send batches without a pause (a 503 is asked again when it says). Seed 20261123.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing import Event, Pipe, Process
from typing import Any

import numpy as np
from fixture.copies import DEMO, SEED
from fixture.process import Server, serving
from scipy.spatial import cKDTree

from stationmap.geo.geodesy import ecef
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.api import requests, responses
from stationmap.web.state import EXTENSION, State

POINTS, K = 10_000, 5
ROUNDS = 7
BATCHES_AT_ONCE = 8


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=10.0)
    seconds = options.parse_args().seconds
    draw = random.Random(SEED)
    points = [[draw.uniform(116.4, 118.6), draw.uniform(33.8, 34.9)] for _ in range(POINTS)]
    _in_process(points)
    with serving() as server:
        _beside_batches(server, points, seconds)


def _in_process(points: list[list[float]]) -> None:
    state: State = create_app(Settings(registry=DEMO, poll_s=3_600)).extensions[EXTENSION]
    here = state.request_context()
    index = here.snapshot.index
    tree, (lons, lats) = cKDTree(ecef(*index.coordinates)), np.array(points).T
    names = [(each.id, each.name) for each in index.stations]

    def batch(**asked: object) -> Callable[[], int]:
        body = json.dumps({"points": points, "k": K, **asked}).encode()
        return lambda: sum(map(len, responses.batch(here, requests.parse_nearest_body(body, here.at, here.settings))))

    def one_by_one() -> int:
        return sum(map(alone, points))

    def alone(point: list[float]) -> int:
        query = f"lon={point[0]}&lat={point[1]}&k={K}"
        return len(responses.nearest(here, requests.parse_nearest_query(query, here.at, here.settings)))

    def floor() -> int:
        found = zip(*(each.tolist() for each in tree.query(ecef(lons, lats), K)), strict=True)
        return len(json.dumps([[(*names[at], far) for far, at in zip(*each, strict=True)] for each in found]))

    runs = {
        f"a batch of {POINTS:,}, k={K}": batch(),
        "the same, open=now": batch(open="now"),
        "the same points one by one": one_by_one,
        "floor: cKDTree and json": floor,
    }
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for name, run in runs.items():
            begun_s = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - begun_s)
    print(f"in process, {len(index):,} stations, ms of a processor, best of {ROUNDS}")
    for name, took_s in best.items():
        print(f"| {name} | {1e3 * took_s:.0f} | {took_s / best['floor: cKDTree and json']:.2f} |")


def _beside_batches(server: Server, points: list[list[float]], seconds: float) -> None:
    body = json.dumps({"points": points, "k": K}).encode()
    _ask(server, 1.0)
    rows = [("quiet", _ask(server, seconds), Counter())]
    for encoding in ("identity", "br"):
        ending = Event()
        pipes = [Pipe(duplex=False) for _ in range(BATCHES_AT_ONCE)]
        clients = [Process(target=_post, args=(server, body, encoding, ending, pipe[1])) for pipe in pipes]
        for client in clients:
            client.start()
        time.sleep(1.0)
        found = _ask(server, seconds)
        ending.set()
        statuses: Counter[int] = sum((pipe[0].recv() for pipe in pipes), Counter())
        for client in clients:
            client.join()
        rows.append((f"beside {BATCHES_AT_ONCE} batches, {encoding}", found, statuses))
    print("nearest over a connection, ms")
    print("| | median | 99th | to quiet | batches answered, refused |")
    for name, waited, statuses in rows:
        median, slow = (1e3 * float(np.percentile(waited, each)) for each in (50, 99))
        ratio = slow / 1e3 / float(np.percentile(rows[0][1], 99))
        print(f"| {name} | {median:.1f} | {slow:.1f} | {ratio:.1f} | {statuses[200]}, {statuses[503]} |")


def _ask(server: Server, seconds: float) -> list[float]:
    """Ask for single places for so long, and return how many seconds each took."""
    draw, waited = random.Random(SEED), []
    client = http.client.HTTPConnection(server.host, server.port)
    until_s = time.perf_counter() + seconds
    while time.perf_counter() < until_s:
        path = f"/api/v1/nearest?lon={draw.uniform(116.4, 118.6):.6f}&lat={draw.uniform(33.8, 34.9):.6f}"
        begun_s = time.perf_counter()
        client.request("GET", path)
        client.getresponse().read()
        waited.append(time.perf_counter() - begun_s)
        time.sleep(0.002)
    return waited


def _post(server: Server, body: bytes, encoding: str, ending: Any, told: Any) -> None:
    statuses: Counter[int] = Counter()
    headers = {"Content-Type": "application/json", "Accept-Encoding": encoding}
    while not ending.is_set():
        client = http.client.HTTPConnection(server.host, server.port)
        client.request("POST", "/api/v1/nearest", body, headers)
        answer = client.getresponse()
        answer.read()
        client.close()
        statuses[answer.status] += 1
        if answer.status == 503:
            ending.wait(float(answer.headers["Retry-After"]))
    told.send(statuses)


if __name__ == "__main__":
    main()
