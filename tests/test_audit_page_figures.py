"""The page's figures are the server's: its JavaScript, run by node on the document of cells, against `coverage()`."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from stationmap import registry as registries
from stationmap.audit.study import Question, Study
from stationmap.audit.supply import RIDERS, Asked
from stationmap.hours import ZONE
from stationmap.packaged import demo_registry
from stationmap.registry import Registry
from stationmap.web.audit_cells import document
from tests.apps import registry_of
from tests.conftest import ROOT

NODE = shutil.which("node")
ASKED: list[dict[str, Any]] = [
    {"radius": 1000},
    {"radius": 500, "hour": 2},
    {"radius": 2000, "facilities": ["hot_water", "toilet"]},
    {"radius": 1234.5, "hour": 6 * 24 + 12, "facilities": ["microwave"]},
    {"radius": 3000, "categories": ["carnation"], "who": ["public", "women", "members"]},
    {"radius": 100_000, "categories": ["culture"], "who": ["staff"], "facilities": ["nursing_room", "aed"]},
]
WORDS = {"meanM": "mean_m", "p50M": "p50_m", "p90M": "p90_m", "share": "share", "areaShare": "area_share"}


def answers(study: Study, folder: Path, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the page makes of a study's document for each question."""
    path = folder / "cells.bin"
    path.write_bytes(document(study))
    given = json.dumps({"path": str(path), "asked": [{"who": RIDERS, **each} for each in asked]})
    ran = subprocess.run(
        [str(NODE), ROOT / "tests/js/audit_figures.mjs"], input=given, capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


def same(study: Study, each: dict[str, Any], answer: dict[str, Any]) -> None:
    monday = datetime.combine(study.question.monday, time(), ZONE)
    at = monday + timedelta(hours=each["hour"]) if "hour" in each else None
    codes = (frozenset(each.get(name, ())) for name in ("categories", "facilities"))
    asked = Asked(*codes, frozenset(each.get("who", RIDERS)))
    found = study.asking(Question(each["radius"], asked, at, study.question.monday)).coverage
    for line, expected in zip(answer["figures"], [found.total, *found.districts.values()], strict=True):
        assert line["people"] == round(expected.people * 1000)
        assert line["areaKm2"] == expected.area_km2
        for side in ("sure", "possible"):
            told, reach = line[side], getattr(expected, side)
            assert told["people"] == round(reach.people * 1000)
            assert told["areaKm2"] == reach.area_km2
            assert told["twiceShare"] == reach.shares_by_count[1]
            assert {name: told[name] for name in WORDS} == {name: getattr(reach, of) for name, of in WORDS.items()}


pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.fixture(scope="module")
def demo() -> Registry:
    return registries.parse(demo_registry().read_bytes())


def test_the_page_s_figures_of_the_city_are_those_of_the_server_to_the_thousandth(
    demo: Registry, tmp_path: Path
) -> None:
    study = Study.of_city(demo)
    for each, answer in zip(ASKED, answers(study, tmp_path, ASKED), strict=True):
        same(study, each, answer)


def test_without_a_station_the_page_says_nobody_is_served_and_no_distance(tmp_path: Path) -> None:
    study = Study.of_city(registry_of([]), cell_m=2000)
    (answer,) = answers(study, tmp_path, [{"radius": 1000}])
    same(study, {"radius": 1000}, answer)
    assert answer["figures"][0]["sure"]["people"] == 0
    assert answer["figures"][0]["sure"]["p50M"] is None
