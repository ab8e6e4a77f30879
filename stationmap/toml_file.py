"""TOML files that may hold secrets: read without ever repeating what stands in them, and only where others cannot."""

from __future__ import annotations

import os
import stat
import tomllib
from typing import Any

_NOT_OTHERS = stat.S_IRWXO | stat.S_IWGRP


class InvalidTomlError(ValueError):
    """Bytes are no TOML; the message says where it breaks, not what stands there, which may be a secret."""


def parse(data: bytes) -> dict[str, Any]:
    """Return a document of TOML in UTF-8; raises InvalidTomlError."""
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        _, found, place = str(error).rpartition("(at ")
        raise InvalidTomlError(f"不是 TOML is no TOML: {place.rstrip(')') if found else '?'}") from None
    except (ValueError, RecursionError):  # also for a number of thousands of digits
        raise InvalidTomlError("不是 UTF-8 的 TOML is no TOML in UTF-8") from None


def is_open_to_others(status: os.stat_result) -> bool:
    """Tell whether others than the owner and the group may read a file, or others than the owner write it."""
    return os.name == "posix" and bool(status.st_mode & _NOT_OTHERS)


CLOSE_IT = "别人可读或可改，请运行 others may read or change it, run: chmod"
"""What is wrong with a file that is open to others; the mode it should have follows."""
