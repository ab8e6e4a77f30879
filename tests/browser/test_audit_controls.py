"""Folium's controls on the page of the audit: an area of study, a measured line, the whole screen, one's position."""

# ruff: noqa: F811  fixtures are taken from another file and asked for by name

from __future__ import annotations

import re

import pytest
import shapely
from playwright.sync_api import Page, expect
from pyproj import Geod

from stationmap.audit import Study
from stationmap.audit.inputs.cell_share import cell_share, reached
from tests.browser.conftest import CENTRE, DESKTOP, PHONE, Opened
from tests.browser.test_audit import LONG_MS, opened, ready, set_radius, study  # noqa: F401  fixtures
from tests.browser.test_folium_layers import MAP

BETWEEN_MS = 150  # the tool takes two clicks sooner after each other for one


def draw(page: Page, tool: str, *points: tuple[float, float], hold: bool = False) -> None:
    """Draw with a tool of the map; points in shares of its canvas."""
    page.locator(f".leaflet-draw-draw-{tool}").click()
    box = page.locator(".map-canvas").bounding_box()
    assert box
    for number, (x, y) in enumerate(points):
        page.mouse.move(
            box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5 if hold else 1
        )  # as a hand does
        if not hold:
            page.mouse.down()
            page.mouse.up()
            page.wait_for_timeout(BETWEEN_MS)
        elif number == 0:
            page.mouse.down()
    if hold:
        page.mouse.up()


def corners(page: Page) -> list[tuple[float, float]]:
    """Return the corners of the shape drawn, in degrees."""
    found = page.evaluate(
        f"""() => {{
          let ring = null;
          {MAP}.eachLayer(layer => {{
            if (layer instanceof L.Polygon && layer.options.color === "#0b57d0") ring = layer.getLatLngs()[0];
          }});
          return ring && ring.map(({{ lng, lat }}) => [lng, lat]);
        }}"""
    )
    return [tuple(each) for each in found or []]


def figures_of(study: Study, ring: list[tuple[float, float]], radius_m: float) -> tuple[float, float]:
    """Return the people in a ring and those surely in reach, by the server's arrays and shapely."""
    from stationmap.audit.inputs.reach import nearest_m
    from stationmap.geo.nearest_points import PointIndex

    territory, supply = study.territory, study.supply
    inside = shapely.contains_xy(shapely.Polygon(ring), territory.lons, territory.lats)
    index = PointIndex(supply.lons[supply.confirmed], supply.lats[supply.confirmed])
    metres = nearest_m(territory.lons[inside], territory.lats[inside], index)[:, 0]
    people = study.demand.people[inside]
    shares = cell_share(radius_m, territory.grid.cell_m).at(metres)
    return people.sum() / 1000, reached(people, shares).sum() / 1000


def test_an_area_drawn_tells_its_own_figures_and_can_be_removed(opened: Opened, study: Study) -> None:
    page = ready(opened)
    draw(page, "polygon", (0.35, 0.4), (0.6, 0.35), (0.62, 0.7), (0.4, 0.65), (0.35, 0.4))
    expect(page.locator("#area")).to_contain_text("圈定范围：")
    for radius in (1000, 2000):
        set_radius(page, radius)
        people, served = figures_of(study, corners(page), radius)
        expect(page.locator("#area")).to_contain_text(f"圈定范围：{people:,.0f} 人，其中 {served:,.0f}")
    before = page.locator("#area").inner_text()
    draw(page, "rectangle", (0.45, 0.45), (0.5, 0.5), hold=True)
    expect(page.locator("#area")).not_to_have_text(before)
    people, served = figures_of(study, corners(page), 2000)
    expect(page.locator("#area")).to_contain_text(f"圈定范围：{people:,.0f} 人，其中 {served:,.0f}")
    page.get_by_role("button", name="移除圈定范围").click()
    expect(page.locator("#area")).to_be_empty()
    assert corners(page) == []


def test_the_whole_screen_shows_what_the_colours_and_the_area_mean(opened: Opened) -> None:
    page = ready(opened)
    draw(page, "rectangle", (0.45, 0.45), (0.5, 0.5), hold=True)
    expect(page.locator("#area")).to_contain_text("圈定范围：")
    page.get_by_title("全屏").click()
    expect(page.locator(".map-canvas #audit-legend")).to_be_visible()
    expect(page.locator(".map-canvas #area")).to_contain_text("圈定范围：")
    page.get_by_role("button", name="移除圈定范围").click()
    expect(page.locator("#area")).to_be_empty()
    page.get_by_title("退出全屏").click()
    expect(page.locator(".map-canvas #audit-legend")).to_have_count(0)
    expect(page.locator("#audit-map #audit-legend")).to_be_visible()


