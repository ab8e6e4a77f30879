"""An items page of 1,000 stations by OGC API - Features, beside pygeoapi and tipg over the same features.

    python benchmarks/ogc.py [--peer PYTHON] [--tipg PYTHON]

`--peer` (or BENCH_PEER) is the Python of an environment with pygeoapi and waitress, `--tipg` (or BENCH_TIPG) of one
with tipg and uvicorn; tipg also needs Debian's PostgreSQL with PostGIS (postgresql-15-postgis-3). What is not there is
skipped, and said. pygeoapi reads the flat features as a GeoJSON file, tipg as a table of the same columns, in a
PostgreSQL on a socket. One client, connected beforehand; rounds alternate between the servers, so that a slow moment of
the machine hits all; the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fixture.copies import ROOT
from fixture.process import Server, serving
from serving import PEER, pygeoapi

sys.path.insert(0, str(ROOT))
from tests.postgres import cluster, programs

PAGE, ROUNDS, TARGET_MS = 1_000, 15, 30
ITEMS = f"/ogc/collections/stations/items?limit={PAGE}"
POSTGIS = Path("/usr/share/postgresql")
TIPG = """
import socket, uvicorn
from tipg.main import app
listening = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listening.getsockname()[1]}/", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
"""
_SQL = {"string": "text", "integer": "integer", "number": "double precision", "boolean": "boolean"}

Asked = tuple[Server, str, dict[str, str]]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peer", default=os.environ.get("BENCH_PEER"))
    options.add_argument("--tipg", default=os.environ.get("BENCH_TIPG"))
    given = options.parse_args()
    with ExitStack() as servers:
        ours = servers.enter_context(serving())
        flat = json.loads(_answer((ours, f"{ITEMS}&f=json", {}))[1])
        schema = json.loads(_answer((ours, "/ogc/collections/stations/schema", {}))[1])
        runs: dict[str, Asked] = {
            "stationmap": (ours, ITEMS, {}),
            "stationmap, gzip": (ours, ITEMS, {"Accept-Encoding": "gzip"}),
            "stationmap, br": (ours, ITEMS, {"Accept-Encoding": "br"}),
            "stationmap, has_toilet=true": (ours, f"{ITEMS}&has_toilet=true", {}),
        }
        folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
        if given.peer:
            settings = pygeoapi(folder, _file(folder, flat), most=PAGE)
            theirs = servers.enter_context(serving(PEER, settings, python=given.peer))
            runs["pygeoapi, GeoJSON file"] = (theirs, f"/collections/stations/items?f=json&limit={PAGE}", {})
        else:
            print("pygeoapi: skipped, no --peer")
        if why := _lacking(given.tipg):
            print(f"tipg: skipped, {why}")
        else:
            url = servers.enter_context(_table(flat, schema))
            theirs = servers.enter_context(serving(TIPG, {"DATABASE_URL": url}, python=given.tipg))
            runs["tipg, PostGIS"] = (theirs, f"/collections/public.stations/items?f=geojson&limit={PAGE}", {})
        _print(_measured(runs))


def _print(found: dict[str, tuple[float, int]]) -> None:
    ours = found["stationmap"][0]
    print(f"a page of {PAGE:,} stations, one client, the median of {ROUNDS} rounds")
    print(f"{'':30}{'ms':>8}{'kB':>8}{'to ours':>10}")
    for name, (ms, size) in found.items():
        print(f"{name:30}{ms:8.1f}{size / 1000:8.0f}{ms / ours:10.1f}")
    print(f"target {TARGET_MS} ms: {'met' if ours <= TARGET_MS else 'missed'}")


def _measured(runs: dict[str, Asked]) -> dict[str, tuple[float, int]]:
    """Return the median milliseconds of each, and the bytes of its answer."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    sizes = {}
    for name, asked in runs.items():
        sizes[name] = len(_answer(asked)[1])  # which also warms it up
    for _ in range(ROUNDS):
        for name, asked in runs.items():
            times[name].append(_answer(asked)[0])
    return {name: (statistics.median(times[name]), sizes[name]) for name in runs}


def _answer(asked: Asked) -> tuple[float, bytes]:
    server, path, headers = asked
    client = http.client.HTTPConnection(server.host, server.port, timeout=60)
    client.connect()
    began = time.perf_counter()
    client.request("GET", path, headers=headers)
    answer = client.getresponse()
    body = answer.read()
    took_ms = (time.perf_counter() - began) * 1000
    assert answer.status == 200, body[:500]
    client.close()
    return took_ms, body


def _file(folder: Path, flat: dict[str, Any]) -> Path:
    path = folder / "flat.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": flat["features"]}, ensure_ascii=False))
    return path


def _lacking(python: str | None) -> str:
    if not python:
        return "no --tipg"
    if programs() is None or not list(POSTGIS.glob("*/extension/postgis.control")):
        return "no PostgreSQL with PostGIS"
    return ""


@contextmanager
def _table(flat: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """Give the URL of a database with a table of the features, its columns those of the collection."""
    import psycopg

    types = {name: _SQL[told["type"]] for name, told in schema["properties"]["properties"]["properties"].items()}
    found = programs()
    assert found
    with cluster(found) as url:
        with psycopg.connect(url) as connection:
            connection.execute("create extension postgis")
            columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
            connection.execute(f"create table stations (id text primary key, geom geometry(Point, 4326), {columns})")
            places = ", ".join(["%s"] * len(types))
            for each in flat["features"]:
                told = each["properties"]
                connection.execute(
                    f"insert into stations values (%s, st_setsrid(st_makepoint(%s, %s), 4326), {places})",
                    [each["id"], *each["geometry"]["coordinates"], *(told[name] for name in types)],
                )
            connection.execute("analyze stations")
        # tipg wants a host before the path; a folder with a socket is one, in the encoding of addresses.
        place, socket = url.split("?host=")
        yield place.replace("@/", f"@{quote(socket, safe='')}/")


if __name__ == "__main__":
    main()
