"""What a rider cannot rely on at a station: a code for each doubt, the same on the page, in the API and on a terminal.

A doubt never hides a station. It is shown, and the page ranks stations without doubts first
(`static/js/finder/ranking.js`, which reads the limits below from the feed).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args

from stationmap.hours.opening_hours import State
from stationmap.hours.schedule import Schedule
from stationmap.registry.model import Category, Obtained, RegisterStatus, Station, Verified, Verifier, Who
from stationmap.reports.evidence import NO_EVIDENCE, Confirmation, Evidence
from stationmap.rules import SEVERAL_CONFIRMATIONS
from stationmap.search.query import Query, Travel, day_and_its_end, is_surely_always_open, status_on_arrival
from stationmap.search.usability import Standing, standing_of

Doubt = Literal[
    "reported_locked", "hours_unknown", "holiday_unstated", "closes_soon", "entry_unsure", "restricted",
    "facility_unknown", "never_verified", "verified_long_ago", "verified_by_rider", "geocoded",
]  # fmt: skip
DOUBTS: tuple[Doubt, ...] = get_args(Doubt)

AT_ONCE = timedelta(0)
CHECKED_DAYS = 365
"""Hosts move out, hours change: a check older than that is an old one."""
_ANYTHING = Query()


def doubts(
    station: Station,
    distance_m: float,
    at: datetime,
    travel: Travel | None,
    query: Query,
    little_left: timedelta,
    evidence: Evidence = NO_EVIDENCE,
) -> tuple[Doubt, ...]:
    """Return the doubts about a station in use for a rider who sets out at `at`, in the order of `DOUBTS`.

    `query` names the facilities wanted and whether it must be open day and night. Less than `little_left` between
    arrival and closing is a doubt. Without `travel` the rider is already there; `distance_m` is geodesic metres.
    `evidence` is what riders reported.
    """
    known = station.properties
    verified, located = known.verified, known.located
    today = day_and_its_end(at)[0]
    on, by = (verified.on, verified.by) if verified else (None, None)
    if evidence.confirmations:
        on, by = _confirmed(on, by, evidence.confirmation(station.id), today)
    how = located.how if located else None
    entry, record = _lasting(known.status, known.category, known.access.who, on, by, how, today)
    way = travel.duration(distance_m) if travel else AT_ONCE
    opening = opening_doubts(station.schedule, at, way, query, little_left)
    reported: tuple[Doubt, ...] = ("reported_locked",) if evidence.mark(station.id, at) else ()
    return (*reported, *opening, *entry, *(_of_facilities(station, query) if query.facilities else ()), *record)


def state_at_the_door(
    schedule: Schedule, at: datetime, little_left: timedelta, *, is_reported_locked: bool = False
) -> State:
    """Return the state that somebody there at `at` can rely on: unknown where anything of opening is in doubt.

    It is the one rule of maps that show stations to nobody in particular: tiles, and the frame of other sites. The
    finder's is the same on arrival (`openingOf` in `static/js/rider/filter_rules.js`).
    """
    is_doubted = is_reported_locked or opening_doubts(schedule, at, AT_ONCE, _ANYTHING, little_left)
    return "unknown" if is_doubted else schedule.status_at(at).state


def lasting_doubts(station: Station, today: date) -> tuple[Doubt, ...]:
    """Return what is doubtful of a station at any hour of a day, whatever is asked, where riders reported nothing."""
    known = station.properties
    on, by = (known.verified.on, known.verified.by) if known.verified else (None, None)
    how = known.located.how if known.located else None
    entry, record = _lasting(known.status, known.category, known.access.who, on, by, how, today)
    return (*entry, *record)


def opening_doubts(
    schedule: Schedule, at: datetime, way: timedelta, query: Query, little_left: timedelta
) -> tuple[Doubt, ...]:
    """Return what is doubtful of the hours for a rider who sets out at `at` and is on the way for `way`."""
    status = schedule.status_at(at)
    found = status_on_arrival(schedule, status, at, way)
    is_asked_always = query.always_from is not None and not is_surely_always_open(schedule, query.always_from)
    is_offered = found.state == "closed" and status.state == "unknown"  # for what is known of now
    doubted: tuple[Doubt, ...] = ()
    if found.state == "unknown" or is_offered or is_asked_always:
        doubted = ("hours_unknown",)
    if found.state == "open":
        if found.cautions:
            doubted += ("holiday_unstated",)
        if found.until is not None and found.until - (at + way) < little_left:
            doubted += ("closes_soon",)
    return doubted


def _of_facilities(station: Station, query: Query) -> tuple[Doubt, ...]:
    is_unknown = any(station.facilities.get(code) is None for code in query.facilities)
    return ("facility_unknown",) if is_unknown else ()


@lru_cache(maxsize=16_384)
def _lasting(
    status: RegisterStatus,
    category: Category,
    who: Who,
    on: date | None,
    by: Verifier | None,
    how: Obtained | None,
    today: date,
) -> tuple[tuple[Doubt, ...], tuple[Doubt, ...]]:
    """Return what is doubtful of a station's entry, and of its record, at any hour of a day."""
    entry: dict[Standing, tuple[Doubt, ...]] = {"unsure": ("entry_unsure",), "restricted": ("restricted",)}
    checked = _of_check(on, by, today)
    record: tuple[Doubt, ...] = (checked,) if checked else ()
    found = standing_of(status, category, who)
    return entry.get(found, ()), (*record, "geocoded") if how == "geocoded" else record


def doubt_of_check(verified: Verified | None, today: date) -> Doubt | None:
    """Return the doubt about the last check of a record, seen from a day; one dated in the future counts as none."""
    return _of_check(verified.on, verified.by, today) if verified else "never_verified"


def _confirmed(
    on: date | None, by: Verifier | None, found: Confirmation | None, today: date
) -> tuple[date | None, Verifier | None]:
    """Return the last check; where none is good any more, several riders who found the station open are a weak one."""
    if found is None or found.times < SEVERAL_CONFIRMATIONS or _of_check(on, by, today) in (None, "verified_by_rider"):
        return on, by
    return found.on, "rider"


def _of_check(on: date | None, by: Verifier | None, today: date) -> Doubt | None:
    if on is None or on > today:
        return "never_verified"
    if (today - on).days > CHECKED_DAYS:
        return "verified_long_ago"
    return "verified_by_rider" if by == "rider" else None
