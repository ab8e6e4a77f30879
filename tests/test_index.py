"""The index answers as if every station had been measured with Karney's geodesic and asked every question."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from stationmap.errors import InvalidPositionError, InvalidQueryError
from stationmap.geo.geodesy import ecef
from stationmap.geo.nearest_points import IS_COMPILED, TIE_M, PointIndex
from stationmap.geo.python_points import PythonPointIndex
from stationmap.registry.model import FACILITIES, SERVICES, WHO, Position, Station
from stationmap.search import filtered_points, station_index
from stationmap.search.query import Bounds, Query, Travel
from stationmap.search.station_index import Neighbour, StationIndex
from tests.strategies import lats, lons, positions, station, stations

GEOD = Geod(ellps="WGS84")
KINDS = {"python": PythonPointIndex} | ({"compiled": PointIndex} if IS_COMPILED else {})
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday, 12:00 in Xuzhou


@pytest.fixture(autouse=True, scope="module", params=KINDS)
def point_index(request: pytest.FixtureRequest) -> Iterator[type[PythonPointIndex]]:
    """The index of points that stations are found by: each kind there is answers the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(station_index, "PointIndex", KINDS[request.param])
        yield KINDS[request.param]


def naive(
    among: list[Station], position: Position, k: int, within_m: float = math.inf, query: Query | None = None
) -> list[tuple[float, str]]:
    """Measure every station and sort; equal to a micrometre keeps the order given."""
    measured = []
    for row, one in enumerate(among):
        metres = GEOD.inv(position.lon, position.lat, *one.geometry.coordinates)[2]
        if metres > within_m + TIE_M or (query and not query.accepts(one)):
            continue
        if query and query.open_at and not is_worth_it(one, query.open_at, query.reachable_by, metres):
            continue
        measured.append((round(metres, 6), row, one.id))
    return [(metres, found) for metres, _, found in sorted(measured)[:k]]


def is_worth_it(one: Station, at: datetime, travel: Travel | None, metres: float) -> bool:
    """Not known to be closed now; with a way to go, open at its end unless nobody would wait so long."""
    now = one.status_at(at).state
    if now == "unknown" or travel is None:
        return now != "closed"
    way = timedelta(seconds=metres * travel.detour / travel.speed_m_s)
    if now == "closed" and way > timedelta(hours=3):
        return False
    if way > timedelta(days=1):  # whatever it is by then is not told
        return True
    return one.status_at(at + way).state != "closed"


def assert_same(found: list[Neighbour], expected: list[tuple[float, str]]) -> None:
    assert [one.distance_m for one in found] == pytest.approx([metres for metres, _ in expected], abs=2e-6)
    distances = [one.distance_m for one in found]
    assert distances == sorted(distances)
    for one, (metres, expected_id) in zip(found, expected, strict=True):
        rivals = {other for other_metres, other in expected if abs(other_metres - metres) < 4e-6}
        assert one.station.id == expected_id or one.station.id in rivals


queries = st.builds(
    Query,
    text=st.sampled_from(["", "站", "S0", "1 站", "nobody", "zhan", "z s0"]),
    categories=st.sets(st.sampled_from(["outdoor_worker", "carnation"])),
    facilities=st.sets(st.sampled_from(FACILITIES[:2])),
    services=st.sets(st.sampled_from(SERVICES[:2]), max_size=1),
    who=st.sets(st.sampled_from(WHO[:3])),
    open_at=st.none() | st.integers(0, 10_000).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    reachable_by=st.none() | st.builds(Travel, st.floats(0.5, 40), st.floats(1, 2)),
    bounds=st.none() | st.builds(Bounds, lons, st.floats(-90, 0), lons, st.floats(0, 90)),
    in_use=st.booleans(),
    for_riders=st.booleans(),
    facilities_or_unknown=st.booleans(),
    always_from=st.none() | st.just(NOON.date()),
)


@given(stations(), positions, st.integers(1, 45))
@settings(max_examples=300)
def test_nearest_is_the_naive_answer_anywhere_on_earth(among: list[Station], position: Position, k: int) -> None:
    assert_same(StationIndex(among).nearest(position, k), naive(among, position, k))


