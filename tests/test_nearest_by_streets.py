"""The nearest stations along streets: the same from the library, the API and the command line; rules of the fictional
city's streets; what is unknown and what is refused."""

from __future__ import annotations

import csv
import json
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from stationmap import Position, Query, StationIndex
from stationmap.cli import command
from stationmap.errors import InvalidExtractError
from stationmap.extract.extract import Extract, new_build, read
from stationmap.extract.street_edges import write_streets
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.store import load as load_registry
from stationmap.search.nearest_by_streets import StreetNeighbour, nearest_by_streets
from stationmap.search.query import BY_SECONDS, Travel, state_on_arrival
from stationmap.settings import Settings
from stationmap.streets import Network, load, nearest, pairs, times
from stationmap.web import create_app
from stationmap.web.api import routes
from stationmap.web.guard import concurrency_limit
from tests import small_city

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZONE)
EBIKE = Travel(5, 1.3)
CENTRE = (30.0, 20.0)  # metres east and north of the middle of the small city


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the streets of the fictional small city, and its registry."""
    folder = tmp_path_factory.mktemp("streets")
    write_streets(extract_of(folder), folder / "streets.graph", lambda done, step: None)
    small_city.write_registry(folder / "stations.geojson")
    return folder


def extract_of(folder: Path, **changed: Any) -> Extract:
    path = small_city.write_extract(folder / "small.osm.pbf", **changed)
    return read(path, build=new_build(), built_at=NOON, rights=small_city.FICTIONAL)


@pytest.fixture(scope="module")
def network(folder: Path) -> Network:
    return load(folder / "streets.graph")


@pytest.fixture(scope="module")
def index(folder: Path) -> StationIndex:
    return StationIndex(load_registry(folder / "stations.geojson").stations)


@pytest.fixture(scope="module")
def client(folder: Path) -> FlaskClient:
    return create_app(Settings(registry=folder / "stations.geojson", city=folder), clock=lambda: NOON).test_client()


def place(east: float, north: float) -> Position:
    return Position(*small_city.lon_lat(east, north))


def way(network: Network, profile: str, start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Return seconds and metres of a way between places in metres from the centre."""
    ends = [network.snap(*([each] for each in small_city.lon_lat(*where)), profile) for where in (start, end)]
    found = times(network, *ends)
    return float(found.seconds[0]), float(found.metres[0])


