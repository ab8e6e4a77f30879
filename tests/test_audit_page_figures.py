"""The page's figures are the server's: its JavaScript, run by node on the document of cells, against `coverage()`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from stationmap.audit.inputs.supply import CERTAINTY_CODES, Requirements
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import catalogue
from stationmap.registry import registry as registries
from stationmap.registry.registry import Registry
from stationmap.resources import demo_registry
from stationmap.search.usability import RIDERS
from stationmap.web.audit.cells import document
from tests.apps import registry_of
from tests.node import evaluated, result_of

ASKED: list[dict[str, Any]] = [
    {"radius": 1000},
    {"radius": 500, "hour": 2},
    {"radius": 1500, "date": "2026-11-30"},
    {"radius": 2000, "facilities": ["hot_water", "toilet"]},
    {"radius": 1234.5, "hour": 6 * 24 + 12, "facilities": ["microwave"]},
    {"radius": 3000, "categories": ["carnation"], "who": ["public", "women", "members"]},
    {"radius": 100_000, "categories": ["culture"], "who": ["staff"], "facilities": ["nursing_room", "aed"]},
]
WORDS = {"meanM": "mean_m", "p50M": "p50_m", "p90M": "p90_m", "share": "share", "areaShare": "area_share"}


def answers(study: Study, folder: Path, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the page makes of a study's document for each question."""
    path = folder / "cells.bin"
    path.write_bytes(document(study))
    given = {"path": str(path), "questions": [{"who": RIDERS, **each} for each in questions]}
    return result_of("tests/js/audit_figures.mjs", given=given)  # type: ignore[no-any-return]


def same(study: Study, each: dict[str, Any], answer: dict[str, Any]) -> None:
    monday = datetime.combine(study.question.monday, time(), ZONE)
    at = monday + timedelta(hours=each["hour"]) if "hour" in each else None
    codes = (frozenset(each.get(name, ())) for name in ("categories", "facilities"))
    asked = Requirements(*codes, frozenset(each.get("who", RIDERS)))
    day = date.fromisoformat(each["date"]) if "date" in each else None
    found = study.with_question(StudyQuestion(each["radius"], asked, at, study.question.monday, day)).coverage
    for line, expected in zip(answer["figures"], [found.total, *found.districts.values()], strict=True):
        assert line["people"] == round(expected.people * 1000)
        assert line["areaKm2"] == expected.area_km2
        for certainty, code in CERTAINTY_CODES.items():
            told, reach = line[code], getattr(expected, certainty)
            assert told["people"] == round(reach.people * 1000)
            assert told["areaKm2"] == reach.area_km2
            assert told["twiceShare"] == reach.shares_by_count[1]
            assert {name: told[name] for name in WORDS} == {name: getattr(reach, of) for name, of in WORDS.items()}


TRANSLATE = """
import { translatorOf } from './static/js/shared/translate.js';
const translate = translatorOf(given.words);
"""
TELL_WAYS = """
import { shares, ways } from './static/js/audit/figure_text.js';
import { headline } from './static/js/audit/headline.js';
const side = (mean) => ({ people: 0, share: 0, areaShare: 0, meanM: mean, p50M: mean, p90M: mean });
console.log(JSON.stringify(given.asked.map(([sure, possible, people]) => ({
  cell: ways(translate, sure, possible, people), share: shares(translate, people && 0.5, people && 0.5),
  headline: headline(translate, { sure: side(sure), possible: side(possible), people }),
}))));
"""
MISSING = [
    ([1200, 1000, 9000], "1,000 – 1,200", "1,000 – 1,200"),
    ([1000, 1000, 9000], "1,000", "1,000"),
    ([None, 308_933, 9000], "至少 308,933", "at least 308,933"),
    ([None, None, 9000], "无站点", "no station"),
    ([None, None, 0], "无人", "nobody"),
]


@pytest.fixture(scope="module")
def demo() -> Registry:
    return registries.parse(demo_registry().read_bytes())


def test_the_page_s_figures_of_the_city_are_those_of_the_server_to_the_thousandth(
    demo: Registry, tmp_path: Path
) -> None:
    study = Study.of_city(demo, StudyQuestion.of_day(date(2026, 11, 30)))
    for each, answer in zip(ASKED, answers(study, tmp_path, ASKED), strict=True):
        same(study, each, answer)


