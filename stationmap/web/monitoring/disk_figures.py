"""What lies on the disk: the database, the room that is left, the backups. Files are looked at, none is opened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client.core import Metric

from stationmap.backups.kept import kept_in, latest_verified
from stationmap.settings import Settings
from stationmap.web.disk_room import nearest_folder, written_folders
from stationmap.web.monitoring.families import gauge, gauges

_PARTS = ("", "-wal", "-shm")


def disk_figures(settings: Settings) -> Iterator[Metric]:
    """Yield the size of the database and the room of the folders that are written to."""
    if settings.database_file.is_file():
        size = sum(_size(settings.database_file.with_name(settings.database_file.name + part)) for part in _PARTS)
        yield gauge("database_bytes", "Size of SQLite's database with its log.", size)
    folders = written_folders(settings) | {"backups": settings.backups}
    rooms = {name: shutil.disk_usage(nearest_folder(folder)) for name, folder in folders.items()}
    free = {(name,): room.free for name, room in rooms.items()}
    whole = {(name,): room.total for name, room in rooms.items()}
    yield gauges("disk_free_bytes", "Room that is left where a folder lies.", ["folder"], free)
    yield gauges("disk_size_bytes", "Size of the file system where a folder lies.", ["folder"], whole)


def backup_figures(folder: Path, at: datetime) -> Iterator[Metric]:
    """Yield what there is of the nightly backups at a moment; raises FileError where their folder may not be read."""
    kept, verified = kept_in(folder), latest_verified(folder, at)
    yield gauge("backups", "Backups that lie in their folder.", len(kept))
    yield gauge("backups_bytes", "Size of those backups.", sum(_size(each.path) for each in kept))
    if made := next((each.at for each in kept if each.at <= at), None):
        yield gauge("backup_timestamp_seconds", "When the latest backup was made.", made.timestamp())
    if verified and verified.verified:
        made_at = verified.verified.made_at.timestamp()
        yield gauge(
            "backup_verified_timestamp_seconds", "When the latest backup that was found whole was made.", made_at
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # SQLite removes its log when it is empty
        return 0
