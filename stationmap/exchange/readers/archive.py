"""A look at an archive before anything opens it: how large its parts are, how much smaller they are packed."""

from __future__ import annotations

import io
import zipfile

from stationmap.errors import InvalidTableError

MAX_BYTES = 50 * 1024 * 1024
MAX_RATIO = 100
MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
MAX_PARTS = 2_000
_ALWAYS_FINE = 1024 * 1024  # bytes of a part, whatever its ratio: an empty sheet packs well


def refuse_bombs(data: bytes) -> None:
    """Raise InvalidTableError for an archive that nobody's workbook is: damaged, too large, or packed too well.

    What the archive says of its parts is taken as it is; whoever unpacks them has limits of its own.
    """
    if len(data) > MAX_BYTES:
        raise InvalidTableError(f"工作簿太大 has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise InvalidTableError(
            "工作簿已损坏，请用 Excel 或 WPS 另存一次 is a damaged workbook: save it again"
        ) from error
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    too_well = any(
        part.file_size > max(_ALWAYS_FINE, MAX_RATIO * max(1, part.compress_size)) or part.flag_bits & 1
        for part in parts
    )
    # Parts that lie over each other hold more than the file has bytes.
    if too_well or len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or packed > len(data):
        raise InvalidTableError(
            "工作簿压缩得异常，不会打开 is packed as no workbook is, and is not opened: save it again in Excel or WPS"
        )