def test_without_a_station_the_page_says_nobody_is_served_and_no_distance(tmp_path: Path) -> None:
    study = Study.of_city(registry_of([]), cell_m=2000)
    (answer,) = answers(study, tmp_path, [{"radius": 1000}])
    same(study, {"radius": 1000}, answer)
    assert answer["figures"][0]["sure"]["people"] == 0
    assert answer["figures"][0]["sure"]["p50M"] is None


@pytest.mark.parametrize(("language", "at"), [("zh", 1), ("en", 2)])
def test_a_figure_that_is_missing_reads_as_what_it_means(language: str, at: int) -> None:
    given = {"words": dict(catalogue(language)), "asked": [case[0] for case in MISSING]}
    told = evaluated(TRANSLATE + TELL_WAYS, given)
    assert [each["cell"] for each in told] == [case[at] for case in MISSING]
    assert told[0]["share"] == "50.0 %"
    assert [each["headline"].count("308,933") for each in told] == [0, 0, 3, 0, 0]
    for each in told:
        assert not [text for text in each.values() if "– –" in text or text.strip().startswith("–") or "{" in text]


def test_where_nobody_lives_there_is_no_share() -> None:
    script = (
        "import { shares } from './static/js/audit/figure_text.js';"
        "console.log(JSON.stringify(shares(translate, null, null)));"
    )
    assert evaluated(TRANSLATE + script, {"words": dict(catalogue("en"))}) == "nobody"


@pytest.mark.parametrize(
    ("metres", "told"),
    [(0, "0 m"), (847, "850 m"), (994, "990 m"), (996, "1.0 km"), (1234, "1.2 km"), (45_600, "45.6 km")],
)
def test_a_way_is_told_as_people_speak_of_it(metres: float, told: str) -> None:
    script = """
import { way } from './static/js/audit/figure_text.js';
console.log(JSON.stringify(way(translate, given.metres)));
"""
    assert evaluated(TRANSLATE + script, {"words": dict(catalogue("en")), "metres": metres}) == told


LABEL_SITES = """
import { Labels } from './static/js/audit/labels.js';
const study = { header: { names: { '999901': '新区' } }, stations: [{ id: 's1', name: '彭城驿站' }] };
const labels = new Labels(translate, study);
console.log(JSON.stringify(given.sites.map((site) => labels.site(site))));
"""


def test_a_proposed_site_has_a_name_to_say_in_a_meeting() -> None:
    landmark = {"name": "彭城驿站{way}", "metres": 1234, "direction": "ne"}
    sites = [
        {"id": "cell-7", "district": "320312", "landmark": landmark},
        {"id": "cell-7", "district": "999901", "landmark": None},
        {"id": "s1", "district": "320312", "landmark": None},
        {"id": "人民广场", "district": "", "landmark": None},
    ]
    told = {
        language: evaluated(TRANSLATE + LABEL_SITES, {"words": dict(catalogue(language)), "sites": sites})
        for language in ("zh", "en")
    }
    assert told["zh"] == ["铜山区 · 彭城驿站{way}东北方向 1.2 公里", "新区 · cell-7", "铜山区 · 彭城驿站", "人民广场"]
    assert told["en"][0] == "Tongshan · 1.2 km north-east of 彭城驿站{way}"


KEYS = [
    (0, "ArrowLeft", 0), (0, "ArrowUp", 0), (25, "ArrowLeft", 24), (24, "ArrowLeft", 24), (47, "ArrowRight", 47),
    (30, "ArrowRight", 31), (30, "ArrowUp", 6), (30, "ArrowDown", 54), (150, "ArrowDown", 150), (30, "Home", 24),
    (30, "End", 47), (30, "a", None), (30, "Tab", None),
]  # fmt: skip


def test_keys_lead_from_field_to_field_of_the_week_and_not_beyond_it() -> None:
    script = (
        "import { neighbour } from './static/js/audit/map/heat.js'; "
        "console.log(JSON.stringify(given.map(([hour, key, isWhole]) => neighbour(hour, key, isWhole))));"
    )
    asked = [(hour, key, False) for hour, key, _ in KEYS] + [(30, "Home", True), (30, "End", True)]
    assert evaluated(script, asked) == [*(led for _, _, led in KEYS), 0, 167]
