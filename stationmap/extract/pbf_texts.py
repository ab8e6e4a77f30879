"""Texts in a file in PBF that hold a NUL, which no editor writes: libosmium reads beyond their end, and may crash.

Layout: https://wiki.openstreetmap.org/wiki/PBF_Format. What is not understood here is left to osmium.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from stationmap import files
from stationmap.errors import CancelCheck

MAX_HEADER_BYTES, MAX_BLOB_BYTES = 64 * 1024, 32 * 1024 * 1024  # by the format
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  # wire types of protocol buffers
_DATA_SIZE, _RAW, _ZLIB, _TEXTS, _TEXT = 3, 1, 3, 1, 1  # numbers of fields


def has_broken_texts(path: Path, check: CancelCheck) -> bool:
    """Tell whether a text of a file holds a NUL; raises FileError where it cannot be read."""
    with files.opened(path) as file:
        for block in _blocks(file):
            check()
            try:
                if any(_is_broken(texts) for number, texts in _fields(block) if number == _TEXTS):
                    return True
            except (IndexError, ValueError):
                continue
    return False


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the blocks of a file, unpacked, up to the first that is none."""
    while len(prefix := file.read(4)) == 4:
        try:
            header = dict(_fields(_exactly(file, int.from_bytes(prefix, "big"), MAX_HEADER_BYTES)))
            blob = dict(_fields(_exactly(file, int.from_bytes(header[_DATA_SIZE], "little"), MAX_BLOB_BYTES)))
            if _ZLIB in blob:
                yield zlib.decompressobj().decompress(blob[_ZLIB], MAX_BLOB_BYTES)
            elif _RAW in blob:
                yield blob[_RAW]
        except (IndexError, KeyError, ValueError, zlib.error):
            return


def _exactly(file: IO[bytes], length: int, most: int) -> bytes:
    data = file.read(length) if length <= most else b""
    if len(data) != length:
        raise ValueError(length)
    return data


def _is_broken(texts: bytes) -> bool:
    # Only an empty text has a NUL of its own, its length, and as a rule there is one, the first.
    return b"\0" in texts[2:] and any(b"\0" in text for number, text in _fields(texts) if number == _TEXT)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the fields of a message in protocol buffers; numbers as eight bytes, little end first."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key & 7 == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, (value & (1 << 64) - 1).to_bytes(8, "little")
            continue
        length = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(key & 7)
        if length is None:
            if key & 7 != _BYTES:
                raise ValueError(key)
            length, at = _varint(message, at)
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError(shift)
