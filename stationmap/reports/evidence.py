"""What riders' reports amount to: marks that end by themselves, and confirmations.

A mark takes several devices that report a station locked within an hour while it is posted open. It ends at the next
posted opening, after a day, by one fresh report that it is open, or by staff. It is a doubt and hides no station.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from stationmap.hours.schedule import Schedule
from stationmap.reports.model import LATEST, Kind, Posted
from stationmap.reports.posted import next_opening

FRESH = timedelta(hours=1)
"""A report that reached us later than this after it was made shows nothing of the present."""
CONFIRMED_WITHIN = timedelta(days=180)


class Thresholds(NamedTuple):
    """What it takes for a mark: so many devices within so long; and how long it stands at most."""

    devices: int = 3
    within: timedelta = timedelta(minutes=60)
    lasts: timedelta = timedelta(hours=24)


class Sighting(NamedTuple):
    """The part of a report that counts as evidence: `locked` or `open`, when, by which device.

    `day` is the one by whose key the device is called so: the same one is called otherwise on another.
    """

    kind: Kind
    said_at: datetime
    device: str
    day: str = ""


class Mark(NamedTuple):
    """That several riders found a station locked: how many devices, since when, and until when it holds at most."""

    kind: Kind
    devices: int
    since: datetime
    until: datetime


class Confirmation(NamedTuple):
    """That riders found a station open: the last day, and how many did so within `CONFIRMED_WITHIN`, once a day."""

    on: date
    times: int


@dataclass(frozen=True)
class Evidence:
    """Everything riders' reports amount to at present; `revision` changes with it."""

    marks: Mapping[str, Mark]
    confirmations: Mapping[str, Confirmation]
    revision: str

    def mark(self, station_id: str, at: datetime) -> Mark | None:
        """Return the mark that stands at a station at a moment."""
        found = self.marks.get(station_id)
        return found if found is not None and found.since <= at < found.until else None

    def confirmation(self, station_id: str) -> Confirmation | None:
        """Return how riders confirmed a station."""
        return self.confirmations.get(station_id)

    def only(self, station_id: str) -> Evidence:
        """Return what concerns one station."""
        marks = {station_id: self.marks[station_id]} if station_id in self.marks else {}
        confirmed = {station_id: self.confirmations[station_id]} if station_id in self.confirmations else {}
        return Evidence(MappingProxyType(marks), MappingProxyType(confirmed), self.revision)


NO_EVIDENCE = Evidence(MappingProxyType({}), MappingProxyType({}), "0")


def counts(kind: Kind, posted: Posted, said_at: datetime, received_at: datetime) -> bool:
    """Tell whether a report is evidence; `said_at` is the phone's, not yet moved to where it can lie.

    Locked outside posted hours is no news. A moment in the future, or of days ago, shows that the clock is wrong or
    that the report is an old one: what was so at that time is known to nobody any more.
    """
    is_timely = received_at - FRESH <= said_at <= received_at + LATEST
    return is_timely and (kind == "open" or (kind == "locked" and posted != "closed"))


def mark_of(
    sightings: Iterable[Sighting], schedule: Schedule, thresholds: Thresholds, *, after: datetime | None = None
) -> Mark | None:
    """Return the latest mark that follows from the evidence of one station, also one that has ended by its time.

    Sightings before `after`, when staff ended what there was, count no more; nor does what lies before one that it is
    open.
    """
    standing = _since_open(sightings, after)
    for place in range(len(standing) - 1, -1, -1):
        counted = _counted(standing[: place + 1], thresholds)
        if _devices(counted) >= thresholds.devices:
            return _mark(standing, counted, schedule, thresholds)
    return None


def _since_open(sightings: Iterable[Sighting], after: datetime | None) -> list[Sighting]:
    """Return in their order the reports that it is locked which nobody contradicted since."""
    ordered = sorted(sightings, key=lambda found: found.said_at)
    opened = max((found.said_at for found in ordered if found.kind == "open"), default=after)
    since = max(opened, after) if opened and after else opened
    return [found for found in ordered if found.kind == "locked" and (since is None or found.said_at > since)]


def _counted(ordered: Sequence[Sighting], thresholds: Thresholds) -> list[Sighting]:
    """Return the reports that lie within the time allowed before the last one."""
    latest = ordered[-1].said_at
    return [found for found in ordered if latest - found.said_at <= thresholds.within]


def _mark(standing: Sequence[Sighting], counted: Sequence[Sighting], schedule: Schedule, of: Thresholds) -> Mark:
    first, completed = counted[0].said_at, counted[-1].said_at
    devices = _devices(found for found in standing if found.said_at >= first)
    opening = next_opening(schedule, completed)
    until = completed + of.lasts
    return Mark("locked", devices, first, min(until, opening) if opening else until)


def _devices(found: Iterable[Sighting]) -> int:
    """Return how many devices there are at least: those of two days may be the same ones, so the most of one day."""
    called = defaultdict(set)
    for each in found:
        called[each.day].add(each.device)
    return max(map(len, called.values()), default=0)
