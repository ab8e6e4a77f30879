"""Another city is one setting: a folder with its names, areas, people, map and registry."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from shapely.geometry import box, mapping

from stationmap import city
from stationmap.audit.demand.census import residents
from stationmap.audit.studies.city_territory import city as studied_city
from stationmap.cli import command
from stationmap.errors import FileError
from stationmap.folium import Map
from stationmap.registry.adcodes import known_districts, read_districts
from stationmap.registry.checks.quality import warnings
from stationmap.registry.registry import dumps
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.audit.state import study_area_from
from stationmap.web.keeper import keeper_of
from tests.apps import MONDAY_10, registry_of
from tests.conftest import ROOT
from tests.strategies import station

WEST, SOUTH, EAST, NORTH = 113.60, 34.70, 113.80, 34.80
HALVES = {"410191": box(WEST, SOUTH, 113.7, NORTH), "410192": box(113.7, SOUTH, EAST, NORTH)}
CITY = {
    "names": ["新都市", "新都"],
    "box": [WEST, SOUTH, EAST, NORTH],
    "centre": [113.7, 34.75],
    "districts": {"410191": {"zh": "河西区", "en": "Hexi"}, "410192": {"zh": "河东区", "en": "Hedong"}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an invented city of two districts and three stations, one of which lies outside."""
    for name in ("areas", "basemap"):
        (tmp_path / name).mkdir()
    (tmp_path / city.CITY).write_text(json.dumps(CITY, ensure_ascii=False), encoding="utf-8")
    features = [
        {"type": "Feature", "properties": {"adcode": code, "name": code}, "geometry": mapping(area)}
        for code, area in HALVES.items()
    ]
    (tmp_path / city.AREAS).write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (tmp_path / city.RESIDENTS).write_text("adcode,residents\n410191,3000\n410192,1000\n")
    stations = [
        station("a", 113.65, 34.75, district="410191", name="河西站"),
        station("b", 113.75, 34.75, district="410192", name="河东站"),
        station("c", 117.20, 34.26, district="410192", name="远站"),
    ]
    (tmp_path / city.REGISTRY).write_bytes(dumps(registry_of(stations, city="新都市")))
    return tmp_path


def test_one_setting_serves_another_city(folder: Path) -> None:
    client = create_app(Settings(city=folder), clock=lambda: MONDAY_10).test_client()
    assert client.get("/api/v1/stations/a").json["properties"]["name"] == "河西站"
    page = client.get("/").text
    script = client.get(re.search(r"/map/\w+\.js", page)[0]).text
    assert re.search(r'"center": ?\[34\.75, ?113\.7\]', script)
    orientation = client.get(re.search(r'id="orientation"[^>]* href="([^"]*)"', page)[1]).json
    assert orientation["features"] == []  # nothing of Xuzhou's lies under another city
    words = client.get(re.search(r'id="words"[^>]* href="([^"]*)"', page)[1]).json
    assert (words["district.410191"], words["district_also.410191"]) == ("河西区", "Hexi")
    assert "河西区" in client.get("/s/a").text
    assert [row[0] for row in client.get("/api/v1/feed").json["districts"]] == ["410191", "410192"]


def test_an_audit_studies_its_areas_and_its_people(folder: Path) -> None:
    client = create_app(Settings(city=folder), clock=lambda: MONDAY_10).test_client()
    assert "河西区" in client.get("/api/v1/audit/download.csv?outcome=coverage&lang=zh").text
    territory = studied_city()
    assert territory.codes == tuple(HALVES)
    assert int(residents(territory).people.sum() / 1000 + 0.5) == 4_000


def test_checks_and_the_command_line_go_by_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONMAP_CITY", str(folder))
    shown = CliRunner().invoke(command, ["check", str(folder / city.REGISTRY), "--json"])
    (document,) = json.loads(shown.stdout)
    found = {(each["where"], each["code"]) for each in document["findings"]}
    assert {("c", "outside_city"), ("c", "outside_district")} <= found
    assert not {code for where, code in found if where == "a"} & {"outside_city", "unknown_district"}
    near = CliRunner().invoke(command, ["nearest", "113.66", "34.75", "-k", "1"])
    assert "河西站" in near.stdout, near.output


