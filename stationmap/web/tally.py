"""How often something happened since the start, by kind: counted where it happens, read where it is watched."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

Labels = tuple[str, ...]


class Tally:
    """Numbers by labels that only grow; safe to share between threads."""

    def __init__(self, known: Iterable[Labels] = ()) -> None:
        """Begin at 0 for the labels that are `known`, so that the first of a kind is seen as a change."""
        self._counts: dict[Labels, float] = dict.fromkeys(known, 0.0)
        self._lock = Lock()

    def count(self, *labels: str, amount: float = 1.0) -> None:
        """Add an amount to the number of some labels."""
        with self._lock:
            self._counts[labels] = self._counts.get(labels, 0.0) + amount

    def counts(self) -> dict[Labels, float]:
        """Return the number of each combination of labels."""
        with self._lock:
            return dict(self._counts)
