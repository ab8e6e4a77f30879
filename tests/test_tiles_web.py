"""Tiles at the server: their addresses, how long they may be kept, and what is refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import mapbox_vector_tile
import pyogrio.raw
import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.web.tiles import shelf as tile_shelf
from stationmap.web.tiles.shelf import SLOT_S, TileShelf
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
STATIONS = [
    station("a", 117.2, 34.2, hours="24/7", category="culture"),
    station("b", 117.2001, 34.2, hours="Mo-Fr 09:00-17:00; PH off"),
    station("c", 117.2, 34.2001, hours=None),
    station("d", 117.2, 34.2002, hours="24/7", status="closed"),
    station("e", 117.2, 34.2002, hours="24/7", access={"who": "staff"}),
]


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = MONDAY_10

    def __call__(self) -> datetime:
        return self.at


def made(folder: Path, clock: Clock) -> Flask:
    app = app_over(folder, registry_of(STATIONS), public_url="https://stations.example")
    app.extensions["stationmap"].clock = clock
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return made(tmp_path_factory.mktemp("stations"), Clock())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def later(tmp_path: Path, clock: Clock) -> FlaskClient:
    """A client of an application whose clock the test sets."""
    return made(tmp_path, clock).test_client()


def document(client: FlaskClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/tiles/stations.json{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def address(client: FlaskClient, z: int, x: int, y: int, query: str = "") -> str:
    template: str = document(client, query)["tiles"][0]
    return template.removeprefix("https://stations.example").format(z=z, x=x, y=y)


def ids(data: bytes) -> list[str]:
    layers = mapbox_vector_tile.decode(data) if data else {}
    return sorted(each["properties"]["id"] for each in layers.get("stations", {"features": []})["features"])


# Of the place of the stations, at the last zoom.
PLACE = 16, 54103, 26135


def test_the_document_says_where_tiles_are_and_until_when(client: FlaskClient) -> None:
    found = document(client)
    version = found["tiles_version"]
    assert found["tilejson"] == "3.0.0"
    assert found["tiles"] == [f"https://stations.example/tiles/stations/{version}/{{z}}/{{x}}/{{y}}.mvt"]
    assert (found["minzoom"], found["maxzoom"]) == (0, 16)
    assert found["bounds"] == [117.2, 34.2, 117.2001, 34.2002]
    assert (found["at"], found["until"]) == ("2026-11-23T10:00:00+08:00", "2026-11-23T10:05:00+08:00")
    assert (found["demo"], "label" in found) == (False, False)


def test_the_host_of_a_request_stands_in_no_address(client: FlaskClient) -> None:
    answer = client.get("/tiles/stations.json", headers={"Host": "evil.example"})
    assert "evil" not in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"
    unchanged = client.get("/tiles/stations.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert unchanged.status_code == 304


def test_a_tile_of_a_version_may_be_kept_for_good_and_holds_the_stations(client: FlaskClient) -> None:
    answer = client.get(address(client, *PLACE))
    assert answer.status_code == 200
    assert answer.content_type == MEDIA_TYPE
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert ids(answer.data) == ["a", "b", "c", "d", "e"]
    assert client.get(address(client, 10, PLACE[1] >> 6, PLACE[2] >> 6)).data != answer.data


@pytest.mark.parametrize(("encoding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_a_tile_is_sent_as_the_client_takes_it(
    client: FlaskClient, encoding: str, unpack: Callable[[bytes], bytes]
) -> None:
    plain = client.get(address(client, *PLACE))
    assert "Content-Encoding" not in plain.headers
    packed = client.get(address(client, *PLACE), headers={"Accept-Encoding": encoding})
    assert packed.headers["Content-Encoding"] == encoding
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert unpack(packed.data) == plain.data


def test_the_address_without_a_version_serves_the_present_tile_and_is_asked_again(client: FlaskClient) -> None:
    path = "/tiles/stations/{}/{}/{}.mvt".format(*PLACE)
    answer = client.get(path)
    assert answer.data == client.get(address(client, *PLACE)).data
    assert answer.headers["Cache-Control"] == "no-cache"
    unchanged = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")


def test_where_no_station_is_a_tile_is_empty_and_kept_too(client: FlaskClient) -> None:
    answer = client.get(address(client, 16, 0, 0), headers={"Accept-Encoding": "br"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Encoding" not in answer.headers
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "place",
    [
        "17/0/0", "3/8/0", "3/0/8", "-1/0/0", "3/-1/0", "03/1/1", "3/01/1", "3/1/00", "x/1/1", "3/1.5/1", "3/1e0/1",
        "3/%201/1", "3/%D9%A1/1", "3/1/nan", "99999999999999999999/1/1", "3/4294967296/1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", ["", "0123456789abcdef/"])
def test_a_tile_that_no_zoom_has_is_not_found(client: FlaskClient, version: str, place: str) -> None:
    answer = client.get(f"/tiles/stations/{version}{place}.mvt")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("version", ["x", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdef0", "%2e%2e"])
def test_a_version_that_none_can_be_is_not_found(client: FlaskClient, version: str) -> None:
    assert client.get(f"/tiles/stations/{version}/3/6/3.mvt").status_code == 404


def test_a_version_that_is_over_leads_to_the_present_one_with_its_filters(client: FlaskClient) -> None:
    answer = client.get("/tiles/stations/0123456789abcdef/3/6/3.mvt?category=culture&q=%E4%BA%91")
    present = document(client)["tiles_version"]
    assert answer.status_code == 307
    assert answer.headers["Location"] == f"/tiles/stations/{present}/3/6/3.mvt?category=culture&q=%E4%BA%91"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?category=culture", "a"),
        ("?category=culture&category=outdoor_worker", "abcde"),
        ("?who=staff", "e"),
        ("?in_use=true", "abce"),
        ("?for_riders=true", "abc"),
        ("?always=true&in_use=true", "ace"),
        ("?facility=toilet", ""),
        ("?facility=toilet&facility_or_unknown=true&for_riders=true", "abc"),
        ("?q=%E7%AB%99%20b", "b"),
    ],
)
def test_tiles_hold_what_passes_the_filters_of_their_address(client: FlaskClient, query: str, expected: str) -> None:
    assert ids(client.get(address(client, *PLACE, query=query)).data) == list(expected)


@pytest.mark.parametrize(
    "query",
    [
        "?category=x", "?colour=red", "?q=a&q=b", "?for_riders=maybe", "?open=now", f"?q={'x' * 201}", "?bbox=1,2,3,4",
        "?" + "&".join(["facility=toilet"] * 10_000),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/tiles/stations.json", "/tiles/stations/3/6/3.mvt"])
def test_filters_that_are_none_are_refused(client: FlaskClient, path: str, query: str) -> None:
    answer = client.get(path + query)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_a_version_lasts_from_slot_to_slot_until_something_on_the_map_changes(later: FlaskClient, clock: Clock) -> None:
    morning = document(later)
    tile = later.get(address(later, *PLACE)).data
    clock.at += timedelta(seconds=SLOT_S)
    soon = document(later)
    assert soon["tiles_version"] == morning["tiles_version"]
    assert soon["at"] == morning["until"]
    clock.at = MONDAY_10.replace(hour=17, minute=1)
    evening = document(later)
    assert evening["tiles_version"] != morning["tiles_version"]
    assert evening["at"] == "2026-11-23T17:00:00+08:00"
    assert later.get(address(later, *PLACE)).data != tile


def test_a_tile_of_a_version_that_is_over_is_served_as_long_as_it_is_kept(later: FlaskClient, clock: Clock) -> None:
    seen, unseen = address(later, *PLACE), address(later, 3, 6, 3)
    tile = later.get(seen).data
    clock.at = MONDAY_10.replace(hour=17, minute=1)
    assert later.get(seen).data == tile
    assert later.get(unseen).status_code == 307


def test_another_revision_of_the_registry_is_another_version(tmp_path: Path) -> None:
    versions = set()
    for name, registry in (("one", registry_of(STATIONS)), ("two", registry_of(STATIONS[:4]))):
        (tmp_path / name).mkdir()
        versions.add(document(app_over(tmp_path / name, registry).test_client())["tiles_version"])
    assert len(versions) == 2


def test_demonstration_data_says_so_in_the_document_and_in_tiles(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of(STATIONS, demo=True)).test_client()
    found = client.get("/tiles/stations.json").get_json()
    assert found["label"] == "演示数据"
    assert found["attribution"].startswith("演示数据")
    layers = mapbox_vector_tile.decode(client.get("/tiles/stations/{}/{}/{}.mvt".format(*PLACE)).data)
    assert {each["properties"]["label"] for each in layers["stations"]["features"]} == {"演示数据"}


def test_gdal_by_which_other_programs_read_reads_every_layer(tmp_path: Path, client: FlaskClient) -> None:
    for z, layer in ((16, "stations"), (9, "clusters")):
        path = tmp_path / f"{z}.mvt"
        path.write_bytes(client.get(f"/tiles/stations/{z}/{PLACE[1] >> 16 - z}/{PLACE[2] >> 16 - z}.mvt").data)
        found = pyogrio.raw.read(path, layer=layer)
        members = dict(zip(found[0]["fields"].tolist(), (column.tolist() for column in found[3]), strict=True))
        if layer == "stations":
            assert sorted(members["id"]) == ["a", "b", "c", "d", "e"]
        else:
            assert (members["count"], members["usable"], members["unknown"]) == ([5], [3], [1])


def test_tiles_are_kept_within_bounds_of_bytes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = TileShelf(app.extensions["stationmap.concurrency_limit"], max_bytes=5_000)
    monkeypatch.setitem(app.extensions, tile_shelf.EXTENSION, shelf)
    client = app.test_client()
    for z in range(16):
        client.get(f"/tiles/stations/{z}/{PLACE[1] >> 16 - z}/{PLACE[2] >> 16 - z}.mvt")
        assert 0 < shelf.bodies.bytes <= 5_000


def test_below_a_path_of_a_proxy_tiles_are_below_it_too(client: FlaskClient) -> None:
    found = client.get("/tiles/stations.json", environ_overrides={"SCRIPT_NAME": "/rest"}).get_json()
    assert found["tiles"][0].startswith("https://stations.example/rest/tiles/stations/")
    led = client.get("/tiles/stations/0123456789abcdef/3/6/3.mvt", environ_overrides={"SCRIPT_NAME": "/rest"})
    assert led.headers["Location"].startswith("/rest/tiles/stations/")
