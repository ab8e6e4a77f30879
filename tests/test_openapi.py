"""The description of the API: valid, complete, made of what checks requests, and true to the member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.openapi.document import TAGS, path_of
from stationmap.web.openapi.operation import operation_of
from stationmap.web.openapi.schemas import properties
from tests.apps import MONDAY_10, app_over, registry_of
from tests.described_app import described_app
from tests.sent_reports import report_of, send
from tests.strategies import station

DOCS = Path(__file__).parent.parent / "docs"
MACHINES = ("/api/v1/", "/open311/", "/healthz", "/readyz", "/openapi.json", "/tiles/")
"""Where public routes for programs are."""
OTHER_FORMS = (".xml",)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return described_app(tmp_path_factory.mktemp("described"))


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> Any:
    return client.get("/openapi.json").json


def public_routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (path_of(rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(MACHINES) and not rule.rule.endswith(OTHER_FORMS)
        for method in METHODS & (rule.methods or set())
    }


def test_the_document_is_openapi_3_1(document: Any) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"


def test_every_public_route_for_programs_is_described_and_nothing_else_is(app: Flask, document: Any) -> None:
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    assert described == public_routes(app)


def test_what_is_said_is_said_in_both_languages(document: Any) -> None:
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    texts = [operation["summary"] for operation in operations] + [each["description"] for each in document["tags"]]
    texts += [each["description"] for operation in operations for each in operation.get("parameters", ())]
    bodies = (each for name, each in document["components"]["schemas"].items() if name.endswith("Body"))
    texts += [member["description"] for each in bodies for member in each["properties"].values()]
    assert len(texts) > 100
    assert not [text for text in texts if not (re.search("[\u4e00-\u9fff]", text) and re.search("[a-z]{2}", text))]


def test_ids_of_operations_are_unique_and_every_tag_has_words(app: Flask, document: Any) -> None:
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
    said = (operation_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules())
    assert {operation.tag for operation in said if operation} <= TAGS.keys()


def test_the_server_is_the_public_address_whatever_the_host_says() -> None:
    app = create_app(Settings(public_url="https://stations.example.org", url_prefix="/map"), clock=lambda: MONDAY_10)
    answer = app.test_client().get("/openapi.json", headers={"Host": "evil.example"}).json
    assert answer and answer["servers"][0]["url"].startswith("https://stations.example.org")
    assert "evil" not in json.dumps(answer)


def test_demonstration_data_says_so(tmp_path: Path) -> None:
    demo = create_app(Settings(), clock=lambda: MONDAY_10).test_client().get("/openapi.json").json
    assert demo and demo["info"]["x-demo"] is True
    assert "演示数据" in demo["info"]["summary"] and "演示数据" in demo["info"]["description"]
    real = app_over(tmp_path, registry_of([station("a", 117.2, 34.2)])).test_client().get("/openapi.json")
    assert real.json and "演示" not in str(real.json["info"]) and real.json["info"]["x-demo"] is False
    # Generators of clients make the name of a package of the title; the licence is that of what is read.
    assert demo["info"]["title"] == real.json["info"]["title"] == "stationmap"
    assert demo["info"]["license"]["name"].startswith("CC0-1.0") and "license" not in real.json["info"]


def test_the_document_is_made_once_and_known_by_its_content(client: FlaskClient) -> None:
    first, second = client.get("/openapi.json"), client.get("/openapi.json")
    assert first.data == second.data and first.headers["ETag"] == second.headers["ETag"]
    assert client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def strict(schema: Any) -> Any:
    """Return a schema that refuses members which are not described."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema and "type" in schema else {}
    return {name: strict(value) for name, value in (schema | closed).items()}


def asked(client: FlaskClient) -> Iterator[tuple[str, str, Any]]:
    """Yield one answer of each operation that has a model: its path and method in the description, and the answer."""
    place = {"lon": 121.0, "lat": 34.5, "k": 3, "open": "now"}
    station_id = client.get("/api/v1/stations?limit=1").json["features"][0]["id"]  # type: ignore[index]
    sent = [report_of(station_id, MONDAY_10, device=device) for device in range(4)]
    codes = [send(client, body).json["code"] for body in sent]
    yield "/api/v1/reports", "post", client.post("/api/v1/reports", json=sent[0])
    yield "/api/v1/reports/{code}", "get", client.get(f"/api/v1/reports/{codes[0]}")
    for path in ("/api/v1/marks", "/api/v1/feed", "/api/v1/places", "/healthz", "/readyz"):
        yield path, "get", client.get(path)
    yield "/api/v1/nearest", "get", client.get("/api/v1/nearest?lon=121&lat=34.5&k=20")
    for more in ({}, {"by": "network"}):
        yield "/api/v1/nearest", "post", client.post("/api/v1/nearest", json=place | more)
        points = {"points": [[121.0, 34.5]], "k": 20}
        yield "/api/v1/nearest", "post", client.post("/api/v1/nearest", json=points | more)
        ends = {"from": [121.0, 34.5], "to": [121.01, 34.505]}
        yield "/api/v1/along", "post", client.post("/api/v1/along", json=ends | more)
    yield "/api/v1/stations", "get", client.get("/api/v1/stations?limit=3&offset=3")
    yield "/api/v1/stations/{station_id}", "get", client.get(f"/api/v1/stations/{station_id}")
    yield "/api/v1/stations/{station_id}/reports", "get", client.get(f"/api/v1/stations/{station_id}/reports")
    yield "/api/v1/changes", "get", client.get("/api/v1/changes?after=0")
    yield "/api/v1/registry", "get", client.get("/api/v1/registry")
    yield "/tiles/stations.json", "get", client.get("/tiles/stations.json?for_riders=true")
    yield "/api/v1/places", "post", client.post("/api/v1/places", json={"q": "人民"})
    yield "/open311/v2/services.json", "get", client.get("/open311/v2/services.json")
    yield "/open311/v2/requests.json", "get", client.get("/open311/v2/requests.json")
    yield "/api/v1/nearest", "get", client.get("/api/v1/nearest?lon=NaN&x=1")


