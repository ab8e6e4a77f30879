"""How far digests have gone out, for the commands that tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stationmap.notify.channels import Channel
    from stationmap.settings import Settings
    from stationmap.storage.notifications import Progress


def progress_of(chosen: Settings, channels: Iterable[Channel]) -> Iterator[tuple[Channel, Progress | None]]:
    """Yield how far each channel is, None for one that no server has served; makes no database."""
    from stationmap.storage import notifications, open_database
    from stationmap.storage.reports import registry_key

    if not chosen.database_url and not chosen.database_file.exists():
        yield from ((channel, None) for channel in channels)
        return
    path = registry_key(chosen)
    with closing(open_database(chosen)) as database, database.reading() as connection:
        for channel in channels:
            yield channel, notifications.progress(connection, path, channel.name)
