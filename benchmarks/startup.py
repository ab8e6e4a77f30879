"""How long what starts takes to load: a server at most 0.6 s, `stationmap nearest` at most 0.35 s.

    python benchmarks/startup.py

Each is a process of its own, a round of all of them after the other; the least of all rounds counts, wall time and
processor time. Compiled modules are written in a first round that does not count. The floor: Python alone, and the
libraries that any server of this kind loads.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 12
LIBRARIES = "flask, flask_compress, waitress, numpy, orjson, pydantic"
NEAREST = str(Path(sys.executable).with_name("stationmap"))
STARTED: dict[str, tuple[list[str], float | None]] = {
    "python": ([sys.executable, "-c", ""], None),
    f"import {LIBRARIES}": ([sys.executable, "-c", f"import {LIBRARIES}"], None),
    "import scipy.spatial": ([sys.executable, "-c", "import scipy.spatial"], None),
    "import folium": ([sys.executable, "-c", "import folium"], None),
    "import stationmap.web.server": ([sys.executable, "-c", "import stationmap.web.server"], 0.6),
    "stationmap --version": ([NEAREST, "--version"], None),
    "stationmap nearest 117.2 34.26": ([NEAREST, "nearest", "117.2", "34.26"], 0.35),
}


def main() -> None:
    """Print the table."""
    least: dict[str, tuple[float, float]] = {}
    for at in range(ROUNDS + 1):
        for name, (command, _) in STARTED.items():
            taken = _seconds(command)
            if at:
                known = least.get(name, (float("inf"), float("inf")))
                least[name] = min(known[0], taken[0]), min(known[1], taken[1])
    print(f"{'':70}{'wall':>9}{'processor':>12}")
    for name, (wall_s, processor_s) in least.items():
        most = STARTED[name][1]
        verdict = "" if most is None else f"  at most {most} s: {'ok' if wall_s <= most else 'MISSED'}"
        print(f"{name:70}{wall_s:7.3f} s{processor_s:10.3f} s{verdict}")


def _seconds(command: list[str]) -> tuple[float, float]:
    """Return the wall and the processor time of a command."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, begun = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    wall_s, after = time.perf_counter() - begun, os.times()
    return wall_s, after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
