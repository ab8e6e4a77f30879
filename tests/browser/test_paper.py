"""On paper, and on the smallest screens: everything is there, nothing covered."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Opened
from tests.browser.states import HERE, STATION, listed, located, standing, with_map

INK = """(selector) => [...document.querySelectorAll(selector)].filter((one) => one.offsetParent).map((one) => {
  const { color, backgroundColor } = getComputedStyle(one);
  return [color, backgroundColor];
})"""
DARK = re.compile(r"rgb\((\d+), (\d+), (\d+)\)")


def sheets(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4")))


def is_black_on_white(page: Page, selector: str) -> bool:
    found = page.evaluate(INK, selector)
    return bool(found) and all(
        max(map(int, DARK.fullmatch(ink).groups())) <= 0x33 and paper in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")  # type: ignore[union-attr]
        for ink, paper in found
    )


def test_the_whole_list_is_printed_black_on_white_with_the_label_on_every_sheet(opened: Opened) -> None:
    page = opened(color_scheme="dark", **HERE).page
    located(page)
    page.locator("#more").click()
    expect(page.locator(".card")).to_have_count(20)
    page.emulate_media(media="print")
    assert all(card.is_visible() for card in page.locator(".card").all())
    assert is_black_on_white(page, ".card, .card h2, .card .state, .card .metres, #line, .demo, .foot, body")
    # The head of a table is repeated on each of its sheets, and the label is in it.
    assert page.locator(".top").evaluate("(top) => getComputedStyle(top).display") == "table-header-group"
    expect(page.locator(".top .demo")).to_be_visible()
    expect(page.locator("#map")).to_be_hidden()
    assert 3 <= sheets(page) <= 5  # 20 rows, and no empty sheet


def test_a_list_that_is_printed_from_the_map_is_the_list(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    with_map(page)
    page.emulate_media(media="print")
    assert all(card.is_visible() for card in page.locator(".card").all())


def test_a_station_is_printed_black_on_white_with_its_number(opened: Opened) -> None:
    page = opened(STATION, color_scheme="dark").page
    standing(page)
    page.emulate_media(media="print")
    assert is_black_on_white(page, "h1, .state, .week th, .week td, dd, .demo, body")
    expect(page.locator("a[href^='tel:']")).to_be_visible()
    expect(page.locator(".top .demo")).to_be_visible()
    assert sheets(page) == 2


COVERED = """() => {
  const { top, bottom, left, right } = document.querySelector(".views").getBoundingClientRect();
  const panel = document.querySelector(".panel").getBoundingClientRect();
  return [...document.querySelectorAll(".card *, .answer *, .chip")].filter((one) => {
    const box = one.getBoundingClientRect();
    const [y0, y1] = [Math.max(box.top, panel.top), Math.min(box.bottom, panel.bottom)];
    return box.width && y0 < y1 && y0 < bottom - 1 && top + 1 < y1 && box.left < right && left < box.right;
  }).map(({ className }) => String(className));
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(640, 360), (568, 320), (320, 568), (195, 422), (320, 480)])
def test_on_the_smallest_screens_nothing_is_covered_and_nothing_cut(
    opened: Opened, size: tuple[int, int], language: str
) -> None:
    device = {**PHONE, "viewport": {"width": size[0], "height": size[1]}}
    page = opened(f"/?lang={language}", device=device, **HERE).page
    listed(page)
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text(re.compile("我的位置|my location"))
    wide = "() => Math.max(document.documentElement.scrollWidth, document.querySelector('.panel').scrollWidth)"
    assert page.evaluate(wide) <= size[0]
    for top in (0, 150, 400):
        page.evaluate("(top) => (document.querySelector('.panel').scrollTop = top)", top)
        assert page.evaluate(COVERED) == []
    for button in page.locator(".views button").all():
        box = button.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= size[0] and min(box["width"], box["height"]) >= 44
    page.goto(page.url.split("?")[0] + f"{STATION[1:]}?lang={language}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
