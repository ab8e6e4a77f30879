"""What riders reported, as the database keeps it: accepted once, read, decided, deleted.

Functions on a connection of `Database`. A registry is named by where its file is, without links: reports are taken also
where the registry itself is only read, and has no journal.
"""

from __future__ import annotations

import os
from pathlib import Path


def registry_key(path: Path) -> str:
    """Return what reports of a registry are kept under."""
    return os.path.realpath(path)
