"""What a reader says it takes is what it gets, wherever answers are compressed; and what it has is not sent again."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from tests.apps import app_over

COMPRESSING = ("/", "/api/v1/feed", "/api/v1/nearest?lon=117.2&lat=34.2&k=100", "/api/v1/stations?limit=100", "/sw.js")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder: Path = tmp_path_factory.mktemp("registry")
    return app_over(folder, parse(demo_registry().read_bytes())).test_client()


@pytest.mark.parametrize("path", COMPRESSING)
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip;q=0", None),
        ("gzip;q=0, br;q=0", None),
        ("gzip;q=0.000", None),
        ("*;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("", None),
        ("br;q=0, *", "gzip"),
        ("gzip; q=0.4, br ; q=0.2", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("deflate, zstd", None),
        ("gzip, br", "br"),
        ("*", "br"),
    ],
)
def test_who_refuses_an_encoding_is_not_sent_it(
    client: FlaskClient, path: str, accepted: str, encoding: str | None
) -> None:
    answer = client.get(path, headers={"Accept-Encoding": accepted})
    assert answer.status_code == 200
    assert answer.content_encoding == encoding
    assert "accept-encoding" in answer.headers["Vary"].lower()


def test_cells_of_the_audit_are_sent_plain_to_who_refuses_them_packed(client: FlaskClient) -> None:
    plain = client.get("/api/v1/audit/cells", headers={"Accept-Encoding": "gzip;q=0, br"})
    packed = client.get("/api/v1/audit/cells", headers={"Accept-Encoding": "gzip, br;q=0"})
    assert (plain.content_encoding, packed.content_encoding) == (None, "gzip")
    assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
@pytest.mark.parametrize("path", ["/", "/?lang=en", "/api/v1/feed"])
def test_the_tag_of_an_answer_matches_in_whatever_encoding_it_came(
    client: FlaskClient, path: str, encoding: str
) -> None:
    tag = client.get(path, headers={"Accept-Encoding": encoding}).headers["ETag"]
    for asked in ("br", "gzip", "identity"):
        again = client.get(path, headers={"If-None-Match": tag, "Accept-Encoding": asked})
        assert (again.status_code, again.data) == (304, b"")
