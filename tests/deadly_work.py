"""Work for processes of a pool, which load this module and nothing else of the tests."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stationmap.audit.metrics.coverage import CoverageCounter, CoverageCounts, WeightedPoints


@dataclass(frozen=True)
class Square:
    """Squares a number; the first worker to meet `deadly` ends there, killed, if it can make the marker."""

    marker: Path | None = None
    deadly: int = -1
    always: bool = False

    def __call__(self, number: int) -> int:
        if number == self.deadly and (self.always or self._is_first()):
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    def _is_first(self) -> bool:
        assert self.marker is not None
        try:
            self.marker.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


class RefusedError(ValueError):
    pass


def refuse_seven(number: int) -> int:
    if number == 7:
        raise RefusedError("seven")
    return number


def whose(_: int) -> int:
    return os.getpid()


def whose_slowly(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


@dataclass(frozen=True, eq=False)
class Fatal:
    """Counts places; the first worker to meet the third batch ends there, killed."""

    counter: CoverageCounter
    third: float
    suicide: Square

    def __call__(self, places: WeightedPoints) -> CoverageCounts:
        if places.lons[0] == self.third:
            self.suicide(self.suicide.deadly)
        return self.counter(places)


@dataclass(frozen=True)
class Counted:
    """Says who works, and notes in a folder each time a process unpickles it."""

    folder: Path

    def __call__(self, _: int) -> int:
        time.sleep(0.02)  # so that every worker has its turn
        return os.getpid()

    def __setstate__(self, state: dict[str, Path]) -> None:
        vars(self).update(state)
        (self.folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()
