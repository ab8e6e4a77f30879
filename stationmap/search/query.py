"""A query: a frozen set of conditions on stations, each of which may be left out.

A condition on time never excludes a station whose *hours* are unknown: it may be open, and the answer says that it is
unknown. A *facility* that is required must be known to be there, unless the query says otherwise. The finder
answers by the same rules on the phone (`static/js/rider/filter_rules.js`); `tests/test_scripts.py` holds both to them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from stationmap.city import City, here
from stationmap.errors import InvalidQueryError
from stationmap.hours.opening_hours import YEARS, ZONE, State, Status, local
from stationmap.hours.schedule import Schedule
from stationmap.i18n import LANGUAGES, translate
from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, WHO, Station
from stationmap.registry.plain_lines import AnyStation
from stationmap.rules import MAX_TRAVEL, MAX_WAIT
from stationmap.search.folding import PUNCTUATION, folded, folded_together, normalised
from stationmap.search.pinyin import contains_pinyin
from stationmap.search.usability import is_for_riders, is_in_use
from stationmap.settings import DETOUR


class Travel(NamedTuple):
    """How fast a rider moves: metres a second along the way, and metres of way for each straight metre."""

    speed_m_s: float
    detour: float = DETOUR

    def duration(self, distance_m: float) -> timedelta:
        """Return how long `distance_m` straight metres take."""
        return timedelta(seconds=distance_m * self.detour / self.speed_m_s)


BY_SECONDS = Travel(1.0, 1.0)
"""Every rule that takes metres and a travel takes the seconds of a known way and this instead."""


class Bounds(NamedTuple):
    """A box in degrees, RFC 7946 order; `west > east` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions on stations; the default accepts every one. Raises InvalidQueryError for a condition nobody can meet.

    `text`: every word stands in the name, an alias, the address, the host, the managing union, the district's name or
    the id, or its letters are the pinyin or initials of what stands there; punctuation, width and case do not matter.
    `categories`, `who`: one of them. `facilities`, `services`: all of them.
    `facilities_or_unknown`: a wanted facility need only not be known to be missing.
    `in_use`: neither planned nor suspended, closed or moved.
    `for_riders`: a rider who knows nothing more may be sent there.
    `always_from`: open day and night for two weeks from that day on, or not known to be otherwise.
    `open_at`: not known to be closed at that aware moment, or `reachable_by` that travel on arrival.
    """

    text: str = ""
    categories: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    who: frozenset[str] = frozenset()
    open_at: datetime | None = None
    reachable_by: Travel | None = None
    bounds: Bounds | None = None
    in_use: bool = False
    for_riders: bool = False
    facilities_or_unknown: bool = False
    always_from: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", " ".join(words(self.text)))
        for field, known in _CODES.items():
            object.__setattr__(self, field, _codes(field, getattr(self, field), known))
        if self.open_at is not None and self.open_at.utcoffset() is None:
            raise InvalidQueryError("open_at needs a time zone, for example 2026-11-23T10:00+08:00")
        if self.reachable_by is not None:
            object.__setattr__(self, "reachable_by", _travel(*self.reachable_by))
        if self.bounds is not None:
            object.__setattr__(self, "bounds", _bounds(*self.bounds))

    @property
    def timeless(self) -> Query:
        """The same query without `open_at` and `reachable_by`: what does not depend on time."""
        if self.open_at is None and self.reachable_by is None:
            return self
        # Not `replace`: what is valid already need not be checked for every request.
        rest = object.__new__(Query)
        for name in self.__slots__:
            object.__setattr__(rest, name, None if name in ("open_at", "reachable_by") else getattr(self, name))
        return rest

    def moved_to(self, at: datetime) -> Query:
        """The same query at another aware moment, which is not checked again."""
        moved = object.__new__(Query)
        for name in self.__slots__:
            object.__setattr__(moved, name, at if name == "open_at" else getattr(self, name))
        return moved

    def accepts(self, station: Station) -> bool:
        """Tell whether a station meets every condition but those about the moment."""
        lon, lat = station.geometry.coordinates
        return (
            (not self.categories or station.category in self.categories)
            and (not self.who or station.access.who in self.who)
            and all(self._has(station, code) for code in self.facilities)
            and self.services.issubset(station.services)
            and (self.bounds is None or _inside(lon, lat, self.bounds))
            and (not self.in_use or is_in_use(station))
            and (not self.for_riders or is_for_riders(station))
            and (self.always_from is None or is_always_open(station.schedule, self.always_from))
            and (not self.text or all(contains_pinyin(haystack(station), word) for word in self.text.split()))
        )

    def accepts_visit(self, schedule: Schedule, distance_m: float) -> bool:
        """Tell whether a rider so many metres away should set out: it is open on arrival, or not known to be closed."""
        if self.open_at is None:
            return True
        status = schedule.status_soon(self.open_at)
        if status.state == "unknown":
            return True
        return state_on_arrival(schedule, status, self.open_at, distance_m, self.reachable_by) != "closed"

    def _has(self, station: Station, code: str) -> bool:
        there = station.facilities.get(code)
        return there is True or (there is None and self.facilities_or_unknown)


def state_on_arrival(
    schedule: Schedule, status: Status, at: datetime, distance_m: float, travel: Travel | None
) -> State:
    """Return the state on arrival for a rider who sets out at `at`, when the status is `status`.

    Without `travel` the rider is already there. A closed station counts as closed for anyone who needs longer than
    `MAX_WAIT`; the state after more than `MAX_TRAVEL` is unknown.
    """
    if travel is None or status.until is None:
        return status.state
    return _at_arrival(schedule, status, at, travel.duration(distance_m)).state


def status_on_arrival(schedule: Schedule, status: Status, at: datetime, way: timedelta) -> Status:
    """Return the status on arrival for a rider who sets out at `at` and is on the way for `way`.

    `status` is that at `at`; the cautions returned are those of the day of arrival.
    """
    found = _at_arrival(schedule, status, at, way)
    if not way or way > MAX_TRAVEL or found.state == "closed" or found is _UNKNOWN:
        return found
    arrival = at + way
    return found if arrival < day_and_its_end(at)[1] else schedule.status_then(arrival)


@lru_cache(maxsize=1_024)
def day_and_its_end(at: datetime) -> tuple[date, datetime]:
    """Return the day of an aware moment in the stations' zone, and the midnight after it."""
    day = local(at).date()
    return day, datetime.combine(day + timedelta(days=1), time.min, ZONE)


