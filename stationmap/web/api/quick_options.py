"""Which options of questions are answered in next to no time from the present snapshot: learnt from earlier answers."""

from __future__ import annotations

from typing import NamedTuple
from weakref import ref

from stationmap.web.api.kept_questions import MAX_KEPT, Options
from stationmap.web.snapshot import Snapshot

QUICK_S = 0.002
"""Of the processor: what takes longer does not go on the thread that reads requests."""


class _Learnt(NamedTuple):
    snapshot: ref[Snapshot]
    """Kept by who serves it: one that is replaced goes, asked for or not."""
    bytes_of: dict[Options, int]


class QuickOptions:
    """Options that were answered quickly from a snapshot, with the bytes of the answer; safe to share."""

    def __init__(self) -> None:
        self._learnt: _Learnt | None = None

    def bytes_of(self, options: Options, snapshot: Snapshot) -> int | None:
        """Return how large the latest answer to some options was; None where they are not known to be quick."""
        learnt = self._learnt
        return learnt.bytes_of.get(options) if learnt is not None and learnt.snapshot() is snapshot else None

    def learn(self, options: Options, snapshot: Snapshot, spent_s: float, n_bytes: int) -> None:
        """Remember how an answer went: how much of the processor's time it took, and how large it was."""
        learnt = self._learnt
        # Of another snapshot, what a filter needs has to be made anew.
        if learnt is None or learnt.snapshot() is not snapshot or len(learnt.bytes_of) > MAX_KEPT:
            learnt = self._learnt = _Learnt(ref(snapshot), {})
        if spent_s < QUICK_S:
            learnt.bytes_of[options] = n_bytes
        else:
            learnt.bytes_of.pop(options, None)
