"""The audit along the streets of the fictional small city: the same from the page's server, the library and the API."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from flask.testing import FlaskClient

from stationmap.audit.inputs.network_reach import NetworkReach
from stationmap.audit.output import geodataframes
from stationmap.audit.output.map_drawings import bands_of, city_map
from stationmap.audit.studies.isochrones import isochrones_of
from stationmap.audit.studies.propose import SitingRequest, propose
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study_config import PeopleConfig, StudyConfig, build_study
from stationmap.cli import command
from stationmap.errors import InvalidAuditError
from stationmap.extract.extract import new_build, read
from stationmap.extract.street_edges import write_streets
from stationmap.folium import CoverageLayer, coverage
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.store import load as load_registry
from stationmap.rules import CELLS_STEPS_PER_DEGREE
from stationmap.settings import Settings
from stationmap.streets import Network, load
from stationmap.web import create_app
from stationmap.web.audit.ways import NOWHERE
from tests import small_city

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZONE)
WEST, SOUTH, EAST, NORTH = 120.984, 34.489, 121.017, 34.516


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with streets alone, a registry, an area and people at places."""
    folder = tmp_path_factory.mktemp("city")
    path = small_city.write_extract(folder / "small.osm.pbf")
    extract = read(path, build=new_build(), built_at=NOON, rights=small_city.FICTIONAL)
    write_streets(extract, folder / "streets.graph", lambda done, step: None)
    small_city.write_registry(folder / "stations.geojson")
    box = json.loads(shapely.to_geojson(shapely.box(WEST, SOUTH, EAST, NORTH)))
    area = {"type": "Feature", "properties": {"adcode": "320300", "name": "示例城"}, "geometry": box}
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [area]}))
    chance = np.random.default_rng(3)
    lons, lats = chance.uniform(WEST, EAST, 300).round(6), chance.uniform(SOUTH, NORTH, 300).round(6)
    rows = [f"{lon},{lat},{people}" for lon, lat, people in zip(lons, lats, chance.integers(1, 60, 300), strict=True)]
    (folder / "people.csv").write_text("lon,lat,people\n" + "\n".join(rows))
    return folder


@pytest.fixture(scope="module")
def network(folder: Path) -> Network:
    return load(folder / "streets.graph")


