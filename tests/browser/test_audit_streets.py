"""The audit's page along streets: what it shows is what its server counts, and it turns back to straight lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest
import shapely
from playwright.sync_api import expect

from stationmap.extract.extract import new_build, read
from stationmap.extract.street_edges import write_streets
from stationmap.settings import Settings
from tests import small_city
from tests.browser.axe import violations
from tests.browser.conftest import NOW, PHONE, Opened, served

BOX = 120.984, 34.489, 121.017, 34.516


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("city")
    extract = read(
        small_city.write_extract(folder / "small.osm.pbf"), build=new_build(), built_at=NOW, rights=small_city.FICTIONAL
    )
    write_streets(extract, folder / "streets.graph", lambda done, step: None)
    small_city.write_registry(folder / "stations.geojson")
    box = json.loads(shapely.to_geojson(shapely.box(*BOX)))
    area = {"type": "Feature", "properties": {"adcode": "320300"}, "geometry": box}
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [area]}))
    chance = np.random.default_rng(3)
    rows = [f"{chance.uniform(BOX[0], BOX[2]):.6f},{chance.uniform(BOX[1], BOX[3]):.6f},7" for _ in range(300)]
    (folder / "people.csv").write_text("lon,lat,people\n" + "\n".join(rows))
    settings = Settings(
        city=folder, registry=folder / "stations.geojson", audit="open", audit_areas=Path(folder / "areas.geojson"),
        audit_demand=Path(folder / "people.csv"), data=folder / "data",
    )  # fmt: skip
    with served(settings) as address:
        yield address


def test_the_page_shows_the_minutes_its_server_counts(opened: Opened, origin: str) -> None:
    page = opened("/audit?travel=walk&minutes=6", device=PHONE).page
    expect(page.locator("#ways-told li")).to_have_count(4)
    expect(page.locator("#ways-told li").first).to_contain_text("至多走")
    expect(page.locator("#radius-number")).to_be_hidden()  # metres of straight lines
    link = page.locator('a[data-file="download.csv coverage"]').get_attribute("href") or ""
    with urlopen(f"{origin}/{link.replace('.csv', '.json')}") as answer:
        total = json.load(answer)["coverage"][0]
    low, high = (f"{total[f'share_{side}'] * 100:.1f} %" for side in ("sure", "possible"))
    expect(page.locator("#share")).to_have_text(f"{low} – {high}")
    expect(page.locator("#headline")).to_contain_text(f"{total['mean_min_sure']:.1f}")
    expect(page.locator("#districts th").nth(6)).to_contain_text("分钟")
    expect(page.locator("#audit-legend")).to_contain_text("6.0 分钟内")
    expect(page.locator("#gap-state")).to_contain_text("处空白区")
    assert violations(page) == []
    page.select_option("#along", "")
    expect(page.locator("#radius-number")).to_be_visible()
    expect(page.locator("#minutes")).to_be_hidden()
    expect(page.locator("#districts th").nth(6)).to_contain_text("米")
    expect(page.locator("#ways-told li")).to_have_count(0)
    assert page.locator("#radius").is_enabled() and page.locator("#minutes").is_disabled()
