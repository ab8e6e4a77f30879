"""How long the staff page of the audit takes to recolour the city: Chromium, the demonstration registry, 250 m cells.

    python benchmarks/audit_page.py

179,921 cells, 1,002 stations; no seed, for nothing is drawn by lot. A move is measured in the page from the event to
the end of the first frame painted after it: figures of all districts, colours, picture. Medians and the slowest of 20.
"""

from __future__ import annotations

import statistics
import time

from fixture.browsing import chromium, serving
from playwright.sync_api import Page

from stationmap.settings import Settings
from stationmap.web import create_app

MOVES = 20
TARGET_MS = 200
SETTLED_MS = 15_000  # until gaps and hours are there, which take the processor too
MOVE = """([id, value]) => new Promise((resolve) => {
  const slider = document.getElementById(id);
  const began = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
})"""


def moves(page: Page, control: str, values: list[int]) -> list[float]:
    """Return the milliseconds of each move of a control."""
    return [page.evaluate(MOVE, [control, value]) for value in values]


def row(what: str, times: list[float]) -> None:
    print(f"| {what} | {statistics.median(times):.0f} | {max(times):.0f} | {TARGET_MS} |")


def main() -> None:
    with serving(create_app(Settings())) as origin, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for visit in ("first", "second"):
            began = time.perf_counter()
            page.goto(f"{origin}/audit")
            page.wait_for_selector("body[data-ready]", timeout=60_000)
            print(f"{visit} visit, from the address to colours and figures: {time.perf_counter() - began:.1f} s")
        page.wait_for_timeout(SETTLED_MS)
        print("\n| what | median, ms | slowest, ms | target, ms |\n|---|---|---|---|")
        row("radius slider", moves(page, "radius", [500 + 100 * step for step in range(MOVES)]))
        row("hour picker", moves(page, "hour", [step % 24 for step in range(MOVES)]))


if __name__ == "__main__":
    main()
