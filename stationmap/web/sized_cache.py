"""A cache that is bounded by the bytes it holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What knows how many bytes it takes."""

    @property
    def size(self) -> int:
        """Return how many bytes it holds."""


Value = TypeVar("Value", bound=Sized)


class SizedCache(Generic[Value]):
    """The most recently used values by their key, up to a number of bytes in all; safe to share between threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def get(self, key: Hashable) -> Value | None:
        """Return the cached value, None where there is none."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        """Cache a value, and evict the least recently used until all fit."""
        with self._lock:
            former = self._values.pop(key, None)
            self.bytes += value.size - (former.size if former else 0)
            self._values[key] = value
            while self.bytes > self._max_bytes:
                self.bytes -= self._values.popitem(last=False)[1].size
