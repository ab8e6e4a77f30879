"""Texts kept for the next answer, bounded by the bytes they take: those least used lately are made anew when needed."""

from __future__ import annotations

from threading import Lock
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What knows how many bytes it takes."""

    @property
    def size(self) -> int:
        """Return how many bytes it takes, roughly."""


Text = TypeVar("Text", bound=Sized)


class KeptTexts(Generic[Text]):
    """Texts by a number, such as a row; safe to share between threads, and read without a lock.

    They are of two generations. Half of the bytes are for the younger one; when that is full the older one is dropped
    and the younger one takes its place. What is asked for meanwhile goes back to the younger. So a look costs one
    dictionary, where an order of use would have to be kept under a lock.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_young_bytes, self._young_bytes = max_bytes // 2, 0
        self._young: dict[int, Text] = {}
        self._old: dict[int, Text] = {}
        self._writing = Lock()

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, number: int) -> Text | None:
        """Return the text kept under a number, None where there is none."""
        found = self._young.get(number)
        if found is None:
            found = self._old.get(number)
            if found is not None:
                self.put(number, found)
        return found

    def put(self, number: int, text: Text) -> None:
        """Keep a text under a number, in place of the one before."""
        with self._writing:
            former = self._young.get(number)
            added = text.size - (former.size if former is not None else 0)
            if self._young_bytes + added > self._max_young_bytes:
                self._old, self._young, self._young_bytes = self._young, {}, 0
                added = text.size
            self._young[number] = text
            self._young_bytes += added
