"""Who does the work of a large audit: this process, several of its own, or the workers of a Dask cluster.

The result is the same whichever worker does it, and whichever is lost on the way: results come in the order of the
parts, and what a lost worker had in hand is done again by another. Parts are made only as they are needed, so that
a nation's never stand in memory together.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import closing, contextmanager
from importlib import import_module
from typing import Any, Protocol, TypeVar

from stationmap.defaults import EXECUTOR, EXECUTORS
from stationmap.errors import InvalidAuditError, WorkersLostError

PartsCallback = Callable[[int], None]
"""Called with the number of parts done; it raises to cancel the work."""

ATTEMPTS = 4  # at one part before its losses are no accident
AHEAD = 2  # parts a worker may have waiting, so that none is idle and few are in memory
PATIENCE_S = 30  # for a cluster to answer

Part = TypeVar("Part")
Result = TypeVar("Result")


class _Pool(Protocol):
    """Takes parts in hand; `result` waits for the first of those sent and does again what was lost."""

    in_flight: int

    def send(self, part: Any) -> Any: ...

    def result(self, sent: deque[tuple[Any, Any]]) -> Any: ...

    def close(self) -> None: ...


def run(
    work: Callable[[Part], Result],
    parts: Iterable[Part],
    *,
    executor: str = EXECUTOR,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: PartsCallback | None = None,
) -> Iterator[Result]:
    """Yield `work(part)` for each part, in their order.

    `work` and parts are pickled for other processes, `work` once for each of them. `workers` are as many as there are
    processors by default. `scheduler` is the address of a running Dask cluster; without one, "dask" starts its own on
    this machine. What `work` raises is raised here. Nothing runs on when the caller stops asking.
    Raises InvalidAuditError for an executor that cannot be had, WorkersLostError when losses do not end.
    """
    if executor not in EXECUTORS:
        raise InvalidAuditError(f"executor: no such one: {executor}; known: {', '.join(EXECUTORS)}")
    if scheduler is not None and executor != "dask":
        raise InvalidAuditError(f"a scheduler is for the executor dask, not for {executor}")
    in_turn = (work(part) for part in parts)
    results = in_turn if executor == "serial" else _pooled(work, parts, executor, scheduler, workers)
    # Closed here, not when the last traceback that knows it is gone: workers end before the caller hears of it.
    with closing(results):
        for done, result in enumerate(results, 1):
            if progress is not None:
                progress(done)
            yield result


def _pooled(
    work: Callable[[Part], Result], parts: Iterable[Part], executor: str, scheduler: str | None, workers: int | None
) -> Generator[Result, None, None]:
    count = workers or _processors()
    held = pickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
    if executor == "process":
        with closing(_Processes(held, count)) as processes:
            yield from _in_order(processes, parts)
        return
    try:
        dask = import_module("stationmap.audit.metrics.dask_cluster")
    except ImportError as error:
        raise InvalidAuditError("the executor dask needs an extra: pip install 'stationmap[cluster]'") from error
    with (
        dask.connected(scheduler, count, PATIENCE_S) as client,
        closing(dask.Cluster(held, client, AHEAD, is_own=scheduler is None)) as cluster,
    ):
        yield from _in_order(cluster, parts)


def _in_order(pool: _Pool, parts: Iterable[Any]) -> Iterator[Any]:
    sent: deque[tuple[Any, Any]] = deque()
    for part in parts:
        sent.append((part, pool.send(part)))
        if len(sent) >= pool.in_flight:
            yield pool.result(sent)
            sent.popleft()
    while sent:
        yield pool.result(sent)
        sent.popleft()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# A worker's own copy of the work, unpickled once as it starts.
_held: Callable[[Any], Any] | None = None


def _hold(work: bytes) -> None:
    global _held  # noqa: PLW0603 - a process of a pool has no other place to keep what it is started with
    _held = pickle.loads(work)


def _do(part: Any) -> Any:
    assert _held is not None
    return _held(part)


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, as it does all those of a terminal: the first one ends them.

    One that is killed by it may hold a lock of the pool, and who waits for the pool's end would wait for ever. Here
    Ctrl-C waits for the end of this.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Processes:
    """Processes started afresh, not forked: a fork would copy threads' locks."""

    def __init__(self, work: bytes, workers: int) -> None:
        self._work, self._workers = work, workers
        self.in_flight = workers * AHEAD
        self._pool = self._started()

    def send(self, part: Any) -> Future[Any]:
        try:
            with _without_ctrl_c():  # a worker may be started by this
                return self._pool.submit(_do, part)
        except BrokenExecutor as error:
            lost: Future[Any] = Future()
            lost.set_exception(error)
            return lost

    def result(self, sent: deque[tuple[Any, Any]]) -> Any:
        for _ in range(ATTEMPTS):
            try:
                return sent[0][1].result()
            except BrokenExecutor:
                self._renew(sent)
        raise WorkersLostError(f"worker processes ended {ATTEMPTS} times over one part (killed, or out of memory)")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._workers, context, initializer=_hold, initargs=(self._work,))

    def _renew(self, sent: deque[tuple[Any, Any]]) -> None:
        """Start a new pool, since one lost worker spoils it, and send again what has no outcome."""
        self.close()
        self._pool = self._started()
        for at, (part, future) in enumerate(sent):
            if isinstance(future.exception(), BrokenExecutor):
                sent[at] = part, self.send(part)