def test_the_doctor_names_a_folder_that_is_no_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / city.CITY).write_text("{}")
    monkeypatch.setenv("STATIONMAP_CITY", str(tmp_path))
    shown = CliRunner().invoke(command, ["doctor", "--json"])
    (found,) = [each for each in json.loads(shown.stdout) if each["what"].startswith("设置")]
    assert found["verdict"] == "error" and "city.json" in found["detail"]


def test_districts_of_lists_are_known_by_its_names(folder: Path) -> None:
    city.adopt(city.load(folder))
    found = known_districts().find("河西区")
    assert found is not None and (found.adcode, found.city) == ("410191", "新都市")
    assert not {"unknown_district"} & {each.code for each in warnings(registry_of([]))}


def test_the_districts_of_the_program_are_known_beside_those_of_the_city() -> None:
    packaged = read_districts((ROOT / "data" / "areas" / "adcodes.csv").read_bytes())
    assert {district for district in packaged.all if district.is_zone} <= set(known_districts().all)
    assert {district.adcode for district in packaged.all} == {district.adcode for district in known_districts().all}
    zones = [known_districts().find(name, "郑州市某路1号") for name in ("经开区", "高新区", "郑东新区")]
    assert [zone and zone.name for zone in zones] == ["经开区", "高新区", "郑东新区"]


@pytest.mark.parametrize("name", city.EXTRACT_FILES)
def test_a_folder_of_an_extract_alone_is_one_of_the_city_of_the_package(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    assert city.load(tmp_path).names == city.load(None).names
    settings = Settings(city=tmp_path)
    assert settings.registry == Settings().registry
    assert study_area_from(settings) is None and keeper_of(settings, lambda: MONDAY_10) is None


def test_a_registry_beside_an_extract_is_the_one_served(tmp_path: Path) -> None:
    (tmp_path / city.STREETS).write_bytes(b"")
    (tmp_path / city.REGISTRY).write_bytes(dumps(registry_of([])))
    assert Settings(city=tmp_path).registry == tmp_path / city.REGISTRY


def test_an_empty_folder_is_no_city(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"city\.json"):
        city.load(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "[" * 100_000, '{"names": []}', json.dumps(CITY).replace("113.6,", f"{10**400},"),
     *(json.dumps(CITY | wrong) for wrong in (
         {"names": "新都市"}, {"names": [None]}, {"box": [-181, 0, 181, 1]}, {"centre": [float("nan"), 0]},
         {"districts": {"1": ["zh"]}}, {"districts": [1]},
     )), '{"names": ["x"], "box": [2, 0, 1, 1], "centre": [1, 1], "districts": {}}',
     '{"names": ["x"], "box": [0, 0, 1, 1], "centre": [0, 0], "districts": {"1": {"zh": 3}}}'],
)  # fmt: skip
def test_a_folder_that_is_no_city_is_refused_by_name(content: str, tmp_path: Path) -> None:
    (tmp_path / city.CITY).write_text(content)
    with pytest.raises(FileError, match=r"city\.json"):
        city.load(tmp_path)


@pytest.mark.parametrize("content", [b"{{{</script>", b"{}", b"[]", b'{"features": 1}', "地".encode("gb18030")])
def test_what_lies_under_the_map_is_refused_where_it_is_no_geojson(content: bytes, folder: Path) -> None:
    (folder / city.ORIENTATION).write_bytes(content)
    with pytest.raises(FileError, match=r"orientation\.json"):
        create_app(Settings(city=folder))


@pytest.mark.parametrize("name", [city.AREAS, city.RESIDENTS])
def test_a_file_of_it_that_cannot_be_read_is_named(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / name).write_text("{}")
    monkeypatch.setenv("STATIONMAP_CITY", str(folder))
    shown = CliRunner().invoke(command, ["audit", "coverage"])
    assert shown.exit_code == 1 and shown.output.splitlines()[-1].startswith(f"Error: {name}"), shown.output


def test_a_map_of_a_notebook_shows_it(folder: Path) -> None:
    city.adopt(city.load(folder))
    drawn = Map()
    assert drawn.location == [34.75, 113.7]
    assert '<script type="application/json" id="orientation">{"type":"FeatureCollection","features":[]}' in (
        drawn.get_root().render()
    )
