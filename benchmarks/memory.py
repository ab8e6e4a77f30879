"""What a server of a whole country's registry takes: memory after use, seconds to start and to take a new version.

    python benchmarks/memory.py [STATIONS]

220,000 stations unless said otherwise: first the demonstration registry copied (1,020 bytes a station, 225 MB), then
records in which no member of the format is missing (1,360 bytes, 300 MB). Seeds 20261123 and 20261124. Each is served,
asked 400 questions and pages, then replaced by a version in which one line in 100 is another, and by one in which every
line is. Seconds are of the wall and of the server's processor; megabytes are those that are its own when it is at rest.
Peers read the same file, each in a process of its own: `orjson.loads` and `geopandas.read_file` (pyogrio).
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fixture.copies import copies
from fixture.full_records import full_records
from fixture.process import LIMIT_S, serving

STATIONS = 220_000
REST_S = 10.0
TICKS = os.sysconf("SC_CLK_TCK")
PEER = """
import json, resource, time
began, used = time.perf_counter(), time.process_time()
{code}
rss = int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
print(json.dumps([time.perf_counter() - began, time.process_time() - used, rss / 1e6]))
"""
PEERS = {
    "orjson.loads": "import orjson; held = orjson.loads(open({path!r}, 'rb').read())",
    "geopandas.read_file": "import geopandas; held = geopandas.read_file({path!r})",
}
ASKED = (
    "/api/v1/nearest?lon={lon}&lat={lat}",
    "/api/v1/nearest?lon={lon}&lat={lat}&open=now&facility=toilet",
    "/api/v1/nearest?lon={lon}&lat={lat}&q=gongyuan",
    "/api/v1/stations?limit=20&offset={offset}",
)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else STATIONS
    print(f"{'':34}{'wall s':>10}{'CPU s':>10}{'MB':>10}")
    for name, make in {"copies": copies, "full records": full_records}.items():
        with tempfile.TemporaryDirectory() as folder:
            _measure(name, make, count, Path(folder) / "stations.geojson")


def _measure(name: str, make: Callable[..., bytes], count: int, path: Path) -> None:
    path.write_bytes(make(count))
    print(f"{name}, {path.stat().st_size / 1e6:.0f} MB")
    for peer, code in PEERS.items():
        command = [sys.executable, "-c", PEER.format(code=code.format(path=str(path)))]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        print(_row(peer, *(json.loads(done.stdout) if done.returncode == 0 else [float("nan")] * 3)))
    settings = {"STATIONMAP_REGISTRY": str(path), "STATIONMAP_POLL_S": "0.1", "STATIONMAP_MAX_REGISTRY_MB": "4096"}
    began = time.perf_counter()
    with serving(environment={**settings, "STATIONMAP_READ_ONLY": "true"}) as server:
        print(_row("start, to the first answer", _wait(server.port, ""), 0, 0, began=began, pid=server.pid))
        _use(server.port, count)
        time.sleep(REST_S)
        print(_row("after use", 0, 0, _own_mb(server.pid)))
        for version, kinds in {"one in 100 changed": (1, 100), "every one changed": (2, 1)}.items():
            content = make(count, moved=kinds[0], every=kinds[1])
            revision = _revision(server.port)
            beside = path.with_suffix(".new")
            beside.write_bytes(content)
            del content
            used, began = _cpu_s(server.pid), time.perf_counter()
            beside.replace(path)
            _wait(server.port, revision)
            taken_s, used = time.perf_counter() - began, _cpu_s(server.pid) - used
            time.sleep(REST_S)
            _use(server.port, count)
            time.sleep(REST_S)
            print(_row(version, taken_s, used, _own_mb(server.pid)))


def _row(name: str, wall_s: float, cpu_s: float, mb: float, *, began: float = 0, pid: int = 0) -> str:
    if pid:
        wall_s, cpu_s, mb = time.perf_counter() - began, _cpu_s(pid), _own_mb(pid)
    return f"  {name:32}{wall_s:10.2f}{cpu_s:10.2f}{mb:10.0f}"


def _wait(port: int, known: str) -> float:
    """Wait for an answer from another revision than the one known."""
    began = time.perf_counter()
    while _revision(port) == known:
        if time.perf_counter() - began > LIMIT_S:
            raise SystemExit("the new version was not served in time")
        time.sleep(0.01)
    return time.perf_counter() - began


def _revision(port: int) -> str:
    return str(_ask(port, "/api/v1/nearest?lon=117.2&lat=34.3").headers["Stationmap-Revision"])


def _use(port: int, count: int) -> None:
    for turn in range(100):
        for path in ASKED:
            _ask(port, path.format(lon=116.9 + turn / 200, lat=34 + turn / 200, offset=turn * (count // 100)))


def _ask(port: int, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def _cpu_s(pid: int) -> float:
    """Return the seconds of a processor that a process took, with those of its children that ended."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])) / TICKS


def _own_mb(pid: int) -> float:
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Rss:")) * 1_024 / 1e6


if __name__ == "__main__":
    main()
