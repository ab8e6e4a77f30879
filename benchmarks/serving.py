"""Requests a second of `nearest`, and the processor's time a request, beside a Flask hello-world on the same server.

    python benchmarks/serving.py [--peer PYTHON]

Also pygeoapi on the same file: `--peer` (or BENCH_PEER) is the Python of an environment with it and waitress. And
Falcon, where it is installed, as the floor of what answers in Python at all: a constant of the same length on waitress.
Seed 20261123. Rounds alternate between the servers, so that a slow moment of the machine hits all; the best round
counts. The processor's time is that of the server's process, of which others on the machine take nothing away.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import selectors
import socket
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from fixture.copies import DEMO, SEED
from fixture.process import Server, serving

CONNECTIONS = (16, 64)
ROUNDS, ROUND_S = 3, 2.0
HELLO_WORLD = "Flask hello-world"
ANSWER_BYTES = 6_600

ON_SAME_SERVER = """
from waitress import wasyncore
from stationmap.web.guard.connections import servers
from stationmap.web.guard.rejections import RejectionCounter
from stationmap.web.server import OPTIONS
sockets = {}
listening = servers(app, sockets, RejectionCounter(), host="127.0.0.1", port=0, **OPTIONS)
print(f"http://127.0.0.1:{listening[0].effective_port}/", flush=True)
wasyncore.loop(timeout=1, use_poll=True, map=sockets)
"""
HELLO = (
    """
from flask import Flask
app = Flask("hello")
app.add_url_rule("/", view_func=lambda: "Hello, World!")
"""
    + ON_SAME_SERVER
)
FALCON = (
    f"""
import falcon
class Constant:
    def on_get(self, request, response):
        response.text = "x" * {ANSWER_BYTES}
app = falcon.App()
app.add_route("/", Constant())
"""
    + ON_SAME_SERVER
)
PEER = """
from waitress.server import create_server
from pygeoapi.flask_app import APP
server = create_server(APP, host="127.0.0.1", port=0, threads=8)
print(f"http://127.0.0.1:{server.effective_port}/", flush=True)
server.run()
"""


class Round(NamedTuple):
    """How a server did in one round."""

    per_s: float
    cpu_us: float
    """Of the processor, for each request."""


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peer", default=os.environ.get("BENCH_PEER"))
    peer = options.parse_args().peer
    draw = random.Random(SEED)
    places = [(draw.uniform(116.4, 118.6), draw.uniform(33.8, 34.9)) for _ in range(2_000)]
    near = [f"/api/v1/nearest?lon={lon:.6f}&lat={lat:.6f}&k=5" for lon, lat in places]
    posted = [json.dumps({"lon": round(lon, 6), "lat": round(lat, 6), "k": 5, "open": "now"}) for lon, lat in places]
    print(f"start to first answer, 1,002 stations: {_start_s(near[0]):.2f} s")
    with ExitStack() as servers:
        hello, ours = servers.enter_context(serving(HELLO)), servers.enter_context(serving())
        runs = {
            HELLO_WORLD: (hello, _asked(["/"])),
            "nearest, k=5": (ours, _asked(near)),
            "nearest, k=5, open=now": (ours, _asked(path + "&open=now" for path in near)),
            "nearest, k=5, facility=toilet": (ours, _asked(path + "&facility=toilet" for path in near)),
            "nearest, POST, k=5, open=now": (ours, [_posted("/api/v1/nearest", body) for body in posted]),
        }
        if find_spec("falcon"):
            runs["Falcon, a constant"] = servers.enter_context(serving(FALCON)), _asked(["/"])
        if peer:
            folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
            theirs = servers.enter_context(serving(PEER, pygeoapi(folder), python=peer))
            runs["pygeoapi, items in a box, limit=5"] = (theirs, _asked(_box(lon, lat) for lon, lat in places))
        for connections in CONNECTIONS:
            _print(connections, _best(runs, connections))


def _best(runs: Mapping[str, tuple[Server, list[bytes]]], connections: int) -> dict[str, Round]:
    best = dict.fromkeys(runs, Round(0.0, 0.0))
    for _ in range(ROUNDS):
        for name, (server, requests) in runs.items():
            best[name] = max(best[name], _round(server, requests, connections))
    return best


def _print(connections: int, best: Mapping[str, Round]) -> None:
    hello = best[HELLO_WORLD].per_s
    print(f"\n{connections} keep-alive connections, best of {ROUNDS} rounds of {ROUND_S:.0f} s")
    print(f"{'':36}{'requests/s':>12}{'to hello-world':>16}{'CPU us each':>14}")
    for name, found in best.items():
        print(f"{name:36}{found.per_s:12,.0f}{found.per_s / hello:16.2f}{found.cpu_us:14.0f}")


def _start_s(path: str) -> float:
    began = time.perf_counter()
    with serving() as server:
        client = socket.create_connection((server.host, server.port))
        client.sendall(_request(path))
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")
        return time.perf_counter() - began


def _round(server: Server, requests: Sequence[bytes], connections: int) -> Round:
    # The client is a process of its own, so that it shares no interpreter lock with anything.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        before_s = _cpu_s(server.pid)
        answered, lasted_s = pool.apply(_drive, ((server.host, server.port), requests, connections))
        return Round(answered / lasted_s, (_cpu_s(server.pid) - before_s) / answered * 1e6)


def _cpu_s(pid: int) -> float:
    """Return the processor's time that a process has taken, in all of its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _drive(address: tuple[str, int], requests: Sequence[bytes], connections: int) -> tuple[int, float]:
    """Keep every connection busy for a round; return answers and seconds. Any answer but 200 ends the benchmark."""
    ready = selectors.DefaultSelector()
    clients = {client.fileno(): client for client in (socket.create_connection(address) for _ in range(connections))}
    for at, client in enumerate(clients.values()):
        ready.register(client, selectors.EVENT_READ, bytearray())
        client.sendall(requests[at % len(requests)])
    answered, sent = 0, connections
    began = time.perf_counter()
    while time.perf_counter() - began < ROUND_S:
        for key, _ in ready.select(1):
            client, buffer = clients[key.fd], key.data
            chunk = client.recv(262_144)
            assert chunk, "the server closed a connection"
            buffer += chunk
            if not _complete(buffer):
                continue
            assert buffer.startswith(b"HTTP/1.1 200"), bytes(buffer[:200])
            buffer.clear()
            client.sendall(requests[sent % len(requests)])
            answered, sent = answered + 1, sent + 1
    return answered, time.perf_counter() - began


