"""What machines look for at known addresses: the list of pages, what may be read, whom to tell of a hole."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from stationmap.editing.edits import Edit
from stationmap.registry.registry import Registry
from stationmap.settings import Settings
from stationmap.web.discovery.sitemap import NAMESPACE, STATIONS_PER_PART
from stationmap.web.snapshot import Snapshot
from tests.apps import MONDAY_10, app_over, registry_of
from tests.staff import staff_app, state_of
from tests.strategies import station

SITE = "https://stations.example.org"
CONTACT = "mailto:security@example.org"
PATHS = ("/sitemap.xml", "/sitemap-1.xml", "/robots.txt", "/.well-known/security.txt")
MANY = 220_000


def app_of(folder: Path, registry: Registry | None = None, **settings: str) -> Flask:
    ordinary = registry_of([station("a", 117.2, 34.2), station("gone", 117.2, 34.2, status="closed")])
    return app_over(
        folder,
        ordinary if registry is None else registry,
        **{"public_url": SITE, "security_contact": CONTACT, **settings},
    )


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return app_of(tmp_path).test_client()


def rows_of(data: bytes, root: str, row: str) -> list[dict[str, str]]:
    """Read a document of sitemaps.org by its rules: one namespace, rows of known members, the address first."""
    document = ET.fromstring(data)
    assert document.tag == f"{{{NAMESPACE}}}{root}"
    assert {child.tag for child in document} <= {f"{{{NAMESPACE}}}{row}"}
    found = [{member.tag.partition("}")[2]: member.text or "" for member in child} for child in document]
    assert all(next(iter(known)) == "loc" and known.keys() <= {"loc", "lastmod"} for known in found)
    return found


def addresses_of(data: bytes, root: str = "urlset", row: str = "url") -> list[str]:
    return [known["loc"] for known in rows_of(data, root, row)]


def test_the_list_of_pages_has_every_page_in_each_language_and_no_station_out_of_use(client: FlaskClient) -> None:
    (part,) = addresses_of(client.get("/sitemap.xml").data, "sitemapindex", "sitemap")
    assert part == f"{SITE}/sitemap-1.xml"
    found = addresses_of(client.get("/sitemap-1.xml").data)
    paths = [path + query for path in ("/", "/privacy", "/api/", "/audit", "/s/a") for query in ("", "?lang=en")]
    assert found == [SITE + path for path in paths]
    for address in found:
        page = client.get(address.removeprefix(SITE))
        assert f'<link rel="canonical" href="{address}">' in page.text


def test_an_audit_for_staff_is_not_listed(tmp_path: Path) -> None:
    listed = addresses_of(app_of(tmp_path, audit="staff").test_client().get("/sitemap-1.xml").data)
    assert not [address for address in listed if "/audit" in address]


def test_an_empty_registry_has_its_pages_and_only_parts_that_are_there_are_found(tmp_path: Path) -> None:
    client = app_of(tmp_path, registry_of([])).test_client()
    assert len(addresses_of(client.get("/sitemap.xml").data, "sitemapindex", "sitemap")) == 1
    assert len(addresses_of(client.get("/sitemap-1.xml").data)) == 8
    for number in ("0", "2", "99999999999999999999", "x"):
        answer = client.get(f"/sitemap-{number}.xml")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_two_hundred_thousand_stations_are_split_into_parts_that_are_allowed(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    model = station("a", 117.2, 34.2)
    stations = tuple(model.model_copy(update={"id": f"s{number:06}"}) for number in range(MANY))
    state_of(app).snapshot = Snapshot(registry_of(stations))
    client = app.test_client()
    parts = addresses_of(client.get("/sitemap.xml").data, "sitemapindex", "sitemap")
    assert len(parts) == -(-MANY // STATIONS_PER_PART)
    found: list[str] = []
    for part in parts:
        answer = client.get(part.removeprefix(SITE), headers={"Accept-Encoding": "gzip"})
        data = gzip.decompress(answer.data)
        listed = addresses_of(data)
        assert len(listed) <= 50_000 and len(data) < 50_000_000
        found += listed
    assert len(found) == len(set(found)) == 2 * MANY + 8
    assert all(part.count("/") == 3 for part in parts)  # a part lists addresses below its own folder only


def test_a_part_is_not_sent_again_while_nothing_has_changed(client: FlaskClient) -> None:
    for path in PATHS[:2]:
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert first.headers["Cache-Control"] == "no-cache"


def test_a_page_was_changed_on_the_day_the_journal_knows_and_on_none_it_does_not(tmp_path: Path) -> None:
    registry = registry_of(
        [station("a", 117.2, 34.2, verified={"on": "2026-01-01", "by": "staff"}), station("b", 117.2, 34.2)]
    )
    app = staff_app(tmp_path, registry, public_url=SITE)
    state, client = state_of(app), app.test_client()
    assert all("lastmod" not in row for row in rows_of(client.get("/sitemap-1.xml").data, "urlset", "url"))
    changed = station("b", 117.2, 34.2, phone="0516-12345678")
    state.change([Edit("b", registry["b"], changed)], author="", reason="")
    rows = rows_of(client.get("/sitemap-1.xml").data, "urlset", "url")
    days = {row["loc"]: row.get("lastmod") for row in rows if "/s/" in row["loc"]}
    assert set(days.values()) == {None, f"{MONDAY_10:%Y-%m-%d}"}
    assert {address for address, day in days.items() if day} == {f"{SITE}/s/b", f"{SITE}/s/b?lang=en"}


def test_robots_may_read_pages_and_nothing_that_costs_or_is_of_one_person(client: FlaskClient) -> None:
    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").text.splitlines())
    assert robots.site_maps() == [f"{SITE}/sitemap.xml"]
    open_to_all = (
        "/",
        "/?lang=en",
        "/s/a",
        "/s/a?lang=en",
        "/privacy",
        "/audit",
        "/api/v1/feed",
        "/static/x/y.js",
        "/api/",
    )
    closed = (
        "/staff", "/staff/sign-in", "/r/ABCD-EFGH", "/api/v1/nearest?lon=1&lat=2", "/api/v1/stations",
        "/api/v1/audit/download.csv", "/api/v1/reports/x", "/ogc/collections", "/tiles/stations/1/2/3.mvt",
    )  # fmt: skip
    assert [path for path in open_to_all if not robots.can_fetch("*", SITE + path)] == []
    assert [path for path in closed if robots.can_fetch("Googlebot", SITE + path)] == []


def test_below_a_path_robots_read_of_addresses_there(client: FlaskClient) -> None:
    text = client.get("/robots.txt", environ_overrides={"SCRIPT_NAME": "/map"}).text
    assert f"Sitemap: {SITE}/map/sitemap.xml" in text
    assert "Disallow: /map/staff" in text and not re.search(r": /(?!map/)", text)


def fields_of(text: str) -> dict[str, list[str]]:
    """Read a security.txt by RFC 9116."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(": ")
        assert colon and value == value.strip()
        found.setdefault(name, []).append(value)
    return found


