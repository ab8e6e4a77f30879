"""Columns say what stations say; those of a registry that replaces another are those it would have by itself."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, STATUSES, WHO, Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import digest_of
from stationmap.search.query import Query
from stationmap.search.station_columns import NEVER, StationColumns, rows_before
from stationmap.search.station_index import Former, StationIndex
from stationmap.search.text_index import TextIndex
from stationmap.search.usability import STANDINGS, standing
from tests.strategies import station, stations
from tests.test_index import queries
from tests.watched_stations import WatchedStations


@st.composite
def versions(draw: st.DrawFn) -> tuple[Registry, Registry]:
    """Draw a registry and one that replaces it: stations go, come, change, and most stay."""
    earlier, others = draw(stations()), draw(stations())
    kept = [each for each in earlier if draw(st.integers(0, 3))]
    changed = [each.model_copy(update={"id": draw(st.sampled_from(["a", "s00x", "z"])) + each.id}) for each in others]
    return Registry(tuple(earlier)), Registry((*kept, *changed))


def assert_equal(found: StationColumns, expected: StationColumns) -> None:
    for name in StationColumns.__slots__:
        column, other = getattr(found, name), getattr(expected, name)
        if isinstance(column, np.ndarray):
            assert column.dtype == other.dtype and column.tolist() == other.tolist(), name
        else:
            assert column == other, name


@given(stations())
def test_columns_say_what_stations_say(among: list[Station]) -> None:
    columns, schedules = StationColumns.of(among), StationColumns.of(among).schedules()
    for row, each in enumerate(among):
        known = each.properties
        assert (columns.lons[row], columns.lats[row]) == each.geometry.coordinates
        assert CATEGORIES[columns.categories[row]] == known.category
        assert WHO[columns.who[row]] == known.access.who
        assert STATUSES[columns.statuses[row]] == known.status
        assert STANDINGS[columns.standings[row]] == standing(each)
        assert f"{columns.districts[row]:06}" == known.district
        assert schedules[columns.hours[row]] is each.schedule
        present, missing, services = (int(bits[row]) for bits in (columns.present, columns.missing, columns.services))
        for place, code in enumerate(FACILITIES):
            assert (present >> place & 1, missing >> place & 1) == (
                known.facilities.get(code) is True,
                known.facilities.get(code) is False,
            )
        assert {code for place, code in enumerate(SERVICES) if services >> place & 1} == set(known.services)


def test_days_of_checks_and_closures_are_columns() -> None:
    shut = [{"from": "2026-11-20", "to": "2026-11-30", "reason": "repairs"}]
    columns = StationColumns.of(
        [
            station("a", 1, 1, verified={"on": "2026-11-01", "by": "staff"}),
            station("b", 1, 1, closures=shut),
            station("c", 1, 1, status="planned"),
            station("d", 1, 1),
        ]
    )
    assert columns.verified.tolist() == [date(2026, 11, 1).toordinal(), NEVER, NEVER, NEVER]
    assert columns.hours.tolist() == [0, 1, 2, 0]
    assert [len(each.closures) for each in columns.distinct_hours] == [0, 1, 0]
    assert columns.in_use_by_hours() == {0: 2, 1: 1}


def test_codes_of_a_later_version_are_nobodys() -> None:
    columns = StationColumns.of([station("a", 1, 1, facilities={"sauna": True, "bath": False}, services=["astrology"])])
    assert (columns.present[0], columns.missing[0], columns.services[0]) == (0, 0, 0)


@given(versions())
def test_a_station_is_found_again_where_its_content_is_the_same(drawn: tuple[Registry, Registry]) -> None:
    earlier, later = drawn
    row_of = {digest_of(each): row for row, each in enumerate(earlier.stations)}
    expected = [row_of.get(digest_of(each), -1) for each in later.stations]
    assert rows_before(later.digests, earlier.digests).tolist() == expected


@given(versions())
def test_columns_that_follow_others_are_those_read_anew(drawn: tuple[Registry, Registry]) -> None:
    earlier, later = drawn
    before = rows_before(later.digests, earlier.digests)
    found = StationColumns.of(earlier.stations).succeeded(later.stations, before)
    assert_equal(found, StationColumns.of(later.stations))


@given(versions(), queries)
def test_an_index_that_follows_another_answers_as_one_made_anew(drawn: tuple[Registry, Registry], query: Query) -> None:
    earlier, later = drawn
    former = StationIndex(earlier.stations)
    former.make_ready()
    following = StationIndex(later.stations, Former(former, rows_before(later.digests, earlier.digests)))
    made_anew = StationIndex(later.stations)
    assert following.matching(query).tolist() == made_anew.matching(query).tolist()
    assert following.select(query) == made_anew.select(query)
    assert following.schedules == made_anew.schedules
    assert following.bounds == made_anew.bounds


def test_only_stations_that_are_others_are_read_again() -> None:
    known = [station(f"s{row:02}", 117.2, 34.2) for row in range(20)]
    earlier, later = Registry(tuple(known)), Registry((*known[:-1], station("s19", 117.3, 34.2)))
    former = StationIndex(earlier.stations)
    former.make_ready()
    read = WatchedStations(later.stations)
    StationIndex(read, Former(former, rows_before(later.digests, earlier.digests))).make_ready()
    assert read.rows == {19}


@given(
    st.lists(st.text("ab 泉山", max_size=4), max_size=12),
    st.lists(st.integers(0, 14) | st.text("ab 泉山", max_size=4), max_size=14),
    st.sampled_from(["a", "ab", "泉", "q", "qs", "泉山"]),
)
def test_texts_that_follow_others_hold_what_they_hold_anew(known: list[str], later: list[int | str], word: str) -> None:
    texts = [known[each % len(known)] if isinstance(each, int) and known else str(each) for each in later]
    before = [each % len(known) if isinstance(each, int) and known else -1 for each in later]
    new = [text for text, at in zip(texts, before, strict=True) if at < 0]
    found = TextIndex(known).succeeded(np.array(before, dtype=np.int64), new)
    assert found.containing(word).tolist() == TextIndex(texts).containing(word).tolist()
    assert found._codes.tolist() == TextIndex(texts)._codes.tolist()
