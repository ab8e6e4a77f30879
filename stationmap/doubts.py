"""What a rider cannot rely on of a station: each a code, alike in page, API and command line.

A doubt never hides a station; it is said, and on the page what is sure goes before it (`static/js/answer.js`, which
reads the limits below from the feed).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from stationmap.hours import local
from stationmap.model import Station, Verified
from stationmap.query import Query, Travel, is_surely_always_open, status_on_arrival
from stationmap.riders import standing

Doubt = Literal[
    "hours_unknown", "holiday_unstated", "closes_soon", "entry_unsure", "restricted", "facility_unknown",
    "never_verified", "verified_long_ago", "verified_by_rider", "geocoded",
]  # fmt: skip
DOUBTS: tuple[Doubt, ...] = get_args(Doubt)

CHECKED_DAYS = 365
"""Hosts move out, hours change: a check older than that is an old one."""


def doubts(
    station: Station, distance_m: float, at: datetime, travel: Travel | None, query: Query, little_left: timedelta
) -> tuple[Doubt, ...]:
    """Return what is not sure for who sets out at `at` for a station in use, in the order of `DOUBTS`.

    `query` says which facilities, and whether day and night, are asked for; who has less than `little_left` after
    arriving cannot rely on it. Without `travel` one is there at once.
    """
    return (
        *_of_opening(station, distance_m, at, travel, query, little_left),
        *_of_entry(station),
        *_of_facilities(station, query),
        *_of_record(station, local(at).date()),
    )


def _of_opening(
    station: Station, distance_m: float, at: datetime, travel: Travel | None, query: Query, little_left: timedelta
) -> Iterator[Doubt]:
    arrival = at if travel is None else at + travel.duration(distance_m)
    found = status_on_arrival(station.schedule, at, distance_m, travel)
    is_asked_always = query.always_from is not None and not is_surely_always_open(station.schedule, query.always_from)
    is_offered = found.state == "closed" and station.status_at(at).state == "unknown"  # for what is known of now
    if found.state == "unknown" or is_offered or is_asked_always:
        yield "hours_unknown"
    if found.state == "open":
        if found.cautions:
            yield "holiday_unstated"
        if found.until is not None and found.until - arrival < little_left:
            yield "closes_soon"


def _of_entry(station: Station) -> Iterator[Doubt]:
    found = standing(station)
    if found == "unsure":
        yield "entry_unsure"
    elif found == "restricted":
        yield "restricted"


def _of_facilities(station: Station, query: Query) -> Iterator[Doubt]:
    if any(station.facilities.get(code) is None for code in query.facilities):
        yield "facility_unknown"


def _of_record(station: Station, today: date) -> Iterator[Doubt]:
    if found := doubt_of_check(station.verified, today):
        yield found
    located = station.properties.located
    if located and located.how == "geocoded":
        yield "geocoded"


def doubt_of_check(verified: Verified | None, today: date) -> Doubt | None:
    """Tell what is doubtful of the last check of a record on a day; one dated in the future is none."""
    if verified is None or verified.on > today:
        return "never_verified"
    if (today - verified.on).days > CHECKED_DAYS:
        return "verified_long_ago"
    return "verified_by_rider" if verified.by == "rider" else None
