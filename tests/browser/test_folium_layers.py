"""Our layers on Folium's maps in Chromium: drawn without a network, switched by the control, hostile text as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import folium
import pytest
from playwright.sync_api import Browser, Page, Route, expect

import stationmap
from stationmap.audit import Study, StudyQuestion
from stationmap.folium import CoverageLayer, GapLayer, Map, StationLayer
from stationmap.hours.opening_hours import ZONE
from stationmap.registry import registry as registries
from stationmap.registry.registry import Registry
from stationmap.resources import demo_registry, static_folder
from tests.browser.conftest import DESKTOP, Opened
from tests.browser.test_hostile_text import HOSTILE, assert_nothing_ran, content

NIGHT = datetime(2026, 1, 15, 2, tzinfo=ZONE)
MAP = "Object.values(window).find(each => each instanceof L.Map)"
OPEN_EACH = f"""() => {{
  const said = [];
  {MAP}.eachLayer(layer => {{
    if (!(layer instanceof L.Path) || !layer.getPopup()) return;
    layer.openPopup();
    const shown = layer.getPopup().getElement();
    said.push([shown.querySelector("h2").textContent, shown.textContent]);
    layer.openTooltip();
  }});
  return said;
}}"""
COUNTED = f"""() => {{
  let [dots, gaps] = [0, 0];
  {MAP}.eachLayer(layer => {{
    if (layer instanceof L.CircleMarker) dots++;
    else if (layer instanceof L.GeoJSON && layer.getPopup()) gaps++;
  }});
  return [dots, gaps];
}}"""
PAINTED = """() => [...document.querySelectorAll(".audit-cells")].map(canvas => {
  const dots = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return new Set(dots).size;
})"""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return stationmap.load(demo_registry())


@pytest.fixture(scope="module")
def study(registry: Registry) -> Study:
    return Study.of_city(registry, StudyQuestion(at=NIGHT), cell_m=1_000.0)


def saved(m: folium.Map, folder: Path) -> str:
    folium.LayerControl(collapsed=False).add_to(m)
    m.save(folder / "map.html")
    return (folder / "map.html").as_uri()


def layered(m: folium.Map, study: Study, registry: Registry) -> folium.Map:
    for layer in (
        CoverageLayer(study),
        GapLayer(study, limit=25),
        StationLayer(registry, colour="#15191d", name="站点"),
    ):
        layer.add_to(m)
    m.fit_bounds(m.get_bounds())  # type: ignore[arg-type]
    return m


def test_three_layers_are_drawn_from_disk_without_a_network(
    opened: Opened, tmp_path: Path, study: Study, registry: Registry
) -> None:
    page = opened(saved(layered(Map(), study, registry), tmp_path), device=DESKTOP).page
    page.wait_for_function(f"() => (({PAINTED})())[0] > 4")
    expect(page.locator(".stationmap-key")).to_have_count(3)
    expect(page.locator(".stationmap-key").first).to_contain_text("演示数据")
    assert page.evaluate(f"{MAP}.getBounds().contains([34.26, 117.2])")
    assert page.evaluate(COUNTED) == [len(registry), 25]


def test_a_layer_and_its_key_go_and_come_with_the_control(
    opened: Opened, tmp_path: Path, study: Study, registry: Registry
) -> None:
    page = opened(saved(layered(Map(), study, registry), tmp_path), device=DESKTOP).page
    page.wait_for_function(f"() => (({PAINTED})())[0] > 4")
    for name in ("到最近服务站的距离", "空白区", "站点"):
        box = page.get_by_role("checkbox", name=name)
        box.uncheck()
        expect(page.locator(".stationmap-key")).to_have_count(2)
        box.check()
        expect(page.locator(".stationmap-key")).to_have_count(3)
    page.wait_for_function(f"() => (({PAINTED})())[0] > 4")
    assert len(page.evaluate(PAINTED)) == 1


@pytest.fixture
def online(browser: Browser) -> Iterator[Page]:
    """A page to which every host of Folium's own answers: with our Leaflet, and with nothing for the rest."""
    leaflet = static_folder() / "vendor" / "leaflet"

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        body = (leaflet / name).read_bytes() if "/leaflet@" in route.request.url else b""
        route.fulfill(body=body, content_type="text/css" if name.endswith(".css") else "text/javascript")

    context = browser.new_context(**DESKTOP)
    context.route(lambda url: url.startswith("http"), answer)
    yield context.new_page()
    context.close()


def test_the_layers_work_on_folium_s_own_map(online: Page, tmp_path: Path, study: Study, registry: Registry) -> None:
    complaints: list[str] = []
    online.on("pageerror", lambda error: complaints.append(str(error)))
    online.goto(saved(layered(folium.Map(tiles=None), study, registry), tmp_path))
    online.wait_for_function(f"() => (({PAINTED})())[0] > 4")
    assert online.evaluate(COUNTED) == [len(registry), 25]
    assert complaints == []


def test_hostile_text_is_text_in_every_layer(opened: Opened, tmp_path: Path) -> None:
    hostile = registries.parse(content())
    found = Study.of_city(hostile, StudyQuestion(), cell_m=2_000.0)
    m = layered(Map(), found, hostile)
    for text in HOSTILE.values():
        StationLayer(hostile, name=text).add_to(m)
    page = opened(saved(m, tmp_path), device=DESKTOP).page
    page.wait_for_function(f"() => (({PAINTED})()).length === 1")
    said = page.evaluate(OPEN_EACH)
    assert {f"甲{text}" for text in HOSTILE.values()} <= {heading for heading, _ in said}
    assert all(any(text in facts for _, facts in said) for text in HOSTILE.values())
    names = page.locator(".leaflet-control-layers-overlays label").evaluate_all(
        "all => all.map(one => one.textContent)"
    )
    assert {text.replace("\0", "\ufffd").strip() for text in HOSTILE.values()} <= {name.strip() for name in names}
    assert_nothing_ran(page)


def test_hostile_text_is_text_in_a_notebook(opened: Opened, tmp_path: Path) -> None:
    """What a notebook puts into its page: the summary as it is, the map in a frame."""
    hostile = registries.parse(content())
    m = hostile.explore()
    page_file = tmp_path / "notebook.html"
    page_file.write_text(f"<!doctype html><meta charset=utf-8><body>{hostile._repr_html_()}{m._repr_html_()}")
    page = opened(page_file.as_uri(), device=DESKTOP).page
    frame = page.frames[1]
    frame.wait_for_function("() => window.stationmapLayers")
    assert {heading for heading, _ in frame.evaluate(OPEN_EACH)} == {f"甲{text}" for text in HOSTILE.values()}
    assert_nothing_ran(page)
    assert frame.evaluate("window.__hacked") is None
