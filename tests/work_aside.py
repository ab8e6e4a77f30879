"""Work for processes aside, which load this module and nothing else of the tests."""

from __future__ import annotations

import time

from stationmap.errors import ProgressCallback, StorageError


def report_and_add(number: int, progress: ProgressCallback) -> int:
    """Report progress and return the next number."""
    progress(0.5, "half")
    return number + 1


def refuses(_asked: int, _progress: ProgressCallback) -> None:
    """Refuse, with words for people."""
    raise StorageError("so nicht")


def stumbles(_asked: int, _progress: ProgressCallback) -> None:
    """Fail as only a fault of the program does."""
    raise KeyError("secret")


def never_ends(_asked: None, progress: ProgressCallback) -> None:
    """Work for ever."""
    while True:
        progress(0.1, "")
        time.sleep(0.01)
