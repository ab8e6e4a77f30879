"""What the feed costs: to work out, to compress, to send and to ask for again.

    python benchmarks/feed.py

Stations: the demonstration registry, and copies of its stations moved up to 0.3 degrees. Seed 20261123.
Times are the best of three runs of this process's CPU; the first run includes reading the opening hours.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

import brotli
from fixture.copies import DEMO, copies

from stationmap.formats.feed import feed
from stationmap.registry import registry as registries
from stationmap.settings import Settings
from stationmap.web import create_app

COPIES = (5_000, 20_000)
TARGET_KB = 60
DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RUNS = 3


def main() -> None:
    """Print the table."""
    print(f"{'stations':>10}{'first s':>10}{'again s':>10}{'plain kB':>11}{'gzip kB':>10}{'br kB':>8}{'br s':>8}")
    for content in (DEMO.read_bytes(), *map(copies, COPIES)):
        registry = registries.parse(content)
        first_s, body = _timed(lambda registry=registry: feed(registry, DAY), runs=1)
        again_s, _ = _timed(lambda registry=registry: feed(registry, DAY))
        br_s, packed = _timed(lambda body=body: brotli.compress(body), runs=1)
        sizes = f"{len(body) / 1e3:11.1f}{len(gzip.compress(body)) / 1e3:10.1f}{len(packed) / 1e3:8.1f}"
        print(f"{len(registry):10,}{first_s:10.3f}{again_s:10.3f}{sizes}{br_s:8.2f}")
    _ask_again()


def _timed(act: Callable[[], bytes], *, runs: int = RUNS) -> tuple[float, bytes]:
    spent, answer = [], b""
    for _ in range(runs):
        began = time.process_time()
        answer = act()
        spent.append(time.process_time() - began)
    return min(spent), answer


def _ask_again() -> None:
    """Print what the server sends to a phone that has no feed yet, and to one that has it."""
    client = create_app(Settings(registry=DEMO), clock=lambda: NOW).test_client()
    for encoding in ("gzip", "br"):
        first = client.get("/api/v1/feed", headers={"Accept-Encoding": encoding})
        sent_kb = len(first.data) / 1e3
        known = {"Accept-Encoding": encoding, "If-None-Match": first.headers["ETag"]}
        again = client.get("/api/v1/feed", headers=known)
        verdict = "ok" if sent_kb <= TARGET_KB and again.status_code == 304 and not again.data else "MISSED"
        print(
            f"sent in {encoding}: {sent_kb:.1f} kB (at most {TARGET_KB}); asked again: {again.status_code}  {verdict}"
        )


if __name__ == "__main__":
    main()
