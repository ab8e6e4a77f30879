"""What a staff table holds of people never leaves with an answer, a page, a map or a feed."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from stationmap.frontend.standalone_map import standalone_html
from stationmap.registry.registry import Registry
from tests.apps import app_over, registry_of
from tests.strategies import station

SECRETS = ("张三丰", "13812345678", "320302199001011234", "夜班钥匙在门垫下", "qq号")
REGISTRY_PATHS = (
    "/", "/?lang=en", "/s/a", "/s/a/poster", "/s/", "/s/a/feed", "/api/v1/feed", "/api/v1/stations",
    "/api/v1/stations/a", "/api/v1/nearest?lon=117.2&lat=34.2&open=now", "/audit", "/readyz", "/api/v1/audit/cells",
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
