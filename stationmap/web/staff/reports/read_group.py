"""A group of reports as the database has it, a page of it at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stationmap.reports.model import UNSETTLED, Kind
from stationmap.storage.reports import reading
from stationmap.storage.reports.groups import (
    Chosen,
    ReportGroup,
    Step,
    last_step,
    report_groups,
    reports_of_group,
    steps_since,
)
from stationmap.storage.reports.reading import KeptReport
from stationmap.web.staff.review.paging import Paging, paging
from stationmap.web.state import state

PER_PAGE = 30
MAX_STEPS = 2_000
ALL = {"show": "all"}


class ReadGroup(NamedTuple):
    """The groups of a station that wait, by kind; of one kind a page of its reports, their steps and contacts.

    `total` counts all reports of the kind, `seen` is the number of the last step of any of them.
    """

    groups: Mapping[Kind, ReportGroup]
    total: int
    paging: Paging
    reports: Sequence[KeptReport]
    steps: Sequence[Step]
    contacts: Mapping[str, str]
    seen: int


def read_group(station_id: str, kind: Kind, *, is_waiting: bool, with_contacts: bool) -> ReadGroup | None:
    """Return the reports of a kind about a station, all or those that wait; None where there never was one."""
    desk = state().desk
    if not desk.has_reports:
        return None
    registry = desk.registry
    with desk.database().reading() as connection:
        waiting = report_groups(connection, registry, Chosen(UNSETTLED, ()), station_id=station_id)
        every = report_groups(connection, registry, Chosen((), (kind,)), station_id=station_id)
        if not every:
            return None
        groups = {each.kind: each for each in waiting}
        count = (groups[kind].reports if kind in groups else 0) if is_waiting else every[0].reports
        page = paging(count, PER_PAGE, {} if is_waiting else ALL)
        kept = reports_of_group(
            connection,
            registry,
            station_id,
            kind,
            statuses=UNSETTLED if is_waiting else (),
            most=PER_PAGE,
            offset=page.offset,
        )
        ids = [each.id for each in kept]
        return ReadGroup(
            groups,
            every[0].reports,
            page,
            kept,
            steps_since(connection, registry, station_id, kind, 0, of=ids, most=MAX_STEPS),
            reading.contacts(connection, ids) if with_contacts else {},
            last_step(connection, registry, station_id, kind),
        )
