"""How long `stationmap city build` takes, how much memory and disk, by the size of the extract.

    python benchmarks/city_build.py [EXTRACT.osm.pbf] [--times 1 10 100]

The extracts are made, seed 17: a crooked grid of named streets with houses, stops and parks, some 35,000 objects as in
that of Monaco, and 10 and 100 times as many. What a province takes is read off the growth from the last but one to
the last: an extract has some 15 bytes an object. A real extract is measured beside them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import osmium
from fixture.copies import ROOT
from osmium.osm.mutable import Node, Way
from rich.console import Console
from rich.table import Table

SEED = 17
BLOCKS = 1_600
WEST, SOUTH, STEP_DEG = 119.0, 32.0, 0.0015
BYTES_AN_OBJECT = 15
PROVINCE_BYTES = 100_000_000
BUILD = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from stationmap.extract.build import build
began, steps = time.perf_counter(), {}

def progress(done, step):
    steps[step] = time.perf_counter() - began

built = build(Path(sys.argv[1]), Path(sys.argv[2]), built_at=datetime.now(UTC), progress=progress)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"s": time.perf_counter() - began, "steps": steps, "kb": peak, "sizes": built.sizes}))
"""


def main() -> None:
    """Print the table."""
    options = parsed()
    table = Table(title=f"stationmap city build, seed {SEED}")
    for heading in ("extract", "objects", "MB", "s", "ground", "places", "streets", "MB Python", "MB tippecanoe",
                    "MB on the way", "MB made"):  # fmt: skip
        table.add_column(heading, justify="right")
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for times in options.times:
            path = Path(folder) / f"{times}.osm.pbf"
            objects = written(path, BLOCKS * times)
            measured.append((objects, *row(table, f"x{times}", path, objects)))
    for path in options.extracts:
        row(table, path.name, path, sum(1 for _ in osmium.FileProcessor(str(path))))
    Console(width=140).print(table)
    if len(measured) > 1:
        print(estimate(measured[-2], measured[-1]))


def row(table: Table, name: str, path: Path, objects: int) -> tuple[float, float, float]:
    """Build, add a row, and return seconds, the greatest memory and the greatest disk in MB."""
    with tempfile.TemporaryDirectory() as folder:
        peak = DiskPeak(Path(folder))
        done = subprocess.run(
            [sys.executable, "-c", BUILD, str(path), folder], cwd=ROOT, capture_output=True, text=True, check=False
        )
        on_the_way = peak.end()
    if done.returncode:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout)
    ends = found["steps"]
    parts = [ends["ground"] - ends["reading"], ends["places"] - ends["ground"], ends["streets"] - ends["places"]]
    memory = [each / 1024 for each in found["kb"]]
    made = sum(found["sizes"].values()) / 1e6
    table.add_row(
        *(name, f"{objects:,}", f"{path.stat().st_size / 1e6:.1f}", f"{found['s']:.1f}"),
        *(f"{each:.1f}" for each in parts),
        *(f"{each:.0f}" for each in (*memory, on_the_way / 1e6)),
        f"{made:.1f}",
    )
    return found["s"], max(memory), on_the_way / 1e6


def estimate(smaller: tuple[float, ...], larger: tuple[float, ...]) -> str:
    """Return what an extract of a province takes, on the line through two measured ones."""
    objects = PROVINCE_BYTES / BYTES_AN_OBJECT
    found = [
        high + (high - low) / (larger[0] - smaller[0]) * (objects - larger[0])
        for low, high in zip(smaller[1:], larger[1:], strict=True)
    ]
    return (
        f"a province of {PROVINCE_BYTES / 1e6:.0f} MB, {objects / 1e6:.1f} million objects: "
        f"{found[0] / 60:.1f} min, {found[1]:,.0f} MB of memory, {found[2]:,.0f} MB of disk on the way"
    )


class DiskPeak:
    """The greatest size of a folder meanwhile, with the files that a process there holds open without a name."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._peak, self._ended = folder, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Return the peak in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self._peak = max(self._peak, self._bytes())

    def _bytes(self) -> int:
        found: dict[int, int] = {}
        for path in (*self._folder.rglob("*"), *Path("/proc").glob("[0-9]*/fd/*")):
            try:
                if str(self._folder) in str(path.readlink() if path.is_relative_to("/proc") else path):
                    status = path.stat()
                    found[status.st_ino] = status.st_blocks * 512
            except OSError:
                continue
        return sum(found.values())


def written(path: Path, blocks: int) -> int:
    """Write an extract of so many blocks; return how many objects it has."""
    rng = np.random.default_rng(SEED)
    side = int(blocks**0.5)
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2026-11-01T00:00:00Z")
    header.add_box(osmium.osm.Box(WEST, SOUTH, WEST + side * STEP_DEG, SOUTH + side * STEP_DEG))
    shift = rng.uniform(-0.0002, 0.0002, (side, side, 2))
    with osmium.SimpleWriter(str(path), header=header) as writer:
        counts = nodes(writer, side, shift), ways(writer, side)
    return sum(counts)


def corner(side: int, x: int, y: int) -> int:
    """Return the first id of a block: its corner, then 4 nodes of its streets, 12 of its houses, a stop."""
    return 1 + (y * side + x) * 18


def nodes(writer: osmium.SimpleWriter, side: int, shift: np.ndarray) -> int:
    for y in range(side):
        for x in range(side):
            first = corner(side, x, y)
            lon, lat = WEST + x * STEP_DEG + shift[y, x, 0], SOUTH + y * STEP_DEG + shift[y, x, 1]
            third = STEP_DEG / 3
            at = [(lon, lat), (lon + third, lat), (lon + 2 * third, lat), (lon, lat + third), (lon, lat + 2 * third)]
            for house in range(3):
                west, south = lon + 0.0003 + house * 0.0003, lat + 0.0003
                at += [(west, south), (west + 0.0002, south), (west + 0.0002, south + 0.0002), (west, south + 0.0002)]
            at.append((lon + 0.0001, lat + 0.0001))
            for number, place in enumerate(at):
                tags = {"highway": "bus_stop", "name": f"示例站{x}-{y}"} if number == 17 and (x + y) % 5 == 0 else {}
                writer.add_node(Node(id=first + number, version=1, location=place, tags=tags))
    return side * side * 18


def ways(writer: osmium.SimpleWriter, side: int) -> int:
    count = 0
    for y in range(side - 1):
        for x in range(side - 1):
            first = corner(side, x, y)
            kind = "primary" if 0 in (x % 20, y % 20) else "residential"
            east = [first, first + 1, first + 2, corner(side, x + 1, y)]
            north = [first, first + 3, first + 4, corner(side, x, y + 1)]
            # A name is that of a street of some thirty blocks, as in a city, not of one through the whole province.
            given = [
                (east, {"highway": kind, "name": f"示例{y}街{x // 30}段"}),
                (north, {"highway": kind, "name": f"示例{x}路{y // 30}段"}),
            ]
            for house in range(3):
                ring = [first + 5 + house * 4 + each for each in (0, 1, 2, 3, 0)]
                given.append((ring, {"building": "yes", **({"leisure": "park", "name": f"示例园{x}-{y}"} if house == 0 and (x * y) % 90 == 7 else {})}))  # fmt: skip  # noqa: E501
            for refs, tags in given:
                count += 1
                writer.add_way(Way(id=count, version=1, nodes=refs, tags=tags))
    return count


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extracts", nargs="*", type=Path)
    parser.add_argument("--times", nargs="*", type=int, default=[1, 10, 100])
    return parser.parse_args()


if __name__ == "__main__":
    main()