def test_a_finger_draws_an_area_corner_by_corner(opened: Opened) -> None:
    page = ready(opened, device=PHONE)
    expect(page.locator(".leaflet-draw-draw-rectangle")).to_be_hidden()
    expect(page.locator("#locked-told")).not_to_have_text("计算中…", timeout=LONG_MS)  # nothing else comes
    page.locator(".leaflet-draw-draw-polygon").tap()
    expect(page.locator(".leaflet-draw-actions a:visible").first).to_be_visible()
    box = page.locator(".map-canvas").bounding_box()
    assert box
    for corner, (x, y) in enumerate(((0.3, 0.35), (0.6, 0.35), (0.6, 0.7)), start=1):
        page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])
        expect(page.locator(".map-canvas .leaflet-editing-icon")).to_have_count(corner)
        page.wait_for_timeout(BETWEEN_MS)
        if corner == 1:  # a busy phone handles the next two taps one right after the other, whenever they were made
            page.evaluate("() => { const at = Date.now() + 10_000; Date.now = () => at; }")
    page.locator(".leaflet-draw-actions a:visible", has_text="完成").tap()
    expect(page.locator("#area")).to_contain_text("圈定范围：")


def test_an_area_without_cells_says_so(opened: Opened) -> None:
    page = ready(opened)
    draw(page, "rectangle", (0.9, 0.05), (0.97, 0.1), hold=True)
    expect(page.locator("#area")).to_contain_text("没有网格")
    page.get_by_role("button", name="移除圈定范围").click()
    expect(page.locator("#area")).to_be_empty()


def test_a_line_tells_how_long_it_is(opened: Opened) -> None:
    page = ready(opened)
    draw(page, "polyline", (0.3, 0.5), (0.6, 0.5), (0.6, 0.5))
    told = page.locator(".audit-length")
    expect(told).to_be_visible()
    line = page.evaluate(
        f"""() => {{
          let found = null;
          {MAP}.eachLayer(layer => {{
            if (layer instanceof L.Polyline && layer.getTooltip()) found = layer.getLatLngs();
          }});
          return found.map(({{ lng, lat }}) => [lng, lat]);
        }}"""
    )
    km = Geod(ellps="WGS84").line_length(*zip(*line, strict=True)) / 1000
    expect(told).to_have_text(f"{km:,.1f} 公里")


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_controls_are_named_in_the_language_of_the_page_and_large_enough(
    opened: Opened, device: dict[str, object]
) -> None:
    for path, names in (
        ("/audit", ("全屏", "显示我的位置（只在本机使用）", "量距离", "圈定研究范围（多边形）")),
        ("/audit?lang=en", ("Full screen", "Show my position (it stays on this device)", "Measure a distance")),
    ):
        page = ready(opened, path, device=device)
        for name in names:
            box = page.get_by_title(name, exact=True).bounding_box()
            assert box and min(box["width"], box["height"]) >= 44


def test_one_s_position_is_shown_and_a_refusal_is_told_without_a_dialog(opened: Opened) -> None:
    page = ready(opened, geolocation=CENTRE, permissions=["geolocation"])
    page.get_by_title("显示我的位置").click()
    expect(page.locator(".leaflet-control-locate-location")).to_be_visible()
    page.wait_for_function(f"Math.abs({MAP}.getCenter().lng - {CENTRE['longitude']}) < 0.01")
    assert page.evaluate(f"{MAP}.getZoom()") <= 14  # cells and stations around are still in sight
    refused = ready(opened, permissions=[])
    refused.get_by_title("显示我的位置").click()
    expect(refused.locator("#area")).to_contain_text("没有得到位置")


def test_the_finder_loads_none_of_the_controls(opened: Opened) -> None:
    watched = opened("/", device=DESKTOP)
    watched.page.wait_for_selector(".card")
    assert not [each.url for each in watched.requests if re.search(r"draw|locatecontrol|fullscreen", each.url)]
