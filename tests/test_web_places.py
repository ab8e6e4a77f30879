"""Places over HTTP: what phones keep of them, a search that leaves no trace, and nothing where none are served."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.places.places import Places
from stationmap.places.search import guess, search
from stationmap.settings import Settings
from stationmap.web import create_app
from tests import small_city
from tests.apps import MONDAY_10
from tests.city_places import MADE, city_places, write_city

PATH = "/api/v1/places"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_city(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def city_app(folder: Path) -> Flask:
    settings = Settings(city=folder, registry=folder / "stations.geojson")
    return create_app(settings, clock=lambda: MONDAY_10)


@pytest.fixture
def client(city_app: Flask) -> FlaskClient:
    return city_app.test_client()


def asked(client: FlaskClient, **body: Any) -> Any:
    response = client.post(PATH, json=body)
    assert response.status_code == 200, response.text
    assert response.headers["Cache-Control"] == "no-store"
    return response.get_json(force=True)


def test_the_answer_is_what_the_library_finds(client: FlaskClient, folder: Path) -> None:
    places = Places.open(folder / "places.geojson")
    for text in ("人民", "renminlu zhongshanlu", "站", "Shili"):
        found = asked(client, q=text, k=7)
        matches = search(places, text, 7)
        assert [each["id"] for each in found["features"]] == [places.at(match.row).id for match in matches]
        assert [each["properties"]["fit"] for each in found["features"]] == [match.fit for match in matches]
        assert found["nearly"] is False
    near = asked(client, q="人名医院")
    assert near["nearly"] is True
    assert [each["id"] for each in near["features"]] == [
        places.at(match.row).id for match in guess(places, "人名医院", 10)
    ]


def test_an_answer_says_whose_data_it_is_and_of_which_day(client: FlaskClient) -> None:
    found = asked(client, q="示例大学")
    assert found["stationmap"] == {
        **small_city.FICTIONAL._asdict(), "date": "2026-11-01", "build": MADE.build, "left_out": 0,
    }  # fmt: skip
    (feature,) = found["features"]
    assert feature["properties"]["kind"] == "university"
    assert feature["properties"]["around"] == "城西区 · 解放路"


@pytest.mark.parametrize(
    "body",
    [{}, {"q": ""}, {"q": "x" * 101}, {"q": 5}, {"q": "站", "k": 0}, {"q": "站", "k": 51}, {"q": "站", "lon": 1}],
)
def test_what_is_no_question_is_refused_and_never_repeated(client: FlaskClient, body: dict[str, Any]) -> None:
    response = client.post(PATH, json=body)
    assert response.status_code == 400
    assert response.mimetype == "application/problem+json"
    assert "xxx" not in response.text


def test_other_forms_of_asking_are_refused(client: FlaskClient) -> None:
    assert client.post(PATH, data="q=x").status_code == 415
    assert client.post(f"{PATH}?q=x", json={"q": "x"}).status_code == 400
    assert client.get(f"{PATH}?q=x").status_code == 400


def test_phones_keep_one_document_until_another_is_built(client: FlaskClient) -> None:
    first = client.get(PATH)
    document = first.get_json()
    assert document["total"] == len(document["places"]["name"]) == len(city_places())
    again = client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache"


def test_the_finder_looks_for_places_only_where_some_are_served(client: FlaskClient) -> None:
    assert f'data-places="{PATH}"' in client.get("/").text
    assert "示例城：虚构" in client.get("/").text
    without = create_app(Settings(), clock=lambda: MONDAY_10).test_client()
    assert "data-places" not in without.get("/").text
    for answer in (without.get(PATH), without.post(PATH, json={"q": "站"})):
        assert answer.status_code == 404
        assert "stationmap city build" in answer.text


def test_what_is_typed_stands_in_no_log(city_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    city_app.test_client().post(PATH, json={"q": "某人家的秘密地址", "k": 3})
    city_app.test_client().post(PATH, json={"q": "某人家的秘密地址", "k": 99})
    assert "秘密" not in caplog.text


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Path]:
    """Lay a damaged file of places into a folder."""
    (tmp_path / "places.geojson").write_bytes(b'{"type":"FeatureCollection"')
    yield tmp_path


def test_a_damaged_file_of_places_takes_no_station_away(hostile: Path) -> None:
    client = create_app(Settings(city=hostile), clock=lambda: MONDAY_10).test_client()
    assert client.get(PATH).status_code == 404
    assert client.get("/api/v1/feed").status_code == 200
