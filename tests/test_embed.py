"""The page that other sites frame: what it shows and says, what it refuses, who may frame it; and the line for it."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import mapbox_vector_tile
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.datum import Datum, from_wgs84
from stationmap.settings import Settings
from stationmap.tiles.z_order import EXTENT_BITS, MAX_ZOOM, on_plane
from stationmap.web.embed import stations as embedded_stations
from stationmap.web.embed.parameters import EmbedQuery
from tests.apps import MONDAY_10, app_over, registry_of
from tests.conftest import ROOT
from tests.strategies import station

ORIGINS = "https://a.example,https://*.b.example:8443"
OPEN, SHUT = "08:00-22:00", "12:00-13:00"
STATIONS = [
    station("shut", 117.20, 34.20, hours=SHUT, district="320303"),
    station("open", 117.21, 34.20, hours=OPEN, district="320303", address="解放路 1 号", facilities={"toilet": True}),
    station("unknown", 117.22, 34.20, district="320303", access={"who": "unknown"}),
    station("members", 117.23, 34.20, hours=OPEN, district="320302", access={"who": "members"}),
    station("planned", 117.24, 34.20, hours=OPEN, district="320303", status="planned"),
]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return app_over(tmp_path, registry_of(STATIONS, demo=True)).test_client()


def listed(text: str) -> list[str]:
    return re.findall(r'<li class="card" id="station-([^"]+)"', text)


def data_of(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="embedded">(.*?)</script>', text, re.DOTALL)
    assert found
    document: dict[str, object] = json.loads(found[1])
    return document


def test_what_is_open_comes_first_and_nobody_is_sent_where_nobody_is(client: FlaskClient) -> None:
    text = client.get("/embed").text
    assert listed(text) == ["open", "members", "unknown", "shut"]
    assert "4 个站点" in text and "2 个现在开放" in text


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("district=320302", ["members"]),
        ("district=320302&district=320303", ["open", "members", "unknown", "shut"]),
        ("district=110101", []),
        ("facility=toilet", ["open"]),
        ("who=unknown", ["unknown"]),
        ("q=%E8%A7%A3%E6%94%BE%E8%B7%AF", ["open"]),
        ("category=carnation", []),
        ("open=now", ["open", "members", "unknown"]),
        ("bbox=117.205,34,117.225,35", ["open", "unknown"]),
        ("lon=117.24&lat=34.2", ["members", "unknown", "open", "shut"]),
        ("station=shut", ["shut"]),
        ("station=planned", ["planned"]),
        ("limit=1", ["open"]),
    ],
)
def test_it_shows_what_the_address_asks_for(client: FlaskClient, query: str, wanted: list[str]) -> None:
    answer = client.get(f"/embed?{query}")
    assert answer.status_code == 200
    assert listed(answer.text) == wanted
    assert ("没有符合条件的站点" in answer.text) == (not wanted)


def test_a_centre_is_in_the_datum_that_is_said(client: FlaskClient) -> None:
    lon, lat = from_wgs84(117.2, 34.2, Datum.GCJ02)
    centre = data_of(client.get(f"/embed?lon={lon:.7f}&lat={lat:.7f}&datum=gcj02&zoom=16").text)["centre"]
    assert centre == [pytest.approx(117.2, abs=1e-5), pytest.approx(34.2, abs=1e-5), 16]


def test_it_says_what_is_unknown_who_may_enter_and_how_old_it_all_is(client: FlaskClient) -> None:
    text = client.get("/embed?station=unknown").text
    assert "时间未知" in text and "从未核对" in text and 'class="not-for-all"' in text
    assert "10:00 的情况" in text and "版本" in text
    assert "08:00–22:00" in client.get("/embed?station=open").text
    assert "演示数据" in text


def test_what_riders_found_locked_is_not_said_to_be_open(tmp_path: Path) -> None:
    from stationmap.reports.evidence import Evidence, Mark

    app = app_over(tmp_path, registry_of(STATIONS))
    state = app.extensions["stationmap"]
    mark = Mark("locked", 3, MONDAY_10 - timedelta(minutes=20), MONDAY_10 + timedelta(hours=5))
    state.desk.evidence = Evidence({"open": mark}, {}, "r1")
    text = app.test_client().get("/embed?station=open").text
    assert 'class="marker is-unknown"' in text and "3" in text


def test_a_frame_says_the_same_state_of_each_station_as_the_tiles(tmp_path: Path) -> None:
    from stationmap.reports.evidence import Evidence, Mark

    closing = station("closing", 117.25, 34.20, hours="08:00-10:05")
    app = app_over(tmp_path, registry_of([*STATIONS, closing]))
    mark = Mark("locked", 3, MONDAY_10 - timedelta(minutes=20), MONDAY_10 + timedelta(hours=5))
    app.extensions["stationmap"].desk.evidence = Evidence({"open": mark, "shut": mark}, {}, "r1")
    client = app.test_client()
    framed = {row[0]: row[4] for row in data_of(client.get("/embed").text)["points"]}
    tiled = {}
    for one in (*STATIONS[:4], closing):
        lon, lat = one.geometry.coordinates
        x, y = (int(each[0]) >> EXTENT_BITS for each in on_plane(np.array([lon]), np.array([lat])))
        tile = mapbox_vector_tile.decode(client.get(f"/tiles/stations/{MAX_ZOOM}/{x}/{y}.mvt").data)
        tiled |= {each["properties"]["id"]: each["properties"]["state"] for each in tile["stations"]["features"]}
    assert framed == tiled
    assert framed == dict.fromkeys(("open", "shut", "unknown", "closing"), "unknown") | {"members": "open"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("zzz=1", "zzz"),
        ("view=all", "view"),
        ("theme=<script>", "theme"),
        ("lang=de", "lang"),
        ("lon=117", "lat"),
        ("lat=34", "lon"),
        ("lon=nan&lat=34", "lon"),
        ("lon=1e400&lat=34", "lon"),
        ("zoom=9", "zoom"),
        ("lon=117&lat=34&zoom=99", "zoom"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=117,35,118,34", "bbox"),
        ("bbox=nan,1,2,3", "bbox"),
        ("district=abc", "district"),
        ("limit=0", "limit"),
        ("limit=1&limit=2", "limit"),
        ("open=2026-11-23T10:00%2B08:00", "open"),
        ("&".join(["district=320303"] * 51), "district"),
    ],
)
def test_a_wrong_address_is_refused_with_what_is_wrong_and_not_repeated(
    client: FlaskClient, query: str, named: str
) -> None:
    answer = client.get(f"/embed?{query}")
    assert answer.status_code == 400
    assert f"<code>{named}" in answer.text
    assert "<script>" not in answer.text
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]  # its editor sees it where it stands


def test_a_station_that_has_gone_says_so(client: FlaskClient) -> None:
    answer = client.get("/embed?station=gone")
    assert answer.status_code == 404
    assert "没有这个站点" in answer.text


HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}\"'&"


def test_text_is_text(tmp_path: Path) -> None:
    registry = registry_of([station("a", 117.2, 34.2, name=HOSTILE, address=HOSTILE, name_en=HOSTILE)], title=HOSTILE)
    client = app_over(tmp_path, registry).test_client()
    for path in ("/embed", "/embed?lang=en", "/embed?station=a", "/embed/code", f"/embed/code?q={HOSTILE}"):
        text = client.get(path).text
        assert "<img" not in text and "49" not in re.sub(r"#\w+", "", text.split("<body")[1].split("<svg")[0])
    assert data_of(client.get("/embed").text)["points"][0][-1] == HOSTILE  # type: ignore[index]


def test_it_has_no_cookie_nothing_to_install_and_no_way_to_staff(client: FlaskClient) -> None:
    for path in ("/embed", "/embed?view=map", "/embed?view=list", "/embed?station=open"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        for never in ("sw.js", "manifest", "install.bundle", "/staff", "/audit", "<form", "data-reports"):
            assert never not in answer.text
        outward = re.findall(r"<a [^>]*href=\"(?!#)[^>]*>", answer.text)
        assert outward
        assert all('target="_blank"' in link and "noopener" in link for link in outward)


def framing(app: Flask, path: str) -> tuple[str, str | None]:
    headers = app.test_client().get(path).headers
    (policy,) = headers.getlist("Content-Security-Policy")
    (ancestors,) = (part for part in policy.split("; ") if part.startswith("frame-ancestors"))
    return ancestors, headers.get("X-Frame-Options")


@pytest.mark.parametrize(
    ("setting", "ancestors", "frames"),
    [
        (None, "frame-ancestors *", None),
        ("*", "frame-ancestors *", None),
        ("none", "frame-ancestors 'none'", "DENY"),
        (
            "https://a.example,https://*.b.example:8443",
            "frame-ancestors 'self' https://a.example https://*.b.example:8443",
            None,
        ),
    ],
)
def test_the_operator_says_who_may_frame_it_and_nobody_frames_anything_else(
    tmp_path: Path, setting: str | None, ancestors: str, frames: str | None
) -> None:
    chosen = Settings.from_environment({"STATIONMAP_FRAME_ANCESTORS": setting} if setting else {}).frame_ancestors
    app = app_over(tmp_path, registry_of(STATIONS), frame_ancestors=chosen)
    assert framing(app, "/embed") == (ancestors, frames)
    for path in (
        "/",
        "/s/open",
        "/embed/code",
        "/embed/",
        "/audit",
        "/privacy",
        "/api/v1/stations",
        "/staff",
        "/nowhere",
    ):
        assert framing(app, path) == ("frame-ancestors 'none'", "DENY")


def test_a_frame_is_given_no_position_and_only_the_page_that_shows_it_frames_anything(client: FlaskClient) -> None:
    assert "geolocation=()" in client.get("/embed").headers["Permissions-Policy"]
    assert "frame-src 'self'" in client.get("/embed/code").headers["Content-Security-Policy"]
    for path in ("/", "/embed", "/s/open"):
        assert "frame-src" not in client.get(path).headers["Content-Security-Policy"]


def test_the_line_to_paste_leads_to_what_was_chosen_by_the_public_address(tmp_path: Path) -> None:
    registry = registry_of(STATIONS)
    client = app_over(tmp_path, registry, public_url="https://stations.example.org").test_client()
    chosen = "district=320303&category=&view=map&theme=dark&for_riders=true&height=400"
    page = client.get(f"/embed/code?{chosen}", headers={"Host": "evil.example"})
    line = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[1])  # type: ignore[index]
    assert line.startswith('<iframe src="https://stations.example.org/embed?') and 'height="400"' in line
    assert "evil" not in page.text
    address = html.unescape(line.split('"')[1])
    assert parse_qs(urlsplit(address).query) == {
        "view": ["map"], "theme": ["dark"], "district": ["320303"], "for_riders": ["true"],
    }  # fmt: skip
    assert client.get(address.removeprefix("https://stations.example.org")).status_code == 200


def test_the_line_to_paste_has_the_box_to_the_last_digit(client: FlaskClient) -> None:
    text = client.get("/embed/code?bbox=117.1234567,34.2,117.2345678,34.3").text
    assert "bbox=117.1234567%2C34.2%2C117.2345678%2C34.3" in text


def test_where_nobody_may_frame_the_line_is_not_praised(tmp_path: Path) -> None:
    page = app_over(tmp_path, registry_of(STATIONS), frame_ancestors=("none",)).test_client().get("/embed/code").text
    assert "<iframe" not in page and "STATIONMAP_FRAME_ANCESTORS" in page


def test_of_more_stations_than_a_frame_draws_it_says_how_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_stations, "MAX_POINTS", 3)
    text = app_over(tmp_path, registry_of(STATIONS)).test_client().get("/embed").text
    assert "4 个站点" in text and "前 3 个" in text
    assert len(data_of(text)["points"]) == 3  # type: ignore[arg-type]


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/embed").headers["ETag"]
    assert client.get("/embed", headers={"If-None-Match": tag}).status_code == 304


def test_every_parameter_is_documented() -> None:
    text = (ROOT / "docs/embed.md").read_text("utf-8")
    assert [name for name in EmbedQuery.model_fields if f"`{name}`" not in text] == []
