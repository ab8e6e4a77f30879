"""Hours written to be long to answer: what is worked out is worked out soon, the rest is unknown and says so."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from stationmap.formats.feed import feed
from stationmap.hours.checks import doubts
from stationmap.hours.opening_hours import TOO_COMPLEX, ZONE, parse
from stationmap.registry.model import Position
from stationmap.search.query import Query, Travel
from stationmap.search.station_index import StationIndex
from tests.apps import registry_of
from tests.strategies import station

NOON = datetime(2026, 11, 30, 12, tzinfo=ZONE)
HOURS = [f"{hour:02}:00-{hour + 1:02}:00" for hour in range(23)]

WITHIN = [
    "Feb 29 Tu-Th,SH,PH 10:00-11:00",
    "PH off; SH off; Mo[1] off; Feb 29 10:00-11:00",
    "; ".join(f"2099 Jan {day:02} 10:00-11:00" for day in range(1, 29)),
    "; ".join(f"May-Sep Su-We,Mo {times}" for times in HOURS),
    "PH,SH 21:16-03:50,11:09+,03:04-16:51; Jan 17,Mar 01 PH -1 day,We 00:22+ off; Feb-Nov 13:10-23:23 off; Feb 29 SH",
]
BEYOND = [
    "PH Mo off; " + ", ".join(f"Tu[{1 + at % 5}],SH,PH -{at + 1} days off" for at in range(58)),
    ", ".join(f"Feb 29 Tu[1],SH,PH -{at + 1} days {times}" for at, times in enumerate(HOURS)),
    "; ".join(f"Feb 29 Tu-Th,Mo[1] +1 day,SH,PH -1 day {times}" for times in HOURS),
    "SH,PH,Mo[1] " + ",".join(f"{at // 4:02}:{at % 4 * 15:02}-{at // 4:02}:{at % 4 * 15 + 5:02}" for at in range(96)),
    ",".join(f"{month} {day:02}" for month in ("Jan", "Mar", "May", "Jul", "Aug", "Oct") for day in range(1, 32))
    + " off"
    + "; PH off" * 30,
    "Mo 10:00-12:00; " * 200 + "Tu off",
]


@pytest.mark.parametrize("text", WITHIN)
def test_hours_that_are_worked_out_are_so_for_a_year_in_no_time(text: str) -> None:
    began = time.process_time()
    hours = parse(text)
    assert hours.status_at(NOON).reason != TOO_COMPLEX
    hours.intervals(NOON, NOON + timedelta(days=366))
    assert time.process_time() - began < 0.5  # on a machine at rest a tenth of it


@pytest.mark.parametrize("text", BEYOND)
def test_hours_beyond_are_unknown_and_check_names_them(text: str) -> None:
    began = time.process_time()
    assert parse(text).status_at(NOON)[:4] == ("unknown", None, (), TOO_COMPLEX)
    ((code, detail),) = doubts(text, NOON.date())
    assert code == TOO_COMPLEX and "more than" in detail
    assert time.process_time() - began < 0.1


def test_hours_on_doors_are_within_the_limit() -> None:
    days = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    week = "; ".join(f"{day} 08:00-12:00,13:00-17:00,18:00-20:00" for day in days)
    seasons = "; ".join(f"{season} {day} 08:00-12:00,13:30-17:30" for season in ("Apr-Oct", "Nov-Mar") for day in days)
    closed = "; ".join(f"2026 Feb {day} off" for day in range(10, 20))
    for text in (f"{week}; PH off", f"{seasons}; PH off", f"Mo-Fr 09:00-17:00; {closed}; PH,SH off; Sa[1] 10:00-12:00"):
        assert parse(text).status_at(NOON).reason != TOO_COMPLEX


def test_a_registry_of_the_longest_is_answered_by_those_a_rider_may_reach() -> None:
    texts = [f'{WITHIN[at % len(WITHIN)]}; 2098 Jan {1 + at % 28:02} off "{at}"' for at in range(400)]
    stations = registry_of(station(f"s{at}", 117 + at / 1000, 34.2, hours=text) for at, text in enumerate(texts))
    began = time.process_time()
    asked = Query(open_at=NOON, reachable_by=Travel(5))
    StationIndex(stations.stations).nearest(Position(117.2, 34.2), 100, query=asked)
    feed(stations, NOON.date())
    assert time.process_time() - began < 8  # on a machine at rest a quarter of it
