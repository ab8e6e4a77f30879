"""OGC API - Features: what the standard asks for, page by page, and whatever is sent, an answer or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape
from ogcapi_registry import parse_conformance_classes, validate_ogc_api, validate_openapi_with_pydantic

from stationmap.formats.flat_properties import COLUMNS, registered
from stationmap.i18n import catalogue
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry, parse
from stationmap.resources import demo_registry
from stationmap.web.ogc.kinds import KINDS, STATIONS
from stationmap.web.ogc.parameters import MAX_ITEMS
from tests.apps import MONDAY_10, app_over, registry_of
from tests.staff import signed_in, staff_app
from tests.strategies import station, stations

ITEMS = "/ogc/collections/stations/items"
OGC = "http://127.0.0.1:80/ogc"
HOSTILE = "<script>alert(1)</script>{{7*7}}\"'&"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = app_over(tmp_path_factory.mktemp("demo"), parse(demo_registry().read_bytes()))
    app.testing = True  # an unforeseen exception ends the test instead of becoming a 500
    yield app


@pytest.fixture
def client(demo: Flask) -> FlaskClient:
    return demo.test_client()


def over(folder: Path, *of: Station, **given: Any) -> FlaskClient:
    return app_over(folder, registry_of(of), **given).test_client()


def ids(client: FlaskClient, query: str = "") -> list[str]:
    answer = client.get(f"{ITEMS}?{query}")
    assert answer.status_code == 200, answer.text
    return [feature["id"] for feature in answer.json["features"]]


def links(document: Any) -> Iterator[dict[str, str]]:
    """Yield every link of a document, wherever it stands."""
    if isinstance(document, dict):
        if isinstance(document.get("href"), str):
            yield document
        for value in document.values():
            yield from links(value)
    elif isinstance(document, list):
        for value in document:
            yield from links(value)


def test_every_link_resolves_to_what_it_says_and_none_is_of_the_host_that_was_asked_for(client: FlaskClient) -> None:
    unseen, seen = ["/ogc/"], set()
    while unseen:
        path = unseen.pop()
        seen.add(path)
        answer = client.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 200, (path, answer.text[:300])
        assert b"evil.example" not in answer.data
        for link in links(answer.json) if "json" in answer.content_type else ():
            address = urlsplit(link["href"])
            assert f"{address.scheme}://{address.netloc}" == "http://127.0.0.1:80", link
            target = f"{address.path}?{address.query}"
            page = client.get(target, headers={"Host": "evil.example"})
            assert (page.status_code, page.content_type.partition(";")[0]) == (200, link["type"].partition(";")[0]), (
                link
            )
            # A collection has a thousand pages; one of each kind is enough.
            if target not in seen and "offset" not in target and link["rel"] != "alternate":
                unseen.append(target)
    assert {"/ogc/conformance?f=json", "/ogc/api?f=json", "/ogc/collections/gaps/schema?f=json"} <= seen


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("collection", ["stations", "areas", "gaps"])
def test_a_column_says_what_it_is_called_and_what_its_codes_mean(
    client: FlaskClient, collection: str, lang: str
) -> None:
    described = client.get(f"/ogc/collections/{collection}/schema?lang={lang}").json
    columns = described["properties"]["properties"]["properties"]  # type: ignore[index]
    assert all(column["title"] and column["title"] != name for name, column in columns.items() if name != "id")
    for name, column in columns.items():
        said = column.get("description", "")
        assert all(code in said for code in column.get("enum", ())), name
        if name.startswith("has_") or "share" in name:
            assert said
    page = client.get(f"/ogc/collections/{collection}?f=html&lang={lang}").get_data(as_text=True)
    assert all(str(escape(column["title"])) in page for column in columns.values())


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/ogc/collections//stations", "/ogc/collections/stations"),
        ("/s//feed?lang=en", "/s/feed?lang=en"),
        ("/s?lang=en", "/s/?lang=en"),
    ],
)
def test_a_redirect_leads_to_no_host(client: FlaskClient, path: str, leads_to: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, leads_to)
    assert b"evil.example" not in answer.data


def test_links_are_of_the_public_address_and_its_path(tmp_path: Path) -> None:
    client = over(tmp_path, station("a", 117.2, 34.2), public_url="https://stations.example.org")
    found = client.get("/ogc/", environ_overrides={"SCRIPT_NAME": "/map"}).json
    assert {link["href"].split("?")[0].rsplit("/", 1)[0] for link in found["links"]} <= {
        "https://stations.example.org/map/ogc",
        "https://stations.example.org/map",
    }


@pytest.mark.parametrize("path", ["/ogc", "/ogc/conformance", "/ogc/api", "/ogc/collections", ITEMS, f"{ITEMS}/a"])
def test_every_address_also_takes_a_slash_at_its_end(tmp_path: Path, path: str) -> None:
    client = over(tmp_path, station("a", 117.2, 34.2))
    with_slash, without = client.get(f"{path}/"), client.get(path)
    assert (with_slash.status_code, without.status_code) == (200, 200)
    assert with_slash.json == without.json


def test_the_landing_page_leads_to_all_there_is(client: FlaskClient) -> None:
    found = client.get("/ogc/").json
    assert {link["rel"] for link in found["links"]} == {
        "self", "alternate", "service-desc", "service-doc", "conformance", "data",
    }  # fmt: skip
    assert found["label"] == "演示数据"


def test_the_description_is_clean_by_the_registry_of_ogc_apis_and_valid_openapi(client: FlaskClient) -> None:
    answer = client.get("/ogc/api")
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.0"
    conformance = parse_conformance_classes(client.get("/ogc/conformance").json["conformsTo"])
    result = validate_ogc_api(answer.json, conformance)
    assert (result.is_valid, result.errors, result.warnings) == (True, (), ())
    assert validate_openapi_with_pydantic(answer.json).errors == ()
    assert answer.json["openapi"] == "3.0.3"


def test_what_is_described_is_what_is_taken(client: FlaskClient) -> None:
    described = client.get("/ogc/api").json["paths"]
    for kind in KINDS.values():
        (operation,) = described[f"/collections/{kind.id}/items"].values()
        named = {each["name"] for each in operation["parameters"] if "name" in each}
        assert named == set(kind.query.model_json_schema()["properties"])
        assert named - {"f", "lang", "bbox", "datetime", "limit", "offset"} == {
            field.name for field in kind.fields if field.is_queryable
        }
        (refused,) = client.get(f"/ogc/collections/{kind.id}/items?nothing=1").json["errors"]
        assert refused["code"] == "unknown"


def test_answers_have_the_properties_that_are_described(client: FlaskClient) -> None:
    described = client.get("/ogc/api").json["components"]["schemas"]
    for kind in KINDS.values():
        feature = client.get(f"/ogc/collections/{kind.id}/items?limit=1").json["features"][0]
        (told,) = [each["properties"]["properties"] for each in described[f"{kind.id}Feature"]["allOf"][1:]]
        assert list(feature["properties"]) == [field.name for field in kind.fields] == list(told["properties"])
        assert feature["geometry"]["type"] == kind.geometry


def test_every_property_is_a_scalar_and_what_is_unknown_is_null(tmp_path: Path) -> None:
    client = over(tmp_path, station("a", 117.2, 34.2, facilities={"toilet": True, "wifi": False}))
    (feature,) = client.get(ITEMS).json["features"]
    told = feature["properties"]
    assert not [name for name, value in told.items() if isinstance(value, list | dict)]
    assert (told["has_toilet"], told["has_wifi"], told["has_shower"]) == (True, False, None)
    assert (told["state"], told["open_now"], told["verified_on"], told["who"]) == ("unknown", None, None, "public")
    assert told["at"] == "2026-11-23T10:00:00+08:00"


@pytest.mark.parametrize(("hours", "is_open"), [("24/7", True), ("Mo off; Tu-Su 00:00-24:00", False), (None, None)])
def test_open_now_is_of_the_moment_of_the_answer(tmp_path: Path, hours: str | None, is_open: bool | None) -> None:
    client = over(tmp_path, station("a", 117.2, 34.2, hours=hours))
    (feature,) = client.get(ITEMS).json["features"]
    assert feature["properties"]["open_now"] is is_open
    asked = {True: "true", False: "false"}
    assert ids(client, f"open_now={asked.get(is_open, 'true')}") == ([] if is_open is None else ["a"])


def test_pages_of_a_json_answer_count_what_they_hold(client: FlaskClient) -> None:
    found = client.get(f"{ITEMS}?limit=7&category=culture&offset=50").json
    assert (found["numberMatched"], found["numberReturned"], len(found["features"])) == (57, 7, 7)
    assert found["timeStamp"] == "2026-11-23T02:00:00Z"
    assert client.get(f"{ITEMS}").json["numberReturned"] == 1_000


@settings(max_examples=25)
@given(
    stations(),
    st.integers(1, 12),
    st.sampled_from(["", "who=public", "has_drinking_water=true", "state=unknown", "bbox=-90,-45,90,45"]),
)
def test_pages_add_up_to_the_whole_in_order(
    tmp_path_factory: pytest.TempPathFactory, of: list[Station], limit: int, query: str
) -> None:
    client = over(tmp_path_factory.mktemp("pages"), *of)
    whole = ids(client, query)
    assert whole == sorted(whole)
    gathered, path = [], f"{ITEMS}?limit={limit}&{query}"
    while path:
        page = client.get(path).json
        gathered += [feature["id"] for feature in page["features"]]
        assert page["numberMatched"] == len(whole)
        path = next(
            (link["href"].removeprefix("http://127.0.0.1:80") for link in page["links"] if link["rel"] == "next"), ""
        )
    assert gathered == whole


def test_a_page_far_beyond_the_end_is_empty_and_leads_back_to_the_last(client: FlaskClient) -> None:
    found = client.get(f"{ITEMS}?offset=999999999&limit=100&who=public").json
    (back,) = [link["href"] for link in found["links"] if link["rel"] == "prev"]
    assert (found["numberReturned"], found["features"]) == (0, [])
    matched = found["numberMatched"]
    assert back == f"{OGC}/collections/stations/items?who=public&limit=100&offset={matched - 100}&f=json"


def test_links_keep_all_parameters_however_they_are_written(client: FlaskClient) -> None:
    asked = f"bbox=117,34,118,35&address={quote(HOSTILE)}&lang=en&limit=1"
    found = client.get(f"{ITEMS}?{asked}").json
    assert found["numberMatched"] == 0
    (itself,) = [link["href"] for link in found["links"] if link["rel"] == "self"]
    assert client.get(itself.removeprefix("http://127.0.0.1:80")).json == found


def test_a_limit_above_the_maximum_is_the_maximum(client: FlaskClient) -> None:
    assert client.get(f"{ITEMS}?limit=10001").json["numberReturned"] == 1_002
    assert STATIONS.query.model_validate({"limit": 99_999_999}).limit == MAX_ITEMS


def oracle(of: tuple[Station, ...], name: str, value: object) -> list[str]:
    return [each.id for each in of if registered(each)[name] == value]


@pytest.mark.parametrize("column", [column.name for column in COLUMNS])
def test_every_property_filters_by_equality(demo: Flask, client: FlaskClient, column: str) -> None:
    registry: Registry = demo.extensions["stationmap"].snapshot.registry
    values = sorted({registered(each)[column] for each in registry.stations} - {None}, key=str)
    for value in [*values[:1], *values[-1:]]:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        found = ids(client, f"limit=10000&{column}={quote(text)}")
        assert found == oracle(registry.stations, column, value)
        assert found


def test_filters_are_met_all_at_once(demo: Flask, client: FlaskClient) -> None:
    of = demo.extensions["stationmap"].snapshot.registry.stations
    found = ids(client, "has_toilet=true&who=public&category=culture")
    expected = [each.id for each in of if each.facilities.get("toilet") and each.access.who == "public"]
    assert found == [each for each in expected if each in oracle(of, "category", "culture")]


def test_boxes_have_four_or_six_numbers_and_may_cross_the_antimeridian(tmp_path: Path) -> None:
    client = over(tmp_path, station("east", 179.5, 1), station("west", -179.5, 1), station("home", 117, 34))
    assert ids(client, "bbox=179,-5,-179,5") == ["east", "west"]
    assert ids(client, "bbox=116,33,0,118,35,100") == ["home"]
    assert ids(client, "bbox=179,-5,-10,-179,5,10") == ["east", "west"]
    assert ids(client, "bbox=-180,-90,180,90") == ["east", "home", "west"]


def test_a_time_is_that_of_the_last_check_and_what_was_never_checked_always_matches(tmp_path: Path) -> None:
    checked = {day: {"on": f"2026-0{day}-10", "by": "staff"} for day in (3, 6)}
    client = over(
        tmp_path,
        station("march", 117, 34, verified=checked[3]),
        station("june", 117, 34, verified=checked[6]),
        station("never", 117, 34),
    )
    assert ids(client, "datetime=2026-03-10") == ["march", "never"]
    assert ids(client, "datetime=2026-03-10T23:59:59%2B08:00") == ["march", "never"]
    assert ids(client, "datetime=2026-03-09T16:00:00Z") == ["march", "never"]  # that is midnight where they are
    assert ids(client, "datetime=2026-03-09T15:59:59Z") == ["never"]
    assert ids(client, "datetime=2026-04-01/..") == ids(client, "datetime=2026-04-01/") == ["june", "never"]
    assert ids(client, "datetime=../2026-04-01T00:00:00Z") == ids(client, "datetime=/2026-04-01") == ["march", "never"]
    assert ids(client, "datetime=2026-03-10/2026-06-10") == ["june", "march", "never"]
    assert ids(client, "datetime=../..") == ["june", "march", "never"]
    assert ids(client, "datetime=2026-03-01T00:00:00 08:00/2026-03-31") == ["march", "never"]  # a + not written %2B


BAD = (
    "bbox=NaN,1,2,3", "bbox=1,2,inf,3", "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=", "bbox=1,3,2,2", "bbox=1,2,9,3,4,8",
    "bbox=181,1,182,2", "bbox=1,2,3,91", "bbox=1,2,3,4&bbox=1,2,3,4", "bbox=١,2,3,4", "bbox=5",
    "limit=0", "limit=-1", "limit=1.5", "limit=ten", "limit=", "limit=1&limit=2", "limit=" + "9" * 5_000,
    "offset=-1", "offset=1000000000", "offset=1e3",
    "datetime=", "datetime=now", "datetime=2026-13-01", "datetime=2026-02-30", "datetime=2026-06-01/2026-05-01",
    "datetime=2026-01-01T10:00:00", "datetime=2026-01-01T25:00:00Z", "datetime=1/2/3",
    "datetime=0001-01-01T00:00:00%2B14:00",
    "datetime=9999-12-31T23:59:59-14:00", "datetime=2026-01-01T12:00:00Z/2026-01-01T11:00:00Z",
    "category=shop", "has_toilet=maybe", "capacity=many", "area_m2=NaN", "area_m2=1e400", "opened=yesterday",
    "open_now=2",
    "f=xml", "f=", "lang=fr", "nothing=1", "crs=http://www.opengis.net/def/crs/EPSG/0/3857", "Limit=1", "name=a&name=b",
)  # fmt: skip


@pytest.mark.parametrize("query", BAD, ids=range(len(BAD)))
def test_what_cannot_be_meant_is_refused_by_its_name(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{ITEMS}?{query}")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.headers["Cache-Control"] == "no-store"
    (fault,) = answer.json["errors"]
    assert fault["parameter"] == query.partition("=")[0]


def test_ten_thousand_filters_are_refused_shortly(client: FlaskClient) -> None:
    strangers = client.get(f"{ITEMS}?" + "&".join(f"{'x' * (n % 30 + 1)}{'y' * (n // 30)}=1" for n in range(1_000)))
    repeated = client.get(f"{ITEMS}?" + "&".join(["has_toilet=true"] * 10_000))
    for answer in (strangers, repeated):
        assert answer.status_code == 400
        assert len(answer.data) < 10_000


@pytest.mark.parametrize(
    "path", ["/ogc/collections", "/ogc/conformance", "/ogc/api", "/ogc/", f"{ITEMS}/xz-320302-0001"]
)
def test_no_address_takes_what_it_does_not_know(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}?bbox=1,2,3,4")
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (400, "bbox")


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/collections/nothing", "/ogc/collections/nothing/items", "/ogc/collections/stations.json",
        f"/ogc/collections/{quote(HOSTILE)}", f"{ITEMS}/{quote(HOSTILE)}", f"{ITEMS}/..%2f..%2fetc%2fpasswd",
        f"{ITEMS}/{'a' * 5_000}", f"{ITEMS}/%00", "/ogc/collections/areas/items/none", "/ogc/collections/gaps/items/0",
        "/ogc/collections/gaps/items/-1", "/ogc/tiles",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404_and_never_repeated(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert "script" not in answer.text and "passwd" not in answer.text


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*STATIONS.query.model_json_schema()["properties"], "x"]),
            st.text(max_size=20) | st.sampled_from(["1", "true", "2026-01-01", "..", "1,2,3,4", "json"]),
        ),
        max_size=5,
    )
)
def test_any_address_is_answered_or_refused(demo: Flask, pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{quote(name)}={quote(text, errors='replace')}" for name, text in pairs)
    answer = demo.test_client().get(f"{ITEMS}?{query}")
    assert answer.status_code == 200 or (answer.status_code == 400 and answer.json["errors"])


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/geo+json"),
        ("*/*", "application/geo+json"),
        ("application/geo+json, application/json", "application/geo+json"),
        ("application/xml", "application/geo+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
def test_programs_get_json_and_browsers_pages(client: FlaskClient, accept: str | None, media_type: str) -> None:
    answer = client.get(f"{ITEMS}?limit=1", headers={"Accept": accept} if accept else {})
    assert answer.content_type.partition(";")[0] == media_type
    assert "Accept" in answer.headers["Vary"]
    assert client.get(f"{ITEMS}?limit=1&f=json", headers={"Accept": "text/html"}).content_type == "application/geo+json"


def test_who_has_an_answer_gets_none_again_until_anything_but_the_time_is_another(tmp_path: Path) -> None:
    moment = [MONDAY_10]
    app = app_over(tmp_path, registry_of([station("a", 117.2, 34.2, hours="Mo-Su 08:00-11:00")]))
    app.extensions["stationmap"].clock = lambda: moment[0]
    client = app.test_client()
    for path in (ITEMS, f"{ITEMS}/a"):
        moment[0] = MONDAY_10
        first = client.get(path)
        assert first.headers["Cache-Control"] == "no-cache"
        known = {"If-None-Match": first.headers["ETag"]}
        moment[0] = MONDAY_10 + timedelta(minutes=5)
        assert client.get(path, headers=known).status_code == 304
        moment[0] = MONDAY_10 + timedelta(hours=2)
        closed = client.get(path, headers=known)
        assert (closed.status_code, b'"state":"closed"' in closed.data) == (200, True)


def test_what_matches_is_told_by_its_tag_even_where_all_are_alike(tmp_path: Path) -> None:
    client = over(tmp_path, station("a", 117.2, 34.2), station("b", 117.2, 34.2))
    tags = {client.get(f"{ITEMS}?limit=1&offset={offset}").headers["ETag"] for offset in (0, 1, 2)}
    assert len(tags) == 3


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["", "/conformance", "/api", "/collections", "/collections/stations", "/collections/stations/items",
             "/collections/stations/items/a", "/collections/areas", "/collections/gaps"],
)  # fmt: skip
def test_pages_keep_hostile_text_as_text_in_both_languages(tmp_path: Path, path: str, lang: str) -> None:
    texts = dict.fromkeys(("name", "name_en", "address", "directions", "host", "managed_by", "phone"), HOSTILE)
    hostile = station("a", 117.2, 34.2, **texts, hours_source=HOSTILE, access={"who": "public", "note": HOSTILE})
    app = app_over(tmp_path, registry_of([hostile], title=HOSTILE, licence=HOSTILE, demo=True))
    answer = app.test_client().get(f"/ogc{path}?f=html&lang={lang}")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert "<script>alert" not in answer.text
    assert catalogue(lang)["ogc.title"] in answer.text
    assert catalogue(lang)["app.demo"] in answer.text
    assert not re.search(r"<script(?! defer| src)|<style| style=| on[a-z]+=\"", answer.text.replace(quote(HOSTILE), ""))
    data = app.test_client().get(f"/ogc{path}?lang={lang}")
    assert data.status_code == 200


def test_pages_of_a_table_turn_and_lead_to_features_stations_and_the_map(client: FlaskClient) -> None:
    page = client.get(f"{ITEMS}?f=html&lang=en&category=culture&limit=10&offset=10").text
    hrefs = re.findall(r'href="([^"]+)"', page)
    for part in ("offset=20", "offset=0", "f=json"):
        assert [href for href in hrefs if part in href and "category=culture" in href and "lang=en" in href]
    (known, *_) = re.findall(r"/items/(xz-[0-9-]+)\?", page)
    feature = client.get(f"{ITEMS}/{known}?f=html&lang=en").text
    assert f'href="/s/{known}?lang=en"' in feature
    assert f'href="/?lang=en#{known}"' in feature


def test_areas_and_gaps_are_what_the_page_of_the_audit_says_and_say_what_they_rest_on(client: FlaskClient) -> None:
    basis = {"radius_m": 1000.0, "people_counted": "residents", "week_of": "2026-11-23", "made_on": "2026-11-23"}
    for collection, outcome in (("areas", "coverage"), ("gaps", "gaps")):
        of_audit = client.get(f"/api/v1/audit/download.geojson?outcome={outcome}").json
        found = client.get(f"/ogc/collections/{collection}/items?limit=10000").json
        assert found["basis"]["parameters"] == of_audit["parameters"]
        assert len(found["features"]) == found["numberMatched"] == len(of_audit["features"])
        for ours, theirs in zip(found["features"], of_audit["features"], strict=True):
            told = ours["properties"]
            assert {name: told[name] for name in theirs["properties"] if name != "sheet"} | {
                "sheet": outcome
            } == theirs["properties"]
            assert basis.items() <= told.items()
            assert (told["revision"], told["label"]) == (found["revision"], "演示数据")
    assert sum(each["properties"]["people"] for each in found["features"]) > 1e6


def test_areas_and_gaps_are_found_by_box_and_by_property(client: FlaskClient) -> None:
    areas = "/ogc/collections/areas/items"
    assert client.get(f"{areas}?district=320302").json["numberMatched"] == 1
    assert client.get(f"{areas}/320302").json["properties"]["name"] == "鼓楼区"
    near = client.get(f"{areas}?bbox=117.1,34.2,117.3,34.3").json["numberMatched"]
    assert 1 <= near < 10
    assert client.get(f"{areas}?bbox=117.3,34.2,117.1,34.3").json["numberMatched"] >= 1  # the long way round
    assert client.get(f"{areas}?bbox=0,0,1,1").json["numberMatched"] == 0
    assert client.get("/ogc/collections/gaps/items?rank=2").json["features"][0]["id"] == "2"
    assert client.get(f"{areas}?datetime=2020-01-01").json["numberMatched"] == 10  # of no time


def test_what_the_audit_says_is_kept_and_unchanged_for_who_has_it(client: FlaskClient) -> None:
    first = client.get("/ogc/collections/gaps/items")
    again = client.get("/ogc/collections/gaps/items", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_what_is_for_staff_is_for_staff_here_too(tmp_path: Path) -> None:
    app = staff_app(tmp_path, registry_of([station("a", 117.2, 34.2)]), audit="staff")
    stranger, member = app.test_client(), signed_in(app, role="viewer")
    listed = {who: client.get("/ogc/collections") for who, client in (("stranger", stranger), ("member", member))}
    assert [each["id"] for each in listed["stranger"].json["collections"]] == ["stations"]
    assert [each["id"] for each in listed["member"].json["collections"]] == ["stations", "areas", "gaps"]
    assert (listed["member"].headers["Cache-Control"], "Cookie" in listed["member"].headers["Vary"]) == (
        "no-store",
        True,
    )
    assert "Cookie" in listed["stranger"].headers["Vary"]
    for path in ("", "/schema", "/items", "/items/320302"):
        address = f"/ogc/collections/areas{path}"
        refused = stranger.get(address)
        assert (refused.status_code, refused.content_type) == (401, "application/problem+json")
        led = stranger.get(address, headers={"Accept": "text/html"})
        assert (led.status_code, "/staff/" in led.headers["Location"]) == (303, True)
        assert member.get(address).status_code == 200
        assert member.get(address).headers["Cache-Control"] == "no-store"
        assert member.get(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert stranger.get(ITEMS).status_code == 200


def test_a_registry_without_stations_is_answered_too(tmp_path: Path) -> None:
    client = over(tmp_path)
    assert client.get(ITEMS).json["numberMatched"] == 0
    assert client.get("/ogc/collections/stations").json["extent"] == {}
    assert client.get(f"{ITEMS}?f=html").status_code == 200


def test_the_extent_is_that_of_the_stations_and_of_their_checks(tmp_path: Path) -> None:
    days = [{"on": f"2026-0{month}-10", "by": "staff"} for month in (3, 6)]
    client = over(tmp_path, *(station(f"s{n}", 117 + n, 34 - n, verified=day) for n, day in enumerate(days)))
    extent = client.get("/ogc/collections/stations").json["extent"]
    assert extent["spatial"]["bbox"] == [[117, 33, 118, 34]]
    assert extent["temporal"]["interval"] == [["2026-03-10T00:00:00+08:00", "2026-06-10T23:59:59+08:00"]]
