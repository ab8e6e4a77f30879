"""What a process keeps of what it publishes: the revision of it, and the file that it is, packed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from threading import Lock
from typing import NamedTuple

from flask import current_app

from stationmap.errors import CancelCheck, never_cancelled
from stationmap.exchange.published_registry import Published, published_of, published_pieces
from stationmap.registry.registry import Registry
from stationmap.web.guard.concurrency_limit import concurrency_limit

EXTENSION = "stationmap.publication"
SLOW_STATIONS = 5_000
"""Stations above which a registry that nothing is known of yet takes more than 50 ms."""
_LEVEL, _GZIP = 4, 31
_PIECE_BYTES = 65_536


class Packed(NamedTuple):
    """A file in gzip, and how long it is when unpacked."""

    gzip: bytes
    length: int

    def pieces(self) -> Iterator[bytes]:
        """Yield the file unpacked."""
        unpacking = zlib.decompressobj(_GZIP)
        for start in range(0, len(self.gzip), _PIECE_BYTES):
            yield unpacking.decompress(self.gzip[start : start + _PIECE_BYTES])
        yield unpacking.flush()


class Publication:
    """Works out what is published of a registry once, and from the one before; safe to use from threads."""

    def __init__(self) -> None:
        # Each is replaced by one assignment; whoever makes one that another thread makes as well has lost time only.
        self._published: tuple[str, Published] | None = None
        self._packed: tuple[str, Packed] | None = None
        self._is_wanted = True
        self._making = Lock()

    def prepare(self, registry: Registry) -> None:
        """Make the file of a registry before somebody asks, if that of the one before was asked for.

        So a copy waits for no file, and an editor's saves make none that nobody takes.
        """
        with self._making:
            if self._is_wanted and (self._packed is None or self._packed[0] != registry.revision):
                self._is_wanted = False
                self.revision(registry, never_cancelled)
                self._packed = registry.revision, _packed(registry, never_cancelled)

    def slot(self, registry: Registry, check: CancelCheck) -> AbstractContextManager[None]:
        """Hold a slot for slow answers where one about a registry may be slow; raises as `exclusive_slot` does."""
        is_known = self._packed is not None and self._packed[0] == registry.revision
        return concurrency_limit().exclusive_slot_if(not is_known and len(registry) > SLOW_STATIONS, check)

    def revision(self, registry: Registry, check: CancelCheck) -> str:
        """Return the revision of what is published of a registry; raises what `check` raises."""
        known = self._published
        if known is not None and known[0] == registry.revision:
            return known[1].revision
        found = published_of(registry, known and known[1], check)
        self._published = registry.revision, found
        return found.revision

    def packed(self, registry: Registry, check: CancelCheck) -> Packed:
        """Return the file that is published of a registry; raises what `check` raises."""
        self._is_wanted = True
        with self._making:  # who asks while it is made waits for the rest of that
            if self._packed is None or self._packed[0] != registry.revision:
                self._packed = registry.revision, _packed(registry, check)
            return self._packed[1]


def _packed(registry: Registry, check: CancelCheck) -> Packed:
    packing, length, made = zlib.compressobj(_LEVEL, wbits=_GZIP), 0, bytearray()
    for piece in published_pieces(registry, check):
        length += len(piece)
        made += packing.compress(piece)
    return Packed(bytes(made + packing.flush()), length)


def publication() -> Publication:
    """Return what the process of the application that answers keeps."""
    found: Publication = current_app.extensions[EXTENSION]
    return found
