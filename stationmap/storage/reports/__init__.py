"""What riders reported, as the database keeps it: accepted once, read, decided, deleted.

Functions on a connection of `Database`. A registry is named by where its file is, without links: reports are taken also
where the registry itself is only read, and has no journal.
"""

from __future__ import annotations

from stationmap.settings import Settings


def registry_key(chosen: Settings) -> str:
    """Return what reports of the registry of the settings are kept under."""
    return str(chosen.registry_key)