def _at_arrival(schedule: Schedule, status: Status, at: datetime, way: timedelta) -> Status:
    if status.until is None:
        return status
    arrival = at + way
    if arrival < status.until or (status.state == "closed" and way > MAX_WAIT):
        return status
    if way > MAX_TRAVEL or arrival.year not in YEARS:
        return _UNKNOWN
    found = status
    while found.until is not None and found.until <= arrival:
        found = schedule.status_then(found.until)
    return found


_UNKNOWN = Status("unknown", None)


def is_always_open(schedule: Schedule, day: date) -> bool:
    """Tell whether a station is open day and night for `DAYS_AHEAD` from a day on, or not known to be otherwise."""
    return is_surely_always_open(schedule, day) or "unknown" in schedule.states_ahead(day)


def is_surely_always_open(schedule: Schedule, day: date) -> bool:
    """Tell whether a station is known to be open day and night for `DAYS_AHEAD` from a day on."""
    return schedule.states_ahead(day) == {"open"}


def known_way(distance_m: float, travel: Travel, way_s: float | None) -> tuple[float, Travel]:
    """Return a way and its travel: the seconds of a way that is known, straight metres otherwise."""
    return (distance_m, travel) if way_s is None else (way_s, BY_SECONDS)


def arrives_before_close(status: Status, at: datetime | None, distance_m: float, travel: Travel | None) -> bool | None:
    """Tell whether a rider who sets out at `at` arrives before an open station closes; None if it is not open."""
    if status.state != "open" or at is None or travel is None:
        return None
    return status.until is None or at + travel.duration(distance_m) < status.until


def words(text: str) -> list[str]:
    """Return the words of a search text, folded: xi'an is one, 泉山区，厕所 are two."""
    return PUNCTUATION.sub(" ", _JOINING.sub("", normalised(text))).split()


def haystack(station: AnyStation) -> str:
    """Return the folded text of a station, a line for each field, that is searched for the words of a query."""
    lines = [folded(part) for part in _searched(station)]
    return "\n".join((*lines, _district_names(station.properties.district, here()), folded(station.id)))


def haystacks(stations: Iterable[AnyStation]) -> Iterator[str]:
    """Yield `haystack` of each, folded many at a time: a third of the time."""
    city, left = here(), iter(stations)
    while part := list(islice(left, _FOLDED_TOGETHER)):
        # Nothing that is folded meets what stands beyond a line break, or an information separator.
        texts = folded_together([text for each in part for text in ("\n".join(_searched(each)), each.id)])
        for each, text, station_id in zip(part, texts[::2], texts[1::2], strict=True):
            yield "\n".join((text, _district_names(each.properties.district, city), station_id))


def _searched(station: AnyStation) -> list[str]:
    known = station.properties
    parts = (known.name, known.name_en, *known.aliases, known.address, known.host, known.managed_by)
    return [part for part in parts if part]


@lru_cache(maxsize=4_096)
def _district_names(district: str, _city: City) -> str:
    return "\n".join(folded(translate(language, f"district.{district}")) for language in LANGUAGES)


_JOINING = re.compile(r"['’‘`´_.·•・‐‑‒–—-]")
"""Between the parts of one word; other punctuation ends it."""
_FOLDED_TOGETHER = 1_024  # stations

_CODES = {"categories": CATEGORIES, "facilities": FACILITIES, "services": SERVICES, "who": WHO}


def _codes(field: str, given: Iterable[str], known: tuple[str, ...]) -> frozenset[str]:
    codes = frozenset([given] if isinstance(given, str) else given)
    if unknown := sorted(codes.difference(known)):
        raise InvalidQueryError(f"{field}: no such code: {', '.join(unknown)}; known: {', '.join(known)}")
    return codes


def _travel(speed_m_s: float, detour: float = DETOUR) -> Travel:
    if not (0 < speed_m_s < math.inf and 1 <= detour < math.inf):
        raise InvalidQueryError("reachable_by needs a speed above 0 m/s and a detour factor of at least 1")
    return Travel(speed_m_s, detour)


def _bounds(west: float, south: float, east: float, north: float) -> Bounds:
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidQueryError("bounds are west, south, east, north in degrees, south not above north")
    return Bounds(west, south, east, north)


def _inside(lon: float, lat: float, bounds: Bounds) -> bool:
    west, south, east, north = bounds
    across = west <= lon <= east if west <= east else lon >= west or lon <= east
    return across and south <= lat <= north
