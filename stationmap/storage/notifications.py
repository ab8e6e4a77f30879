"""How far digests of riders' reports have gone out on each channel: one process at a time sends, none repeats or loses.

Functions on a connection of `Database`. A channel that is due is claimed for a while, in a transaction; whoever has
the claim sends outside of it, then settles it. A claim that is never settled ends by itself, and the same reports are
sent again: rather twice than not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import notifications, report_events, reports

CLAIMED = timedelta(minutes=10)
"""How long a claim holds; longer than sending can take."""
FARTHEST = timedelta(days=1, minutes=5)
"""No pause between two digests is longer: what is later was written by a clock that was ahead."""
REOPENED = "reopened"
"""The kind of what a rider says is not mended."""


class Progress(NamedTuple):
    """How far a channel is: reports received until `sent_until` went out; nothing is sent before `next_at`."""

    sent_until: datetime
    failures: int
    """How often sending failed since it last succeeded."""
    next_at: datetime

    def is_due(self, at: datetime) -> bool:
        """Tell whether something may be sent at a moment."""
        return not at < self.next_at <= at + FARTHEST


class NewReports(NamedTuple):
    """How many undecided reports of one kind a station got, by how many devices; when the first and the last came."""

    station_id: str
    kind: str
    reports: int
    devices: int
    first_at: datetime
    last_at: datetime


def progress(connection: sa.Connection, registry: str, channel: str) -> Progress | None:
    """Return how far a channel is, None for one that is new."""
    row = connection.execute(sa.select(notifications).where(_is(registry, channel))).one_or_none()
    return None if row is None else Progress(moment(row.sent_until), row.failures, moment(row.next_at))


def claim(connection: sa.Connection, registry: str, channel: str, *, at: datetime) -> Progress | None:
    """Claim a channel if it is due, and return how far it is, with the end of the claim; None if it is not due.

    A channel that is new begins here: what was reported earlier is no news.
    """
    found = progress(connection, registry, channel)
    if found is None:
        found = Progress(at, 0, at)
        row = {"channel": _key(registry, channel), "sent_until": moment_text(at), "failures": 0}
        connection.execute(sa.insert(notifications).values(**row, next_at=moment_text(at)))
    if not found.is_due(at):
        return None
    sent_until = at - CLAIMED if found.sent_until > at + FARTHEST else found.sent_until
    claimed = found._replace(next_at=at + CLAIMED, sent_until=sent_until)
    connection.execute(_update(registry, channel).values(next_at=moment_text(claimed.next_at)))
    return claimed


def settle(connection: sa.Connection, registry: str, channel: str, *, claimed: Progress, then: Progress) -> bool:
    """Note how far a channel is that was claimed; False, and nothing noted, where the claim has ended meanwhile."""
    still = notifications.c.next_at == moment_text(claimed.next_at)
    values = {"sent_until": moment_text(then.sent_until), "failures": then.failures}
    return bool(
        connection.execute(
            _update(registry, channel).where(still).values(**values, next_at=moment_text(then.next_at))
        ).rowcount
    )


def new_reports(connection: sa.Connection, registry: str, *, since: datetime, until: datetime) -> Sequence[NewReports]:
    """Return what riders reported after one moment and up to another and nobody has decided, by station and kind.

    Locked outside posted hours is no news and left out. What a rider opened again is of the kind REOPENED.
    """
    columns, events = reports.c, report_events.c
    undecided = columns.registry == registry, columns.status == "new"
    is_news = sa.or_(columns.kind != "locked", columns.posted != "closed")
    received = _counts(columns.received_at, since, until).add_columns(columns.kind).group_by(columns.kind)
    found = [
        NewReports(station_id, kind, count, devices, moment(first), moment(last))
        for station_id, count, devices, first, last, kind in connection.execute(
            received.where(*undecided, columns.decided_at.is_(None), is_news)
        )
    ]
    opened = _counts(events.at, since, until).join_from(reports, report_events, events.report_id == columns.id)
    by_rider = events.status == "new", events.author == ""
    for station_id, count, devices, first, last in connection.execute(opened.where(*undecided, *by_rider)):
        found.append(NewReports(station_id, REOPENED, count, devices, moment(first), moment(last)))
    return sorted(found)


def _counts(at: sa.Column[Any], since: datetime, until: datetime) -> sa.Select[Any]:
    """Return by station how many reports have a moment in between, of how many devices, and the ends."""
    station, report, device = reports.c.station_id, reports.c.id, reports.c.device
    numbers = sa.func.count(report.distinct()), sa.func.count(device.distinct()), sa.func.min(at), sa.func.max(at)
    within = at > moment_text(since), at <= moment_text(until)
    return sa.select(station, *numbers).where(*within).group_by(station)


def _is(registry: str, channel: str) -> sa.ColumnElement[bool]:
    return notifications.c.channel == _key(registry, channel)


def _update(registry: str, channel: str) -> sa.Update:
    return sa.update(notifications).where(_is(registry, channel))


def _key(registry: str, channel: str) -> str:
    """Return what stands for a channel of a registry: several registries may share a database."""
    return hashlib.sha256(f"{registry}\0{channel}".encode()).hexdigest()
