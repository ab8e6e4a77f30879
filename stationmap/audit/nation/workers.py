"""Who works on the parts of a country: this process, several of its own, or a cluster (`metrics/executors`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from stationmap.audit.metrics.executors import run
from stationmap.defaults import EXECUTOR
from stationmap.errors import ProgressCallback, no_progress

Part = TypeVar("Part")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Workers:
    """Who works on the parts of a country, and who is told how far they are."""

    executor: str = EXECUTOR
    scheduler: str | None = None
    workers: int | None = None
    progress: ProgressCallback = no_progress

    def run(self, work: Callable[[Part], Result], parts: Sequence[Part], phase: str) -> Iterator[Result]:
        """Yield `work(part)` for each part, in their order (`executors.run`)."""

        def count_done(done: int) -> None:
            self.progress(done / len(parts), phase)

        return run(
            work, parts, executor=self.executor, scheduler=self.scheduler, workers=self.workers, progress=count_done
        )


HERE = Workers()
