"""What the server takes of memory while nobody asks it anything, after some riders did."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from tools.walk.brought import HOST
from tools.walk.server import Server

REQUESTS = 200
IDLE_S = 20  # also the process that works out the first page of staff has ended by then


class Used(NamedTuple):
    """Memory of the processes of the unit, MB of 1,000,000 bytes."""

    stations: int
    pss_mb: float
    rss_mb: float
    processes: int

    def __str__(self) -> str:
        """Return what a person reads."""
        return f"{self.pss_mb:.0f} MB (resident {self.rss_mb:.0f} MB), {self.processes} process(es)"


def of_unit(made: Server) -> Used:
    """Warm the server up as riders and staff do, wait, and read what its processes take.

    Nobody looks at the audit, whose process stays for ten minutes.
    """
    at = f"https://{HOST}"
    pages = ("", "api/v1/feed", "sw.js", "staff/sign-in", "api/v1/stations", "reports.atom")
    made.run(f"curl -sf {' '.join(f'{at}/{page} -o /dev/null' for page in pages)}")
    made.run(f"curl -sf '{at}/api/v1/nearest?lon=117.[100-{99 + REQUESTS}]&lat=34.2&open=now' -o /dev/null")
    time.sleep(IDLE_S)
    stations = made.run(f"curl -sf '{at}/readyz'").stdout
    pids = made.run("cat /sys/fs/cgroup$(systemctl show -P ControlGroup stationmap)/cgroup.procs").stdout.split()
    told = made.run(f"cat {' '.join(f'/proc/{pid}/smaps_rollup' for pid in pids)}").stdout
    found = re.search(r'"stations": ?(\d+)', stations)
    return Used(int(found[1]) if found else 0, _mb("Pss", told), _mb("Rss", told), len(pids))


def _mb(name: str, told: str) -> float:
    return sum(int(kb) for kb in re.findall(rf"^{name}:\s+(\d+) kB", told, re.MULTILINE)) * 1_024 / 1_000_000
