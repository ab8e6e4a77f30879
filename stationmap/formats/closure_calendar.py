"""Temporary closures as a calendar (RFC 5545) that phones and calendar programs subscribe to.

Days stay days; moments, and days beside them, are in UTC. Where no end is known an event says so and lasts until the
day on which the calendar was made: what is read again tomorrow lasts a day longer.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, TypeVar

from icalendar import Calendar, Event

from stationmap.errors import CancelCheck, never_cancelled
from stationmap.formats.csv_safety import inert
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import ClosedPeriod
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.model import Closure, Station

KEPT_AFTER = timedelta(days=31)
"""A closure stays in the calendar for so long after it ended, so that a program that missed it does not keep it on."""
RENEWED_EVERY = timedelta(hours=12)
_DAY = timedelta(days=1)
_LINE = re.compile(r"\r\n?")
_BREAKS = re.compile(r"[\r\n]+")


class CalendarOf(NamedTuple):
    """What a calendar is of: the day it is made on, in which language, and what it is called."""

    today: date
    language: str
    name: str
    page_of: Callable[[str, str], str]
    """Of the page of a station, by its id and a language."""
    is_demo: bool = False
    updated: date | None = None
    """The day on which the registry was changed last."""


Shut = TypeVar("Shut", Closure, ClosedPeriod)


def listed(closures: Iterable[Shut], today: date) -> list[Shut]:
    """Return those of the closures of a station that a calendar has on a day: that have not ended long ago."""
    return [closure for closure in closures if _is_listed(closure, today)]


def closure_calendar(stations: Iterable[Station], of: CalendarOf, check: CancelCheck = never_cancelled) -> bytes:
    """Return the calendar of closures of stations; `check` is called for each."""
    calendar = Calendar()
    calendar.add("prodid", "-//stationmap//closures//EN")
    calendar.add("version", "2.0")
    label = f"{translate(of.language, 'app.demo')} " if of.is_demo else ""
    for member in ("name", "x-wr-calname"):
        calendar.add(member, _line(label + of.name))
    calendar.add("x-wr-timezone", str(ZONE))
    calendar.add("refresh-interval", RENEWED_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT12H")
    if of.is_demo:
        calendar.add("x-wr-caldesc", translate(of.language, "app.demo_long"))
    for station in stations:
        check()
        for event in _events(station, of):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(station: Station, of: CalendarOf) -> Iterator[Event]:
    known, language = station.properties, of.language
    name = station.name_in(language)
    label = f"{translate(language, 'app.demo')} " if of.is_demo else ""
    page, main_page = (of.page_of(station.id, each) for each in (language, DEFAULT_LANGUAGE))
    begun: Counter[str] = Counter()
    for closure in listed(station.closures, of.today):
        begins = closure.start.isoformat()
        begun[begins] += 1
        lines = [
            closure.reason,
            "" if closure.end else translate(language, "ical.no_end"),
            translate(language, "app.demo_long") if of.is_demo else "",
        ]
        event = Event()
        # By its beginning, so that a closure that is prolonged stays the one it was; the same in every language.
        event.add("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, f"{main_page}#closure {begins} {begun[begins]}")))
        event.add("dtstamp", _stamp(closure, of))
        for member, edge in _edges(closure, of.today):
            event.add(member, edge)
        event.add("summary", _text(f"{label}{name} · {translate(language, 'ical.event')}"))
        event.add("description", _text("\n".join(filter(None, lines))))
        event.add("location", _text(known.address or name))
        event.add("geo", station.geometry.coordinates[::-1])
        event.add("url", page)
        event.add("categories", [translate(language, f"category.{station.category}")])
        event.add("transp", "TRANSPARENT")  # nobody's own time is taken
        yield event


def _is_listed(closure: Closure | ClosedPeriod, today: date) -> bool:
    if closure.end is None:
        return True
    start, end = _moments(closure)
    return start < end and _midnight(today) - end < KEPT_AFTER


def _edges(closure: Closure, today: date) -> Iterator[tuple[str, date | datetime]]:
    """Yield DTSTART and, where it is known that a closure lasts, DTEND, which is not part of it."""
    start, end = closure.start, closure.end
    if end is None:
        yield "dtstart", _utc(start) if isinstance(start, datetime) else start
        tomorrow = today + _DAY
        if isinstance(start, datetime):
            if _utc(start) < _utc(_midnight(tomorrow)):
                yield "dtend", _utc(_midnight(tomorrow))
        elif start <= today:
            yield "dtend", tomorrow
    elif isinstance(start, datetime) or isinstance(end, datetime):
        yield from zip(("dtstart", "dtend"), _moments(closure), strict=True)
    else:
        yield from (("dtstart", start), ("dtend", _next(end)))


def _moments(closure: Closure | ClosedPeriod) -> tuple[datetime, datetime]:
    """Return the beginning and the end of a closure that ends, the end not included, in UTC."""
    start, end = closure.start, closure.end
    assert end
    begins = start if isinstance(start, datetime) else _midnight(start)
    return _utc(begins), _utc(end if isinstance(end, datetime) else _midnight(_next(end)))


def _next(day: date) -> date:
    return day + _DAY if day < date.max else day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC).replace(microsecond=0)
    except OverflowError:  # in the first or the last year there is
        return at.replace(tzinfo=UTC, microsecond=0)


def _stamp(closure: Closure, of: CalendarOf) -> datetime:
    """Return when what an event says was so: of one without an end, and where nothing better is known, today."""
    day = of.today if closure.end is None or of.updated is None else of.updated
    return datetime.combine(day, time.min, UTC)


def _line(text: str) -> str:
    """Return a text on one line: of a member that is none of RFC 5545's own, line breaks would stay as they are."""
    return inert(_BREAKS.sub(" ", text), layout=True)


def _text(text: str) -> str:
    """Return a text whose lines end as those of calendars do; what steers a screen is written out."""
    return inert(_LINE.sub("\n", text), layout=True)
