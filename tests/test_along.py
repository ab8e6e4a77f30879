"""Stations along a route: the fast answer against the definition, the phone against the server, the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from stationmap import StationIndex
from stationmap.errors import InvalidQueryError, OutOfTimeError
from stationmap.extract.build import build
from stationmap.formats.feed import feed
from stationmap.geo.nearest_points import PointIndex
from stationmap.hours.opening_hours import ZONE
from stationmap.registry import registry as registries
from stationmap.registry.model import Position
from stationmap.resources import demo_registry
from stationmap.rules import MAX_DETOUR
from stationmap.search.along import Legs, stations_along, stations_along_streets, straight_legs
from stationmap.search.query import Query, Travel
from stationmap.settings import Settings
from stationmap.streets.network import Network, load
from stationmap.streets.shortest_times import StreetPairs, pairs
from stationmap.web import create_app
from tests import small_city
from tests.node import evaluated

START = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
EBIKE, WALK = Travel(5, 1.3), Travel(1.25, 1.3)


@pytest.fixture(scope="module")
def demo() -> registries.Registry:
    return registries.parse(demo_registry().read_bytes())


@pytest.fixture(scope="module")
def index(demo: registries.Registry) -> StationIndex:
    return StationIndex(demo.stations)


def routes(count: int = 40) -> Iterator[tuple[Position, Position, Travel]]:
    """Draw ways to orders, short and long, and some that end where they begin."""
    random = Random(20261130)
    for number in range(count):
        lon, lat = random.uniform(117.1, 117.3), random.uniform(34.2, 34.32)
        reach = random.choice([0.0, 0.01, 0.05, 0.3])
        yield (
            Position(lon, lat),
            Position(lon + random.uniform(-reach, reach), lat + random.uniform(-reach, reach)),
            WALK if number % 4 == 3 else EBIKE,
        )


def metres(index: StationIndex, place: Position) -> list[float]:
    """Return how far each station is, by another way than the route: from a point's index to the place and back."""
    return [
        PointIndex(*(values[row : row + 1] for values in index.coordinates)).nearest(
            place.lon, place.lat, 1, float("inf")
        )[0][0]
        for row in range(len(index))
    ]


def test_a_detour_is_the_way_over_the_station_less_the_direct_one(index: StationIndex) -> None:
    for start, end, travel in routes(6):
        there, onward = metres(index, start), metres(index, end)
        direct = PointIndex(np.array([end.lon]), np.array([end.lat])).nearest(start.lon, start.lat, 1, float("inf"))[0][
            0
        ]
        factor = travel.detour / travel.speed_m_s
        naive = sorted(
            (max(0.0, (a + b - direct) * factor), row) for row, (a, b) in enumerate(zip(there, onward, strict=True))
        )
        near = [(detour, row) for detour, row in naive if detour <= MAX_DETOUR.total_seconds()][:50]
        found = stations_along(index, straight_legs(index, start, end, travel), 50)
        assert [each.detour_s for each in found] == pytest.approx([detour for detour, _ in near], abs=1e-3)
        assert [each.distance_m for each in found] == pytest.approx(
            [there[index.stations.index(each.station)] for each in found], abs=1e-4
        )
        assert found or not near


def test_the_filters_and_the_moment_of_arrival_count(index: StationIndex) -> None:
    """A station that is closed when the rider comes by on the way is left out, whatever it is now."""
    late = START.replace(hour=16, minute=50)
    for start, end, travel in routes(8):
        legs = straight_legs(index, start, end, travel)
        query = Query(open_at=late, reachable_by=travel, in_use=True, for_riders=True, facilities=frozenset(["toilet"]))
        found = stations_along(index, legs, len(index), query=query)
        everyone = stations_along(index, legs, len(index))
        expected = [
            each.station.id
            for each in everyone
            if query.accepts(each.station) and query.accepts_visit(each.station.schedule, each.distance_m)
        ]
        assert [each.station.id for each in found] == expected


def test_what_is_unknown_is_not_along_the_way_and_equals_keep_their_order(index: StationIndex) -> None:
    count = len(index)
    there = np.full(count, 60.0)
    there[::2] = np.nan
    legs = Legs(there * 5, there * 6, there, np.full(count, 30.0), 50.0)
    found = stations_along(index, legs, 7)
    assert [each.station for each in found] == list(index.stations[1:15:2])
    assert {each.detour_s for each in found} == {40.0}
    assert stations_along(index, legs, 7, max_detour_s=39) == []
    unreachable = legs._replace(direct_s=float("nan"))
    assert stations_along(index, unreachable, 7) == []
    with pytest.raises(InvalidQueryError):
        stations_along(index, legs, 0)


def test_a_search_that_takes_too_long_can_be_ended(index: StationIndex) -> None:
    def late() -> None:
        raise OutOfTimeError

    start, end, travel = next(routes())
    with pytest.raises(OutOfTimeError):
        stations_along(index, straight_legs(index, start, end, travel), check=late)


