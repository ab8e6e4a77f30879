"""Reports as everybody may know of them: which there were on a day, which changed lately, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from stationmap.reports.model import WANTING
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.reports.reading import KeptReport, by_ids
from stationmap.storage.schema import report_events, reports

STEPS_A_REPORT = 4
"""Of one report, so many steps or more are rare among the latest."""


def ids_between(connection: sa.Connection, registry: str, since: datetime, until: datetime) -> dict[str, datetime]:
    """Return which reports that want something done were received from a moment on and before another, and when."""
    columns = reports.c
    wanted = sa.select(columns.id, columns.received_at).where(
        columns.registry == registry,
        columns.kind.in_(WANTING),
        columns.received_at >= moment_text(since),
        columns.received_at < moment_text(until),
    )
    return {row.id: moment(row.received_at) for row in connection.execute(wanted)}


def lately_changed(connection: sa.Connection, registry: str, *, most: int) -> list[KeptReport]:
    """Return the reports that came or were decided last, the latest change first.

    Both orders have an index, the later of the two moments has none. What happened in other registries of the database
    stands between, so that of many registries a report may be missed that was decided long ago.
    """
    columns = reports.c
    came = sa.select(columns.id).where(columns.registry == registry, columns.kind.in_(WANTING))
    happened = sa.select(report_events.c.report_id).order_by(report_events.c.id.desc()).limit(STEPS_A_REPORT * most)
    latest = came.order_by(columns.received_at.desc()).limit(most)
    ids = {*connection.execute(latest).scalars(), *connection.execute(happened).scalars()}
    found = [each for each in by_ids(connection, registry, ids) if each.report.kind in WANTING]
    at = changed_at(connection, found)
    return sorted(found, key=lambda each: (at[each.id], each.id), reverse=True)[:most]


def changed_at(connection: sa.Connection, kept: Collection[KeptReport]) -> Mapping[str, datetime]:
    """Return when something last happened to each of some reports."""
    columns = report_events.c
    latest = (
        sa.select(columns.report_id, sa.func.max(columns.at).label("at"))
        .where(columns.report_id.in_([each.id for each in kept]))
        .group_by(columns.report_id)
    )
    happened = {row.report_id: moment(row.at) for row in connection.execute(latest)}
    return {each.id: happened.get(each.id, each.report.received_at) for each in kept}
