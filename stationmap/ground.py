"""The ground: vector tiles of streets, water and buildings by zoom, column and row, of the file `ground.pmtiles`.

The file is read at places of an open descriptor and never mapped into memory: somebody who cuts a mapped file short
ends the process. So a file that was renamed over another goes on being read, and one that was written over in place is
an error that is answered.

Format: PMTiles version 3, https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import weakref
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache, partial
from threading import Lock
from typing import IO, Any, NamedTuple

from pmtiles.tile import (
    Compression,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    zxy_to_tileid,
)

from stationmap import files, provenance
from stationmap.city import GROUND
from stationmap.errors import DamagedGroundError, Finding, InvalidCityFileError
from stationmap.provenance import MEMBER, Bounds, Provenance

HEADER_BYTES = 127
MAGIC = b"PMTiles"
MAX_ZOOM = 20
MAX_PART_BYTES = 16 * 1024 * 1024
"""Of a tile, a directory or the metadata as they stand in the file; those of a build are far smaller."""
MAX_DEPTH = 4  # of directories, by the format
KEPT_DIRECTORIES = 64
_GZIP = b"\x1f\x8b"
_BROKEN = (ArithmeticError, EOFError, LookupError, TypeError, ValueError, OSError, zlib.error)
"""What reading a damaged part may raise; gzip's own error is an OSError."""