def _asked(paths: Iterable[str]) -> list[bytes]:
    return [_request(path) for path in paths]


def _posted(path: str, body: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def _complete(buffer: bytearray) -> bool:
    head, separator, _ = buffer.partition(b"\r\n\r\n")
    if not separator:
        return False
    name = b"content-length:"
    at = head.lower().index(name) + len(name)
    return len(buffer) >= len(head) + 4 + int(head[at:].split(b"\r\n", 1)[0])


def _box(lon: float, lat: float) -> str:
    west, south, east, north = lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1
    return f"/collections/stations/items?f=json&limit=5&bbox={west:.6f},{south:.6f},{east:.6f},{north:.6f}"


def pygeoapi(folder: Path, data: Path = DEMO, *, most: int = 50) -> dict[str, str]:
    """Write what pygeoapi needs to serve a file of GeoJSON, a page `most` features; return its environment."""
    extent = {"spatial": {"bbox": [116, 33, 119, 35], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    texts = {"title": "stations", "description": "stations", "keywords": ["stations"]}
    provider = {"type": "feature", "name": "GeoJSON", "data": str(data), "id_field": "id"}
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 5000},
            "url": "http://127.0.0.1:5000",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "language": "en-US",
            "limits": {"default_items": 10, "max_items": most},
            "map": {"url": "http://localhost/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                **texts,
                "keywords_type": "theme",
                "terms_of_service": "none",
                "url": "http://localhost",
            },
            "license": {"name": "none", "url": "http://localhost"},
            "provider": {"name": "none", "url": "http://localhost"},
            "contact": {"name": "none", "email": "none@localhost"},
        },
        "resources": {
            "stations": {"type": "collection", **texts, "links": [], "extents": extent, "providers": [provider]}
        },
    }
    config_file, openapi_file = folder / "config.json", folder / "openapi.json"
    config_file.write_text(json.dumps(config))  # JSON is YAML
    openapi = {"openapi": "3.0.2", "info": {"title": "stations", "version": "1"}, "paths": {}}
    openapi_file.write_text(json.dumps(openapi))
    return {"PYGEOAPI_CONFIG": str(config_file), "PYGEOAPI_OPENAPI": str(openapi_file)}


if __name__ == "__main__":
    main()
