"""The heads of pages: one address of its own, each language, a card for chats; nothing of the Host header in any."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from tests.apps import app_over, registry_of
from tests.strategies import station

SITE = "https://stations.example.org"
PAGES = ("/", "/s/a", "/privacy", "/audit", "/api/")
HIDDEN = ("/embed", "/s/", "/s/a/poster", "/s/none", "/nothing", "/staff/sign-in", "/r/none")
HOSTILE = '"><script>alert(1)</script>{{7*7}}'


class Head(NamedTuple):
    """What the head of a page says: its links by relation, its facts by name."""

    canonical: list[str]
    alternates: dict[str, str]
    meta: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.head = Head([], {}, {})
        self.feed(page.partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "link" and known["rel"] == "canonical":
            self.head.canonical.append(known["href"])
        if tag == "link" and "hreflang" in known:
            self.head.alternates[known["hreflang"]] = known["href"]
        if tag == "meta" and (name := known.get("property") or known.get("name")):
            assert name not in self.head.meta
            self.head.meta[name] = known["content"]


def head_of(client: FlaskClient, path: str, **options: Any) -> Head:
    return _Reader(client.get(path, **options).text).head


def client_of(folder: Path, *, demo: bool = False, name: str = "云龙湖驿站", **settings: Any) -> FlaskClient:
    known = {"name_en": "Lake", "hours": "24/7", "address": HOSTILE}
    registry = registry_of([station("a", 117.2, 34.2, name=name, **known)], demo=demo)
    return app_over(folder, registry, public_url=SITE, **settings).test_client()


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return client_of(tmp_path)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_names_its_address_in_each_language(client: FlaskClient, path: str) -> None:
    languages = {"zh-CN": f"{SITE}{path}", "en": f"{SITE}{path}?lang=en", "x-default": f"{SITE}{path}"}
    for query, tag in (("", "zh-CN"), ("?lang=zh", "zh-CN"), ("?lang=en", "en"), ("?lang=none", "zh-CN")):
        head = head_of(client, path + query)
        assert head.canonical == [languages[tag]] == [head.meta["og:url"]]
        assert head.alternates == languages
        assert "robots" not in head.meta


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "query", ["?facility=toilet&q=湖", "?lon=117.2&lat=34.2", "?lang=zh&utm_source=chat&lon=117.2"]
)
def test_a_canonical_address_holds_neither_filters_nor_a_place(client: FlaskClient, path: str, query: str) -> None:
    head = head_of(client, path + query)
    assert head.canonical == [SITE + path]
    assert not any("117" in text or "toilet" in text for text in (*head.alternates.values(), *head.meta.values()))


@pytest.mark.parametrize("path", HIDDEN)
def test_what_is_not_for_search_engines_says_so(client: FlaskClient, path: str) -> None:
    head = head_of(client, path)
    assert head.meta["robots"] == "noindex"
    assert head.canonical == [] and head.alternates == {}


def test_an_audit_for_staff_has_no_address_for_others(tmp_path: Path) -> None:
    page = client_of(tmp_path, audit="staff").get("/audit")
    assert "canonical" not in page.text


@pytest.mark.parametrize("path", PAGES)
def test_a_card_of_a_page_is_whole(client: FlaskClient, path: str) -> None:
    meta = head_of(client, f"{path}?lang=en").meta
    assert meta["og:type"] == "website" and meta["og:site_name"] == "Union rest stations"
    assert meta["og:title"] and meta["description"] == meta["og:description"] != ""
    assert (meta["og:locale"], meta["og:locale:alternate"]) == ("en_US", "zh_CN")
    assert meta["og:image"].startswith(f"{SITE}/static/") and meta["og:image"].endswith("/icons/app-512.png")
    assert client.get(meta["og:image"].removeprefix(SITE)).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_the_card_of_demonstration_data_says_so(tmp_path: Path, path: str) -> None:
    assert head_of(client_of(tmp_path, demo=True), path).meta["og:description"].startswith("演示数据")


def test_hostile_text_stays_text_in_a_card(tmp_path: Path) -> None:
    client = client_of(tmp_path, name=HOSTILE)
    meta = head_of(client, "/s/a").meta
    assert meta["og:title"] == HOSTILE and HOSTILE in meta["og:description"]
    assert "<script>alert" not in client.get("/s/a").text


@pytest.mark.parametrize("path", [*PAGES, *HIDDEN])
def test_no_address_comes_from_what_a_request_says_of_its_host(client: FlaskClient, path: str) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert "evil.example" not in client.get(path, headers=headers).text


def test_addresses_stand_below_the_path_of_a_proxy(client: FlaskClient) -> None:
    head = head_of(client, "/s/a", environ_overrides={"SCRIPT_NAME": "/map"})
    assert head.canonical == [f"{SITE}/map/s/a"] and head.alternates["en"] == f"{SITE}/map/s/a?lang=en"
    assert head.meta["og:image"].startswith(f"{SITE}/map/static/")


def test_the_finder_is_sent_as_small_as_it_can_be_made(client: FlaskClient) -> None:
    given = {"Accept-Encoding": "br"}
    first = client.get("/", headers=given)
    assert first.content_encoding == "br" and len(first.data) < 4_500
    again = client.get("/", headers={**given, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and "Accept-Encoding" in first.vary