def test_whoever_finds_a_hole_is_told_whom_to_tell(client: FlaskClient) -> None:
    answer = client.get("/.well-known/security.txt")
    fields = fields_of(answer.text)
    assert answer.content_type == "text/plain; charset=utf-8"
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Contact"] == [CONTACT] and fields["Preferred-Languages"] == ["zh, en"]
    assert fields["Canonical"] == [f"{SITE}/.well-known/security.txt"]
    (expires,) = fields["Expires"]
    left = datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - MONDAY_10
    assert timedelta(days=30) < left < timedelta(days=365)


def test_below_a_path_the_file_counts_at_the_root_of_the_host_too(client: FlaskClient) -> None:
    text = client.get("/.well-known/security.txt", environ_overrides={"SCRIPT_NAME": "/map"}).text
    path = "/.well-known/security.txt"
    assert fields_of(text)["Canonical"] == [SITE + path, f"{SITE}/map{path}"]


def test_where_nobody_is_named_there_is_no_such_file(tmp_path: Path) -> None:
    answer = app_of(tmp_path, security_contact="").test_client().get("/.well-known/security.txt")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "contact",
    ["security@example.org", "http://example.org", "mailto:", "mailto:a b", "mailto:a\nExpires: never", "tel:一"],
)
def test_a_contact_is_an_address_on_one_line(contact: str) -> None:
    with pytest.raises(ValidationError):
        Settings(security_contact=contact)


@pytest.mark.parametrize("path", PATHS)
def test_no_address_comes_from_what_a_request_says_of_its_host(client: FlaskClient, path: str) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    assert "evil.example" not in answer.text + str(answer.headers)
    assert {urlsplit(found).netloc for found in re.findall(r"https?://[^\s<]+", answer.text)} <= {
        "stations.example.org", "www.sitemaps.org",
    }  # fmt: skip


def test_an_address_with_signs_of_xml_in_its_host_is_read_back(tmp_path: Path) -> None:
    client = app_of(tmp_path, public_url="https://a&b<c").test_client()
    assert addresses_of(client.get("/sitemap-1.xml").data)[0] == "https://a&b<c/"


def test_files_that_show_whose_host_this_is_stay_where_they_were(tmp_path: Path) -> None:
    (tmp_path / "MP_verify_abc.txt").write_text("abc")
    client = app_of(tmp_path, verify_dir=str(tmp_path)).test_client()
    assert client.get("/MP_verify_abc.txt").text == "abc"
    assert client.get("/robots.txt").text.startswith("User-agent: *")
