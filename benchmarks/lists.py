"""How long 220,000 stations take to be exported and read back, by form, and what memory that takes.

    python benchmarks/lists.py

The stations are those of the demonstration registry, moved up to 0.3 degrees. Seed 20261123. Each step runs in a
process of its own; memory is what it takes beyond the registry, and what the process takes that opens a workbook.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fixture.copies import copies

from stationmap.exchange.export import export
from stationmap.exchange.lists import read_list
from stationmap.registry.registry import Registry, dumps, parse

STATIONS = 220_000
KEPT = ("name", "category", "district", "address", "access", "hours", "facilities", "status", "phone")
ENDINGS = (".csv", ".xlsx", ".geojson")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        registry = Path(folder) / "registry.geojson"
        registry.write_bytes(dumps(parse(copies(STATIONS, properties=KEPT))))
        print(f"{STATIONS:,} stations, {registry.stat().st_size / 1e6:.0f} MB")
        print(f"{'':10}{'export s':>10}{'MB more':>10}{'file MB':>10}{'read s':>10}{'MB more':>10}{'child MB':>10}")
        for ending in ENDINGS:
            path = Path(folder) / f"list{ending}"
            export_s, export_mb, _ = _step("export", registry, path)
            read_s, read_mb, child_mb = _step("read", registry, path)
            size_mb = path.stat().st_size / 1e6
            print(
                f"{ending:10}{export_s:10.1f}{export_mb:10.0f}{size_mb:10.0f}{read_s:10.1f}{read_mb:10.0f}{child_mb:10.0f}"
            )


def _step(name: str, registry: Path, path: Path) -> list[float]:
    """Return what a process of its own measured."""
    done = subprocess.run([sys.executable, __file__, name, registry, path], capture_output=True, text=True, check=True)
    return list(map(float, done.stdout.split()))


def _measured(name: str, registry: Registry, path: Path) -> None:
    before_mb = _peak_mb(resource.RUSAGE_SELF)
    began = time.perf_counter()
    if name == "export":
        with path.open("wb") as file:
            export(registry, path.suffix, file)
    else:
        read_list(path.read_bytes(), path.name, known=registry)
    took_s = time.perf_counter() - began
    print(took_s, _peak_mb(resource.RUSAGE_SELF) - before_mb, _peak_mb(resource.RUSAGE_CHILDREN))


def _peak_mb(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _measured(sys.argv[1], parse(Path(sys.argv[2]).read_bytes()), Path(sys.argv[3]))
    else:
        main()
