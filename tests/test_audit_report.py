"""The report: figures of the study, pictures of it, and nothing that runs or is fetched."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date, datetime
from html import escape, unescape
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.supply import Requirements
from stationmap.audit.metrics.hourly_coverage import HourlyCoverage
from stationmap.audit.output.charts import hour_heat, line_chart, ticks
from stationmap.audit.output.map_drawings import bands_of, city_map
from stationmap.audit.output.pdf import layout, report_pdf
from stationmap.audit.output.report import report_html
from stationmap.audit.output.report_points import gap_words, points
from stationmap.audit.output.result_tables import gaps_sheet, proposal_sheets
from stationmap.audit.output.tables import district_name, range_words
from stationmap.audit.siting.proposal import gap_between
from stationmap.audit.studies.propose import SitingRequest, propose
from stationmap.audit.studies.study import Study
from stationmap.datum import Datum, from_wgs84
from stationmap.errors import InvalidAuditError
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Access
from stationmap.registry.registry import Registry
from stationmap.registry.store import load
from stationmap.resources import demo_registry

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of_city(load(demo_registry()), cell_m=1000, made_on=date(2026, 11, 24))


def emptied(study: Study) -> Study:
    return study.with_registry(Registry((), study.registry.meta))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_tells_the_figures_of_the_study_and_what_they_rest_on(study: Study, language: str) -> None:
    html = report_html(study, language=language)
    total = study.coverage.total
    assert range_words("share", (total.confirmed.share, total.possible.share)) in html
    assert f"{total.people - total.confirmed.people:,.0f}" in html
    assert f"{study.gaps.gaps[0].people:,.0f}" in html
    for told in (study.registry.revision, "2026-11-24", "320371", "1,000 m"):
        assert told in html
    assert "{" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert "audit." not in html


def test_invented_data_are_called_that_first_of_all(study: Study) -> None:
    assert 'class="label">演示数据' in report_html(study).partition("<h1>")[0]
    real = replace(study.registry, meta=study.registry.meta.model_copy(update={"demo": False}))
    assert 'class="label"' not in report_html(study.with_registry(real))


def test_it_holds_no_script_and_fetches_nothing(study: Study) -> None:
    html = unescape(report_html(study))
    assert not re.search(r"<script|<link|<img|<iframe|javascript:|\son\w+=|url\(|\ssrc=|\sstyle=", html)
    # Addresses only lead elsewhere, and only to map apps.
    hosts = set(re.findall(r"https?://([^/]+)/", html))
    assert hosts == {"uri.amap.com", "api.map.baidu.com", "apis.map.qq.com"}
    assert "default-src 'none'" in html and "unsafe" not in html


def test_hostile_names_stay_text(study: Study) -> None:
    meta = study.registry.meta.model_copy(update={"title": HOSTILE})
    people = Demand.at(
        study.territory,
        np.array([117.2]),
        np.array([34.27]),
        np.array([10.0]),
        Source("points", HOSTILE, (Note("datum", {"datum": HOSTILE}),)),
    )
    html = report_html(replace(study, registry=replace(study.registry, meta=meta), demand=people))
    assert "<script" not in html and "<img" not in html and "\u202e" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_same_study_has_the_same_report(study: Study) -> None:
    assert report_html(study) == report_html(replace(study))


def test_a_proposal_is_told_with_value_bound_and_seed(study: Study) -> None:
    found = propose(study, SitingRequest(n=3, seed=7, seconds=5))
    html = report_html(study, found)
    candidates = f"在全部 {found.candidates:,} 个格网中心中选择"
    for told in (f"{found.value:,.0f}", f"{found.bound:,.0f}", candidates, "随机种子 7"):
        assert told in html
    assert html.count("<svg") > report_html(study).count("<svg")


def test_without_a_station_there_is_a_report_all_the_same(study: Study) -> None:
    html = report_html(emptied(study))
    assert "0.0 %" in html
    assert "9,083,790" in html


def test_every_picture_is_well_formed_and_named(study: Study) -> None:
    for picture in re.findall(r"<figure>(.*?)</figure>", report_html(study), re.DOTALL):
        root = ElementTree.fromstring(picture)
        assert root.get("role") == "img"
        assert root[0].tag == "title" and root[0].text


def test_the_bands_of_distance_are_the_territory_once(study: Study) -> None:
    bands = bands_of(study)
    cell_m2 = study.territory.grid.cell_m**2
    assert sum(band.area for band in bands) == pytest.approx(len(study.territory) * cell_m2)
    within = shapely.union_all(bands[:2]).area / 1e6
    # Bands are drawn by the middles of cells, here wide ones, of which figures take the share in reach.
    assert within == pytest.approx(study.coverage.total.confirmed.area_km2, rel=0.06)


def test_without_a_station_all_ground_is_in_the_last_band(study: Study) -> None:
    *near, far, unknown = bands_of(emptied(study))
    assert all(band.is_empty for band in (*near, unknown))
    assert far.area / 1e6 == pytest.approx(study.territory.area_km2)


def test_the_map_shows_every_station_that_may_count_and_every_site(study: Study) -> None:
    drawn = city_map(study)
    legend = 2
    assert drawn.count("<circle") == int(study.supply.possible.sum()) + legend
    sites = propose(study, SitingRequest(n=2, seconds=5)).sites
    assert city_map(study, sites=sites).count('fill="#00a651"') == len(sites) + 1


def test_the_hours_chart_writes_every_hour_of_the_week() -> None:
    confirmed = np.zeros((1, 168), dtype=np.int64)
    confirmed[0, 25] = 500
    drawn = hour_heat(HourlyCoverage(confirmed, confirmed, np.array([1000])))
    assert drawn.count("<rect") == 168
    assert drawn.count(">50.0<") == 1 and drawn.count(">0.0<") == 167


def test_a_chart_of_nothing_has_axes_only() -> None:
    assert "<polyline" in line_chart([[(0, 0), (1, 5)]], "t", "x", "y")
    empty = ElementTree.fromstring(str(line_chart([[]], "t", "x", "y")))
    assert empty[0].text == "t"


def test_the_chinese_report_is_chinese(study: Study) -> None:
    asked = replace(
        study.question,
        at=datetime(2026, 1, 15, 2, tzinfo=ZONE),
        requirements=Requirements(facilities=frozenset({"microwave"})),
    )
    proposed = propose(study, SitingRequest(n=2))
    html = report_html(study.with_question(asked), proposed)
    text = re.sub("<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", html, flags=re.DOTALL)
    words = set(re.findall("[A-Za-z]{2,}", text))
    assert {word for word in words if word not in study.registry.revision} == {"WGS"}
    assert not re.search("[\u4e00-\u9fff][,;:!?]", text)


def test_what_narrows_every_figure_is_said_first(study: Study) -> None:
    at = datetime(2026, 1, 15, 2, tzinfo=ZONE)
    asked = replace(study.question, at=at, requirements=Requirements(facilities=frozenset({"microwave"})))
    html = report_html(study.with_question(asked))
    share = html.partition('class="first">')[2].partition("</p>")[0]
    assert "1,000 米" in share and "按居民估算" in share
    proxy, moment, offered = re.findall("<li>(.*?)</li>", html)[:3]
    assert "居民不等于户外劳动者" in proxy
    assert "2026-01-15 02:00" in moment
    assert "微波炉" in offered


@pytest.mark.parametrize(
    ("low", "high", "least_step", "expected"),
    [
        (0, 10, 1, [0, 2, 4, 6, 8, 10]),
        (0, 3, 1, [0, 1, 2, 3]),
        (0, 1, 1, [0, 1]),
        (0, 7, 1, [0, 2, 4, 6, 8]),
        (0, 1, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (1_848_123, 1_990_640, 0, [1_800_000, 1_850_000, 1_900_000, 1_950_000, 2_000_000]),
        (2690.2, 2690.9, 0, [2690.2, 2690.4, 2690.6, 2690.8, 2691]),
    ],
)
def test_ticks_are_round_numbers_evenly_spaced(
    low: float, high: float, least_step: float, expected: list[float]
) -> None:
    assert ticks(low, high, least_step=least_step) == expected


@pytest.mark.parametrize("most", [1, 2, 3, 7, 10, 13, 50, 187])
def test_a_curve_counts_whole_sites_and_its_ticks_stand_as_far_apart_as_they_say(most: int) -> None:
    drawn = line_chart([[(0, 5), (most, 9)]], "curve", "sites", "people", percent=False, from_zero=False)
    told = re.findall(r'<text x="([\d.]+)" y="209.0"[^>]*text-anchor="middle">([\d,.]+)<', drawn)
    places, values = [float(x) for x, _ in told], [int(text.replace(",", "")) for _, text in told]
    assert values[0] == 0 and values[-1] >= most and len(values) <= 8
    for ends in (places, values):
        steps = np.diff(ends)
        assert np.allclose(steps, steps[0], atol=0.11)


def test_the_english_report_names_districts_in_english(study: Study) -> None:
    proposal = propose(study, SitingRequest(n=1))
    html = report_html(study, proposal, language="en")
    tables = " ".join(re.findall('<table class="figures">.*?</table>', html, re.DOTALL))
    assert "Gulou" in tables
    for station in study.stations:  # what they are called is the registry's own
        tables = tables.replace(escape(station.name), "")
    assert not re.search("[\u4e00-\u9fff]", tables)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_proposed_site_has_a_name_in_the_table_of_the_report(study: Study, language: str) -> None:
    proposal = propose(study, SitingRequest(n=1))
    (site,) = proposal.sites
    told = proposal_sheets(proposal, language)[0].records()[0]
    assert told["id"] == site.id and site.landmark.name in told["name"]
    assert told["name"].startswith(district_name(site.district, language) + " · ")
    assert escape(told["name"]) in report_html(study, proposal, language=language)


def test_where_sites_bring_nothing_about_the_report_names_no_ratio(study: Study) -> None:
    idle = replace(propose(study, SitingRequest(n=1)), gap=gap_between(0, 5, 0), proved=False)
    text = report_html(study, idle, language="en")
    assert "(gap no ratio, " in text
    assert not re.search(r"\b(inf|nan|None) ?%", text)


@pytest.mark.parametrize(
    ("gap", "told"), [(0.0, "0.00 %"), (1e-7, "< 0.01 %"), (0.0049, "0.49 %"), (0.00006, "0.01 %")]
)
def test_a_gap_that_is_left_is_not_called_nothing(gap: float, told: str) -> None:
    assert gap_words(gap) == told


def test_where_no_station_surely_counts_the_report_says_at_least(study: Study) -> None:
    unsure = [
        station.model_copy(
            update={"properties": station.properties.model_copy(update={"access": Access(who="unknown")})}
        )
        for station in study.stations[:3]
    ]
    found = report_html(study.with_registry(Registry(tuple(unsure), study.registry.meta)), language="en")
    assert re.search(r"at least [\d,]+<", found) and "by stations that possibly count only" in found
    assert "––" not in found and "– –" not in found


def test_stations_outside_the_areas_come_before_any_figure_of_the_report(study: Study) -> None:
    note = Note("stations_outside", {"outside": "3", "stations": "1,002"})
    told = replace(study.demand, source=study.demand.source.with_notes(note))
    found = report_html(study.with_demand(told), language="en")
    assert found.index("3 of 1,002 stations lie outside") < found.index("have no station within the radius")


def test_whom_the_figures_stand_for_is_named_where_they_stand(study: Study) -> None:
    html = report_html(study, propose(study, SitingRequest(n=1)), language="en")
    for section in ("By district", "Gaps", "Proposed sites", "By hour", "Equity"):
        assert "people (estimated by residents)" in html.partition(f"<h2>{section}</h2>")[2].partition("<table")[0], (
            section
        )


def test_coordinates_name_their_datum_and_lead_to_map_apps_in_theirs(study: Study) -> None:
    gap = study.gaps.gaps[0]
    html = unescape(report_html(study, language="en"))
    assert "Coordinates (WGS-84)" in html and f"{gap.site.lon:.5f}, {gap.site.lat:.5f}" in html
    lon, lat = from_wgs84(gap.site.lon, gap.site.lat, Datum.GCJ02)
    assert f"https://uri.amap.com/marker?position={lon:.6f}%2C{lat:.6f}&name=" in html


def test_a_gap_is_called_by_the_nearest_station_in_use(study: Study) -> None:
    gap = study.gaps.gaps[0]
    beside = study.landmarks.beside(gap.site.lon, gap.site.lat)
    assert beside is not None
    told = str(gaps_sheet(study.gaps, study.landmarks, "en").records()[0]["gap_name"])
    assert told.startswith(district_name(gap.districts[0], "en") + " · ") and told.endswith(f" of {beside.name}")
    assert escape(told) in report_html(study, language="en")


def texts_of(html: str) -> list[str]:
    """Return the words on each page of the PDF."""
    return [
        " ".join(box.text for box in page._page_box.descendants() if hasattr(box, "text"))
        for page in layout(html).pages
    ]


@pytest.fixture(scope="module")
def paper(study: Study) -> str:
    return report_html(study, propose(study, SitingRequest(n=10, seconds=2)))


def test_every_page_of_the_paper_bears_title_label_revision_and_its_number(study: Study, paper: str) -> None:
    pages = texts_of(paper)
    assert 4 <= len(pages) <= 8
    for number, text in enumerate(pages, 1):
        for told in ("户外劳动者服务站覆盖审计报告", "演示数据", study.registry.revision, f"{number} / {len(pages)}"):
            assert told in text, (number, told)
    total = study.coverage.total
    for told in (range_words("share", (total.confirmed.share, total.possible.share)), "按居民估算", "合计"):
        assert told in pages[0]


def test_no_row_of_a_table_is_cut_and_every_part_of_one_has_its_head(paper: str) -> None:
    rows = len(re.findall(r"<tr><td", paper.partition("<main>")[2].partition("</main>")[0]))
    pages = [list(page._page_box.descendants()) for page in layout(paper).pages]
    drawn = [[box for box in page if type(box).__name__ == "TableRowBox"] for page in pages]
    inside = [[row for row in page if row.children[0].element_tag == "td"] for page in drawn]
    assert sum(map(len, inside)) == rows > 25
    heads = [sum(row.children[0].element_tag == "th" for row in page) for page in drawn]
    assert all(head for head, page in zip(heads, inside, strict=True) if page)


def test_pages_of_the_paper_are_a4_and_full(paper: str) -> None:
    pages = layout(paper).pages
    assert {(round(page.width / 96 * 25.4), round(page.height / 96 * 25.4)) for page in pages} == {(210, 297)}
    for page in pages[:-1]:
        shown = [
            box for box in page._page_box.descendants() if hasattr(box, "text") or str(box.element_tag).endswith("svg")
        ]
        body = [box for box in shown if box.position_y < page.height - 70]
        lowest = max(box.position_y + (box.height if isinstance(box.height, float) else 0) for box in body)
        assert lowest > 0.6 * page.height, f"a page ends at {lowest / page.height:.0%}"


def test_pdf_is_pdf(paper: str) -> None:
    assert report_pdf(paper).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "absent", [ImportError("No module named 'weasyprint'"), OSError("cannot load library 'pango'")]
)
def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, absent: Exception) -> None:
    class Absent:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise absent

    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    with pytest.raises(InvalidAuditError, match=r"stationmap\[pdf\].*libpango-1.0-0") as refusal:
        report_pdf("<p>x</p>")
    assert "\n" not in str(refusal.value)


def test_where_no_station_surely_counts_the_first_page_says_so() -> None:
    study = Study.of_city(load(demo_registry()), cell_m=1000, districts=["320302"])
    kinds = zip(study.stations, study.supply.confirmed.tolist(), study.supply.possible.tolist(), strict=True)
    unsure = [station for station, is_confirmed, may_be in kinds if may_be and not is_confirmed]
    listed = study.with_registry(replace(study.registry, stations=tuple(unsure)))
    texts = [point.text for point in points(listed, None, "zh")]
    assert any(text.startswith(f"没有一个站点能确定算数（{len(unsure)} 个只是可能）") for text in texts)
    assert not any("最高为" in text for text in texts)
    assert any("最高为" in point.text for point in points(study, None, "zh"))
