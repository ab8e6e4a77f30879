"""Time `check --deep` beside `check`: 1,002 stations of the city, and 220,000 copies of them moved a little.

    python benchmarks/deep_checks.py

Copies are those of `fixture/copies.py`, seed 20261123, with what the checks look at; moved up to 0.3 degrees, most lie
outside the district they state, and all share their names, so that both checks find more than they should. The day is
2026-11-30.
Effects are counted on the residents of the city, 179,921 cells. Limits: some seconds, and a minute. Memory is the peak
of the process, the registry included.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from fixture.copies import copies

from stationmap.audit.demand.census import residents
from stationmap.audit.studies.city_territory import city, city_areas
from stationmap.deep_checks import examine
from stationmap.registry.checks import quality
from stationmap.registry.registry import parse
from stationmap.resources import demo_registry

KEPT = "name category district address access hours hours_source closures facilities phone status verified".split()
TODAY = date(2026, 11, 30)
T = TypeVar("T")


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds of a call, and what it returns."""
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def main() -> None:
    """Print the table."""
    demand, counties = residents(city()), city_areas()
    print(f"{'stations':>10}{'check s':>10}{'deep s':>10}{'ratio':>8}{'by station s':>14}{'issues':>11}{'peak MB':>9}")
    for count in (1_002, 220_000):
        registry = parse(demo_registry().read_bytes() if count == 1_002 else copies(count, properties=KEPT))
        timed(lambda: quality.warnings(registry, counties, today=TODAY) if count == 1_002 else None)  # noqa: B023
        check_s, _ = timed(lambda: quality.warnings(registry, counties, today=TODAY))  # noqa: B023
        deep_s, examined = timed(lambda: examine(registry, today=TODAY, demand=demand, counties=counties))  # noqa: B023
        list_s, _ = timed(examined.stations)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        row = f"{count:10,}{check_s:10.2f}{deep_s:10.2f}{deep_s / check_s:8.1f}{list_s:14.2f}"
        print(f"{row}{len(examined.issues):11,}{peak_mb:9.0f}")


if __name__ == "__main__":
    main()