class Ground:
    """The tiles of one file, which stays open as long as this is in use; safe to use from several threads.

    `provenance` says of which extract they were made, `bounds` where they lie; there are tiles from `min_zoom` to
    `max_zoom`. Made by `open`.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Read the header and the metadata; raises InvalidCityFileError."""
        self._file = _File(file)
        if file.read(len(MAGIC)) not in (MAGIC, b""):
            raise _invalid("not_built", provenance.NOT_BUILT)
        try:
            header = deserialize_header(self._file.read(0, HEADER_BYTES))
            metadata = _metadata(self._file, header)
        except (MagicNumberNotFound, SpecVersionUnsupported) as error:
            raise _invalid("not_built", provenance.NOT_BUILT) from error
        except (*_BROKEN, DamagedGroundError) as error:
            raise _invalid("damaged", DAMAGED) from error
        self.provenance: Provenance = provenance.read(metadata.get(MEMBER), GROUND)
        if not _is_ours(header):
            raise _invalid("not_built", provenance.NOT_BUILT)
        if header["tile_data_offset"] + header["tile_data_length"] > self._file.size:
            raise _invalid("damaged", DAMAGED)
        self.min_zoom: int = header["min_zoom"]
        self.max_zoom: int = header["max_zoom"]
        self.size_bytes = self._file.size
        self._root = header["root_offset"], header["root_length"]
        self._leaves, self._tiles = header["leaf_directory_offset"], header["tile_data_offset"]
        self._directory = lru_cache(KEPT_DIRECTORIES)(partial(_directory, self._file))

    @classmethod
    def open(cls, path: files.StrPath) -> Ground:
        """Open a file of tiles that `stationmap city build` made; raises FileError, InvalidCityFileError."""
        file = files.opened(path)
        try:
            return cls(file)
        except BaseException:
            file.close()
            raise

    @property
    def bounds(self) -> Bounds:
        """Where there are tiles, degrees, WGS-84."""
        return self.provenance.bounds

    @property
    def is_unchanged(self) -> bool:
        """Whether the file is as it was opened; of one that was written over, even with the same bytes, nothing is."""
        return self._file.is_unchanged

    def has(self, z: int, x: int, y: int) -> bool:
        """Tell whether a tile has a zoom that is served, and a column and a row that this zoom has."""
        return self.min_zoom <= z <= self.max_zoom and 0 <= x < 1 << z and 0 <= y < 1 << z

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return a tile as a Mapbox Vector Tile packed by gzip, None where there is none.

        Raises DamagedGroundError where the file was written over or cut short since it was opened, or is damaged.
        """
        if not self.has(z, x, y):
            return None
        try:
            found = self._found(zxy_to_tileid(z, x, y))
        except _BROKEN as error:
            raise DamagedGroundError(DAMAGED) from error
        if found is not None and not found.startswith(_GZIP):
            raise DamagedGroundError(DAMAGED)
        return found

    def check(self) -> None:
        """Unpack every tile once; raises DamagedGroundError where one is not what was written."""
        try:
            for entry in self._every(self._root, MAX_DEPTH):
                gzip.decompress(self._file.read(self._tiles + entry.offset, entry.length))
        except _BROKEN as error:
            raise DamagedGroundError(DAMAGED) from error

    def _every(self, place: tuple[int, int], depth: int) -> Iterator[_Entry]:
        if not depth:
            raise DamagedGroundError(DAMAGED)
        for entry in _directory(self._file, *place).entries():
            if entry.is_directory:
                yield from self._every((self._leaves + entry.offset, entry.length), depth - 1)
            else:
                yield entry

    def _found(self, tile_id: int) -> bytes | None:
        offset, length = self._root
        for _ in range(MAX_DEPTH):
            entry = self._directory(offset, length).entry(tile_id)
            if entry is None:
                return None
            if not entry.is_directory:
                return self._file.read(self._tiles + entry.offset, entry.length)
            offset, length = self._leaves + entry.offset, entry.length
        raise DamagedGroundError(DAMAGED)


DAMAGED = (
    "地图文件已损坏，或在使用时被改动：请重新生成 "
    "the file of the ground is damaged, or was changed while in use: build it again with `stationmap city build`"
)


class _Entry(NamedTuple):
    """Where a tile or another directory stands, counted from where the tiles or the directories begin."""

    offset: int
    length: int
    is_directory: bool


class _Directory:
    """The entries of a directory in order, as columns: so many objects would take ten times the memory."""

    def __init__(self, packed: bytes) -> None:
        entries = deserialize_directory(packed)
        self._ids = array("Q", (entry.tile_id for entry in entries))
        self._offsets = array("Q", (entry.offset for entry in entries))
        self._lengths = array("Q", (entry.length for entry in entries))
        self._runs = array("Q", (entry.run_length for entry in entries))

    def entry(self, tile_id: int) -> _Entry | None:
        """Return the entry that holds a tile, or the directory in which it stands if it is there."""
        at = bisect_right(self._ids, tile_id) - 1
        if at < 0:
            return None
        run = self._runs[at]
        if run and tile_id - self._ids[at] >= run:
            return None
        return self._entry(at)

    def entries(self) -> Iterator[_Entry]:
        """Yield every entry once, however many tiles it is for."""
        return map(self._entry, range(len(self._ids)))

    def _entry(self, at: int) -> _Entry:
        return _Entry(self._offsets[at], self._lengths[at], is_directory=not self._runs[at])


class _File:
    """Bytes of an open file by their place, as long as it is the one that was opened."""

    def __init__(self, file: IO[bytes]) -> None:
        self._opened = file
        self._lock = Lock()
        weakref.finalize(self, file.close)
        self._state = self._status()
        self.size = self._state[0]

    @property
    def is_unchanged(self) -> bool:
        """Whether it has the size and the time of its last change that it had when it was opened."""
        return self._status() == self._state

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of the file; raises DamagedGroundError where it has not so many, or is no longer the same."""
        if length > MAX_PART_BYTES or offset + length > self.size:
            raise DamagedGroundError(DAMAGED)
        found = self._at(offset, length)
        if len(found) != length or not self.is_unchanged:
            raise DamagedGroundError(DAMAGED)
        return found

    def _at(self, offset: int, length: int) -> bytes:
        if sys.platform != "win32":
            return os.pread(self._opened.fileno(), length, offset)
        with self._lock:
            self._opened.seek(offset)
            return self._opened.read(length)

    def _status(self) -> tuple[int, int]:
        status = os.fstat(self._opened.fileno())
        return status.st_size, status.st_mtime_ns


def _metadata(file: _File, header: HeaderDict) -> dict[str, Any]:
    packed = file.read(header["metadata_offset"], header["metadata_length"])
    found = json.loads(gzip.decompress(packed)) if header["internal_compression"] == Compression.GZIP else {}
    if not isinstance(found, dict):
        raise TypeError(found)
    return found


def _directory(file: _File, offset: int, length: int) -> _Directory:
    return _Directory(file.read(offset, length))


def _is_ours(header: HeaderDict) -> bool:
    packed = (header["internal_compression"], header["tile_compression"])
    is_packed = packed == (Compression.GZIP, Compression.GZIP)
    return (
        is_packed and header["tile_type"] == TileType.MVT and 0 <= header["min_zoom"] <= header["max_zoom"] <= MAX_ZOOM
    )


def _invalid(code: Any, detail: str) -> InvalidCityFileError:
    return InvalidCityFileError((Finding(GROUND, code, detail),))
