"""The answers to questions for the nearest stations, put together of texts that are kept.

Of a station found only its metres, its seconds and its doubts are written for each rider; `formats.geojson` and
`search.doubts` define every answer, and write those for which no text is kept.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from stationmap.formats.doubt_text import FACILITY_UNKNOWN, HOURS_UNKNOWN, doubt_text
from stationmap.formats.geojson import collection, dumps, feature_text, visit, visit_json
from stationmap.formats.marks import members_json, station_members
from stationmap.formats.station_text import StationText, StationTexts, facility_bits
from stationmap.formats.visit_text import LONGEST_S, Stretch, VisitTexts
from stationmap.geo.nearest_points import Found
from stationmap.hours.schedule import Schedule
from stationmap.registry.registry import Registry
from stationmap.reports.evidence import NO_EVIDENCE, Evidence
from stationmap.search.doubts import Doubt, doubts
from stationmap.search.query import Query, Travel, day_and_its_end, is_surely_always_open
from stationmap.search.station_index import StationIndex

_ROW_MEMBERS = ("state", "until", "arrive_before_close", "on_arrival", "travel_s")
_ENDS = b"]}"


class Asked(NamedTuple):
    """What of a question decides what is said of a station: when and how somebody sets out, and what they look for."""

    at: datetime
    travel: Travel
    query: Query
    evidence: Evidence = NO_EVIDENCE
    """What riders reported."""


class RowTemplate(NamedTuple):
    """The row of a station in a batch, for everyone whose way takes less than `within_s` seconds."""

    within_s: float
    text: bytes
    """With placeholders for metres and whole seconds."""


class _Head(NamedTuple):
    second: int
    """Since 1970."""
    zone: tzinfo | None
    text: bytes


class NearestText:
    """Writes answers about the stations of one registry, found by their rows; safe to share between threads."""

    def __init__(self, registry: Registry, index: StationIndex, little_left: timedelta) -> None:
        """Take a registry, the index of its stations in its order, and what is little left until a station closes."""
        self.stations = StationTexts(index.stations)
        self._registry, self._index, self._little_left = registry, index, little_left
        self._visits = VisitTexts(index.distinct_schedules, little_left)
        # A copy for reading one number at a time, at which numpy is slow.
        self._hours = array("i", index.columns.hours.tobytes())
        self._head: _Head | None = None

    def collection(self, found: Found, asked: Asked, generated_at: datetime) -> bytes:
        """Return stations, found by metres and row, as a FeatureCollection."""
        return self._begin(asked.at, generated_at) + b",".join(self.features(found, asked)) + _ENDS

    def features(self, found: Found, asked: Asked) -> list[bytes]:
        """Return the Feature of each station, found by metres and row."""
        return self._written(found, asked, is_row=False)

    def rows(self, found: Found, asked: Asked) -> list[bytes]:
        """Return the row of each station in a batch, found by metres and row."""
        return self._written(found, asked, is_row=True)

    def row_template(self, row: int, asked: Asked) -> RowTemplate | None:
        """Return what the row of a station is for all who ask the same, None where each is another's."""
        at, _, query, evidence = asked
        at_s, text = at.timestamp(), self.stations.of(row, day_and_its_end(at)[0])
        stretch = self._visits.stretch(self._hours[row], at, at_s, 0.0)
        if stretch is None or text.id in evidence.marks or text.id in evidence.confirmations:
            return None
        bits = self._doubts(row, text, stretch, query)
        before, after = text.row.replace(b"%", b"%%"), stretch.row_visit.replace(b"%", b"%%")
        line = b'%s,"distance_m":%%.3f,%s%%d,"doubts":%s}' % (before, after, doubt_text(bits))
        return RowTemplate(min(stretch.until_s - at_s, LONGEST_S), line)

    def _begin(self, at: datetime, generated_at: datetime) -> bytes:
        """Return an answer up to its first station; that of now is kept for as long as its second lasts."""
        if at is not generated_at:
            return self._head_text(at, generated_at)
        kept, second = self._head, int(generated_at.timestamp())
        # One tuple, replaced by one assignment, so that threads see an old second or a new one but never a mixture.
        if kept is None or kept.second != second or kept.zone is not generated_at.tzinfo:
            kept = self._head = _Head(second, generated_at.tzinfo, self._head_text(at, generated_at))
        return kept.text

    def _head_text(self, at: datetime, generated_at: datetime) -> bytes:
        return dumps(collection(self._registry, (), generated_at=generated_at, at=at)).removesuffix(_ENDS)

    def _written(self, found: Found, asked: Asked, *, is_row: bool) -> list[bytes]:
        at, travel, query, evidence = asked
        at_s, day = at.timestamp(), day_and_its_end(at)[0]
        detour, speed_m_s = travel.detour, travel.speed_m_s
        marks, confirmations = evidence.marks, evidence.confirmations
        is_reported = bool(marks or confirmations)
        hours, text_of, stretch_of = self._hours, self.stations.of, self._visits.stretch
        written = []
        for metres, row in found:
            text, place = text_of(row, day), hours[row]
            way_s = metres * detour / speed_m_s
            stretch = stretch_of(place, at, at_s, way_s)
            if stretch is None or (is_reported and (text.id in marks or text.id in confirmations)):
                written.append(self._by_definition(metres, row, text, asked, is_row=is_row))
                continue
            bits = self._doubts(row, text, stretch, query)
            if is_row:
                line = text.row, metres, stretch.row_visit, round(way_s), doubt_text(bits)
                written.append(b'%s,"distance_m":%.3f,%s%d,"doubts":%s}' % line)
            else:
                line = text.feature, metres, stretch.visit, round(way_s), doubt_text(bits)
                written.append(b'%s,"distance_m":%.3f,%s%d,"doubts":%s}}' % line)
        return written

    def _doubts(self, row: int, text: StationText, stretch: Stretch, query: Query) -> int:
        bits = stretch.doubts | text.doubts
        if query.facilities and facility_bits(query.facilities) & ~text.known:
            bits |= FACILITY_UNKNOWN
        if query.always_from is not None and not is_surely_always_open(self._schedule(row), query.always_from):
            bits |= HOURS_UNKNOWN
        return bits

    def _by_definition(self, metres: float, row: int, text: StationText, asked: Asked, *, is_row: bool) -> bytes:
        at, travel, query, evidence = asked
        station, schedule = self._index.stations[row], self._schedule(row)
        doubted = doubts(station, metres, at, travel, query, self._little_left, evidence)
        members = station_members(evidence, station.id, at)
        if is_row:
            return row_text(text.row, visit(schedule, metres, at, travel), doubted, members)
        return feature_text(text.feature, visit_json(schedule, metres, at, travel), doubted, members_json(members))

    def _schedule(self, row: int) -> Schedule:
        return self._index.distinct_schedules[self._hours[row]]


def row_text(begun: bytes, found: Mapping[str, Any], doubted: Sequence[Doubt], more: Mapping[str, Any]) -> bytes:
    """Return a row of a batch: `begun` as `StationText.row` is, what `geojson.visit` found, doubts, further members."""
    members = {**{name: found[name] for name in _ROW_MEMBERS}, "doubts": doubted, **more}
    return b'%s,"distance_m":%.3f,%s' % (begun, found["distance_m"], dumps(members)[1:])
