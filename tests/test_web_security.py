"""Every response, whatever it answers, carries the headers that keep a page from doing what it was not made for."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.apps import app_over, registry_of
from tests.strategies import station

PATHS = [
    "/",
    "/s/a",
    "/s/nobody",
    "/nowhere",
    "/api/v1/nearest",
    "/api/v1/feed",
    "/api/v1/stations",
    "/readyz",
    "/static/x/y",
]


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return app_over(tmp_path, registry_of([station("a", 117.2, 34.2)]))


@pytest.mark.parametrize("path", PATHS)
def test_every_response_carries_the_headers_once(app: Flask, path: str) -> None:
    headers = app.test_client().get(path).headers
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert headers.getlist("Referrer-Policy") == ["same-origin"]
    assert headers.getlist("X-Frame-Options") == ["DENY"]
    assert "geolocation=(self)" in headers["Permissions-Policy"]
    assert headers.getlist("Cross-Origin-Opener-Policy") == ["same-origin"]
    shared = path.startswith(("/api/v1/", "/static/"))  # test_cross_origin.py
    assert headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin" if shared else "same-origin"]
    assert len(headers.getlist("Content-Security-Policy")) == 1
    assert "Server" not in headers
    assert "Set-Cookie" not in headers


def test_scripts_and_styles_come_from_here_only_and_nothing_inline_runs(app: Flask) -> None:
    policy = _policy(app)
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:"]


def test_images_may_come_from_the_hosts_of_enabled_layers_and_no_other(tmp_path: Path) -> None:
    app = app_over(tmp_path, registry_of([]), online_layers=("osm", "amap"))
    assert _policy(app)["img-src"][2:] == [
        "https://tile.openstreetmap.org",
        *(f"https://webrd0{number}.is.autonavi.com" for number in range(1, 5)),
    ]
    # Tile hosts refuse requests that do not name the site they are for.
    assert app.test_client().get("/").headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_an_unforeseen_failure_says_nothing_of_the_request(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    @app.get("/api/fail/<lon>")
    def fail(lon: str) -> str:
        raise RuntimeError(f"cannot use {lon}")

    response = app.test_client().get("/api/fail/117.2345678?lat=34.2345678")
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert "RuntimeError at /api/fail/<lon>" in caplog.text
    assert "raise RuntimeError" in caplog.text
    assert "2345678" not in caplog.text + response.text


def _policy(app: Flask) -> dict[str, list[str]]:
    text = app.test_client().get("/").headers["Content-Security-Policy"]
    return {name: sources for name, *sources in map(str.split, text.split(";"))}
