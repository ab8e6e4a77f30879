"""The oldest browsers of docs/ui.md, as a present one from which is taken what they do not have."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Browsing, Opened
from tests.browser.states import HERE, listed, located, names, popup_stands

OLD = """
  delete Object.hasOwn; delete Object.groupBy;
  for (const name of ["at", "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with"])
    delete Array.prototype[name];
  delete String.prototype.replaceAll; delete String.prototype.at;
  for (const kind of [Element, Document, DocumentFragment]) delete kind.prototype.replaceChildren;
  delete globalThis.structuredClone; delete globalThis.scheduler; delete Promise.any;
  delete Intl.Segmenter; delete Crypto.prototype.randomUUID; delete HTMLFormElement.prototype.requestSubmit;
  const NEW = /:(?:focus-visible|is|where|has)\\b/;
  for (const name of ["matches", "closest", "querySelector", "querySelectorAll"])
    for (const kind of [Element, Document]) {
      const known = kind.prototype[name];
      if (known) kind.prototype[name] = function (selector) {
        if (NEW.test(selector)) throw new DOMException(`${selector} is not a valid selector`, "SyntaxError");
        return known.call(this, selector);
      };
    }
"""
NEWER_STYLE = re.compile(
    r"[^;{}]*:[^;{}]*\d[sdl]v[hw][^;{}]*;?|(?<![\w-])(?:inset|rotate|scale|translate|text-wrap|gap|row-gap|column-gap)"
    r"\s*:[^;{}]*;?"
)


def without_newer_styles(route: Route) -> None:
    """Answer with a style sheet as Chrome 80 reads it: what it does not know is not there."""
    answer = route.fetch()
    rules = re.sub(r"[^{}]*:(?:is|where|has|focus-visible)\b[^{}]*\{[^{}]*\}", "", answer.text())
    route.fulfill(response=answer, body=NEWER_STYLE.sub("", rules))


@pytest.fixture
def old(browsing: Browsing) -> Page:
    watched = browsing(OLD, path="", **HERE)
    watched.page.route("**/*.css", without_newer_styles)
    watched.page.goto(watched.origin)
    return watched.page


def test_an_old_browser_lists_filters_and_scrolls(old: Page) -> None:
    located(old)
    assert old.evaluate("() => document.querySelector('.panel').clientHeight") > 700
    old.mouse.move(200, 600)
    old.mouse.wheel(0, 900)
    old.wait_for_function("() => document.querySelector('.panel').scrollTop > 100")
    old.locator("#filters-toggle").click()
    old.get_by_label("热水").check()
    old.locator("#done").click()
    assert names(old)


def test_an_old_browser_has_a_map_whose_stations_open(old: Page) -> None:
    located(old)
    old.locator(".card .to-map").first.click()
    popup_stands(old)
    box = old.locator(".map-canvas").bounding_box()
    assert box and box["height"] > 600 and box["width"] == PHONE["viewport"]["width"]
    expect(old.locator("#legend")).to_be_hidden()  # it makes way for the popup
    old.locator(".leaflet-popup-close-button").click()
    expect(old.locator("#legend")).to_be_visible()


def test_an_old_browser_opens_a_station_by_a_tap_anywhere_on_its_row(old: Page) -> None:
    listed(old)
    row = old.locator(".card").first.bounding_box()
    assert row
    old.mouse.click(row["x"] + 60, row["y"] + row["height"] - 20)
    old.wait_for_url("**/s/*")
    expect(old.locator("h1")).not_to_be_empty()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_browser_that_cannot_read_the_scripts_is_told_what_to_do_at_once(browsing: Browsing, language: str) -> None:
    watched = browsing("", path="", expected=["^Unexpected token", "^stationmap is not defined$"])
    watched.page.route(
        "**/*.bundle.js", lambda route: route.fulfill(body="a ?.. b", content_type="text/javascript")
    )  # what such a browser makes of the syntax
    watched.page.goto(f"{watched.origin}/?lang={language}")
    expect(watched.page.locator("#stuck")).to_contain_text("Chrome 80")
    expect(watched.page.locator("#stuck")).to_be_visible()


def test_the_head_stays_whatever_is_done_in_the_list(opened: Opened) -> None:
    for device in (PHONE, {**PHONE, "viewport": {"width": 320, "height": 568}}):
        page = opened(device=device).page
        listed(page)
        page.locator("#filters-toggle").tap()
        page.locator("#done").tap()
        page.keyboard.press("End")
        page.locator("#more").focus()
        page.evaluate("() => scrollTo(0, 500)")
        page.evaluate("() => document.querySelector('#told').scrollIntoView()")
        expect(page.locator(".demo")).to_be_in_viewport()
        top = page.locator(".top").bounding_box()
        assert top and top["y"] == 0
