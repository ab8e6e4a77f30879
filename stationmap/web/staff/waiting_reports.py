"""What riders reported and nobody has settled yet, in order of its effect on riders: for every page that shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from stationmap.accounts import roles
from stationmap.accounts.users import User
from stationmap.registry.model import Station
from stationmap.reports.evidence import Mark
from stationmap.reports.model import Kind
from stationmap.storage.reports.groups import WAITING, Chosen, ReportGroup, report_groups
from stationmap.web.state import current_snapshot, now, request_context, state

FIRST = 5
"""Groups that a page shows which is about other things as well."""


class RankedGroup(NamedTuple):
    """A group beside what is known of its station: None where it is not in the registry any more.

    `people` are those the station affects, None where nobody knows; `mark` is what stands at the station for all.
    """

    group: ReportGroup
    station: Station | None
    mark: Mark | None
    people: float | None
    is_own: bool

    @property
    def name(self) -> str:
        """What the station is called."""
        return self.station.name if self.station else self.group.station_id

    @property
    def district(self) -> str:
        """The adcode of the station's district; empty where there is no station."""
        return self.station.district if self.station else ""

    @property
    def is_outside(self) -> bool:
        """Tell whether doors were found locked only when they are posted to be: that wants little done."""
        return self.group.kind == "locked" and self.group.outside == self.group.reports

    @property
    def rank(self) -> tuple[object, ...]:
        """What groups are ordered by.

        Own districts; marks, what was opened again; last, locked outside posted hours; devices, people; how long ago.
        """
        group = self.group
        urgent = (not self.is_own, self.mark is None, not group.reopened, self.is_outside)
        return (*urgent, -group.devices, -(self.people or 0), group.first_at, group.station_id, group.kind)


class WaitingReports(NamedTuple):
    """How many reports wait in one's own districts, those of everybody who has none, and the most urgent groups."""

    reports: int
    elsewhere: int
    oldest_at: datetime | None
    first: tuple[RankedGroup, ...]


def chosen_groups(chosen: Chosen = WAITING, *, station_id: str | None = None) -> list[ReportGroup]:
    """Return the groups of reports of the registry that is served; raises StorageError."""
    desk = state().desk
    if not desk.has_reports:
        return []
    with desk.database().reading() as connection:
        return report_groups(connection, desk.registry, chosen, station_id=station_id)


def ranked(groups: Iterable[ReportGroup], user: User, people: Mapping[str, float]) -> list[RankedGroup]:
    """Return groups in order of their effect on riders, those of somebody's own districts first."""
    registry, evidence, at = current_snapshot().registry, request_context().evidence, now()
    found = []
    for group in groups:
        station = registry.get(group.station_id)
        mark = evidence.mark(group.station_id, at) if group.kind == "locked" else None
        own = is_own(user, station.district if station else "")
        found.append(RankedGroup(group, station, mark, people.get(group.station_id), own))
    return sorted(found, key=lambda each: each.rank)


def is_own(user: User, district: str) -> bool:
    """Tell whether a district is somebody's own; all are of whoever has none of their own."""
    return user.role != "editor" or not user.districts or roles.is_in(district, user.districts)


def waiting_reports(user: User, people: Mapping[str, float], groups: Collection[ReportGroup]) -> WaitingReports:
    """Return what waits, for the first page of somebody."""
    found = ranked(groups, user, people)
    own = [each for each in found if each.is_own]
    return WaitingReports(
        sum(each.group.reports for each in own),
        sum(each.group.reports for each in found if not each.is_own),
        min((each.group.first_at for each in own), default=None),
        tuple(own[:FIRST]),
    )


def waiting_at(station_id: str) -> dict[Kind, int]:
    """Return how many reports of a station wait, by kind; raises StorageError."""
    return {group.kind: group.reports for group in chosen_groups(station_id=station_id)}