def posted(client: FlaskClient, expect: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/nearest", json=body)
    assert answer.status_code == expect, answer.text
    return dict(answer.json)


def asked(where: Position, **more: Any) -> dict[str, Any]:
    return {"lon": where.lon, "lat": where.lat, "by": "network", "k": 100, **more}


@pytest.mark.parametrize("profile", ["walk", "ebike"])
@pytest.mark.parametrize("where", [CENTRE, (-1150.0, 480.0), (1000.0, 395.0)])
def test_library_api_and_command_line_give_the_same_answer(
    profile: str,
    where: tuple[float, float],
    folder: Path,
    index: StationIndex,
    network: Network,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rider = place(*where)
    found = nearest_by_streets(index, network, profile, rider, 100, query=Query(in_use=True))
    answer = posted(client, **asked(rider, travel=profile))
    told = [feature["properties"] | {"id": feature["id"]} for feature in answer["features"]]
    assert [each["id"] for each in told] == [each.station.id for each in found]
    for each, known in zip(told, found, strict=True):
        assert each["distance_m"] == pytest.approx(known.distance_m, abs=0.001)
        assert (each["network_s"] is None) == (known.network_s is None) == (each["network_m"] is None)
        if known.network_s is not None:
            assert each["network_s"] == pytest.approx(known.network_s, abs=0.06)
            assert each["network_m"] == pytest.approx(known.network_m, abs=0.001)
            assert each["travel_s"] == round(known.network_s)
    assert answer["by"] == "network" and answer["travel"] == profile
    assert answer["streets"] == {
        "date": "2026-11-01", "build": network.provenance.build, "attribution": small_city.FICTIONAL.attribution,
    }  # fmt: skip
    monkeypatch.setenv("STATIONMAP_CITY", str(folder))
    options = [str(rider.lon), str(rider.lat), "-k", "100", "--by", "network", "--travel", profile, "--json"]
    printed = CliRunner().invoke(command, ["nearest", *options, "--registry", str(folder / "stations.geojson")])
    assert printed.exit_code == 0, printed.output
    document = json.loads(printed.stdout)
    assert document["streets"] == answer["streets"]
    ways = [
        (each["id"], each["properties"]["network_s"], each["properties"]["network_m"]) for each in document["features"]
    ]
    assert ways == [(each["id"], each["network_s"], each["network_m"]) for each in told]


@pytest.mark.parametrize("profile", ["walk", "ebike"])
def test_the_audits_functions_find_the_same_ways(profile: str, index: StationIndex, network: Network) -> None:
    riders = [place(east, north) for east in range(-1100, 1300, 400) for north in range(-500, 600, 250)]
    origins = network.snap([each.lon for each in riders], [each.lat for each in riders], profile)
    stations = network.snap(*index.coordinates, profile)
    near, reached = nearest(network, origins, stations), pairs(network, origins, stations, 600.0)
    seen = 0
    for row, rider in enumerate(riders):
        found = nearest_by_streets(index, network, profile, rider, 40)
        known = [each for each in found if each.network_s is not None]
        seconds = [each.network_s for each in known]
        assert seconds == sorted(seconds)
        assert (near.rows[row] >= 0) == bool(known)
        if known:
            assert near.seconds[row] == pytest.approx(known[0].network_s)
            assert near.metres[row] == pytest.approx(known[0].network_m)
        within = {each.station.id: each.network_s for each in known if each.network_s <= 600}
        of_pairs = reached.origins == row
        pair_ids = [index.stations[at].id for at in reached.destinations[of_pairs]]
        assert dict(zip(pair_ids, reached.seconds[of_pairs].tolist(), strict=True)) == pytest.approx(within)
        seen += len(known)
    assert seen > 500


def test_no_way_is_shorter_than_straight_and_unknown_ways_come_last(index: StationIndex, network: Network) -> None:
    found = nearest_by_streets(index, network, "walk", place(*CENTRE), 40)
    assert len(found) == 40
    known = [each for each in found if each.network_s is not None]
    assert found[: len(known)] == known
    assert all(each.network_m >= each.distance_m for each in known if each.network_m)
    assert {each.station.id for each in found[len(known) :]} == {"sl-039", "sl-040"}  # an island; far from any street
    straight = [each.distance_m for each in found[len(known) :]]
    assert straight == sorted(straight)


def test_of_a_rider_far_from_any_street_every_way_is_unknown(index: StationIndex, network: Network) -> None:
    at_sea = place(-2100, -1800)
    found = nearest_by_streets(index, network, "walk", at_sea, 7)
    assert [each.network_s for each in found] == [None] * 7
    assert [each.station.id for each in found] == [each.station.id for each in index.nearest(at_sea, 7)]


def test_on_an_island_only_its_own_station_is_reached(index: StationIndex, network: Network) -> None:
    found = nearest_by_streets(index, network, "walk", place(1400, 800), 3)
    assert [each.network_s is not None for each in found] == [True, False, False]
    assert found[0].station.id == "sl-039"


@pytest.mark.parametrize("hour", [7.4, 7.95, 12, 19.9, 23])
def test_whether_a_station_is_open_is_asked_of_the_arrival_by_streets(
    hour: float, index: StationIndex, network: Network
) -> None:
    at = datetime(2026, 11, 23, tzinfo=ZONE) + timedelta(hours=hour)
    everything = nearest_by_streets(index, network, "walk", place(*CENTRE), 40)
    query = Query(open_at=at, reachable_by=Travel(1.25, 1.3))

    def is_offered(each: StreetNeighbour) -> bool:
        way = (each.distance_m, Travel(1.25, 1.3)) if each.network_s is None else (each.network_s, BY_SECONDS)
        schedule = each.station.schedule
        return state_on_arrival(schedule, schedule.status_at(at), at, *way) != "closed"

    found = nearest_by_streets(index, network, "walk", place(*CENTRE), 40, query=query)
    assert found == [each for each in everything if is_offered(each)]
    assert nearest_by_streets(index, network, "walk", place(*CENTRE), 3, query=query) == found[:3]


def test_filters_and_the_straight_limit_hold(index: StationIndex, network: Network) -> None:
    everything = nearest_by_streets(index, network, "ebike", place(*CENTRE), 40)
    query = Query(facilities=frozenset({"toilet"}))
    found = nearest_by_streets(index, network, "ebike", place(*CENTRE), 40, query=query, within_m=900)
    assert found == [each for each in everything if query.accepts(each.station) and each.distance_m <= 900]
    assert 0 < len(found) < 20


@pytest.mark.parametrize(
    ("profile", "start", "end", "metres"),
    [
        ("walk", (-700, -400), (-500, -400), 200),  # a one-way street binds nobody on foot
        ("walk", (-500, -400), (-700, -400), 200),
        ("ebike", (-700, -400), (-500, -400), 200),
        ("ebike", (-500, 200), (-300, 200), 200),  # one-way with an exception for bicycles, both ways
        ("ebike", (-300, 200), (-500, 200), 200),
        ("ebike", (300, 400), (100, 400), 200),  # oneway=-1
        ("walk", (600, 600), (700, 600), 100),  # a footbridge
    ],
)
def test_rules_of_ways(
    profile: str, start: tuple[float, float], end: tuple[float, float], metres: float, network: Network
) -> None:
    assert way(network, profile, start, end)[1] == pytest.approx(metres, rel=0.01)


@pytest.mark.parametrize(
    ("profile", "start", "end"),
    [
        ("ebike", (-500, -400), (-700, -400)),  # against a one-way street
        ("ebike", (100, 400), (300, 400)),
        ("walk", (-500, -210), (-500, -390)),  # a private way between two streets
    ],
)
def test_what_is_not_allowed_is_gone_round(
    profile: str, start: tuple[float, float], end: tuple[float, float], network: Network
) -> None:
    straight = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    assert way(network, profile, start, end)[1] > 1.9 * straight


def test_signals_cost_time(network: Network) -> None:
    # From one side of the crossing at the centre, which has signals, to the other.
    seconds, metres = way(network, "walk", (0, -50), (0, 50))
    assert seconds == pytest.approx(metres / 1.25 + 3)


def test_without_streets_the_answer_says_so(client: FlaskClient, folder: Path, tmp_path: Path) -> None:
    bare = create_app(Settings(registry=folder / "stations.geojson"), clock=lambda: NOON).test_client()
    problem = posted(bare, 400, **asked(place(*CENTRE)))
    assert [(each["parameter"], each["code"]) for each in problem["errors"]] == [("by", "unavailable")]
    done = CliRunner().invoke(
        command, ["nearest", "121", "34.5", "--by", "network"], env={"STATIONMAP_CITY": str(tmp_path)}
    )
    assert done.exit_code == 1 and "没有道路网络" in done.output and "city build" in done.output


def test_what_cannot_be_asked_by_network_is_refused(client: FlaskClient) -> None:
    for body, parameter in (
        ({"by": "road"}, "by"),
        ({"travel": "car"}, "travel"),
        ({"by": ["network"]}, "by"),
    ):
        problem = posted(client, 400, **(asked(place(*CENTRE)) | body))
        assert [each["parameter"] for each in problem["errors"]] == [parameter]
    points = [[121.0, 34.5]] * 201
    problem = posted(client, 400, points=points, by="network")
    assert [(each["parameter"], each["code"]) for each in problem["errors"]] == [("points", "too_many")]
    # The address of a GET would hold where the rider is.
    assert client.get("/api/v1/nearest?lon=121&lat=34.5&by=network").status_code == 400


def test_one_place_in_a_large_network_does_not_wait_for_what_is_slow(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "SLOW_NODES", 0)
    limit = client.application.extensions[concurrency_limit.EXTENSION]
    with ExitStack() as slow:
        for _ in range(concurrency_limit.MAX_SLOW_REQUESTS):
            slow.enter_context(limit.slot())
        posted(client, **asked(place(*CENTRE)))
        posted(client, 503, points=[[place(*CENTRE).lon, place(*CENTRE).lat]], by="network")
        monkeypatch.setattr(concurrency_limit, "QUICK_S", -1.0)
        posted(client, 503, **asked(place(*CENTRE)))


def test_a_batch_gives_each_place_the_answer_it_gets_alone(client: FlaskClient) -> None:
    places = [place(*CENTRE), place(1400, 800), place(-2100, -1800)]
    points = [[each.lon, each.lat] for each in places]
    answer = posted(client, points=points, by="network", k=3, open="now")
    assert answer["by"] == "network" and answer["streets"]["date"] == "2026-11-01"
    for rows, where in zip(answer["results"], places, strict=True):
        alone = posted(client, **asked(where, k=3, open="now"))["features"]
        assert [row["id"] for row in rows] == [each["id"] for each in alone]
        for row, each in zip(rows, alone, strict=True):
            names = set(row) - {"id", "lon", "lat"}
            assert {name: row[name] for name in names} == {name: each["properties"][name] for name in names}


def test_a_table_has_the_ways_of_every_place(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text(
        "lon,lat\n{},{}\n{},{}\n".format(*small_city.lon_lat(*CENTRE), *small_city.lon_lat(-2100, -1800)),
        encoding="utf-8",
    )
    arguments = ["nearest", "--batch", str(tmp_path / "places.csv"), "-k", "2", "--by", "network", "--travel", "walk"]
    done = CliRunner().invoke(
        command, [*arguments, "--registry", str(folder / "stations.geojson")], env={"STATIONMAP_CITY": str(folder)}
    )
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [bool(row["network_s"]) for row in rows] == [True, True, False, False]
    assert all(float(row["network_m"]) >= float(row["distance_m"]) for row in rows[:2])


def test_the_table_on_a_terminal_shows_minutes_and_whose_streets_they_are(folder: Path) -> None:
    lon, lat = small_city.lon_lat(1400, 800)
    done = CliRunner().invoke(
        command, ["nearest", str(lon), str(lat), "-k", "2", "--by", "network", "--travel", "walk"],
        env={"STATIONMAP_CITY": str(folder), "STATIONMAP_REGISTRY": str(folder / "stations.geojson")},
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "分钟 min" in done.stdout and "路程未知" in done.stdout
    assert "2026-11-01" in done.stderr and "虚构" in done.stderr


def test_an_extract_without_streets_is_refused(tmp_path: Path) -> None:
    extract = extract_of(tmp_path, change=lambda tags: {key: value for key, value in tags.items() if key != "highway"})
    with pytest.raises(InvalidExtractError, match="no_streets"):
        write_streets(extract, tmp_path / "streets.graph", lambda done, step: None)
    assert not (tmp_path / "streets.graph").exists()
