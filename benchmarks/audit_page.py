"""How long the staff page of the audit takes to recolour the city: Chromium, the demonstration registry, 250 m cells.

    python benchmarks/audit_page.py

179,921 cells, 1,002 stations; no seed, for nothing is drawn by lot. A move is measured in the page from the event to
the end of the first frame painted after it: figures of all districts, colours, picture. Medians and the slowest of 20.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from playwright.sync_api import Page, sync_playwright
from waitress.server import create_server

from stationmap.settings import Settings
from stationmap.web import create_app

MOVES = 20
TARGET_MS = 200
SETTLED_MS = 15_000  # until gaps and hours are there, which take the processor too
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
MOVE = """([id, value]) => new Promise((resolve) => {
  const slider = document.getElementById(id);
  const began = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
})"""


@contextmanager
def served() -> Iterator[str]:
    """Serve the demonstration registry on a free port."""
    server = create_server(create_app(Settings()), host="127.0.0.1", port=0, threads=8)
    Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def moves(page: Page, control: str, values: list[int]) -> list[float]:
    """Return the milliseconds of each move of a control."""
    return [page.evaluate(MOVE, [control, value]) for value in values]


def row(what: str, times: list[float]) -> None:
    print(f"| {what} | {statistics.median(times):.0f} | {max(times):.0f} | {TARGET_MS} |")


def main() -> None:
    with served() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
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
        browser.close()


if __name__ == "__main__":
    main()
