"""The registry as a phone keeps it: columns instead of records, and two weeks of opening times already worked out.

The same registry and day always give the same bytes. `docs/api.md` describes every member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import orjson

from stationmap.formats.geojson import properties, provenance
from stationmap.formats.marks import evidence_document
from stationmap.geo.geodesy import Floats
from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE, Interval, of_one_state
from stationmap.hours.schedule import Schedule
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.model import FACILITIES, Station
from stationmap.registry.phones import phone
from stationmap.registry.photos import photo
from stationmap.registry.registry import Registry
from stationmap.reports.evidence import NO_EVIDENCE, Evidence
from stationmap.rules import FEED_FORMAT
from stationmap.search.doubts import CHECKED_DAYS
from stationmap.search.pinyin import readings
from stationmap.search.station_columns import StationColumns
from stationmap.search.usability import STANDINGS, standing
from stationmap.settings import LITTLE_LEFT_MIN

DAYS = 14
DAY = timedelta(days=1)
MAX_STATIONS = 20_000  # what a cheap phone can keep and search; beyond, the page asks the server

TEXTS = (
    "name", "name_en", "aliases", "category", "district", "address", "directions", "access", "hours_source", "services",
    "host", "managed_by", "level", "capacity", "verified",
)  # fmt: skip
"""Properties that go into the feed as they are, a column each: what a list, a search or a station's page shows."""

_DECIMALS = 6  # of a degree: 0.1 m
_CELL_DEG = 0.05  # about 5 km: a town
_STATES = {"open": 1, "unknown": 2}
_PRESENCE = {True: "1", False: "0", None: "-"}


def feed(
    registry: Registry,
    day: date,
    *,
    only: Station | None = None,
    little_left_min: float = LITTLE_LEFT_MIN,
    evidence: Evidence = NO_EVIDENCE,
) -> bytes:
    """Return the feed of the `DAYS` days from `day` on, in the stations' own zone, as JSON; or of one station only."""
    known = registry_feed(registry, day, only=only, little_left_min=little_left_min)
    return with_reports(known, evidence if only is None else evidence.only(only.id))


def with_reports(known: bytes, evidence: Evidence) -> bytes:
    """Return the feed that begins with what `registry_feed` made: what riders reported changes more often."""
    return b'%s,"reports":%s}' % (known[:-1], orjson.dumps(evidence_document(evidence)))


def registry_feed(
    registry: Registry,
    day: date,
    *,
    only: Station | None = None,
    columns: StationColumns | None = None,
    little_left_min: float = LITTLE_LEFT_MIN,
) -> bytes:
    """Return the feed without what riders reported; `columns` are those of all stations, where they are made."""
    start = datetime.combine(day, time.min, ZONE)
    stations = registry.stations if only is None else (only,)
    if columns is None or only is not None:
        columns = StationColumns.of(stations)
    fits = len(stations) <= MAX_STATIONS
    meta = registry.meta
    document = {
        "format": FEED_FORMAT,
        **provenance(registry),
        "title": meta.title,
        "city": meta.city,
        "source": meta.source,
        "licence": meta.licence,
        "updated": meta.updated,
        "start": start.isoformat(),
        "days": DAYS,
        "calendar": china().revision,
        "rules": {"little_left_min": little_left_min, "checked_days": CHECKED_DAYS},
        "special_days": list(_special_days(day)),
        "count": len(stations),
        "too_large": not fits,
        "readings": readings(_searched(stations, columns, whole=fits)),
        "districts": _districts(columns),
        **(_content(stations, start) if fits else {"schedules": None, "stations": None}),
    }
    return orjson.dumps(document)


def _special_days(first: date) -> Iterator[list[Any]]:
    """Yield [days since the first, kind, name or null] of each day on which work or rest is moved, or may be."""
    for ahead in range(DAYS):
        day = first + ahead * DAY
        kind = china().day_kind(day) or "unsettled"
        if kind not in ("workday", "weekend"):
            yield [ahead, kind, china().holiday_name(day) if kind == "holiday" else None]


def _searched(stations: Sequence[Station], columns: StationColumns, *, whole: bool) -> Iterator[str]:
    """Yield the Chinese texts a page searches: names of districts, and of the stations it has."""
    for code in _adcodes(columns):
        yield translate(DEFAULT_LANGUAGE, f"district.{code}")
    for known in (station.properties for station in stations) if whole else ():
        yield from (known.name, *known.aliases, known.address or "", known.host or "", known.managed_by or "")


def _districts(columns: StationColumns) -> list[list[Any]]:
    """Return [adcode, lon, lat, count] of each district: where its stations are densest, and how many are there."""
    adcodes = _adcodes(columns)
    members = (columns.districts == int(code) for code in adcodes)
    return [
        [code, *_densest(columns.lons[rows], columns.lats[rows])] for code, rows in zip(adcodes, members, strict=True)
    ]


def _adcodes(columns: StationColumns) -> list[str]:
    return [f"{code:06}" for code in np.unique(columns.districts).tolist()]


