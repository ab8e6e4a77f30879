"""How large a registry file may be: a limit of this process, whose memory is what it takes.

Every reader of such a file goes by it, whoever calls: the store, the journal, mirrors, backups, commands.
"""

from __future__ import annotations

from collections.abc import Callable

from stationmap import files

MIB = 2**20
DEFAULT_MB = files.MAX_BYTES // MIB


class _InUse:
    """The limit of this process: one for all, replaced by one assignment."""

    def __init__(self) -> None:
        self.mb: Callable[[], int] = lambda: DEFAULT_MB


_in_use = _InUse()


def adopt(max_mb: int | Callable[[], int]) -> None:
    """Read files of so many MiB from now on, or of as many as is found out when the first is read."""
    _in_use.mb = max_mb if callable(max_mb) else lambda: max_mb


def max_bytes() -> int:
    """Return how many bytes a registry file may have."""
    return _in_use.mb() * MIB
