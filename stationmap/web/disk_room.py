"""How much room the disks have that a server writes to: in /readyz, and in the log when it grows short and ends."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from stationmap.settings import Settings

FULL_BYTES, LOW_BYTES = 4_000_000, 250_000_000
"""Free bytes below which a change may not fit any more, and below which somebody should make room."""

Room = Literal["ok", "low", "full"]

log = logging.getLogger("stationmap.storage")


class DiskRoom:
    """The disks of some folders; the one with the least room counts."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """Take folders, which may not be there yet: the disk is that of the nearest one above."""
        self._folders = tuple(folders)
        self._noted: Room = "ok"

    def free_bytes(self) -> int | None:
        """Return the bytes that this process may still write, None where no disk says so."""
        return min((free for _, free in self._measured()), default=None)

    def room(self) -> Room:
        """Return whether there is room; costs a call of the system."""
        return _judged(self.free_bytes())

    def look(self) -> None:
        """Log when room grows short, when there is none, and when there is enough again, each time once."""
        measured = self._measured()
        room, noted = _judged(min((free for _, free in measured), default=None)), self._noted
        self._noted = room
        if room == noted or not measured:
            return
        folder, free = min(measured, key=lambda each: each[1])
        if room == "full":
            log.error("the disk is full, nothing can be changed: %s, %d bytes left; docs/backup.md", folder, free)
        elif room == "low":
            log.warning("the disk is nearly full: %s, %d MB left; docs/backup.md", folder, free // 1_000_000)
        else:
            log.info("the disk has room again: %s, %d MB left", folder, free // 1_000_000)

    def _measured(self) -> list[tuple[Path, int]]:
        found = []
        for folder in self._folders:
            with suppress(OSError):  # a network drive that is away
                found.append((folder, shutil.disk_usage(nearest_folder(folder)).free))
        return found


def room_of(settings: Settings) -> DiskRoom:
    """Return the room of what a server with these settings writes."""
    return DiskRoom(written_folders(settings).values())


def written_folders(settings: Settings) -> dict[str, Path]:
    """Return where a server writes, by what lies there: the registry, and the database if it is a file."""
    folders = {"registry": Path(os.path.realpath(settings.registry)).parent}  # a link stays one, and leads elsewhere
    return folders if settings.database_url else {**folders, "data": settings.database_file.parent}


def nearest_folder(folder: Path) -> Path:
    """Return a folder, or the nearest above it that is there and may be seen: it is made at the first change."""
    folder = folder.absolute()
    for each in (folder, *folder.parents):
        with suppress(OSError):  # below a folder that may not be looked into
            if each.is_dir():
                return each
    return Path(folder.anchor)


def _judged(free: int | None) -> Room:
    if free is None or free >= LOW_BYTES:
        return "ok"
    return "low" if free >= FULL_BYTES else "full"