def _densest(lons: Floats, lats: Floats) -> tuple[float, float, int]:
    """Return the middle and the number of the points in the fullest cell of a grid, the first of equally full ones."""
    cells = (lons // _CELL_DEG) + 1j * (lats // _CELL_DEG)
    _, first, cell_of, counts = np.unique(cells, return_index=True, return_inverse=True, return_counts=True)
    fullest = min(np.flatnonzero(counts == counts.max()).tolist(), key=first.tolist().__getitem__)
    inside, count = cell_of == fullest, int(counts[fullest])
    lon, lat = (round(sum(axis[inside].tolist()) / count, _DECIMALS) for axis in (lons, lats))
    return lon, lat, count


def _content(stations: Sequence[Station], start: datetime) -> dict[str, Any]:
    schedules = [station.schedule for station in stations]
    places = {schedule: place for place, schedule in enumerate(dict.fromkeys(schedules))}
    columns = _columns(stations)
    columns["schedule"] = [places[schedule] for schedule in schedules]
    return {"schedules": [_schedule_document(schedule, start) for schedule in places], "stations": columns}


def _columns(stations: Sequence[Station]) -> dict[str, Any]:
    known = [properties(station) for station in stations]
    return {
        "id": _front_coded([station.id for station in stations]),
        "lon": [round(station.geometry.coordinates[0], _DECIMALS) for station in stations],
        "lat": [round(station.geometry.coordinates[1], _DECIMALS) for station in stations],
        "facilities": dict(_facilities(stations)),
        "riders": "".join(str(STANDINGS.index(standing(station))) for station in stations),
        **_geocoded(stations),
        **_calls(stations),
        **{name: [record.get(name) for record in known] for name in TEXTS},
        # What a page may make a link of; anything else a record names as its photo is none.
        "photo": [found and found.url for found in (photo(station.properties.photo) for station in stations)],
    }


def _calls(stations: Sequence[Station]) -> dict[str, list[Any]]:
    """Return of each station what its `phone` says: the number that dials all of it, or [text, number] of each; null
    where it holds none. `phone` itself is null where it says that there is none.
    """
    found = [(station.properties.phone, phone(station.properties.phone)) for station in stations]
    numbers = [[[text, url.removeprefix("tel:")] for text, url in parsed.calls] for _, parsed in found]
    calls = [
        (number[0][1] if len(number) == 1 and number[0][0] == text else number) or None
        for (text, _), number in zip(found, numbers, strict=True)
    ]
    return {"phone": [text if parsed.calls or parsed.note else None for text, parsed in found], "calls": calls}


def _geocoded(stations: Sequence[Station]) -> dict[str, str]:
    """Return a character a station, 1 where the point was only worked out from the address; nothing if none was."""
    located = (station.properties.located for station in stations)
    marks = "".join("1" if known and known.how == "geocoded" else "0" for known in located)
    return {"geocoded": marks} if "1" in marks else {}


def _front_coded(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Return of each text how many characters it shares with the one before, and the rest of it."""
    shared = [_common_length(before, text) for before, text in pairwise(("", *texts))]
    return {"shared": shared, "rest": [text[count:] for text, count in zip(texts, shared, strict=True)]}


def _common_length(first: str, second: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))


def _facilities(stations: Sequence[Station]) -> Iterator[tuple[str, str]]:
    """Yield each facility anything is known of, and a character a station: 1 there, 0 not there, - unknown."""
    for code in FACILITIES:
        presence = "".join(_PRESENCE[station.facilities.get(code)] for station in stations)
        if presence.strip("-"):
            yield code, presence


def _schedule_document(schedule: Schedule, start: datetime) -> dict[str, Any]:
    """Return a schedule: its stretches as [from, to, state] in minutes since `start`, closed being all the rest."""
    intervals = schedule.intervals(start - DAY, start + (DAYS + 1) * DAY)
    return {
        "hours": schedule.hours_text,
        "status": schedule.status,
        "closures": [[closure.start, closure.end, closure.reason] for closure in schedule.closures],
        "stretches": [
            [_minutes(begin - start), _minutes(end - start), code]
            for begin, end, state, *_ in _reaching(of_one_state(intervals), start)
            if (code := _STATES.get(state))
        ],
        "caution_days": sorted({day for found in intervals if found.cautions for day in _days(found, start)}),
        **_usual(schedule, start),
    }


def _usual(schedule: Schedule, start: datetime) -> dict[str, Any]:
    """Return the usual hours of the days that wait for the coming notice, by day; nothing if none does."""
    awaited = schedule.awaited(start, start + DAYS * DAY)
    return {"usual": {str((day - start.date()).days): usual for day, usual in awaited.items()}} if awaited else {}


def _reaching(intervals: Iterable[Interval], start: datetime) -> Iterator[Interval]:
    """Yield the intervals that reach into the feed: the nights of its edges are whole, what is longer is cut there."""
    stop = start + DAYS * DAY
    for found in intervals:
        if found.start < stop and found.end > start:
            is_night = found.end - found.start < DAY
            yield found if is_night else found._replace(start=max(found.start, start), end=min(found.end, stop))


def _days(found: Interval, start: datetime) -> range:
    """Return the days of the feed an interval touches, counted from `start`."""
    last = found.end - timedelta(microseconds=1)
    return range(max(0, (found.start - start).days), min(DAYS, (last - start).days + 1))


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60
