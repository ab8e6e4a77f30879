"""The one way in which pages of staff decide on reports: noted with who did so, and seen by riders at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import sqlalchemy as sa

from stationmap.reports.model import Decision, Kind
from stationmap.storage.reports.settling import decide_in_group
from stationmap.web.access.guard import current_user
from stationmap.web.state import now, state


def decide(
    connection: sa.Connection,
    station_id: str,
    kind: Kind,
    report_ids: Collection[str],
    decision: Decision,
    *,
    until: datetime,
) -> int:
    """Decide on reports of a group that was seen until a moment, and return how many there were."""
    registry, by = state().desk.registry, current_user().name
    return decide_in_group(connection, registry, station_id, kind, report_ids, decision, by=by, at=now(), until=until)


def show_at_once(station_id: str) -> None:
    """Let riders see what became of the reports of a station."""
    state().desk.renew(state().snapshot.registry, station_id)


def moment_sent(text: str) -> datetime | None:
    """Return the moment until which somebody saw a group, as its page sends it back; None for anything else.

    Nobody saw what is still to come: what they decide leaves that alone.
    """
    try:
        at = datetime.fromisoformat(text)
        return min(at.astimezone(UTC), now()) if at.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None