@given(stations(), positions, st.integers(1, 10), st.floats(0, 2e7), queries)
@example([station("a", 0, 90)], Position(1, 90), 1, 0.0, Query())
@example([station("a", 0, 0), station("b", 0, 0)], Position(0, 5.9e-92), 1, 0.0, Query())
@settings(max_examples=300)
def test_filters_lose_nobody_and_let_nobody_else_in(
    among: list[Station], position: Position, k: int, within_m: float, query: Query
) -> None:
    found = StationIndex(among).nearest(position, k, within_m=within_m, query=query)
    assert_same(found, naive(among, position, k, within_m, query))


@given(
    stations(lon=st.floats(117.18, 117.22), lat=st.floats(34.24, 34.27)),
    st.builds(Position, st.floats(117.15, 117.25), st.floats(34.2, 34.3)),
    queries,
)
@settings(max_examples=200)
def test_filters_and_reach_hold_within_a_city(among: list[Station], position: Position, query: Query) -> None:
    assert_same(StationIndex(among).nearest(position, 6, query=query), naive(among, position, 6, math.inf, query))


@given(stations(), queries)
def test_select_is_the_naive_choice_in_order(among: list[Station], query: Query) -> None:
    expected = [one for one in among if query.accepts(one)]
    if query.open_at:
        expected = [one for one in expected if one.status_at(query.open_at).state != "closed"]
    assert StationIndex(among).select(query) == expected


@given(stations(), st.lists(st.tuples(lons, lats), max_size=12), st.integers(1, 6), st.sampled_from([1, 2, -1]))
@settings(max_examples=150)
def test_many_at_once_is_one_after_the_other(
    among: list[Station], places: list[tuple[float, float]], k: int, workers: int
) -> None:
    index = StationIndex(among)
    rows, metres = index.nearest_many(*(np.array(places).reshape(-1, 2).T), k, workers=workers)
    assert rows.shape == metres.shape == (len(places), k)
    for i, place in enumerate(places):
        one = index.nearest(Position(*place), k)
        assert metres[i, : len(one)] == pytest.approx([each.distance_m for each in one], abs=2e-6)
        assert set(rows[i, len(one) :]) <= {-1}
        assert np.isinf(metres[i, len(one) :]).all()
        # Rows may differ only between equals.
        for row, each in zip(rows[i], one, strict=False):
            found = GEOD.inv(*place, *among[row].geometry.coordinates)[2]
            assert found == pytest.approx(each.distance_m, abs=2e-6)


def test_stations_at_one_place_come_in_the_order_of_the_registry_whatever_k_cuts_off() -> None:
    index = StationIndex([station(f"s{i}", 117.2, 34.2) for i in range(9)])
    for k in range(1, 12):
        found = index.nearest(Position(117.21, 34.21), k)
        assert [one.station.id for one in found] == [f"s{i}" for i in range(min(k, 9))]


def test_mirror_images_tie_and_keep_their_order() -> None:
    index = StationIndex(
        [station("east", 117.21, 34.2), station("west", 117.19, 34.2), station("also-east", 117.21, 34.2)]
    )
    assert [one.station.id for one in index.nearest(Position(117.2, 34.2), 3)] == ["east", "west", "also-east"]


def test_the_antimeridian_and_the_poles_are_no_edge() -> None:
    index = StationIndex(
        [station("fiji", 179.999, -17.0), station("samoa", -172.0, -13.8), station("north", 10.0, 89.9)]
    )
    assert index.nearest(Position(-179.999, -17.0), 1)[0] == Neighbour(index.stations[0], pytest.approx(212.9, abs=0.2))
    assert index.nearest(Position(-170.0, 90.0), 1)[0].station.id == "north"


def test_chord_order_alone_would_be_wrong_and_is_not_used() -> None:
    # Far away the flattening turns the order round: seen from the equator, pole-ward points have shorter chords.
    rng = np.random.default_rng(3)
    among = [
        station(f"s{i}", float(lon), float(lat))
        for i, (lon, lat) in enumerate(rng.uniform((-180, -90), (180, 90), (800, 2)))
    ]
    index = StationIndex(among)
    chord_was_wrong = 0
    for lon, lat in rng.uniform((-180, -90), (180, 90), (40, 2)).tolist():
        expected = naive(among, Position(lon, lat), 800)
        assert_same(index.nearest(Position(lon, lat), 800), expected)
        places = np.array([one.geometry.coordinates for one in among])
        chords = np.linalg.norm(ecef(*places.T) - ecef(np.array([lon]), np.array([lat])), axis=1)
        by_chord = [among[i].id for i in np.argsort(chords, kind="stable")]
        chord_was_wrong += by_chord != [found for _, found in expected]
    assert chord_was_wrong > 0


