"""A report as staff see it: why it counts or not, what others would read of it, how far off its point is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from stationmap.formats.csv_safety import inert
from stationmap.frontend.map_app_links import Browser, Link, links
from stationmap.geo.geodesy import ecef, geodesic_m
from stationmap.registry.model import Station
from stationmap.reports.model import Report
from stationmap.storage.reports.groups import Step
from stationmap.storage.reports.reading import KeptReport

NO_KIND, POSTED_CLOSED, LATE, REJECTED = "kind", "posted_closed", "late", "rejected"


class ShownReport(NamedTuple):
    """A report, and what follows from it.

    `no_evidence` is why it does not count, empty where it does. `distance_m` is how far its point is from the station,
    `maps` show the point. `contact` is empty also for whoever may not know it. `changes_since` counts the revisions
    that changed the station since it was received.
    """

    kept: KeptReport
    no_evidence: str
    distance_m: int | None
    maps: Sequence[Link]
    contact: str
    steps: Sequence[Step]
    changes_since: int

    @property
    def text(self) -> str:
        """What the rider wrote, with what would steer a screen written out: nobody else's reading order is forged."""
        return inert(self.kept.report.text, layout=True)

    @property
    def masked_text(self) -> str:
        """What others would read of it."""
        return inert(self.kept.masked_text, layout=True)

    @property
    def is_reopened(self) -> bool:
        """Whether the rider says that nothing has changed since the answer."""
        return self.kept.status == "new" and self.kept.decided_at is not None


def shown_reports(
    kept: Sequence[KeptReport],
    station: Station | None,
    *,
    contacts: Mapping[str, str],
    steps: Sequence[Step],
    changed_at: Sequence[datetime],
    browser: Browser,
) -> list[ShownReport]:
    """Return reports of one station as staff see them; `changed_at` are the moments at which it was changed."""
    by_report = defaultdict(list)
    for step in steps:
        by_report[step.report_id].append(step)
    return [
        ShownReport(
            each,
            no_evidence(each),
            distance_m(each.report, station),
            _maps(each.report, station, browser),
            contacts.get(each.id, ""),
            by_report[each.id],
            sum(at > each.report.received_at for at in changed_at),
        )
        for each in kept
    ]


def no_evidence(kept: KeptReport) -> str:
    """Return the code of why a report is no evidence; empty where it is."""
    report = kept.report
    if report.kind not in ("locked", "open"):
        return NO_KIND
    if kept.reason is not None:  # also where its rider opened it again since
        return REJECTED
    if report.is_evidence:
        return ""
    return POSTED_CLOSED if report.kind == "locked" and report.posted == "closed" else LATE


def distance_m(report: Report, station: Station | None) -> int | None:
    """Return how many metres lie between the point of a report and the station."""
    if report.point is None or station is None:
        return None
    lons, lats = (np.array([value]) for value in report.point)
    here_lons, here_lats = (np.array([value]) for value in station.geometry.coordinates)
    here, there = ecef(here_lons, here_lats), ecef(lons, lats)
    return round(float(geodesic_m(here_lons, here_lats, here, lons, lats, there)[0]))


def _maps(report: Report, station: Station | None, browser: Browser) -> Sequence[Link]:
    if report.point is None:
        return ()
    found = links(*report.point, station.name if station else report.station_id, browser=browser)
    return [each for each in found if each.code != "amap_route"]
