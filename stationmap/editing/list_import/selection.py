"""What somebody chooses of a preview, as edits for the one save path."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

import orjson

from stationmap.editing.edits import Edit
from stationmap.editing.list_import.groups import Group, ImportPreview, PreviewRow
from stationmap.registry.model import Station
from stationmap.registry.revision import line

SELECTABLE: Final[tuple[Group, ...]] = ("added", "changed", "moved", "missing")
"""Groups that may be applied: of the others a person has to decide first."""

USUAL: Final[tuple[Group, ...]] = ("added", "changed", "moved")
"""What `all` means: a station that a list leaves out may be another county's."""


def edits_of(
    preview: ImportPreview,
    groups: Iterable[Group],
    *,
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> tuple[Edit, ...]:
    """Return the edits of some groups; of their rows those of the ids in `only`, or else all, but for `without`.

    A station that is missing is marked as closed: it stays with its history, riders are not sent there, and whoever
    was wrong sets its status again.
    """
    chosen = [group for group in SELECTABLE if group in set(groups)]
    rows = (row for group in chosen for row in preview.groups[group])
    return tuple(
        Edit(row.station_id, row.before, after)
        for row in rows
        if (not only or row.station_id in only) and row.station_id not in without
        for after in _afters(row)
    )


def _afters(row: PreviewRow) -> Iterator[Station]:
    if row.where:
        if row.after is not None:
            yield row.after
    elif row.before is not None and row.before.status not in ("closed", "moved"):
        yield closed(row.before)


def closed(station: Station) -> Station:
    """Return a station that is there no more."""
    feature = orjson.loads(line(station))
    feature["properties"]["status"] = "closed"
    return Station.model_validate(feature)