def test_an_empty_index_answers_with_nothing() -> None:
    index = StationIndex([])
    assert index.nearest(Position(117, 34), 5) == []
    assert index.nearest(Position(117, 34), 5, query=Query(open_at=NOON, text="x")) == []
    rows, metres = index.nearest_many([117.0], [34.0], 2)
    assert rows.tolist() == [[-1, -1]]
    assert np.isinf(metres).all()


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one_is_refused(k: int) -> None:
    with pytest.raises(InvalidQueryError):
        StationIndex([]).nearest(Position(117, 34), k)
    with pytest.raises(InvalidQueryError):
        StationIndex([]).nearest_many([117], [34], k)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (math.nan, 0), (0, math.nan), (math.inf, 0)])
def test_a_position_that_is_none_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(InvalidPositionError):
        Position(lon, lat)
    with pytest.raises(InvalidPositionError):
        StationIndex([]).nearest_many([lon], [lat])


@pytest.mark.parametrize(
    ("place", "position"),
    [
        ((0, 90), Position(0, 90)),
        ((33, -90), Position(-120, -90)),
        ((0, 0), Position(0, 5.9e-92)),
        ((180, 10), Position(-180, 10)),
        ((117.18, 34.26), Position(117.18, 34.26)),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_no_metres_at_all_find_what_stands_at_the_place_itself(
    place: tuple[float, float], position: Position, count: int
) -> None:
    index = StationIndex([station(f"s{row}", *place) for row in range(count)])
    assert len(index.nearest(position, within_m=0)) == count
    assert len(index.nearest(position, within_m=0, query=Query(text="站", open_at=NOON))) == count


def test_stations_whose_chords_are_shorter_than_the_limit_but_not_their_ways_are_left_out() -> None:
    index = StationIndex([station("near", 0, 0.9043715), station("far", 0, 0.904374)])
    near_m, far_m = (one.distance_m for one in index.nearest(Position(0, 0)))
    assert [len(index.nearest(Position(0, 0), within_m=limit_m)) for limit_m in (near_m - 0.1, near_m, far_m)] == [
        0,
        1,
        2,
    ]


def test_within_is_inclusive_and_never_negative() -> None:
    index = StationIndex([station("a", 117.2, 34.2)])
    metres = index.nearest(Position(117.21, 34.2))[0].distance_m
    assert index.nearest(Position(117.21, 34.2), within_m=metres)
    assert not index.nearest(Position(117.21, 34.2), within_m=metres - 1e-5)
    for within_m in (-1, math.nan):
        with pytest.raises(InvalidQueryError):
            index.nearest(Position(117.2, 34.2), within_m=within_m)


def test_a_station_that_closes_before_arrival_is_not_offered_as_open() -> None:
    closes_at_noon = station("a", 117.2, 34.2, hours="Mo-Fr 09:00-12:10")
    stays_open = station("b", 117.2, 34.3, hours="24/7")
    says_nothing = station("c", 117.2, 34.4)
    index = StationIndex([closes_at_noon, stays_open, says_nothing])
    walk = Query(open_at=NOON, reachable_by=(1.25, 1.3))
    near, far = Position(117.2, 34.201), Position(117.2, 34.21)
    assert [one.station.id for one in index.nearest(near, query=walk)] == ["a", "b", "c"]
    assert [one.station.id for one in index.nearest(far, query=walk)] == ["b", "c"]


def test_one_open_station_among_thousands_that_are_closed_is_found() -> None:
    closed = [station(f"s{i:05}", 117.2 + i * 1e-5, 34.2, hours="Mo-Fr 09:00-11:00") for i in range(6_000)]
    index = StationIndex([*closed, station("open", 118.0, 34.2, hours="24/7")])
    assert [one.station.id for one in index.nearest(Position(117.2, 34.2), query=Query(open_at=NOON))] == ["open"]


def test_the_world_of_geonames_is_exact_against_brute_force(
    shared_data: Path, point_index: type[PythonPointIndex]
) -> None:
    with gzip.open(shared_data / "registries" / "geonames_cities1000.csv.gz", "rt", encoding="utf-8") as file:
        header = next(file).rstrip("\n").split(",")
        rows = [line.rstrip("\n").rsplit(",", 2)[1:] for line in file]
    assert header[-2:] == ["lng", "lat"]
    places = np.array(rows, dtype=float)
    points = point_index(places[:, 0].copy(), places[:, 1].copy())
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, 20), np.degrees(np.arcsin(rng.uniform(-1, 1, 20)))
    many_rows, many_metres = points.nearest_many(lon, lat, 7, 2)
    for i in range(20):
        n = len(places)
        metres = GEOD.inv(np.full(n, lon[i]), np.full(n, lat[i]), places[:, 0], places[:, 1])[2]
        best = np.lexsort((np.arange(n), np.round(metres, 6)))[:7]
        found = points.nearest(lon[i], lat[i], 7, math.inf)
        assert [row for _, row in found] == best.tolist() == many_rows[i].tolist()
        assert [each for each, _ in found] == pytest.approx(metres[best], abs=2e-6)
        assert many_metres[i] == pytest.approx(metres[best], abs=2e-6)


def test_an_answer_no_memory_could_hold_is_refused() -> None:
    with pytest.raises(InvalidQueryError):
        StationIndex([]).nearest_many([117.0], [34.0], 10**12)


def test_k_is_a_whole_number() -> None:
    with pytest.raises(TypeError):
        StationIndex([]).nearest(Position(117, 34), 2.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "xi'an",
        "西安路，",
        "“西安路”",
        "ＷＩＦＩ",
        "经开区",
        "泉山区 公园",
        "泉山区，公园",
        "quanshan",
        "西安路1号",
        "xz-0001",
    ],
)
def test_words_are_found_whatever_stands_between_their_letters(text: str) -> None:
    one = station(
        "XZ-0001",
        117,
        34,
        name="Xi'an 公园",
        district="320311",
        address="西安路，1号",
        host="Ｗｉ-Ｆｉ",
        managed_by="经开区总工会",
    )
    index = StationIndex([one, station("other", 117, 34)])
    assert [found.id for found in index.select(Query(text=text))] == ["XZ-0001"]
    assert [found.station.id for found in index.nearest(Position(117, 34), query=Query(text=text))] == ["XZ-0001"]


