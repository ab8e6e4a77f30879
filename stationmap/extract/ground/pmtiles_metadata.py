"""The metadata of a file of PMTiles (version 3): replaced by ours, with where the tiles come from.

What tippecanoe writes there names its command line, and with it folders of the machine. Only the names of layers stay.
Source of the layout: PMTiles specification, version 3.
"""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import IO

from stationmap import files
from stationmap.errors import FileError
from stationmap.provenance import MEMBER, Provenance

_HEADER_BYTES = 127
_SECTIONS = struct.Struct("<8Q")
"""Offset and length of the root directory, the metadata, the leaf directories and the tiles, from byte 8 on."""
_INTERNAL_COMPRESSION = 97  # the byte of the header for the compression of directories and metadata
_GZIP = 2
_BLOCK_BYTES = 4 * 1024 * 1024


def with_metadata(tiles: Path, path: Path, provenance: Provenance) -> None:
    """Copy a file of tiles with metadata of ours, which hold the provenance; raises FileError."""
    with files.opened(tiles) as source:
        header = source.read(_HEADER_BYTES)
        if header[:8] != b"PMTiles\x03" or len(header) < _HEADER_BYTES or header[_INTERNAL_COMPRESSION] != _GZIP:
            raise FileError(f"{tiles}: is no file of PMTiles as tippecanoe writes them")
        root, meta, leaves, data = _pairs(header)
        kept = json.loads(gzip.decompress(_part(source, *meta)))
        metadata = gzip.compress(json.dumps(_ours(kept, provenance), ensure_ascii=False).encode(), mtime=0)
        sizes = (root[1], len(metadata), leaves[1], data[1])
        with files.written(path) as out:
            out.write(_header_of(header, sizes))
            out.write(_part(source, *root))
            out.write(metadata)
            for offset, length in (leaves, data):
                _copy(source, out, offset, length)


def _ours(kept: dict[str, object], provenance: Provenance) -> dict[str, object]:
    return {
        "name": "stationmap",
        "type": "baselayer",
        "attribution": provenance.rights.attribution,
        "vector_layers": kept.get("vector_layers", []),
        MEMBER: provenance.to_json(),
    }


def _pairs(header: bytes) -> list[tuple[int, int]]:
    numbers = _SECTIONS.unpack_from(header, 8)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _header_of(header: bytes, sizes: tuple[int, ...]) -> bytes:
    """Return the header of a file whose four sections follow each other."""
    numbers, offset = [], _HEADER_BYTES
    for size in sizes:
        numbers += [offset, size]
        offset += size
    return header[:8] + _SECTIONS.pack(*numbers) + header[8 + _SECTIONS.size :]


def _part(source: IO[bytes], offset: int, length: int) -> bytes:
    source.seek(offset)
    return source.read(length)


def _copy(source: IO[bytes], out: IO[bytes], offset: int, length: int) -> None:
    source.seek(offset)
    while length > 0 and (block := source.read(min(length, _BLOCK_BYTES))):
        out.write(block)
        length -= len(block)
