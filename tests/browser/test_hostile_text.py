"""Hostile text in every text field: shown as text on every page, run on none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from stationmap.frontend.standalone_map import standalone_html
from stationmap.registry import registry as registries
from stationmap.settings import Settings
from tests.browser.conftest import DESKTOP, NOW, Opened, served
from tests.browser.states import listed

RUN = "window.__hacked=1"
HOSTILE = {
    "template": "{{7*7}}",
    "statement": "{% for x in 'ab' %}{{x}}{% endfor %}",
    "comment": "A{#B",
    "image": f'<img src=x onerror="{RUN}">',
    "script": f"</script><script>{RUN}</script>",
    "style": f'</style><svg onload="{RUN}">',
    "literal": "${7*7}`${" + RUN + "}`",
    "attribute": f'" onmouseover="{RUN}" x=\'',
    "address": f"javascript:{RUN}",
    "long": "长" * 450,
    "reversed": "\u202e\u2067gnp.exe",
    "nul": "a\u0000b",
    "entity": "&lt;img src=x&gt;&#x3c;",
    "prototype": "__proto__",
}


def content() -> bytes:
    features = []
    for number, (name, text) in enumerate(HOSTILE.items()):
        texts = ("address", "directions", "hours", "hours_source", "phone", "host", "managed_by", "level", "photo")
        properties = {
            **dict.fromkeys(texts, text),
            text: text,
            "name": f"甲{text}",
            "name_en": f"X{text}",
            "aliases": [f"乙{text}"],
            "category": "outdoor_worker",
            "district": "320302",
            "access": {"who": "public", "how": ["walk_in"], "note": text},
            "closures": [{"from": "2027-11-01", "reason": text}],
            "facilities": {text: True, "wifi": True},
            "services": [text],
            "verified": {"on": "2026-11-01", "by": "staff", "how": text},
        }
        geometry = {"type": "Point", "coordinates": [117.2 + number / 200, 34.26]}
        features.append({"type": "Feature", "id": name, "geometry": geometry, "properties": properties})
    meta = {"format": 1, "title": "".join(HOSTILE.values()), "demo": True, "source": "".join(HOSTILE.values())}
    return json.dumps({"type": "FeatureCollection", "stationmap": meta, "features": features}).encode()


@pytest.fixture(scope="module")
def hostile_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("hostile") / "stations.geojson"
    file.write_bytes(content())
    with served(Settings(registry=file, map_approval="".join(HOSTILE.values())[:200])) as address:
        yield address


def assert_nothing_ran(page: Page) -> None:
    assert page.evaluate("window.__hacked") is None
    assert page.locator("img[src=x], svg[onload], [onmouseover]").count() == 0
    assert page.locator("body").evaluate("body => /(^|[^0-9.])49([^0-9]|$)/.test(body.innerText)") is False


def assert_popups_are_text(page: Page) -> None:
    for name, text in HOSTILE.items():
        page.locator(f"[data-id={name}] .to-map").click()
        is_shown = "wanted => [...document.querySelectorAll('.popup h2')].some(title => title.textContent === wanted)"
        page.wait_for_function(is_shown, arg=f"甲{text}")
        assert_nothing_ran(page)


def names(page: Page) -> set[str | None]:
    listed(page)
    return set(page.locator(".card h2").evaluate_all("titles => titles.map(title => title.textContent)"))


def test_list_and_popups_show_hostile_text_as_it_is(opened: Opened, hostile_origin: str) -> None:
    page = opened(device=DESKTOP, at=hostile_origin).page
    page.locator("#more").click()
    assert names(page) == {f"甲{text}" for text in HOSTILE.values()}
    assert_nothing_ran(page)
    assert_popups_are_text(page)


def test_search_shows_hostile_text_as_it_is(opened: Opened, hostile_origin: str) -> None:
    page = opened(device=DESKTOP, at=hostile_origin).page
    listed(page)
    for text in ("<img", "{{7*7}}", "</script>", "<b>nothing</b>{{7*7}}"):
        page.locator("#search").fill(text)
        expect(page.locator("#results")).to_contain_text(text)
        assert_nothing_ran(page)


def test_station_pages_show_hostile_text_as_it_is(opened: Opened, hostile_origin: str) -> None:
    page = opened("/", at=hostile_origin).page
    for name, text in HOSTILE.items():
        page.goto(f"{hostile_origin}/s/{name}")
        if name != "nul":  # the parser of a page replaces NUL
            expect(page.get_by_role("heading", level=1)).to_have_text(f"甲{text}")
        assert_nothing_ran(page)


def test_the_map_in_one_file_shows_hostile_text_as_it_is(opened: Opened, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(standalone_html(registries.parse(content()), NOW), encoding="utf-8")
    page = opened(file.as_uri(), device=DESKTOP).page
    page.locator("#more").click()
    assert names(page) == {f"甲{text}" for text in HOSTILE.values()}
    assert_popups_are_text(page)


def test_an_address_with_hostile_text_is_the_plain_page(opened: Opened, origin: str) -> None:
    page = opened().page
    for text in map(quote, HOSTILE.values()):
        page.goto(f"{origin}/?lang={text}&facility={text}&now={text}#{text}")
        listed(page)
        assert page.evaluate("window.__hacked") is None
