"""Reports as everybody may read them: state, answer, the place of the station, a text only released and masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.registry.model import Station
from stationmap.reports.model import SETTLED, UNSETTLED, WANTING, Kind, Status
from stationmap.reports.public_ids import day_of, public_id
from stationmap.storage.reports import public, reading
from stationmap.storage.reports.reading import KeptReport
from stationmap.web.state import current_snapshot, state

OPEN, CLOSED = "open", "closed"
STATUSES_OF: dict[str, tuple[Status, ...]] = {OPEN: UNSETTLED, CLOSED: SETTLED}


class PublicReport(NamedTuple):
    """A report without what is nobody else's business; `station` is None where it is not in the registry any more."""

    id: str
    station_id: str
    station: Station | None
    kind: Kind
    status: Status
    answer: str
    text: str
    received_at: datetime
    changed_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.status in UNSETTLED


class Wanted(NamedTuple):
    """Which reports: some kinds and statuses, received since a moment and before another, a page of them."""

    kinds: tuple[Kind, ...]
    statuses: tuple[Status, ...]
    since: datetime
    until: datetime
    most: int
    offset: int


def listed(wanted: Wanted) -> list[PublicReport]:
    """Return a page of reports, the latest received first."""
    desk = state().desk
    if not desk.has_reports:
        return []
    with desk.database().reading() as connection:
        kept = reading.listed(
            connection,
            desk.registry,
            kinds=wanted.kinds or WANTING,
            statuses=wanted.statuses,
            since=wanted.since,
            until=wanted.until,
            most=wanted.most,
            offset=wanted.offset,
        )
        return _public(connection, kept)


def by_public_ids(known: Sequence[str]) -> list[PublicReport]:
    """Return the reports of some ids, as far as there are any, in their order."""
    desk = state().desk
    if not desk.has_reports:
        return []
    found: dict[str, str] = {}
    key, days = desk.public_key, {day for each in known if (day := day_of(each))}
    with desk.database().reading() as connection:
        for since, until in days:
            received = public.ids_between(connection, desk.registry, since, until)
            found |= {public_id(key, each, at): each for each, at in received.items()}
        ids = [found[each] for each in known if each in found]
        reports = {each.id: each for each in _public(connection, reading.by_ids(connection, desk.registry, ids))}
    return [reports[each] for each in dict.fromkeys(known) if each in reports]


def lately_changed(most: int) -> list[PublicReport]:
    """Return the reports that came or were decided last, the latest first."""
    desk = state().desk
    if not desk.has_reports:
        return []
    with desk.database().reading() as connection:
        found = _public(connection, public.lately_changed(connection, desk.registry, most=most))
    return sorted(found, key=lambda each: each.changed_at, reverse=True)


def _public(connection: sa.Connection, kept: Sequence[KeptReport]) -> list[PublicReport]:
    registry, key = current_snapshot().registry, state().desk.public_key
    changed = public.changed_at(connection, kept)
    return [
        PublicReport(
            public_id(key, each.id, each.report.received_at),
            each.report.station_id,
            registry.get(each.report.station_id),
            each.report.kind,
            each.status,
            each.answer,
            each.masked_text if each.is_released else "",
            each.report.received_at,
            changed[each.id],
        )
        for each in kept
    ]
