"""Whoever does the work, the outcome is the same, in the same order, also when a worker is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationmap.audit.inputs.supply import Supply
from stationmap.audit.metrics import executors
from stationmap.audit.metrics.coverage import CoverageCounter, WeightedPoints, added, coverage, figures
from stationmap.audit.metrics.executors import AHEAD, EXECUTORS, run
from stationmap.errors import InvalidAuditError, WorkersLostError
from tests.conftest import ROOT
from tests.deadly_work import Counted, Fatal, RefusedError, Square, refuse_seven, whose
from tests.test_audit_whatif import DEMAND, REGISTRY, TERRITORY

OTHERS = [name for name in EXECUTORS if name != "serial"]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_results_come_in_the_order_of_the_parts(executor: str) -> None:
    assert list(run(Square(), iter(range(20)), executor=executor, workers=2)) == [n * n for n in range(20)]


@pytest.mark.parametrize("executor", OTHERS)
def test_a_killed_worker_changes_nothing_but_the_time(executor: str, tmp_path: Path) -> None:
    work = Square(tmp_path / "killed", deadly=5)
    assert list(run(work, iter(range(12)), executor=executor, workers=2)) == [n * n for n in range(12)]
    assert work.marker is not None and work.marker.exists(), "no worker was killed"


def test_a_worker_killed_from_outside_while_others_wait_is_replaced() -> None:
    results = run(whose, iter(range(10)), executor="process", workers=2)
    victim = next(results)
    os.kill(victim, signal.SIGKILL)  # a child of this test's own pool
    assert len(list(results)) == 9


def test_a_part_that_kills_every_worker_is_given_up() -> None:
    with pytest.raises(WorkersLostError, match="over one part"):
        list(run(Square(deadly=1, always=True), range(3), executor="process", workers=1))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_an_error_of_the_work_is_the_callers(executor: str) -> None:
    results = run(refuse_seven, range(9), executor=executor, workers=1)
    assert [next(results) for _ in range(7)] == list(range(7))
    with pytest.raises(RefusedError, match="seven"):
        next(results)


def test_parts_are_made_only_as_they_are_needed() -> None:
    made = []

    def parts() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    results = run(Square(), parts(), executor="process", workers=2)
    for done in range(10):
        next(results)
        assert len(made) <= done + 1 + 2 * AHEAD
    results.close()  # type: ignore[attr-defined]
    assert len(made) < 20


def test_whoever_watches_may_give_the_work_up() -> None:
    seen = []
    others = set(multiprocessing.active_children())  # of tests before, in the same process

    def watch(done: int) -> None:
        seen.append(done)
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run(Square(), range(100), executor="process", workers=1, progress=watch))
    assert seen == [1, 2, 3]
    assert set(multiprocessing.active_children()) <= others


def test_ctrl_c_ends_all_processes_of_a_terminal_and_one_of_them_tells_of_it() -> None:
    program = (
        "from stationmap.audit.metrics.executors import run; from tests.deadly_work import whose_slowly\n"
        "if __name__ == '__main__':\n"
        "    for pid in run(whose_slowly, range(10_000), executor='process', workers=2): print(pid, flush=True)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as begun:
        assert begun.stdout is not None
        worker = int(begun.stdout.readline())
        os.killpg(begun.pid, signal.SIGINT)  # as a terminal does
        _, told = begun.communicate(timeout=60)
    assert told.count("Traceback") == 1 and told.rstrip().endswith("KeyboardInterrupt")
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_running_cluster_is_used_and_left_running() -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        answers = [set(run(whose, range(4), executor="dask", scheduler=cluster.scheduler_address)) for _ in range(2)]
    assert len(answers[0]) == 1
    assert answers[0] == answers[1] != {os.getpid()}


def test_a_cluster_without_workers_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "PATIENCE_S", 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as cluster,
        pytest.raises(InvalidAuditError, match="has no workers"),
    ):
        list(run(whose, range(4), executor="dask", scheduler=cluster.scheduler_address))


@pytest.mark.parametrize("executor", OTHERS)
def test_the_work_is_unpickled_once_by_each_worker_however_many_parts_there_are(executor: str, tmp_path: Path) -> None:
    made = list(run(Counted(tmp_path), iter(range(40)), executor=executor, workers=2))
    notes = list(tmp_path.iterdir())
    assert len(made) == 40
    assert {int(note.name.partition("-")[0]) for note in notes} >= set(made)
    assert len(notes) == len({note.name.partition("-")[0] for note in notes}) <= 2


def test_a_worker_of_a_cluster_that_takes_the_place_of_a_killed_one_has_the_work_as_well(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        results = run(Counted(tmp_path), iter(range(30)), executor="dask", scheduler=cluster.scheduler_address)
        first = next(results)
        os.kill(first, signal.SIGKILL)  # a worker of this test's own cluster
        assert len([first, *results]) == 30


@pytest.mark.parametrize("executor", OTHERS)
def test_an_audit_is_the_same_to_the_last_thousandth_with_a_worker_killed(executor: str, tmp_path: Path) -> None:
    supply = Supply.of(REGISTRY.stations)
    whole = coverage(TERRITORY, DEMAND, supply, 1_000.0)
    batches = list(WeightedPoints.of(TERRITORY, DEMAND).batches(50))
    suicide = Square(tmp_path / "killed", deadly=3)
    work = Fatal(CoverageCounter(supply, 2, 1_000.0), float(batches[2].lons[0]), suicide)
    counted = run(work, iter(batches), executor=executor, workers=2)
    found = figures(added(counted, 2), TERRITORY.codes, TERRITORY.grid.cell_km2)
    assert (tmp_path / "killed").exists(), "no worker was killed"
    assert (found.total, found.districts) == (whole.total, whole.districts)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"executor": "threads"}, "no such one"),
        ({"executor": "process", "scheduler": "tcp://127.0.0.1:1"}, "is for the executor dask"),
        ({"executor": "dask", "scheduler": "nonsense://"}, "no Dask scheduler"),
    ],
)
def test_what_cannot_be_had_is_refused(options: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidAuditError, match=problem):
        list(run(Square(), range(2), **options))  # type: ignore[arg-type]
