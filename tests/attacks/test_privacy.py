"""What a staff table holds of people never leaves with an answer, a page, a map or a feed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.frontend.standalone_map import standalone_html
from stationmap.registry.registry import Registry
from stationmap.storage.reports import deciding
from tests.apps import MONDAY_10, app_over, registry_of
from tests.sent_reports import report_of, send, unhurried
from tests.staff import staff_app, state_of
from tests.strategies import station

SECRETS = ("张三丰", "13812345678", "320302199001011234", "夜班钥匙在门垫下", "qq号")
REGISTRY_PATHS = (
    "/", "/?lang=en", "/s/a", "/s/a/poster", "/s/", "/s/a/feed", "/api/v1/feed", "/api/v1/stations",
    "/api/v1/stations/a", "/api/v1/nearest?lon=117.2&lat=34.2&open=now", "/audit", "/readyz", "/api/v1/audit/cells",
    "/ogc/collections/stations/items", "/ogc/collections/stations/items?f=html", "/ogc/collections/stations/items/a",
    "/ogc/collections/stations/items/a?f=html", "/ogc/collections/areas/items", "/ogc/collections/gaps/items",
)  # fmt: skip


@pytest.fixture
def registry() -> Registry:
    name, phone, identity, note, nested = SECRETS
    private = {"source_columns": {"负责人": name, "手机": phone}, "身份证号": identity, "备注": note}
    access = {"who": "public", nested: phone}
    facilities = {"toilet": True, nested: True}
    return registry_of([station("a", 117.2, 34.2, hours="24/7", access=access, facilities=facilities, **private)])


@pytest.fixture
def client(tmp_path: Path, registry: Registry) -> FlaskClient:
    return app_over(tmp_path, registry).test_client()


@pytest.mark.parametrize("path", REGISTRY_PATHS)
def test_no_answer_holds_what_is_a_persons(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    text = (gzip.decompress(answer.data) if answer.content_encoding == "gzip" else answer.data).decode(errors="replace")
    assert [secret for secret in SECRETS if secret in text or ascii(secret)[1:-1] in text] == []


def test_a_batch_holds_nothing_of_it_either(client: FlaskClient) -> None:
    answer = client.post("/api/v1/nearest", json={"points": [[117.2, 34.2]], "k": 1})
    assert answer.status_code == 200
    assert [secret for secret in SECRETS if secret in answer.text] == []


def test_a_map_in_one_file_holds_nothing_of_it_either(registry: Registry) -> None:
    page = standalone_html(registry, datetime(2026, 11, 30, tzinfo=UTC))
    assert [secret for secret in SECRETS if secret in page or ascii(secret)[1:-1] in page] == []


NUMBER, PLATE, CONTACT, UNREAD = "13812345678", "苏C·12345", "wx-marked-77", "夜里有人睡在里面"
ARGUMENTS = {
    "station_id": "a",
    "collection_id": "stations",
    "feature_id": "a",
    "digest": "none",
    "name": "MP_verify_none",
    "build": "none",
    "number": "1",
    "version": "none",
    "z": "1",
    "x": "0",
    "y": "0",
}
NOT_OF_RIDERS = ("/staff", "/static", "/audit", "/api/v1/audit")  # the audit counts hours, and reads no text


def public_answers(app: Flask, arguments: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield every address that is answered to everybody, and its answer."""
    client, adapter = app.test_client(), app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(NOT_OF_RIDERS):
            path = adapter.build(rule.endpoint, {name: arguments[name] for name in rule.arguments})
            query = "?lon=117.2&lat=34.2" if rule.rule == "/api/v1/nearest" else ""
            yield path, client.get(path + query).text


def test_what_riders_wrote_leaves_masked_and_only_once_it_is_released(tmp_path: Path) -> None:
    app = unhurried(staff_app(tmp_path, registry_of([station("a", 117.2, 34.2, hours="24/7")])))
    state, client = state_of(app), app.test_client(use_cookies=False)
    texts = (f"找 {NUMBER} 拿钥匙，{PLATE} 挡住了门", UNREAD)
    bodies = [
        report_of("a", MONDAY_10, "other", f"marked-{number}", text=text, contact=CONTACT)
        for number, text in enumerate(texts)
    ]
    codes = [send(client, body).json["code"] for body in bodies]
    with state.desk.database().writing() as connection:
        deciding.release_text(connection, bodies[0]["id"], is_released=True, at=MONDAY_10)
    state.refresh_evidence()
    listed = client.get("/open311/v2/requests.json").json
    shown = dict(public_answers(app, ARGUMENTS | {"code": codes[0], "request_id": listed[0]["service_request_id"]}))
    assert sum("拿钥匙" in text for text in shown.values()) >= 3
    hidden = (CONTACT, "marked", UNREAD, codes[1], *(body["id"] for body in bodies))
    for path, text in shown.items():
        own = () if path.endswith(codes[0]) else (NUMBER, PLATE, "12345")  # who has the receipt wrote it
        assert [each for each in (*hidden, *own) if each in text or ascii(each)[1:-1] in text] == [], path
