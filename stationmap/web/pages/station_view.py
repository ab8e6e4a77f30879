"""The values on the page of a station at one moment, in one language; `station_layout` gives their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, assert_never

from stationmap.formats import status_text
from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE, Interval, State, Status, by_day, of_one_state
from stationmap.hours.schedule import Schedule
from stationmap.i18n import translate
from stationmap.registry.model import FACILITIES, Closure, Station, is_code
from stationmap.search.usability import is_for_riders, is_in_use, standing
from stationmap.web.pages.station_layout import FACTS, LINES, Fact, FactForm, Line

WEEK_DAYS = 7
DAY = timedelta(days=1)


class Shut(NamedTuple):
    """A temporary closure in words, and whether it holds now; no end means that none is known."""

    start: str
    end: str | None
    reason: str
    is_now: bool


@dataclass(frozen=True)
class Day:
    """A row of the week table."""

    date: date
    label: str
    note: str
    times: tuple[str, ...]  # a text a stretch; none where it is closed all day
    state: State  # open where it opens at all
    is_today: bool


@dataclass(frozen=True)
class StationView:
    """A station together with the words that depend on the moment."""

    station: Station
    status: Status
    state_text: str
    remarks: tuple[str, ...]
    verified_text: str
    line: str
    warning: str | None
    is_in_use: bool
    is_inviting: bool
    is_for_anyone: bool
    is_gone: bool
    closures: tuple[Shut, ...]
    week: tuple[Day, ...]
    facilities: tuple[tuple[str, str], ...]
    lines: tuple[tuple[Line, str], ...]
    facts: tuple[tuple[Fact, str], ...]


def station_view(station: Station, at: datetime, language: str) -> StationView:
    """Return the values on the page of a station at a moment."""
    at = at.astimezone(ZONE)
    status = station.status_at(at)
    state_text = status_text.state(status, at, language)
    return StationView(
        station=station,
        status=status,
        state_text=state_text,
        remarks=tuple(_remarks(status, language)),
        verified_text=_verified_text(station, at.date(), language),
        line=_line(station, status, at, language),
        warning=_warning(station, language),
        is_in_use=is_in_use(station),
        is_inviting=is_for_riders(station),
        is_for_anyone=standing(station) == "welcome",
        is_gone=station.status in ("closed", "moved"),
        closures=tuple(
            _shut(closure, at, language) for closure in station.properties.closures if not _is_over(closure, at)
        ),
        week=tuple(_week(station, at.date(), language)),
        facilities=tuple(_facilities(station)),
        lines=tuple((line, text) for line in LINES if (text := getattr(station.properties, line.field))),
        facts=tuple(_facts(station, language)),
    )


def _remarks(status: Status, language: str) -> Iterator[str]:
    if reason := status_text.reason(status, language):
        yield reason
    yield from (translate(language, f"caution.{code}") for code in status.cautions)
    if status.comment:
        yield status.comment


def _warning(station: Station, language: str) -> str | None:
    """Return the reason not to go: nobody is there, or it is for others."""
    if not is_in_use(station):
        return translate(language, f"station.warning.{station.status}")
    if is_for_riders(station):
        return None
    who = station.access.who if station.access.who in ("women", "staff") else "carnation"
    return translate(language, f"station.warning.{who}")


def _line(station: Station, status: Status, at: datetime, language: str) -> str:
    """Return the station in one line, to be pasted into a chat."""
    name = station.name_in(language)
    access = (translate(language, f"who.{station.access.who}"),) if is_in_use(station) else ()
    facts = (status_text.state(status, at, language), *_remarks(status, language), *access)
    return " · ".join((name, *facts, status_text.checked(station.properties.verified, at.date(), language)))


def _verified_text(station: Station, today: date, language: str) -> str:
    verified = station.properties.verified
    ago = status_text.checked(verified, today, language)
    if verified is None:
        return ago
    return f"{ago} · {translate(language, f'verified.by.{verified.by}')} · {verified.on.isoformat()}"


def _is_over(closure: Closure, at: datetime) -> bool:
    if closure.end is None:
        return False
    return closure.end <= at if isinstance(closure.end, datetime) else closure.end < at.date()


def _shut(closure: Closure, at: datetime, language: str) -> Shut:
    start, end = closure.start, closure.end
    return Shut(
        start=_edge(start, at.date(), language),
        end=_edge(end, at.date(), language) if end else None,
        reason=closure.reason,
        is_now=start <= at if isinstance(start, datetime) else start <= at.date(),
    )


def _edge(edge: date | datetime, today: date, language: str) -> str:
    """Say a day, or a day and a time; with its year if that is another."""
    clock = f"{edge.astimezone(ZONE):%H:%M}" if isinstance(edge, datetime) else ""
    day = edge.astimezone(ZONE).date() if isinstance(edge, datetime) else edge
    if day.year != today.year:
        return f"{day.isoformat()} {clock}".strip()
    return translate(language, "when.day", month=day.month, day=day.day, time=clock).strip()


def _facilities(station: Station) -> Iterator[tuple[str, str]]:
    """Yield each code with yes, no or unknown: what is there first; codes no catalogue knows come with their kind."""
    known = station.facilities
    codes = [*FACILITIES, *(code for code in known if code not in FACILITIES and is_code(code))]
    presence = {
        code: {True: "yes", False: "no"}.get(known[code], "unknown") if code in known else "unknown" for code in codes
    }
    for wanted in ("yes", "no", "unknown"):
        yield from ((code, wanted) for code in codes if presence[code] == wanted)


def _facts(station: Station, language: str) -> Iterator[tuple[Fact, str]]:
    for fact in FACTS:
        owner = station if fact.field in ("id", "position") else station.properties
        value = getattr(owner, fact.field)
        if value not in (None, "", ()):
            yield fact, _fact_text(fact.form, value, language)


def _fact_text(form: FactForm, value: Any, language: str) -> str:
    match form:
        case "text":
            return str(value)
        case "square_metres":
            return f"{value:g} m²"
        case "list":
            return translate(language, "list.separator").join(value)
        case "coordinates":
            return f"{value.lon:.6f}, {value.lat:.6f}"
        case _:
            assert_never(form)


def _week(station: Station, today: date, language: str) -> Iterator[Day]:
    for ahead, spans in enumerate(spans_of(station.schedule, today, WEEK_DAYS, language)):
        day = today + ahead * DAY
        yield Day(
            date=day,
            label=translate(language, f"weekday.{day.weekday()}"),
            note=note_of(day, language),
            times=tuple(text for text, _ in spans),
            state=whole([state for _, state in spans]),
            is_today=ahead == 0,
        )


def whole(states: list[State]) -> State:
    """Return the state of a day by those of its parts: open where it opens at all."""
    return next((state for state in ("open", "unknown") if state in states), "closed")


def spans_of(schedule: Schedule, first: date, days: int, language: str) -> Iterator[list[tuple[str, State]]]:
    """Yield of each of so many days from `first` on when it is open or may be: in words, with the state."""
    midnight = datetime.combine(first, time.min, ZONE)
    # A day early, because the night before reaches into the first day and is shown with the day on which it began.
    intervals = schedule.intervals(midnight - DAY, midnight + (days + 1) * DAY)
    parts = [part for found in of_one_state(intervals) if found.state != "closed" for part in by_day(found)]
    for day in (first + ahead * DAY for ahead in range(days)):
        yield [(_span(part, day, language), part.state) for part in parts if part.start.date() == day]


def _span(piece: Interval, day: date, language: str) -> str:
    unknown = piece.state == "unknown"
    if piece.end - piece.start == DAY and piece.start.time() == time.min:
        return translate(language, "station.unknown_all_day" if unknown else "station.all_day")
    end = "24:00" if piece.end == datetime.combine(day + DAY, time.min, ZONE) else f"{piece.end:%H:%M}"
    times = f"{piece.start:%H:%M}–{end}"
    return translate(language, "station.unknown_span", times=times) if unknown else times


def note_of(day: date, language: str) -> str:
    """Say what is special of a day: the name of its holiday, that it is worked, that nobody knows yet."""
    kind = china().day_kind(day)
    if kind == "holiday":  # its name is known in Chinese only
        return (china().holiday_name(day) if language == "zh" else None) or translate(language, "day_kind.holiday")
    if kind is None:
        return translate(language, "day_kind.unsettled")
    return translate(language, "day_kind.makeup") if kind == "makeup" else ""
