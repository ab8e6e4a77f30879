"""Alert rules, dashboard and examples name only figures that a server gives, and each alert says what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stationmap.i18n import LANGUAGES
from tests.conftest import ROOT
from tests.test_metrics import exported

__all__ = ["exported"]  # a fixture

PROMETHEUS = ROOT / "deploy/prometheus"
RULES = (PROMETHEUS / "stationmap.rules.yml").read_text("utf-8")
RULE_TESTS = (PROMETHEUS / "stationmap.rules.test.yml").read_text("utf-8")
DASHBOARD = json.loads((ROOT / "deploy/grafana/stationmap.json").read_text("utf-8"))
PAGE = (ROOT / "docs/monitoring.md").read_text("utf-8")
FIGURE = re.compile(r"\b(?:stationmap|process)_[a-z_]+\b")
ALERTS = re.findall(r"^ +- alert: (\w+)$", RULES, re.MULTILINE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PROMTOOL = shutil.which("promtool")


def test_rules_name_only_figures_that_there_are(exported: set[str]) -> None:
    named = set(FIGURE.findall("\n".join(line for line in RULES.splitlines() if not line.startswith("#"))))
    assert len(named) > 20
    assert named - exported == set()
    assert set(FIGURE.findall(RULE_TESTS)) - exported == set()


def test_every_alert_says_in_two_languages_what_it_is_and_where_it_stands_what_to_do() -> None:
    assert len(ALERTS) == len(set(ALERTS)) > 20
    summaries = re.findall(r'^ +summary: "(.+)"$', RULES, re.MULTILINE)
    runbooks = re.findall(r"^ +runbook: docs/monitoring\.md#(\w+)$", RULES, re.MULTILINE)
    assert runbooks == [name.lower() for name in ALERTS]
    assert len(summaries) == len(ALERTS)
    assert [text for text in summaries if not (CHINESE.match(text) and re.search(r" [A-Z][a-z]", text))] == []
    assert re.findall(r"^ +severity: (\w+)$", RULES, re.MULTILINE).count("critical") < len(ALERTS) / 2
    assert re.findall(r"^### (Stationmap\w+)\n\n.{60,}$", PAGE, re.MULTILINE) == ALERTS


def test_every_alert_is_tried() -> None:
    assert set(re.findall(r'alertname="(\w+)"', RULE_TESTS)) == set(ALERTS)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt-get install prometheus")
def test_prometheus_takes_the_rules_and_each_alert_fires_when_it_should(tmp_path: Path) -> None:
    for command in (
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "stationmap.rules.test.yml"],
    ):
        done = subprocess.run([str(PROMTOOL), *command], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def panels() -> Iterator[dict[str, Any]]:
    yield from DASHBOARD["panels"]


def test_the_dashboard_asks_only_for_figures_that_there_are(exported: set[str]) -> None:
    asked = [target["expr"] for panel in panels() for target in panel.get("targets", [])]
    named = {name for expression in asked for name in FIGURE.findall(expression)}
    assert len(asked) > 30 and named - exported == set()
    assert [
        expression for expression in asked if not FIGURE.search(expression) and not expression.startswith("up{")
    ] == []


def test_every_panel_has_a_title_in_two_languages_and_a_place_of_its_own() -> None:
    assert len(LANGUAGES) == 2
    titles = [panel["title"] for panel in panels()]
    assert [title for title in titles if not (CHINESE.search(title) and re.search(r" [A-Z][a-z]", title))] == []
    assert len({panel["id"] for panel in panels()}) == len(titles)
    places = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels())
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24


def test_the_dashboard_chooses_its_source_and_names_none() -> None:
    sources = {json.dumps(panel.get("datasource", {}).get("uid")) for panel in panels() if panel["type"] != "row"}
    assert sources == {'"${source}"'}