def test_no_answer_has_a_member_that_is_not_described(client: FlaskClient, document: Any) -> None:
    count = 0
    for path, method, answer in asked(client):
        described = document["paths"][path][method]["responses"][str(answer.status_code)]["content"]
        schema = described[answer.mimetype]["schema"]
        whole = strict(schema | {"components": document["components"]})
        content = answer.get_json(force=True)
        errors = [f"{error.message} at {error.instance_path}" for error in jsonschema_rs.iter_errors(whole, content)]
        assert not errors, (path, method, errors[:3])
        count += 1
    assert count > 20


def test_the_page_shows_every_operation_with_a_line_for_a_terminal(client: FlaskClient, document: Any) -> None:
    page = client.get("/api/").get_data(as_text=True)
    assert client.get("/api").get_data(as_text=True) == page
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f'id="{operation["operationId"]}"' in page
            assert f"<b>{method.upper()}</b> {path}" in page
    assert page.count("curl ") == sum(map(len, document["paths"].values()))
    assert "http://127.0.0.1:80/api/v1/nearest?lon=117.19" in page.replace("&amp;", "&")


def test_the_page_speaks_the_language_that_is_asked_for(client: FlaskClient) -> None:
    chinese, english = (client.get(f"/api/?lang={lang}").get_data(as_text=True) for lang in ("zh", "en"))
    assert "离某个地点最近的站点" in chinese and "The stations nearest" not in chinese
    assert "The stations nearest to a place" in english and "离某个地点最近的站点" not in english
    assert "<code>riders</code> is <code>welcome</code>" in english and "`" not in english


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_leads_to_every_other_form_and_the_finder_leads_to_the_page(client: FlaskClient, lang: str) -> None:
    page = client.get(f"/api/?lang={lang}").get_data(as_text=True)
    forms = re.search(r'<ul class="api-forms">(.*?)</ul>', page, re.DOTALL)
    assert forms
    found = [address.replace("&amp;", "&") for address in re.findall('href="([^"]+)"', forms.group(1))]
    assert {address.split("?")[0] for address in found} == {
        *("/embed/code", "/ogc/", "/tiles/stations.json", "/closures.ics", "/changes.atom"),
        *("/api/v1/registry", "/api/v1/stations"),
    }
    for address in found:
        assert client.get(address).status_code == 200, address
    for finder in (f"/?lang={lang}", f"/embed/code?lang={lang}"):
        assert f'href="/api/?lang={lang}"' in client.get(finder).get_data(as_text=True)


def tried(page: str) -> list[tuple[str, str, str]]:
    found = re.findall(r'data-method="([A-Z]+)" data-path="([^"]+)" data-body="([^"]*)"', page)
    return [(method, path.replace("&amp;", "&"), body.replace("&#34;", '"')) for method, path, body in found]


def test_what_can_be_tried_on_the_page_runs(client: FlaskClient) -> None:
    examples = tried(client.get("/api/").get_data(as_text=True))
    assert len(examples) > 15
    for method, path, body in examples:
        if "/audit/" in path:  # worked out in a process of its own, and tested there
            continue
        answer = client.open(
            path,
            method=method,
            data=body or None,
            content_type="application/json" if body else None,
            follow_redirects=True,
        )
        assert answer.status_code == 200, (path, answer.text)


def documented(section: str) -> set[str]:
    """Return the names in the first column of the tables of a section of docs/api.md."""
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    part = re.split(r"^## ", text.split(f"\n## {section}\n")[1], flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| (`[^|]+) \|", part, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([a-z_0-9]+)`", row)}


@pytest.mark.parametrize(
    ("section", "path", "method"),
    [
        ("`GET /api/v1/nearest`", "/api/v1/nearest", "get"),
        ("`GET /api/v1/stations`", "/api/v1/stations", "get"),
        ("`GET /api/v1/registry`, `GET /api/v1/changes`", "/api/v1/changes", "get"),
        ("`GET /tiles/stations.json`, `GET /tiles/stations/<version>/<z>/<x>/<y>.mvt`", "/tiles/stations.json", "get"),
        ("Reports of riders", "/api/v1/reports", "post"),
        ("The audit", "/api/v1/audit/hours", "get"),
    ],
)
def test_the_documentation_has_the_parameters_of_the_models(app: Flask, section: str, path: str, method: str) -> None:
    rule = next(each for each in app.url_map.iter_rules() if path_of(each) == path and method.upper() in each.methods)
    operation = operation_of(app.view_functions[rule.endpoint])
    assert operation
    model = operation.query or operation.body
    assert model
    names = set(properties(model)[0])
    if section == "`GET /api/v1/stations`":  # the others are those of `nearest`
        names -= {"category", "who", "facility", "service", "q"}
    assert names <= documented(section)
