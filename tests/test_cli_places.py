"""Places of the city on the command line: searched for, and as the start of a way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from stationmap.cli import command
from tests.city_places import write_city


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_city(tmp_path_factory.mktemp("city"))


@pytest.fixture(autouse=True)
def _served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONMAP_CITY", str(folder))


def test_words_name_places_as_on_the_pages() -> None:
    done = CliRunner().invoke(command, ["city", "search", "人民路", "中山路"])
    assert done.output == "中山路与人民路路口（路口 · 示例城） Zhongshan Road and Renmin Road 121.00000 34.50541\n"
    found = json.loads(CliRunner().invoke(command, ["city", "search", "hcz", "--json"]).output)
    assert (found["nearly"], [each["name"] for each in found["places"]]) == (False, ["示例火车站"])


def test_what_is_nearly_called_so_is_said_to_be_that() -> None:
    done = CliRunner().invoke(command, ["city", "search", "人名医院"])
    assert "相近的有" in done.stderr
    assert "示例市人民医院" in done.stdout
    nothing = CliRunner().invoke(command, ["city", "search", "qqqqqqqq"])
    assert (nothing.exit_code, nothing.stdout) == (0, "")


def test_a_way_begins_at_a_place_and_says_which(folder: Path) -> None:
    done = CliRunner().invoke(command, ["nearest", "--from", "示例火车站", "-k", "1"])
    assert done.exit_code == 0, done.output
    assert "从示例火车站（火车站 · 城西区 · 示例大道）出发" in done.stderr
    asked = ["nearest", "120.98441", "34.50036", "--json"]
    by_name, by_point = (
        json.loads(CliRunner().invoke(command, each).stdout)["features"]
        for each in (["nearest", "--from", "示例火车站", "--json"], asked)
    )
    assert [each["id"] for each in by_name] == [each["id"] for each in by_point]


def test_of_several_places_the_others_are_named() -> None:
    done = CliRunner().invoke(command, ["nearest", "--from", "人民路"])
    assert "从人民路（道路 · 城西区）出发" in done.stderr
    assert "也可能是" in done.stderr


@pytest.mark.parametrize(
    "asked",
    [
        ["--from", "人民路", "121", "34.5"],
        ["--from", "人民路", "--batch", "x.csv"],
        ["--from", "qqqqqqqq"],
        ["--from", " "],
    ],
)
def test_what_is_no_start_is_an_error(asked: list[str]) -> None:
    assert CliRunner().invoke(command, ["nearest", *asked]).exit_code != 0


def test_without_places_it_says_how_to_get_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STATIONMAP_CITY")
    done = CliRunner().invoke(command, ["city", "search", "站"])
    assert done.exit_code == 1
    assert "stationmap city build" in done.output
