"""The workers of a Dask cluster, each with one copy of the work; imported when a cluster is asked for.

Work goes to each worker once, also to one that comes later or takes the place of one that was lost, and never from
worker to worker: Dask takes what it cannot measure for small, and would copy an index of stations as a task's result
from one to another wherever it moves a task (xoak, issue 18). So a task holds its part and nothing else, and may be
moved as Dask likes.
"""

from __future__ import annotations

import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any
from uuid import uuid4

from distributed import Client, Future, KilledWorker, LocalCluster, Worker, WorkerPlugin, get_worker

from stationmap.errors import InvalidAuditError, WorkersLostError


class HeldWork(WorkerPlugin):
    """One copy of the work on each worker, unpickled as it begins."""

    work: Callable[[Any], Any]

    def __init__(self, work: bytes, *, is_own: bool) -> None:
        self.name = f"stationmap-{uuid4().hex}"
        self._pickled, self._is_own = work, is_own

    def setup(self, worker: Worker) -> None:  # noqa: ARG002  the plugin itself is kept by the worker
        """Unpickle the work on a worker."""
        if self._is_own and current_thread() is main_thread():
            # Ctrl-C reaches all processes of a terminal: the first one tells of it, and ends these.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.work = pickle.loads(self._pickled)
        self._pickled = b""


def _do(name: str, part: Any) -> Any:
    return get_worker().plugins[name].work(part)


class Cluster:
    """Takes parts in hand; Dask does lost ones again by itself."""

    def __init__(self, work: bytes, client: Client, ahead: int, *, is_own: bool) -> None:
        self._client = client
        self.in_flight = max(sum(client.nthreads().values()), 1) * ahead
        self._held = HeldWork(work, is_own=is_own)
        client.register_plugin(self._held)
        self._sent: deque[Future] = deque(maxlen=self.in_flight)

    def send(self, part: Any) -> Future:
        """Put a part in the queue."""
        future = self._client.submit(_do, self._held.name, part, pure=False)
        self._sent.append(future)
        return future

    def result(self, sent: deque[tuple[Any, Future]]) -> Any:
        """Wait for the first part of those sent."""
        try:
            return sent[0][1].result()
        except KilledWorker as error:
            raise WorkersLostError(f"the cluster lost worker after worker over one part: {error}") from error

    def close(self) -> None:
        """Cancel what is not done, and take the work from the workers."""
        self._client.cancel(list(self._sent))
        self._client.unregister_worker_plugin(self._held.name)


@contextmanager
def connected(scheduler: str | None, workers: int, patience_s: float) -> Iterator[Client]:
    """Yield a client of a running cluster, or without the address of one of a cluster of so many workers here."""
    if scheduler is None:
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    with _client(scheduler, patience_s) as client:
        yield client


def _client(scheduler: str, patience_s: float) -> Client:
    try:
        client = Client(scheduler, timeout=patience_s)
    except (OSError, ValueError) as error:  # a time-out is an OSError
        raise InvalidAuditError(f"no Dask scheduler answers at {scheduler}") from error
    try:
        client.wait_for_workers(1, timeout=patience_s)
    except TimeoutError as error:
        client.close()
        raise InvalidAuditError(f"the Dask scheduler at {scheduler} has no workers") from error
    return client