ON_THE_PHONE = """
import { feedOf } from "./static/js/rider/feed.js";
import { Places } from "./static/js/rider/nearest.js";
import { rankedAlong } from "./static/js/route/along.js";
import { metresBetween } from "./static/js/shared/metres_between.js";
const feed = feedOf(given.document);
const places = new Places(feed.stations.map(({ lon }) => lon), feed.stations.map(({ lat }) => lat));
console.log(JSON.stringify(given.routes.map(([from, to, speedMS, detour]) => {
  const { rows, metres, detours } = rankedAlong(places, from, to, { speedMS, detour });
  return {
    directS: (metresBetween(from, to) * detour) / speedMS,
    stations: Array.from(rows, (row, place) => [
      feed.stations[row].id, metres[place], (detours[place] * detour) / speedMS,
    ]),
  };
})));
"""


def test_the_phone_puts_stations_in_the_same_order_as_the_server(
    demo: registries.Registry, index: StationIndex
) -> None:
    drawn = list(routes())
    point = lambda place: {"lon": place.lon, "lat": place.lat}  # noqa: E731
    asked = [[point(start), point(end), travel.speed_m_s, travel.detour] for start, end, travel in drawn]
    given = {"document": json.loads(feed(demo, START.date())), "routes": asked}
    answers = evaluated(ON_THE_PHONE, given)
    assert sum(len(answer["stations"]) for answer in answers) > 1_000
    for (start, end, travel), answer in zip(drawn, answers, strict=True):
        legs = straight_legs(index, start, end, travel)
        assert answer["directS"] == pytest.approx(legs.direct_s, abs=0.1)
        expected = stations_along(index, legs, len(index))
        of_station = {each.station.id: each for each in expected}
        # The feed rounds positions to a decimetre: who is that near to the limit may be on either side of it.
        told = [row for row in answer["stations"] if row[0] in of_station]
        assert len(answer["stations"]) - len(told) <= 1 and len(expected) - len(told) <= 1
        detours = [of_station[id_].detour_s for id_, _, _ in told]
        assert [detour for _, _, detour in told] == pytest.approx(detours, abs=0.5)
        assert all(later > earlier - 0.5 for earlier, later in pairwise(detours))
        assert [way for _, way, _ in told] == pytest.approx([of_station[id_].distance_m for id_, _, _ in told], abs=0.2)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the streets of the fictional small city, and its registry."""
    folder = tmp_path_factory.mktemp("city")
    extract = small_city.write_extract(folder / "small.osm.pbf")
    build(extract, folder / "out", built_at=START, rights=small_city.FICTIONAL)
    small_city.write_registry(folder / "stations.geojson")
    return folder


@pytest.fixture(scope="module")
def town(city: Path) -> tuple[StationIndex, Network]:
    stations = registries.parse((city / "stations.geojson").read_bytes()).stations
    return StationIndex(stations), load(city / "out" / "streets.graph")


def ways_in_town(count: int) -> Iterator[tuple[Position, Position]]:
    random = Random(20261201)
    place = lambda: Position(*small_city.lon_lat(random.uniform(-900, 900), random.uniform(-700, 700)))  # noqa: E731
    for _ in range(count):
        yield place(), place()


@pytest.mark.parametrize("profile", ["walk", "ebike"])
def test_along_streets_a_detour_is_made_of_three_shortest_ways(
    town: tuple[StationIndex, Network], profile: str
) -> None:
    index, network = town
    stations = network.snap(*index.coordinates, profile)
    seen = 0
    for start, end in ways_in_town(12):
        straight = straight_legs(index, start, end, EBIKE)
        ends = network.snap([start.lon, end.lon], [start.lat, end.lat], profile)
        if not ends.known.all():
            continue
        a, b = ends.chosen([0]), ends.chosen([1])
        seconds = {
            name: _matrix(pairs(network, *asked, 1e6))
            for name, asked in {"there": (a, stations), "onward": (stations, b), "direct": (a, b)}.items()
        }
        direct_s = seconds["direct"].get((0, 0))
        found, told_s = stations_along_streets(index, network, profile, start, end, straight, len(index))
        assert told_s == pytest.approx(direct_s)
        by_street = {index.stations.index(each.station): each.detour_s for each in found if each.by_street}
        expected = {
            row: there + seconds["onward"][row, 0] - direct_s
            for (_, row), there in seconds["there"].items()
            if direct_s is not None and (row, 0) in seconds["onward"]
        }
        assert min(expected.values(), default=0) > -1e-6
        near = {row: detour for row, detour in expected.items() if detour <= MAX_DETOUR.total_seconds()}
        assert by_street == pytest.approx(near, abs=1e-6)
        assert list(by_street.values()) == sorted(by_street.values())
        assert all(each.by_street for each in found[: len(near)])
        assert all(
            each.there_s >= each.distance_m / network.top_speed_m_s(profile) - 1e-6 for each in found if each.by_street
        )
        seen += len(near)
    assert seen > 100


def _matrix(found: StreetPairs) -> dict[tuple[int, int], float]:
    rows = zip(found.origins.tolist(), found.destinations.tolist(), found.seconds.tolist(), strict=True)
    return {(origin, destination): seconds for origin, destination, seconds in rows}


def test_where_no_street_leads_ways_are_unknown_and_stand_last(town: tuple[StationIndex, Network], city: Path) -> None:
    app = create_app(Settings(registry=city / "stations.geojson", city=city / "out"), clock=lambda: START)
    client = app.test_client()
    here, there, sea = (list(small_city.lon_lat(*each)) for each in ((0, 0), (600, 200), (-2100, -1800)))
    asked = {"k": 100, "by": "network", "travel": "ebike"}
    answer = client.post("/api/v1/along", json={"from": here, "to": there, **asked}).json
    assert answer and answer["by"] == "network" and answer["direct_s"] > 0
    told = [feature["properties"] for feature in answer["features"]]
    known = [each for each in told if each["network_s"] is not None]
    assert known and told[: len(known)] == known
    assert len(known) < len(told)  # stations on the island of streets, and far from any
    assert all(each["network_m"] >= each["distance_m"] for each in known)
    assert all(each["travel_s"] == pytest.approx(each["network_s"], abs=1) for each in known)
    assert all(each["detour_s"] is None and each["network_m"] is None for each in told[len(known) :])
    nowhere = client.post("/api/v1/along", json={"from": here, "to": sea, **asked}).json
    assert nowhere and nowhere["direct_s"] is None
    assert {feature["properties"]["network_s"] for feature in nowhere["features"]} == {None}


def test_without_streets_the_answer_says_so(client: FlaskClient) -> None:
    response = client.post("/api/v1/along", json={**ROUTE, "by": "network"})
    assert response.status_code == 400
    assert response.json and [fault["code"] for fault in response.json["errors"]] == ["unavailable"]


ROUTE = {"from": [117.2, 34.26], "to": [117.25, 34.3]}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(travel="ebike"), clock=lambda: START).test_client()


def test_the_api_answers_as_the_core_does(client: FlaskClient, index: StationIndex) -> None:
    response = client.post("/api/v1/along", json={**ROUTE, "k": 20, "open": "now", "for_riders": True})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    answer = response.json
    assert answer is not None
    travel = Travel(5, 1.3)
    legs = straight_legs(index, Position(117.2, 34.26), Position(117.25, 34.3), travel)
    query = Query(open_at=START, reachable_by=travel, in_use=True, for_riders=True)
    expected = stations_along(index, legs, 20, query=query)
    told = [feature["properties"] for feature in answer["features"]]
    assert [feature["id"] for feature in answer["features"]] == [each.station.id for each in expected]
    assert [each["detour_s"] for each in told] == [round(each.detour_s, 1) for each in expected]
    assert [each["travel_s"] for each in told] == [round(each.there_s) for each in expected]
    assert answer["direct_s"] == round(legs.direct_s)
    assert all(each["on_arrival"] != "closed" and "doubts" in each for each in told)


def test_a_datum_holds_for_both_ends(client: FlaskClient) -> None:
    from stationmap.datum import Datum, from_wgs84

    ends = {name: list(from_wgs84(*place, Datum.GCJ02)) for name, place in ROUTE.items()}
    plain = client.post("/api/v1/along", json=ROUTE).json
    shifted = client.post("/api/v1/along", json={**ends, "datum": "gcj02"}).json
    assert plain and shifted
    assert [feature["id"] for feature in shifted["features"]] == [feature["id"] for feature in plain["features"]]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, {"from", "to"}),
        ({"from": [117.2, 34.26]}, {"to"}),
        ({"from": [117.2], "to": [117.2, 341]}, {"from", "to"}),
        ({"from": {"lon": 117.2, "lat": 34.26}, "to": "117.2,34.26"}, {"from", "to"}),
        ({**ROUTE, "k": 101, "within_m": 5, "lon": 117.2}, {"k", "within_m", "lon"}),
        ({**ROUTE, "points": [[117.2, 34.26]]}, {"points"}),
        ({**ROUTE, "speed_m_s": 0}, {"speed_m_s"}),
    ],
)
def test_every_fault_is_named_and_nothing_sent_is_repeated(
    client: FlaskClient, body: dict[str, Any], names: set[str]
) -> None:
    response = client.post("/api/v1/along", json=body)
    assert response.status_code == 400
    assert response.json is not None
    assert {fault["parameter"] for fault in response.json["errors"]} == names
    assert "117.2" not in response.text


def test_no_address_may_name_a_destination(client: FlaskClient) -> None:
    assert client.get("/api/v1/along?from=117.2,34.26&to=117.25,34.3").status_code == 405
    assert client.post("/api/v1/along?to=117.25,34.3", json=ROUTE).status_code == 400
    assert client.post("/api/v1/along", data="from=1").status_code == 415


def test_a_station_that_opens_on_the_way_is_told_so(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/along", json={**ROUTE, "k": 100, "open": (START - timedelta(hours=2)).isoformat()}
    ).json
    assert answer
    opening = [feature["properties"] for feature in answer["features"] if feature["properties"]["state"] == "closed"]
    assert opening and all(each["on_arrival"] == "open" for each in opening)
