"""The ground at the server: its tiles by address, and pages that have it only where one is served."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.provenance import Rights
from stationmap.settings import Settings
from stationmap.web import create_app
from tests import small_city
from tests.conftest import ROOT
from tests.ground_file import BUILD, FEW, origin, tile_bytes, write_ground

TILE = f"/ground/{BUILD}/14/13699/6563.mvt"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}
FIRST_MORE_BYTES = 60_000


def city(folder: Path, **ground: object) -> Flask:
    """Return an application whose folder has a ground, and stations in it."""
    folder.mkdir(exist_ok=True)
    write_ground(folder / "ground.pmtiles", FEW, **ground)  # type: ignore[arg-type]
    return create_app(Settings(city=folder, registry=small_city.write_registry(folder / "stations.geojson")))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return city(tmp_path_factory.mktemp("city"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_tile_passes_as_it_stands_in_the_file_and_may_be_kept_for_good(client: FlaskClient) -> None:
    answer = client.get(TILE, headers=GZIP)
    assert answer.data == FEW[14, 13699, 6563]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip;q=0, br"}])
def test_who_takes_no_gzip_gets_the_tile_without(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.get(TILE, headers=headers)
    assert answer.data == gzip.decompress(FEW[14, 13699, 6563])
    assert "Content-Encoding" not in answer.headers


def test_where_there_is_no_tile_the_answer_is_empty_and_kept_too(client: FlaskClient) -> None:
    answer = client.get(f"/ground/{BUILD}/14/0/0.mvt", headers=GZIP)
    assert (answer.status_code, answer.data) == (204, b"")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("place", ["4/1/1", "16/1/1", "5/32/0", "14/0/16384", "99/1/1", "14/2147483647/1"])
def test_addresses_that_no_tile_can_have_are_not_found_and_say_why(client: FlaskClient, place: str) -> None:
    answer = client.get(f"/ground/{BUILD}/{place}.mvt")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert "from 5 to 15" in answer.get_json()["detail"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["x/1/1.mvt", "14/-1/1.mvt", "14/1/1.png", "14/1.mvt", "14/1/1/1.mvt", f"14/{'9' * 40}/1.mvt"]
)
def test_other_addresses_are_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/ground/{BUILD}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/ground/14/13699/6563.mvt", "/ground/ffffffffffff/14/13699/6563.mvt"])
def test_the_address_without_a_build_and_that_of_another_lead_to_the_present_one(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (307, TILE)
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_file_that_is_damaged_while_it_is_served_is_said_once_and_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = city(tmp_path)
    client = app.test_client()
    assert client.get(TILE).status_code == 200
    os.truncate(tmp_path / "ground.pmtiles", 200)
    for _ in range(3):
        answer = client.get(TILE)
        assert answer.status_code == 503
        assert answer.content_type == "application/problem+json"
        assert str(tmp_path) not in answer.text
    assert [record.message for record in caplog.records if "已损坏" in record.message] == caplog.messages[:1]
    assert client.get("/").status_code == 200


def options(client: FlaskClient, path: str = "/") -> dict[str, object]:
    page = client.get(path).text
    found = re.search(r'<script type="application/json" id="ground">(.*?)</script>', page)
    assert found
    parsed: dict[str, object] = json.loads(found[1])
    return parsed


def test_a_page_says_where_tiles_are_and_whose_they_are(client: FlaskClient) -> None:
    found = options(client)
    assert found["tiles"] == f"/ground/{BUILD}/{{z}}/{{x}}/{{y}}.mvt"
    assert (found["minZoom"], found["maxZoom"]) == (5, 15)
    assert found["bounds"] == list(origin().bounds)
    assert found["credit"] == "街道 2026-11-01，© OpenStreetMap 贡献者"
    assert found["creditUrl"] == "https://www.openstreetmap.org/copyright"
    assert options(client, "/?lang=en")["credit"] == "Streets 2026-11-01, © OpenStreetMap contributors"


def test_below_a_path_of_a_proxy_tiles_are_below_it_too(app: Flask) -> None:
    page = app.test_client().get("/", environ_overrides={"SCRIPT_NAME": "/rest"}).text
    assert f'"/rest/ground/{BUILD}/' in page


def test_what_the_extract_says_of_itself_is_text(tmp_path: Path) -> None:
    rights = Rights("x", "y", "</script><script>alert(1)</script>{{ 7 * 7 }}")
    client = city(tmp_path, member=origin(day=None, rights=rights).to_json()).test_client()
    assert "<script>alert(1)" not in client.get("/").text
    found = options(client)
    assert found["credit"] == f"街道（数据日期不明），{rights.attribution}"
    assert found["creditUrl"] == ""


def test_pages_of_a_server_without_a_ground_are_as_they_were(tmp_path: Path) -> None:
    client = create_app(Settings()).test_client()
    assert "ground.bundle" not in client.get("/").text
    assert "protomaps" not in client.get("/").text
    assert "protomaps" not in client.get("/sw.js").text
    assert client.get("/ground/14/1/1.mvt").status_code == 404


def test_what_draws_the_ground_comes_before_the_script_of_the_map(client: FlaskClient) -> None:
    page = client.get("/").text
    assert page.index("/leaflet.js") < page.index("ground.bundle.js") < page.index("/map/")
    assert "protomaps-leaflet.js" not in re.sub(r'<script type="application/json".*?</script>', "", page)


def test_a_phone_keeps_what_draws_the_ground_from_its_second_page_on(client: FlaskClient) -> None:
    shell = json.loads(client.get("/sw.js").text.removeprefix("self.SHELL = ").split(";\n")[0])
    kept = [path.rpartition("/")[2] for path in shell["later"]]
    assert {"ground.bundle.js", "protomaps-leaflet.js"} <= set(kept)
    assert not [path for path in shell["files"] if "protomaps" in path or "ground.bundle" in path]


def test_before_tiles_a_ground_costs_no_more_than_it_may(app: Flask) -> None:
    client = app.test_client()
    assets = app.extensions["stationmap"].assets
    sizes = {
        name: len(client.get(assets.url(name), headers={"Accept-Encoding": "br"}).data)
        for name in ("js/ground.bundle.js", "vendor/protomaps-leaflet/protomaps-leaflet.js")
    }
    page = len(client.get("/", headers={"Accept-Encoding": "br"}).data)
    without = len(create_app(Settings()).test_client().get("/", headers={"Accept-Encoding": "br"}).data)
    assert sum(sizes.values()) + max(0, page - without) <= FIRST_MORE_BYTES, sizes


def test_the_script_that_draws_evaluates_no_text(app: Flask) -> None:
    assets = app.extensions["stationmap"].assets
    for name in ("js/ground.bundle.js", "vendor/protomaps-leaflet/protomaps-leaflet.js"):
        script = app.test_client().get(assets.url(name)).text
        assert not re.search(r"\beval\(|new Function\b|Function\(|createObjectURL|new Worker", script), name


def test_all_that_a_build_puts_on_the_ground_is_drawn() -> None:
    from stationmap.extract.ground import rules as ground_rules
    from stationmap.resources import static_folder

    table = (static_folder() / "js/map/ground/rules.js").read_text("utf-8")
    kinds = {
        "streets": {kind for kind, _ in ground_rules._STREETS.values()},
        "rails": {kind for kind, _ in ground_rules._RAILS.values()},
        "landmarks": set(ground_rules._LANDMARKS.values()),
        "places": {kind for kind, _ in ground_rules._PLACES.values()},
        "stops": {"station", "metro", "bus"},
    }
    for layer, each in kinds.items():
        assert {kind for kind in each if f'"{kind}"' not in table} == set(), layer
    drawn = set(re.findall(r'layer: "(\w+)"', table))
    assert drawn == {*kinds, "earth", "water", "green", "buildings", "houses"}


def test_a_new_build_has_new_addresses(tmp_path: Path) -> None:
    app = city(tmp_path)
    client = app.test_client()
    before = options(client)["tiles"]
    other = write_ground(
        tmp_path / "next",
        {(5, 26, 12): tile_bytes("new"), (15, 0, 0): tile_bytes("sea")},
        member=origin(build="f" * 12).to_json(),
    )
    other.replace(tmp_path / "ground.pmtiles")
    app.extensions["stationmap"].refresh()
    assert options(client)["tiles"] != before
    assert client.get(f"/ground/{'f' * 12}/5/26/12.mvt").data == b"new"
    assert client.get(TILE).status_code == 307


def test_every_page_with_a_map_has_the_ground_before_its_script() -> None:
    folder = ROOT / "stationmap/web/templates"
    texts = {path.name: path.read_text("utf-8") for path in folder.rglob("*.html")}
    scripts = re.compile(r"map\[1\]|'pages\.map_script'")
    with_maps = {name: text for name, text in texts.items() if scripts.search(text)}
    assert set(with_maps) == {"index.html", "audit.html", "station.html", "group.html", "embed.html"}
    for name, text in with_maps.items():
        found = scripts.search(text)
        assert found
        assert 0 < text.find("ground.html") < found.start(), name
