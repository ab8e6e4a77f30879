"""What is put together of kept texts is to the byte what is written anew, whoever asks when, however far away."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import numpy as np
import orjson
import pytest

from stationmap.formats.batch_text import BatchText
from stationmap.formats.geojson import collection, dumps, feature_begun, feature_text, visit, visit_json
from stationmap.formats.kept_texts import KeptTexts
from stationmap.formats.marks import members_json, station_members
from stationmap.formats.nearest_text import Asked, NearestText
from stationmap.formats.station_text import StationText, StationTexts
from stationmap.formats.visit_text import VisitTexts
from stationmap.geo.nearest_points import Found
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import CATEGORIES, FACILITIES, STATUSES, WHO, Station
from stationmap.registry.registry import Registry
from stationmap.reports.evidence import NO_EVIDENCE, Confirmation, Evidence, Mark
from stationmap.search.doubts import doubts
from stationmap.search.query import Query, Travel
from stationmap.search.station_index import StationIndex
from tests.apps import MONDAY_10, registry_of
from tests.strategies import station
from tests.watched_stations import WatchedStations

SEED = 20261201
LITTLE_LEFT = timedelta(minutes=15)
HOURS = (
    None,
    "24/7",
    "off",
    "nonsense",
    "08:00-22:00",
    "22:00-02:00",
    "00:00-24:00; Su off",
    "Mo-Fr 09:00-12:00,13:30-17:30",
    'Mo-Fr 09:00-17:30 "100% 敲门 knock"; PH off',
    "Mo-Su 06:30-23:59; PH 10:00-16:00",
    "Mo-Fr 09:00-18:00 unknown; Sa 10:00-10:20",
)
MOMENTS = (
    datetime(2026, 11, 23, 10, 0, tzinfo=ZONE),
    datetime(2026, 11, 23, 17, 14, 59, 999_999, tzinfo=ZONE),
    datetime(2026, 11, 23, 17, 20, tzinfo=ZONE),
    datetime(2026, 11, 23, 23, 50, 0, 5, tzinfo=ZONE),
    datetime(2026, 9, 30, 22, 30, tzinfo=ZONE),
    datetime(2026, 10, 1, 3, 0, tzinfo=ZONE),
    datetime(2027, 1, 31, 6, 20, tzinfo=ZONE),
    datetime(2026, 2, 14, 8, 0, tzinfo=ZONE),
    datetime(2998, 11, 30, 23, 0, tzinfo=ZONE),
)
CLOSURES = (
    [],
    [{"from": "2026-11-23", "to": "2026-11-23"}],
    [{"from": "2026-11-23T11:00+08:00", "to": "2026-11-23T17:25+08:00", "reason": "检修"}],
    [{"from": "2026-11-24"}],
)


def _stations(draw: random.Random) -> Iterator[Station]:
    for row in range(60):
        more = {
            "hours": draw.choice(HOURS),
            "closures": draw.choice(CLOSURES),
            "status": draw.choice(("open", "open", "open", *STATUSES)),
            "category": draw.choice(CATEGORIES),
            "access": {"who": draw.choice(WHO)},
            "facilities": {code: draw.random() < 0.5 for code in draw.sample(FACILITIES, 3)},
            "position": draw.choice((None, {"how": "geocoded"}, {"how": "survey"})),
            "verified": draw.choice((None, {"on": "2025-01-01", "by": "staff"}, {"on": "2026-11-01", "by": "rider"})),
        }
        known = {name: value for name, value in more.items() if value is not None}
        yield station(f"s{row:02}", draw.uniform(116.4, 118.6), draw.uniform(33.8, 34.9), **known)


def _evidence(draw: random.Random, at: datetime) -> Evidence:
    marked, confirmed = draw.sample(range(60), 20), draw.sample(range(60), 20)
    minutes = timedelta(minutes=draw.randrange(-100, 100))
    marks = {f"s{row:02}": Mark("locked", 3, at - timedelta(hours=1), at + minutes) for row in marked}
    confirmations = {f"s{row:02}": Confirmation(date(2026, 9, 1), draw.randrange(1, 9)) for row in confirmed}
    return Evidence(MappingProxyType(marks), MappingProxyType(confirmations), "1")


def _asked(draw: random.Random) -> Asked:
    at = draw.choice(MOMENTS) + timedelta(seconds=draw.choice((0, 0, 0.5, 59, 600)))
    if draw.random() < 0.2:
        at = at.astimezone(UTC)
    query = draw.choice(
        (
            Query(),
            Query(facilities=frozenset(FACILITIES[:2]), facilities_or_unknown=True),
            Query(always_from=at.astimezone(ZONE).date()),
            Query(open_at=at, reachable_by=Travel(5.0, 1.3)),
        )
    )
    evidence = _evidence(draw, at) if draw.random() < 0.4 else NO_EVIDENCE
    return Asked(at, Travel(draw.choice((1.0, 5.0, 0.3)), draw.choice((1.0, 1.3))), query, evidence)


def _found(draw: random.Random, registry: Registry, asked: Asked) -> Found:
    """Draw stations at any distance, and at those from which one arrives just when something changes."""
    found = []
    for row in draw.sample(range(60), 12):
        edges = [timedelta(hours=3), timedelta(hours=24), timedelta(0)]
        status = registry.stations[row].schedule.status_at(asked.at)
        if status.until is not None:
            edges += [status.until - asked.at, status.until - asked.at - LITTLE_LEFT]
        metres_of_s = asked.travel.speed_m_s / asked.travel.detour
        near_edge = draw.choice(edges).total_seconds() + draw.choice((-0.002, -1e-6, 0, 1e-6, 0.0005, 0.002, 40))
        far = draw.choice((draw.uniform(0, 20_000), draw.expovariate(1 / 100_000), near_edge * metres_of_s))
        found.append((min(max(far, 0.0), 2e7), row))
    return found


def _defined(registry: Registry, found: Found, asked: Asked, generated_at: datetime) -> bytes:
    features = []
    for metres, row in found:
        known, (at, travel, query, evidence) = registry.stations[row], asked
        features.append(
            orjson.Fragment(
                feature_text(
                    feature_begun(known),
                    visit_json(known.schedule, metres, at, travel),
                    doubts(known, metres, at, travel, query, LITTLE_LEFT, evidence),
                    members_json(station_members(evidence, known.id, at)),
                )
            )
        )
    return dumps(collection(registry, features, generated_at=generated_at, at=asked.at))


def _defined_row(known: Station, metres: float, asked: Asked) -> dict[str, object]:
    at, travel, query, evidence = asked
    lon, lat = known.geometry.coordinates
    computed = visit(known.schedule, metres, at, travel)
    names = ("distance_m", "state", "until", "arrive_before_close", "on_arrival", "travel_s")
    row = {"id": known.id, "name": known.name, "lon": lon, "lat": lat, **{name: computed[name] for name in names}}
    row["doubts"] = doubts(known, metres, at, travel, query, LITTLE_LEFT, evidence)
    made: dict[str, object] = orjson.loads(dumps(row | station_members(evidence, known.id, at)))
    return made


@pytest.mark.parametrize("seed", range(6))
def test_an_answer_of_kept_texts_is_to_the_byte_the_one_that_is_written_anew(seed: int) -> None:
    draw = random.Random(SEED + seed)
    registry = registry_of(_stations(draw), demo=bool(seed % 2))
    text = NearestText(registry, StationIndex(registry.stations), LITTLE_LEFT)
    for _ in range(150):
        asked = _asked(draw)
        found = _found(draw, registry, asked)
        generated_at = asked.at if draw.random() < 0.7 else MONDAY_10
        assert text.collection(found, asked, generated_at) == _defined(registry, found, asked, generated_at)
        rows = list(map(orjson.loads, text.rows(found, asked)))
        for row, (metres, at) in zip(rows, found, strict=True):
            expected = _defined_row(registry.stations[at], metres, asked)
            assert list(row) == list(expected)
            assert row.pop("distance_m") == pytest.approx(expected.pop("distance_m"), abs=2e-3)
            assert row == expected


@pytest.mark.parametrize("seed", range(3))
def test_a_block_of_a_batch_is_the_rows_of_each_place(seed: int) -> None:
    draw = random.Random(SEED - seed)
    registry = registry_of(_stations(draw))
    text = NearestText(registry, StationIndex(registry.stations), LITTLE_LEFT)
    for _ in range(40):
        asked = _asked(draw)
        places = [_found(draw, registry, asked)[: draw.randrange(13)] for _ in range(6)]
        rows, metres = np.full((6, 12), -1), np.full((6, 12), np.inf)
        for at, place in enumerate(places):
            metres[at, : len(place)], rows[at, : len(place)] = [far for far, _ in place], [row for _, row in place]
        expected = b",".join(b"[%s]" % b",".join(text.rows(place, asked)) for place in places)
        assert BatchText(text, asked).block(rows, metres) == expected


def test_of_a_country_as_many_texts_are_kept_as_fit_and_every_other_one_is_written_anew() -> None:
    known = WatchedStations(station(f"s{row:04}", 117, 34) for row in range(1_000))
    one = StationText.of(known[0], MONDAY_10.date()).size
    texts = StationTexts(known, max_bytes=100 * one)
    draw = random.Random(SEED)
    for row in [*range(1_000), *draw.choices(range(1_000), k=2_000)]:
        assert texts.of(row, MONDAY_10.date()) == StationText.of(tuple.__getitem__(known, row), MONDAY_10.date())
        assert len(texts) <= 101
    known.rows.clear()
    for _ in range(30):
        for row in range(40):
            texts.of(row, MONDAY_10.date())
    assert len(known.rows) <= 40


def test_what_was_asked_for_lately_outlives_what_was_not() -> None:
    texts: KeptTexts[StationText] = KeptTexts(10_000)
    text = StationText("a", b"", b" " * 600, 0, MONDAY_10.date(), 0)
    for number in range(100):
        texts.put(number, text)
        assert texts.get(0) is text
    assert texts.get(1) is None


def test_stations_that_share_hours_share_the_text_of_their_visit() -> None:
    registry = registry_of(station(f"s{row}", 117, 34, hours="08:00-22:00") for row in range(9))
    index = StationIndex(registry.stations)
    texts = VisitTexts(index.distinct_schedules, LITTLE_LEFT)
    assert len(index.distinct_schedules) == 1
    first = texts.departure(0, MONDAY_10, MONDAY_10.timestamp())
    later = MONDAY_10 + timedelta(hours=11, minutes=59)
    assert texts.departure(0, later, later.timestamp()) is first
    closed = later + timedelta(minutes=2)
    assert texts.departure(0, closed, closed.timestamp()) is not first