@given(stations(), positions, st.integers(1, 6), queries)
def test_a_filter_is_answered_alike_by_walking_and_by_an_index_of_its_own(
    among: list[Station], position: Position, k: int, query: Query
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filtered_points, "SLOW_POINTS", 0)
        index = StationIndex(among)
        walked = index.nearest(position, k, query=query)
        index.make_wanted()
        assert index._points.counts[1] == 0
        assert index.nearest(position, k, query=query) == walked
    assert_same(walked, naive(among, position, k, math.inf, query))


def test_many_that_pass_a_filter_are_walked_until_their_index_is_made_aside(
    monkeypatch: pytest.MonkeyPatch, point_index: type[PythonPointIndex]
) -> None:
    monkeypatch.setattr(filtered_points, "SLOW_POINTS", 10)
    index = StationIndex([station(f"s{row}", 117, 34, status="open" if row % 8 else "closed") for row in range(80)])
    for query in (Query(in_use=True), Query(in_use=True, open_at=NOON), Query(text="s79")):
        index.nearest(Position(117, 34), query=query)
    # Of few the index is made at once, and of many where it shares the tree of all.
    assert index._points.counts == ((2, 0) if point_index.shares_its_tree else (1, 1))
    index.make_wanted()
    assert index._points.counts == (2, 0)


def test_questions_of_later_and_earlier_moments_are_answered_as_by_an_index_that_knows_no_other() -> None:
    wordings = ["Mo-Fr 09:00-12:00", "24/7", "08:00-22:00", None, "Mo-Su 22:00-06:00", "Sa 10:00-11:00"]
    among = [
        station(f"s{row}", 117 + row / 100, 34, **({"hours": hours} if (hours := wordings[row % 6]) else {}))
        for row in range(30)
    ]
    index, rng = StationIndex(among), np.random.default_rng(19)
    here, travel = Position(117.1, 34), Travel(2.0)
    for minutes in [*range(0, 3_000, 97), *rng.integers(-9_000, 9_000, 20).tolist()]:
        for reachable_by in (None, travel):
            query = Query(open_at=NOON + timedelta(minutes=int(minutes)), reachable_by=reachable_by)
            assert_same(index.nearest(here, 9, query=query), naive(among, here, 9, math.inf, query))
