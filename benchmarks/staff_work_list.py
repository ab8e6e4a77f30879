"""What the work list costs: making it aside, the page that shows it, and what riders feel meanwhile.

    python benchmarks/staff_work_list.py

*Making* is from the call to the file of pages, in a process of its own, whose peak of memory is given; *page* is the
first page of staff for somebody who is signed in, in this process, which the server's memory grows by. The stations are
those of the demonstration registry, and 220,000 copies of them moved up to 0.3 degrees, seed 20261123; the day is
2026-11-30. Then one client asks a server of 20,000 stations for the nearest ones, one question after another, in quiet,
while the list is made aside, and while the same work is done in a thread of the server, which is what we do not do.
"""

from __future__ import annotations

import http.client
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np
from editing import _waits_ms
from fixture.copies import copies
from fixture.process import LIMIT_S, serving

from stationmap.accounts import sessions, users
from stationmap.registry.registry import dumps, parse
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.access.cookies import TOKEN
from stationmap.web.staff.review.examinations import EXTENSION, Examinations
from stationmap.web.state import EXTENSION as STATE
from stationmap.web.state import State

KEPT = "name category district access hours closures facilities status verified".split()
NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
QUERIES = ("", "?view=kinds", "?district=320303", "?district=320303&kind=kit_incomplete", "?page=1000")
TARGET_MS, MAX_SLOWER, SERVED = 300.0, 3.0, 20_000

TRIGGERED = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from stationmap.errors import no_progress
from stationmap.hours.calendar import china
from stationmap.settings import Settings
from stationmap.web.server import run
from stationmap.web.side_process import Lane
from stationmap.web.staff.review.examination_task import AskedExamination, examine_aside

def work(settings, folder):
    while not (folder / "go").exists():
        time.sleep(0.05)
    asked = AskedExamination(settings, china(), datetime.now(UTC), folder / "made.sqlite")
    if (folder / "go").read_text() == "thread":
        examine_aside(asked, no_progress)
    else:
        Lane("work list", limit_s=600).begin(examine_aside, asked).ended.wait()
    (folder / "done").touch()

if __name__ == "__main__":
    settings, folder = Settings.from_environment(os.environ), Path(os.environ["FOLDER"])
    Thread(target=work, args=(settings, folder), daemon=True).start()
    run(settings, say=lambda line: print(line, flush=True))
"""


def main() -> None:
    """Print the tables."""
    print(f"{'stations':>10}{'made s':>9}{'peak MB':>9}{'file MB':>9}{'grows MB':>10}  page ms, median and slowest")
    for count in (1_002, 220_000):
        data = demo_registry().read_bytes() if count == 1_002 else dumps(parse(copies(count, properties=KEPT)))
        with tempfile.TemporaryDirectory() as folder:
            _print_pages(Path(folder), data, count)
    print(f"\nnearest of {SERVED:,} stations, median and 99th percentile in ms")
    quiet = 0.0
    for way in ("quiet", "process", "thread"):
        with tempfile.TemporaryDirectory() as folder:
            calm, late = _answers_while(way, Path(folder))
        quiet = quiet or late
        verdict = {"quiet": "", "thread": ""}.get(way, "ok" if late <= MAX_SLOWER * quiet else "MISSED")
        print(f"{way:>10}{calm:8.2f}{late:8.2f}   ratio {late / quiet:.1f} {verdict}")


def _print_pages(folder: Path, data: bytes, count: int) -> None:
    path = folder / "stations.geojson"
    path.write_bytes(data)
    app = create_app(Settings(registry=path, data=folder / "data"), clock=lambda: NOW, writable=True)
    state: State = app.extensions[STATE]
    state.journal_head()
    with state.database().writing() as connection:
        user = users.add(connection, "li", name="li", role="reviewer", at=NOW)
        token = sessions.begin(connection, user.id, method="password", at=NOW)
    made = app.extensions[EXTENSION] = Examinations(state.settings)
    began = time.perf_counter()
    shown = made.shown(state.snapshot.registry.revision, NOW, lacks_weeks=False)
    assert shown.job
    shown.job.ended.wait()
    taken_s = time.perf_counter() - began
    assert shown.job.status == "done", shown.job.fault
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    file_mb = made.path_of(state.snapshot.registry.revision, NOW).stat().st_size / 1e6
    client = app.test_client()
    client.set_cookie(TOKEN, token)
    client.get("/staff")  # loads what the pages need
    before_mb, taken = _own_mb(), []
    for query in QUERIES * 5:
        asked = time.perf_counter()
        assert client.get(f"/staff{query}").status_code == 200
        taken.append(1e3 * (time.perf_counter() - asked))
    verdict = "ok" if max(taken) <= TARGET_MS else "MISSED"
    row = f"{count:10,}{taken_s:9.1f}{peak_mb:9.0f}{file_mb:9.1f}{_own_mb() - before_mb:10.1f}"
    print(f"{row}  {median(taken):.0f} {max(taken):.0f} of {TARGET_MS:.0f} {verdict}")
    assert state.keeper
    state.keeper.close()


def _answers_while(way: str, folder: Path) -> tuple[float, float]:
    """Return the median and the 99th percentile of waits in ms."""
    path = folder / "stations.geojson"
    path.write_bytes(dumps(parse(copies(SERVED, properties=KEPT))))
    (folder / "server.py").write_text(TRIGGERED)
    environment = {"STATIONMAP_REGISTRY": str(path), "STATIONMAP_DATA": str(folder / "data"), "FOLDER": str(folder)}
    code = f"import runpy; runpy.run_path({str(folder / 'server.py')!r}, run_name='__main__')"
    with serving(code, _without_unknown(environment)) as server:
        client = http.client.HTTPConnection(server.host, server.port, timeout=LIMIT_S)
        _waits_ms(client, lambda: False, least=3_000)  # the first ones load what they need
        time.sleep(5)  # until the journal has begun
        if way != "quiet":
            (folder / "go").write_text(way)
        waits = _waits_ms(client, _until(folder / "done", way), least=3_000)
    calm, late = np.percentile(waits, [50, 99])
    return float(calm), float(late)


def _until(done: Path, way: str) -> Callable[[], bool]:
    return lambda: way != "quiet" and not done.exists()


def _without_unknown(environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, "PYTHONPATH": os.pathsep.join(sys.path)}


def _own_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
