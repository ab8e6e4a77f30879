"""`stationmap audit` and `stationmap site`: what they print, write and refuse."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import click
import openpyxl
import pytest
from click.testing import CliRunner, Result

from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.cli import command, options
from stationmap.cli.commands.audit import audit_command
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.store import load
from stationmap.reports.model import Report
from stationmap.resources import demo_registry
from stationmap.storage.database import Database
from stationmap.storage.reports import accepting
from tests.apps import MONDAY_10
from tests.conftest import ROOT
from tests.strategies import station

COARSE = ("--cell", 1000)
OUTCOMES = ("coverage", "hours", "gaps", "equity", "capacity", "suspects")


def run(*args: object, expect: int = 0) -> Result:
    result = CliRunner().invoke(command, [str(arg) for arg in args])
    unforeseen = result.exception is not None and not isinstance(result.exception, SystemExit)
    assert not unforeseen, result.exception
    assert result.exit_code == expect, result.output
    return result


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of_city(load(demo_registry()), cell_m=1000)


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_outcome_is_printed_and_says_what_it_rests_on(name: str, study: Study) -> None:
    result = run("audit", name, *COARSE)
    assert "┃" in result.stdout
    for told in (study.registry.revision, "320371", "1,000 m", "演示数据"):
        assert told in result.stderr


@pytest.mark.parametrize("name", OUTCOMES)
def test_json_states_everything_with_the_figures(name: str, study: Study) -> None:
    document = json.loads(run("audit", name, *COARSE, "--json").stdout)
    assert document["registry"]["revision"] == study.registry.revision
    assert document["demand"]["kind"] == "residents"
    assert document["parameters"]["cell_m"] == 1000
    assert any(isinstance(value, list) and value for value in document.values())


def test_coverage_is_that_of_the_library(study: Study) -> None:
    told = run("audit", "coverage", *COARSE, "--day", "2026-11-30", "--json").stdout
    made = study.with_question(StudyQuestion.of_day(date(2026, 11, 30)))
    total = json.loads(told)["coverage"][0]
    assert total["share_sure"] == made.coverage.total.confirmed.share
    assert total["p90_m_possible"] == made.coverage.total.possible.p90_m
    assert json.loads(told)["shut"] == [station.name for station in made.shut] != []


def test_a_moment_a_radius_and_a_facility_are_asked(study: Study) -> None:
    asked = ("--at", "2026-01-15T02:00", "--radius", 500, "--facility", "toilet", "--category", "outdoor_worker")
    document = json.loads(run("audit", "coverage", *COARSE, *asked, "--json").stdout)
    assert document["parameters"]["at"] == "2026-01-15T02:00+08:00"
    assert document["coverage"][0]["share_sure"] < study.coverage.total.confirmed.share


def test_files_are_written_by_their_ending(tmp_path: Path) -> None:
    for ending in ("csv", "json", "geojson", "xlsx"):
        run("audit", "coverage", *COARSE, "--out", tmp_path / f"out.{ending}")
    assert len(list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8-sig"))))) == 12
    assert len(json.loads((tmp_path / "out.geojson").read_bytes())["features"]) == 10
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].max_row == 12
    assert "演示数据" in json.loads((tmp_path / "out.json").read_bytes())["label"]


def test_another_process_prints_the_same() -> None:
    alone = run("audit", "coverage", *COARSE, "--json").stdout
    assert run("audit", "coverage", *COARSE, "--json", "--executor", "process").stdout == alone


def test_people_of_a_file_are_named_in_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "riders.csv"
    file.write_text("lon,lat,weight\n117.18,34.26,10\n117.20,34.27,5\n", encoding="utf-8")
    document = json.loads(run("audit", "coverage", *COARSE, "--demand", file, "--json").stdout)
    assert document["demand"]["name"].startswith("riders.csv")
    assert document["coverage"][0]["people"] == 15


def test_a_station_closed_is_people_lost(tmp_path: Path) -> None:
    changes = tmp_path / "changes.json"
    stations = load(demo_registry()).stations
    changes.write_text(json.dumps([{"close": each.id} for each in stations[:200]]), encoding="utf-8")
    document = json.loads(run("audit", "whatif", changes, *COARSE, "--json").stdout)
    total = document["difference"][0]
    balance = document["balance"][0]
    assert total["people_change_sure"] == pytest.approx(balance["people_won"] - balance["people_lost"])
    assert total["people_change_sure"] < 0


def test_a_registry_compared_with_itself_did_not_change() -> None:
    document = json.loads(run("audit", "compare", demo_registry(), *COARSE, "--json").stdout)
    assert {row["people_change_sure"] for row in document["change"]} == {0}
    assert document["stations"] == []
    assert document["parameters"]["earlier"] == document["registry"]["revision"]


def test_sites_are_proposed_with_value_and_bound(tmp_path: Path) -> None:
    out = tmp_path / "sites.geojson"
    run("site", "-n", 3, *COARSE, "--out", out)
    collection = json.loads(out.read_bytes())
    assert [each["properties"]["rank"] for each in collection["features"]] == [1, 2, 3]
    document = json.loads(run("site", "-n", 3, *COARSE, "--json").stdout)
    assert document["proposal"][0]["value"] <= document["proposal"][0]["bound"]
    assert document["curve"][-1] == {"n": 3, "value": document["proposal"][0]["value"]}


def test_candidates_of_a_file_are_the_only_ones_proposed(tmp_path: Path) -> None:
    file = tmp_path / "halls.csv"
    file.write_text("id,lon,lat\n=HALL,117.30,34.15\nhall-2,117.26,34.17\n", encoding="utf-8")
    document = json.loads(run("site", "-n", 5, *COARSE, "--candidates", file, "--json").stdout)
    assert {each["id"] for each in document["sites"]} <= {"=HALL", "hall-2"}


def test_a_share_out_of_reach_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "halls.csv"
    file.write_text("id,lon,lat\nhall,117.30,34.15\n", encoding="utf-8")
    asked = ("site", "--objective", "set_cover", "--share", 0.99, *COARSE, "--candidates", file)
    assert run(*asked, expect=1).stderr.startswith("Error: ")


def test_a_report_is_one_file(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    run("audit", "report", out, *COARSE, "--sites", "-n", 2, "--language", "en")
    html = out.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>") and "Proposed sites" in html and "<script" not in html


@pytest.mark.parametrize("arguments", [("report.pdf",), ("report.pdf", "--pdf"), ("paper", "--pdf")])
def test_a_report_is_a_pdf_where_that_is_asked_for(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    name, *options = arguments
    run("audit", "report", tmp_path / name, *options, *COARSE)
    assert (tmp_path / name).read_bytes().startswith(b"%PDF-")


def test_without_the_extra_a_pdf_is_refused_in_a_line_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    for arguments in (("report", tmp_path / "r.pdf", "--cell", 10), ("run", pdf_study(tmp_path))):
        told = run("audit", *arguments, expect=1).stderr
        assert "pip install 'stationmap[pdf]'" in told and "Traceback" not in told
    assert not (tmp_path / "r.pdf").exists()


def pdf_study(folder: Path) -> Path:
    """A study whose only outcome is a paper."""
    file = folder / "study.toml"
    file.write_text('cell_m = 1000\n[outcomes]\nreport = "r.pdf"\n')
    return file


def test_a_study_file_may_ask_for_the_paper(tmp_path: Path) -> None:
    run("audit", "run", pdf_study(tmp_path))
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")


def test_files_speak_the_language_asked_for(tmp_path: Path) -> None:
    heads = []
    for language in ("zh", "en"):
        out = tmp_path / f"{language}.csv"
        run("audit", "coverage", *COARSE, "--out", out, "--language", language)
        heads.append(out.read_text(encoding="utf-8-sig").splitlines()[0])
    assert heads[0].startswith("代码,名称,人数") and heads[1].startswith("Code,Name,People")


def test_a_study_is_run_from_its_file(tmp_path: Path) -> None:
    config = tmp_path / "study.toml"
    config.write_text(
        'cell_m = 1000\n[site]\nn = 2\n[outcomes]\ncoverage = "c.csv"\nsite = "s.geojson"\n', encoding="utf-8"
    )
    told = run("audit", "run", config).stderr
    assert "c.csv" in told and "s.geojson" in told
    assert len(json.loads((tmp_path / "s.geojson").read_bytes())["features"]) == 2


def test_a_run_that_fails_later_says_which_files_it_wrote_and_tears_none(tmp_path: Path) -> None:
    config = tmp_path / "study.toml"
    config.write_text(
        'cell_m = 1000\n[outcomes]\ncoverage = "c.csv"\nhours = "h.geojson"\nequity = "e.csv"\n', encoding="utf-8"
    )
    (tmp_path / "h.geojson").write_text("old", encoding="utf-8")
    told = run("audit", "run", config, "--force", expect=1).stderr.splitlines()
    assert told[0] == str(tmp_path / "c.csv")
    assert told[1:3] == [f"未写 not written: {tmp_path / name}" for name in ("h.geojson", "e.csv")]
    assert told[3].startswith("Error: ") and "no places" in told[3] and len(told) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.csv", "h.geojson", "study.toml"]
    assert (tmp_path / "h.geojson").read_text(encoding="utf-8") == "old"
    assert len((tmp_path / "c.csv").read_text(encoding="utf-8-sig").splitlines()) == 12


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("coverage", "--radius", 0), 2),
        (("coverage", "--radius", "nan"), 2),
        (("coverage", "--week", "2026-01-13"), 1),
        (("coverage", "--week", "soon"), 2),
        (("coverage", "--facility", "sauna"), 1),
        (("coverage", "--district", "000000"), 1),
        (("coverage", "--cell", 5), 2),
        (("coverage", "--datum", "gcj02"), 2),
        (("coverage", "--scheduler", "tcp://127.0.0.1:1"), 2),
        (("coverage", "--demand", "missing.csv"), 1),
        (("hours", "--out", "hours.geojson"), 1),
        (("hours", "--out", "hours.doc"), 1),
        (("report", "r.html", "--json"), 2),
        (("run", "missing.toml"), 1),
        (("whatif", "missing.json"), 1),
    ],
)
def test_what_cannot_be_is_refused_without_a_traceback(
    asked: tuple[object, ...], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = () if asked[0] == "run" else COARSE if "--cell" not in asked else ()
    monkeypatch.chdir(tmp_path)
    assert "Traceback" not in run("audit", *asked, *more, expect=code).output
    assert not list(tmp_path.iterdir())


def shown_options() -> Iterator[tuple[str, str]]:
    for name, each in sorted(audit_command.commands.items()):
        yield from ((name, flag) for option in each.params if isinstance(option, click.Option) for flag in option.opts)


def test_every_command_of_the_group_and_its_options_are_described() -> None:
    found = re.search(r"^## audit\n(.*?)(?=^## )", (ROOT / "docs/cli.md").read_text(encoding="utf-8"), re.M | re.S)
    assert found is not None
    told = found[1] + (ROOT / "docs/cli.md").read_text(encoding="utf-8").partition("\n## site\n")[2]
    assert [name for name in audit_command.commands if f"`{name}" not in told] == []
    assert sorted({flag for _, flag in shown_options() if f"`{flag}" not in told}) == []


@pytest.mark.parametrize("objective", ["max_coverage", "p_median", "longer_hours"])
def test_without_a_station_sites_are_proposed_and_no_hours(objective: str, tmp_path: Path) -> None:
    empty = tmp_path / "none.geojson"
    empty.write_text(json.dumps({**json.loads(demo_registry().read_bytes()), "features": []}))
    asked = ("--registry", empty, "--objective", objective, "-n", 2, "--district", "320302", *COARSE)
    document = json.loads(run("site", *asked, "--json").stdout)
    assert len(document["sites"]) == (0 if objective == "longer_hours" else 2)


def test_where_nothing_is_left_to_show_that_is_said() -> None:
    result = run("audit", "gaps", *COARSE, "--radius", 100_000)
    assert "空白区 Gaps: 无 none" in result.stdout


def test_codes_are_put_into_words() -> None:
    printed = run("site", "-n", 1, "--district", "320302", *COARSE).stdout
    assert "max_coverage" not in printed
    assert "sure" not in run("audit", "gaps", *COARSE).stdout


def test_cells_that_memory_cannot_hold_are_refused() -> None:
    assert "take larger ones" in run("audit", "coverage", "--cell", 10, expect=1).output


def test_a_registry_of_another_city_needs_its_areas(tmp_path: Path) -> None:
    elsewhere, areas = tmp_path / "zhengzhou.geojson", tmp_path / "areas.geojson"
    stations = [station(f"z{at}", 113.6 + at / 100, 34.75, access={"who": "unknown"}) for at in range(3)]
    elsewhere.write_bytes(dumps(Registry(tuple(stations))))
    corners = [[113.5, 34.7], [113.8, 34.7], [113.8, 34.8], [113.5, 34.8], [113.5, 34.7]]
    square = {"type": "Polygon", "coordinates": [corners]}
    feature = {"type": "Feature", "geometry": square, "properties": {"adcode": "410102", "people": 90_000}}
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    for name in ("coverage", "gaps"):
        refused = run("audit", name, "--registry", elsewhere, expect=1)
        assert "none of the 3 stations lies in the areas studied" in refused.output and "--areas" in refused.output
    asked = ("audit", "coverage", "--registry", elsewhere, "--areas", areas, "--cell", "500", "--json")
    assert "--demand" in run(*asked, expect=1).output
    found = json.loads(run(*asked, "--demand", areas).stdout)
    assert found["coverage"][0]["people"] == pytest.approx(90_000)
    assert found["coverage"][0]["share_possible"] > 0 == found["coverage"][0]["share_sure"]
    assert any("no station surely counts (3 possibly do)" in note for note in found["demand"]["notes"]["en"])


def report_locked(folder: Path, registry: Path, station_id: str, *, hour: int, devices: int) -> None:
    """Let so many devices report a station locked on Sunday, in an hour when it was posted open."""
    at = datetime(2026, 11, 22, hour, 30, tzinfo=ZONE)
    with closing(Database.in_folder(folder)) as database, database.writing() as connection:
        for number in range(devices):
            report = Report(
                f"{hour}-{number}", station_id, "locked", (), "13812345678", at, at, "open", True, f"device-{number}",
                None, "r",
            )  # fmt: skip
            digests = {"body_digest": "b", "code_digest": f"{hour}-{number}"}
            accepting.keep(connection, str(registry.resolve()), report, **digests)


def test_what_locked_doors_cost_is_told_of_the_reports_of_this_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(options, "clock", lambda: MONDAY_10)
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(Registry([station("a", 117.18, 34.26, hours="24/7"), station("b", 117.3, 34.3)])))
    asked = ("--registry", path, *COARSE)
    none = run("audit", "locked", *asked)
    assert "none" in none.stdout and "figures as found are not known" not in none.stdout
    assert "按反馈的数字无从得知" in none.stderr and not (tmp_path / "data").exists()
    report_locked(tmp_path / "data", path, "a", hour=9, devices=3)
    report_locked(tmp_path / "data", path, "a", hour=10, devices=2)  # one too few
    report_locked(tmp_path / "data", tmp_path / "other.geojson", "a", hour=11, devices=3)
    document = json.loads(run("audit", "locked", *asked, "--json").stdout)
    whole, (door,) = document["locked"][0], document["locked_stations"]
    assert (whole["weekday"], whole["hour"], door["id"]) == (7, 9, "a")
    assert whole["people_hours_lost"] == whole["covered_people_lost"] == door["people_hours_back"] > 0
    assert whole["people_hours_posted"] == pytest.approx(168 * whole["people_hours_lost"])
    assert document["locked_doors"]["stations"] == 1
    hours = json.loads(run("audit", "hours", *asked, "--json").stdout)["hours"]
    differing = [each["hour"] for each in hours[:168] if each["share_found"] != each["share_sure"]]
    assert differing == [9]
    printed = run("audit", "hours", *asked)
    assert "as riders found" in printed.stdout
    assert "13812345678" not in printed.stdout + printed.stderr
    run("audit", "report", tmp_path / "report.html", *asked, "--language", "en")
    assert "What locked doors cost" in (tmp_path / "report.html").read_text("utf-8")
