"""The file `streets.graph`: a magic number, a JSON header, and arrays that are used as they lie in it.

    offset 0   8 bytes   MAGIC
           8   uint32    VERSION
          12   uint32    length of the header
          16   uint32    CRC-32 of the header
          20             the header in UTF-8: provenance, grids, arrays (name, dtype, shape, offset), length and CRC-32
                         of the data; then zeros up to a multiple of ALIGNMENT, where the data begins

All numbers are little-endian. A file that is opened is copied to a private file without a name while its checksum is
worked out, and the copy is mapped: whatever then happens to the file disturbs nobody.
"""

from __future__ import annotations

import json
import struct
import sys
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap import files
from stationmap.errors import FileError, Finding, InvalidCityFileError, reason_of
from stationmap.finding_codes import FindingCode

MAGIC = b"STREETS\n"
VERSION = 1
ALIGNMENT = 64
MAX_HEADER_BYTES = 1_000_000
MAX_DATA_BYTES = 16 * 1024**3
BLOCK_BYTES = 1024 * 1024
_PRELUDE = struct.Struct("<8sIII")

Arrays = Mapping[str, NDArray[Any]]

DAMAGED = "文件不完整或已损坏：请重新运行 stationmap city build is torn or damaged: run `stationmap city build` again"
NOT_STREETS = "不是街道网络文件 is no file of streets: `stationmap city build` makes one"
OTHER_VERSION = (
    "是另一版本程序生成的：请重新运行 stationmap city build "
    "was made by another version of the program: run `stationmap city build` again"
)


class GraphFile(NamedTuple):
    """What a file holds: its header, and its arrays, which are read-only and lie in a private map."""

    header: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    size_bytes: int


def write(path: Path, header: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a file of arrays, each of the shape (n,) of its own, whole or not at all; raises FileError."""
    laid_out, data_bytes, crc = [], 0, 0
    blocks: list[bytes | memoryview] = []
    for name, array in arrays.items():
        little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
        padding = bytes(-data_bytes % ALIGNMENT)
        offset = data_bytes + len(padding)
        laid_out.append({"name": name, "dtype": little.dtype.str, "length": len(little), "offset": offset})
        for block in (padding, little.view(np.uint8).data) if len(little) else (padding,):
            blocks.append(block)
            crc = zlib.crc32(block, crc)
            data_bytes += len(block)
    text = json.dumps(
        {**header, "arrays": laid_out, "data_bytes": data_bytes, "data_crc32": crc}, ensure_ascii=False
    ).encode()
    prelude = _PRELUDE.pack(MAGIC, VERSION, len(text), zlib.crc32(text))
    with files.written(path) as file:
        file.write(prelude + text)
        file.write(bytes(-(len(prelude) + len(text)) % ALIGNMENT))
        for block in blocks:
            file.write(block)


def read(path: Path) -> GraphFile:
    """Read a file; raises FileError, or InvalidCityFileError for one that is torn, damaged or of another version."""
    with files.opened(path) as file:
        header, begin = _header(path, file)
        try:
            layout = [_Array.of(each) for each in header["arrays"]]
            data_bytes, crc = int(header["data_bytes"]), int(header["data_crc32"])
        except (KeyError, TypeError, ValueError) as error:
            raise _invalid(path, "damaged", DAMAGED) from error
        if not 0 < data_bytes <= MAX_DATA_BYTES or any(not each.lies_within(data_bytes) for each in layout):
            raise _invalid(path, "damaged", DAMAGED)
        mapped = _mapped(path, file, data_bytes, crc)
    arrays = {each.name: each.taken_from(mapped) for each in layout}
    if sys.byteorder != "little":
        arrays = {name: array.astype(array.dtype.newbyteorder("=")) for name, array in arrays.items()}
    return GraphFile(header, arrays, begin + data_bytes)


_DTYPES = {"<f8": 8, "<f4": 4, "<i4": 4, "<i8": 8}


class _Array(NamedTuple):
    name: str
    dtype: str
    length: int
    offset: int

    @classmethod
    def of(cls, member: Mapping[str, Any]) -> _Array:
        found = cls(str(member["name"]), str(member["dtype"]), int(member["length"]), int(member["offset"]))
        if found.dtype not in _DTYPES:
            raise ValueError(found.dtype)
        return found

    def taken_from(self, data: NDArray[np.uint8]) -> NDArray[Any]:
        """Return the array, shape (length,), of the data it lies in, shape (data_bytes,)."""
        end = self.offset + self.length * _DTYPES[self.dtype]
        return np.asarray(data[self.offset : end]).view(self.dtype)

    def lies_within(self, data_bytes: int) -> bool:
        end = self.offset + self.length * _DTYPES[self.dtype]
        return self.length >= 0 <= self.offset and self.offset % ALIGNMENT == 0 and end <= data_bytes


def _header(path: Path, file: IO[bytes]) -> tuple[dict[str, Any], int]:
    """Return the header, and where the data begins."""
    prelude = file.read(_PRELUDE.size)
    if prelude[: len(MAGIC)] != MAGIC:
        raise _invalid(path, "not_built", NOT_STREETS)
    if len(prelude) < _PRELUDE.size:
        raise _invalid(path, "damaged", DAMAGED)
    _, version, length, crc = _PRELUDE.unpack(prelude)
    if version != VERSION:
        raise _invalid(path, "newer_format", OTHER_VERSION)
    text = file.read(length) if length <= MAX_HEADER_BYTES else b""
    if len(text) != length or zlib.crc32(text) != crc:
        raise _invalid(path, "damaged", DAMAGED)
    begin = _PRELUDE.size + length
    file.read(-begin % ALIGNMENT)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid(path, "damaged", DAMAGED) from error
    if not isinstance(header, dict):
        raise _invalid(path, "damaged", DAMAGED)
    return header, begin + -begin % ALIGNMENT


def _mapped(path: Path, file: IO[bytes], data_bytes: int, crc: int) -> NDArray[np.uint8]:
    """Return the data of a file, shape (data_bytes,), in a map of a private copy that no other process can change."""
    found, left = 0, data_bytes
    try:
        with tempfile.TemporaryFile() as private:
            while block := file.read(min(BLOCK_BYTES, left)):
                found, left = zlib.crc32(block, found), left - len(block)
                private.write(block)
            private.flush()
            if left or found != crc or file.read(1):
                raise _invalid(path, "damaged", DAMAGED)
            return np.memmap(private, dtype=np.uint8, mode="r", shape=(data_bytes,))
    except OSError as error:
        raise FileError(f"{path}: {reason_of(error)}") from error


def _invalid(path: Path, code: FindingCode, detail: str) -> InvalidCityFileError:
    return InvalidCityFileError((Finding(path.name, code, detail),))
