"""A decision on reports of a group, and what follows from it for the mark of the station."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from stationmap.reports.model import Decision, Kind
from stationmap.storage.reports import deciding
from stationmap.storage.reports.groups import ids_of_group


def decide_in_group(
    connection: sa.Connection,
    registry: str,
    station_id: str,
    kind: Kind,
    report_ids: Collection[str],
    decision: Decision,
    *,
    by: str,
    at: datetime,
    until: datetime,
) -> int:
    """Decide on reports of a group that was seen until a moment, and return how many there were.

    Where none of the group is left that says the door is locked, because it was put right, what was seen until then
    marks the station no longer.
    """
    count = deciding.decide(connection, report_ids, decision, by=by, at=at)
    is_put_right = kind == "locked" and decision.status == "fixed" and count > 0
    if is_put_right and not ids_of_group(connection, registry, station_id, kind, until):
        deciding.end_mark(connection, registry, station_id, by=by, at=until)
    return count