def settings(folder: Path, **more: object) -> Settings:
    files = {"audit_areas": folder / "areas.geojson", "audit_demand": folder / "people.csv"}
    return Settings(registry=folder / "stations.geojson", audit="open", **files, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def client(folder: Path) -> FlaskClient:
    return create_app(settings(folder, city=folder), clock=lambda: NOON).test_client()


def test_the_page_offers_what_the_streets_know_and_without_them_says_how_to_get_them(
    client: FlaskClient, folder: Path
) -> None:
    page = client.get("/audit").text
    assert 'id="along"' in page and 'value="walk"' in page and 'value="ebike"' in page and 'id="no-ways"' not in page
    bare = create_app(settings(folder), clock=lambda: NOON).test_client()
    page = bare.get("/audit").text
    assert 'id="along"' not in page and page.count('id="no-ways"') == 1
    refused = bare.get("/api/v1/audit/hours?by=network")
    assert refused.status_code == 400 and refused.json["errors"][0]["code"] == "unavailable"
    for wrong in ("minutes=5", "by=network&minutes=5&radius=400", "by=network&travel=boat", "by=network&minutes=0"):
        assert client.get(f"/api/v1/audit/hours?{wrong}").status_code == 400


def test_cells_are_as_far_as_the_library_says_and_figures_are_those_of_the_study(
    client: FlaskClient, network: Network
) -> None:
    query = "travel=walk&minutes=6"
    header, columns = unpacked(client.get(f"/api/v1/audit/ways?{query}").data)
    lons, lats = (columns_of_cells(client, name) for name in ("cell_lons", "cell_lats"))
    reach = NetworkReach.by_minutes(network, "walk", 6)
    stations = load_registry(client.application.extensions["stationmap"].settings.registry).stations  # type: ignore[attr-defined]
    there = np.array([station.geometry.coordinates for station in stations])
    expected = reach.stations(there[:, 0], there[:, 1]).nearest_many(lons, lats, 2, 1)[1]
    found = columns["sure_first"].astype(float)
    assert (columns["sure_first"] == NOWHERE).tolist() == np.isinf(expected[:, 0]).tolist()
    known = np.isfinite(expected[:, 0])
    assert found[known] == pytest.approx(np.rint(expected[known, 0]), abs=1)
    assert columns["known"].tolist() == reach.is_known(lons, lats).astype(int).tolist()
    stated = header["stated"]["ways"]
    assert stated["date"] == "2026-11-01" and stated["source"] == small_city.FICTIONAL.source
    assert 0 < stated["unknown_share"] < 1
    document = client.get(f"/api/v1/audit/download.json?by=network&{query}").json
    total, (beside, *_, p90) = document["coverage"][0], document["beside_straight"]
    assert total["share_sure"] == beside["along_sure"] <= beside["along_possible"] <= beside["straight_possible"]
    assert total["mean_min_sure"] > 1 and "mean_m_sure" not in total
    # Many live far from any street, and they are in neither figure.
    assert p90["figure"] == "p90_min" and p90["along_sure"] >= p90["straight_sure"] > 0


def test_a_report_along_streets_says_so_in_words(client: FlaskClient) -> None:
    report = client.get("/api/v1/audit/report.html?by=network&travel=walk&minutes=6").text
    assert ">人口覆盖率<" in report and ">空白区（处）<" in report
    assert ">share<" not in report and ">gaps<" not in report
    assert "沿路网到最近确定可用站点的时间" in report
    assert "直线距离不等于步行路程" not in report and "测地线" not in report


def test_a_cell_whose_way_is_unknown_is_drawn_as_that_and_not_as_beyond(folder: Path, network: Network) -> None:
    question = StudyQuestion(by="network", travel="walk", minutes=3, day=NOON.date())
    study = build_study(
        load_registry(folder / "stations.geojson"), question, PeopleConfig(file=folder / "people.csv"),
        areas=folder / "areas.geojson", cell_m=100, districts=(), streets=network,
    )  # fmt: skip
    territory, supply = study.territory, study.supply
    there = study.reach.stations(supply.lons[supply.confirmed], supply.lats[supply.confirmed])
    unknown = np.isinf(there.nearest_many(territory.lons, territory.lats, 1, 1)[1][:, 0])
    assert 0 < unknown.sum() < len(territory)
    *_, drawn = bands_of(study)
    assert drawn.area == pytest.approx(int(unknown.sum()) * 100**2)
    assert "路径未知" in city_map(study)
    bands = coverage.bands_of(study)
    assert set(bands[unknown].tolist()) <= {coverage.POSSIBLE, coverage.WAY_UNKNOWN}
    assert coverage.WAY_UNKNOWN not in bands[~unknown]
    key = [text for *_, text in json.loads(CoverageLayer(study).json)["key"]["lines"]]
    assert key[0] == "1.5 分钟内" and key[-1].startswith("路径未知")


def test_the_audit_measures_what_nearest_by_network_answers(client: FlaskClient, network: Network) -> None:
    stations = load_registry(client.application.extensions["stationmap"].settings.registry)  # type: ignore[attr-defined]
    there = np.array([station.geometry.coordinates for station in stations.stations])
    reach = NetworkReach.by_minutes(network, "walk", 5)
    chance = np.random.default_rng(4)
    lons, lats = chance.uniform(120.99, 121.012, 12), chance.uniform(34.492, 34.508, 12)
    rows, metres = reach.stations(there[:, 0], there[:, 1]).nearest_many(lons, lats, 1, 1)
    seconds = metres[:, 0] / network.top_speed_m_s("walk")
    for at in range(len(lons)):
        asked = {"lon": lons[at], "lat": lats[at], "k": 1, "by": "network", "travel": "walk"}
        first = client.post("/api/v1/nearest", json=asked).json["features"][0]
        told = first["properties"]["network_s"]
        if np.isinf(seconds[at]):
            assert told is None
        else:
            assert told == pytest.approx(seconds[at], abs=0.6)
            # Some stations of the small city stand in one place.
            assert first["geometry"]["coordinates"] == pytest.approx(there[rows[at, 0]], abs=1e-6)


def test_a_study_file_and_the_command_line_ask_alike(folder: Path, network: Network, tmp_path: Path) -> None:
    config = StudyConfig(by="network", travel="ebike", outcomes={"coverage": tmp_path / "a.json"})
    assert config.question.minutes == 15
    assert StudyConfig(by="network", radius_m=700, outcomes={"coverage": tmp_path / "a"}).question.minutes is None
    asked = (
        f"--registry {folder}/stations.geojson --areas {folder}/areas.geojson --demand {folder}/people.csv --cell 100"
    )
    run = CliRunner().invoke(
        command,
        f"audit coverage {asked} --by network --minutes 6 --streets {folder}/streets.graph --json".split(),
    )
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    question = StudyQuestion(by="network", minutes=6)
    study = build_study(
        load_registry(folder / "stations.geojson"), question, PeopleConfig(file=folder / "people.csv"),
        areas=folder / "areas.geojson", cell_m=100, districts=(), streets=network,
    )  # fmt: skip
    assert told["coverage"][0]["share_sure"] == study.coverage.total.confirmed.share
    assert told["ways"]["unknown_people"] == study.ways["unknown_people"] > 0
    found = propose(study, SitingRequest(n=2, seconds=2))
    assert found.value <= found.parameters["straight_people"] and found.parameters["minutes"] == 6
    out = tmp_path / "iso.geojson"
    run = CliRunner().invoke(
        command,
        f"audit isochrones {asked} --minutes 3 --station sl-003 --streets {folder}/streets.graph --out {out}".split(),
    )
    assert run.exit_code == 0, run.output
    (feature,) = json.loads(out.read_text())["features"]
    area, (lon, lat) = shapely.from_geojson(json.dumps(feature["geometry"])), coordinates(folder, "sl-003")
    assert area.contains(shapely.Point(lon, lat))
    assert 0 < feature["properties"]["area_km2"] < 0.225**2 * np.pi + 0.1  # 225 m straight and the seam
    run = CliRunner().invoke(command, f"audit coverage {asked} --by network".split(), env={"STATIONMAP_CITY": ""})
    assert run.exit_code == 1 and "stationmap city build" in run.output


def test_the_isochrone_of_all_is_what_any_of_them_reaches(folder: Path, network: Network) -> None:
    study = build_study(
        load_registry(folder / "stations.geojson"), StudyQuestion(by="network", minutes=3),
        PeopleConfig(file=folder / "people.csv"), areas=folder / "areas.geojson", cell_m=100, districts=(),
        streets=network,
    )  # fmt: skip
    steps: list[float] = []
    together, *each = isochrones_of(study, progress=lambda done, _phase: steps.append(done))
    assert together.id is None and len(each) == study.supply.confirmed.sum() > 20
    union = shapely.union_all([found.area for found in each])
    # The plane is that of the streets reached; centimetres along the rim differ.
    assert together.area.symmetric_difference(union).area < 1e-4 * union.area
    assert max(found.area_km2 for found in each) < together.area_km2 < sum(found.area_km2 for found in each)
    assert steps == sorted(steps) and len(steps) == len(each) + 1 and steps[0] == 0 < steps[-1] < 1


def test_a_notebook_measures_alike(folder: Path, network: Network) -> None:
    frame = gpd.GeoDataFrame(
        {"people": [3, 4]}, geometry=gpd.points_from_xy([121.0002, 120.9852], [34.5001, 34.5145]), crs=4326
    )
    stations = geodataframes.supply(load_registry(folder / "stations.geojson").stations)
    found = geodataframes.distances(frame, stations, geodataframes.by_network(folder / "streets.graph", minutes=10))
    straight = geodataframes.distances(frame, stations, 750)
    assert found["sure_m"][0] >= straight["sure_m"][0]
    assert found["sure_in_reach"][0] <= straight["sure_in_reach"][0]
    assert np.isinf(found["sure_m"][1]) and found["possible_m"][1] == straight["possible_m"][1]
    with pytest.raises(InvalidAuditError, match="not both"):
        geodataframes.by_network(folder / "streets.graph", minutes=1, metres=1)


def test_minutes_are_along_streets_only() -> None:
    with pytest.raises(InvalidAuditError, match="by network"):
        StudyQuestion(minutes=15)


def coordinates(folder: Path, station: str) -> tuple[float, float]:
    return load_registry(folder / "stations.geojson")[station].geometry.coordinates


def unpacked(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:  # type: ignore[type-arg]
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    types = {"f8": "<f8", "u4": "<u4", "u1": "u1"}
    columns = {
        name: np.frombuffer(data, types[kind], count, 4 + length + offset)
        for name, (kind, offset, count) in header["columns"].items()
    }
    return header, columns


def columns_of_cells(client: FlaskClient, name: str) -> np.ndarray:  # type: ignore[type-arg]
    _, columns = unpacked(client.get("/api/v1/audit/cells").data)
    return columns[name].cumsum().cumsum() / CELLS_STEPS_PER_DEGREE
