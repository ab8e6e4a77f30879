"""Files of an audit: they say what they rest on, run nothing, and hold what the sheet holds."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
import shapely
from click.testing import CliRunner

from stationmap import defaults
from stationmap.audit.output.export import FORMS, basis, basis_lines, file_of, offered_endings, with_parameters
from stationmap.audit.output.result_tables import OUTCOMES, gaps_sheet, proposal_sheets, sheets_of
from stationmap.audit.output.study_runner import compare_sheets, suspects_sheets
from stationmap.audit.output.tables import Sheet, format_of, heading, range_words, words_of
from stationmap.audit.studies.propose import SitingRequest, propose
from stationmap.audit.studies.study import Study
from stationmap.cli import command
from stationmap.defaults import MAP_ENDINGS
from stationmap.errors import InvalidAuditError
from stationmap.formats.csv_safety import inert
from stationmap.i18n import LANGUAGES, catalogue, translate
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web import create_app

ROOT = Path(__file__).resolve().parent.parent

HOSTILE = (
    "=1+1",
    "+SUM(A1)",
    "-SUM(A1)",
    "@SUM(A1)",
    "\t=1",
    "  =cmd|' /C calc'!A0",
    "＝1",
    "\x1b]0;x\x07",
    "a\u202eb",
    "<script>",
)


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of_city(load(demo_registry()), cell_m=1000, made_on=date(2026, 11, 24))


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def book_of(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def of_proposal(study: Study, objective: str) -> tuple[Sheet, ...]:
    return proposal_sheets(propose(study, SitingRequest(objective, n=1, seconds=2)))


@pytest.mark.parametrize("ending", FORMS)
def test_every_form_names_revision_people_radius_date_and_label(study: Study, ending: str, tmp_path: Path) -> None:
    data = file_of(ending, sheets_of(study, "coverage", mapped=ending in MAP_ENDINGS), study.stated())
    if ending == ".xlsx":
        text = str([[cell.value for cell in row] for sheet in book_of(data) for row in sheet])
    elif ending == ".gpkg":
        (tmp_path / "a.gpkg").write_bytes(data)
        layer = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="coverage")
        text = layer["basis"][0]
        assert set(layer["district"]) == set(study.territory.codes)
        assert layer.geometry.is_valid.all()
    else:
        text = data.decode("utf-8-sig")
    for told in (study.registry.revision, "2020", "2026-11-24", "演示数据", "1000" if "json" in ending else "1,000"):
        assert told in text


@pytest.mark.parametrize("name", OUTCOMES)
def test_csv_and_xlsx_hold_every_row_of_the_sheet(study: Study, name: str) -> None:
    sheets = sheets_of(study, name)
    assert len(rows_of(file_of(".csv", sheets, study.stated()))) == max(len(sheets[0].rows), 1) + 1
    tabs = book_of(file_of(".xlsx", sheets, study.stated())).worksheets
    assert [tab.max_row for tab in tabs[: len(sheets)]] == [len(sheet.rows) + 1 for sheet in sheets]


def test_json_gives_numbers_as_they_are(study: Study) -> None:
    document = json.loads(file_of(".json", sheets_of(study, "coverage"), study.stated()))
    assert document["coverage"][0]["share_sure"] == study.coverage.total.confirmed.share
    assert document["parameters"]["radius_m"] == 1000


def test_geojson_gives_each_district_its_polygon(study: Study) -> None:
    document = json.loads(file_of(".geojson", sheets_of(study, "coverage", mapped=True), study.stated()))
    shapes = {
        each["properties"]["district"]: shapely.from_geojson(json.dumps(each["geometry"]))
        for each in document["features"]
    }
    assert set(shapes) == set(study.territory.codes)
    for code, polygon in zip(study.territory.codes, study.territory.polygons, strict=True):
        assert shapes[code].hausdorff_distance(polygon) < 1e-6


def test_what_has_no_places_is_no_map(study: Study) -> None:
    with pytest.raises(InvalidAuditError, match="no places"):
        file_of(".geojson", sheets_of(study, "hours"), study.stated())
    with pytest.raises(InvalidAuditError, match=r"\.doc"):
        file_of(".doc", sheets_of(study, "hours"), study.stated())


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_runs_in_a_spreadsheet_or_steers_a_terminal(study: Study, text: str) -> None:
    sheet = Sheet("gaps", ("name",), ((text,),))
    cell = rows_of(file_of(".csv", (sheet,), study.stated()))[1][0]
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "＝"))
    assert "\x1b" not in cell and "\u202e" not in cell
    kept = book_of(file_of(".xlsx", (sheet,), study.stated())).worksheets[0]["A2"]
    assert kept.data_type == "s"
    assert kept.value == inert(text)


def test_what_is_not_a_number_is_left_empty(study: Study) -> None:
    sheet = Sheet("gaps", ("value",), ((float("nan"),), (float("inf"),), (None,)))
    assert [row[0] for row in rows_of(file_of(".csv", (sheet,), study.stated()))[1:]] == ["", "", ""]
    assert [row["value"] for row in json.loads(file_of(".json", (sheet,), study.stated()))["gaps"]] == [None] * 3
    assert book_of(file_of(".xlsx", (sheet,), study.stated())).worksheets[0]["A2"].value is None


def test_english_sheets_name_districts_in_english(study: Study) -> None:
    for name in ("coverage", "hours", "gaps", "capacity"):
        sheets = sheets_of(study, name, "en")
        column = "districts" if name == "gaps" else "name"
        assert any("Gulou" in str(record[column]) for record in sheets[0].records())


def test_the_same_sheets_are_the_same_bytes(study: Study) -> None:
    sheets = sheets_of(study, "gaps")
    for ending in FORMS:
        assert file_of(ending, sheets, study.stated()) == file_of(ending, sheets, study.stated())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_sheet_and_basis_has_words(study: Study, language: str) -> None:
    words = catalogue(language)
    sheets = [sheet for name in OUTCOMES for sheet in sheets_of(study, name)]
    sheets += [*suspects_sheets(study), *compare_sheets(study, study)]
    sheets += [sheet for wished in ("max_coverage", "longer_hours") for sheet in of_proposal(study, wished)]
    missing = [sheet.name for sheet in sheets if f"audit.sheet.{sheet.name}" not in words]
    for sheet in sheets:
        columns = [column.removesuffix("_sure").removesuffix("_possible") for column in sheet.columns]
        missing += [column for column in columns if f"audit.column.{column}" not in words]
        assert all(heading(column, language) for column in sheet.columns)
    assert missing == []
    assert study.registry.revision in basis(study.stated(), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", OUTCOMES)
def test_a_csv_speaks_the_language_asked_for_and_says_once_what_it_rests_on(
    study: Study, name: str, language: str
) -> None:
    sheets = sheets_of(study, name, language)
    data = file_of(".csv", sheets, study.stated(), language)
    head, first, *others = rows_of(data)
    assert head == [
        *(heading(column, language) for column in sheets[0].columns),
        translate(language, "audit.sheet.basis"),
    ]
    assert first[-1] == basis(study.stated(), language)
    assert {row[-1] for row in others} <= {""} and {len(row) for row in (first, *others)} == {len(head)}
    assert data.decode().count(study.registry.revision) == 1


def test_a_csv_without_rows_says_what_it_rests_on_all_the_same(study: Study) -> None:
    _head, only = rows_of(file_of(".csv", (Sheet("gaps", ("rank", "people"), ()),), study.stated()))
    assert only[:-1] == ["", ""] and only[-1] == basis(study.stated())


@pytest.mark.parametrize("make", [suspects_sheets, lambda study, language: compare_sheets(study, study, language)])
def test_every_kind_of_outcome_names_districts_in_the_language_asked_for(study: Study, make: Any) -> None:
    assert make(study, "en")[0].records()[0]["name"] == "All"


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("mean_m", (2825.4, 2806.2), "2,806–2,825"),
        ("people_change", (0, -1740), "-1,740 – 0"),
        ("people_change", (-1740, -3), "-1,740 – -3"),
        ("share", (0.203, 0.208), "20.3–20.8 %"),
        ("share", (0.2031, 0.2032), "20.3 %"),
        ("share_change", (0.001, -0.002), "-0.2 – 0.1 %"),
        ("mean_m", (None, 400.0), "至少 400"),
        ("gini", (None, 0.5), "0.5（只按可能计入的站点）"),
        ("mean_m", (None, None), "–"),
        ("people", (12.0,), "12"),
    ],
)
def test_two_figures_are_told_low_to_high(column: str, values: tuple[Any, ...], words: str) -> None:
    assert range_words(column, values) == words


def test_a_sheet_is_a_rectangle() -> None:
    with pytest.raises(ValueError, match="one value a column"):
        Sheet("gaps", ("a", "b"), ((1,),))
    with pytest.raises(ValueError, match="one place a row"):
        Sheet("gaps", ("a",), ((1,),), ())


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("share_sure", 0.20349, "20.3 %"),
        ("people", 1234.6, "1,235"),
        ("mean_m_sure", None, "–"),
        ("site_lon", 117.1234567, "117.12346"),
        ("area_km2", 1234.56, "1,234.6"),
        ("gini", 0.12345, "0.1235"),
        ("proved", True, "✓"),
    ],
)
def test_a_value_is_put_into_words(column: str, value: Any, words: str) -> None:
    assert words_of(column, value) == words
    assert format_of(column)


def test_columns_of_a_proposal_are_named_by_what_it_seeks_and_stations_of_gaps_by_name() -> None:
    study = Study.of_city(load(demo_registry()), cell_m=500, districts=["320302"])
    longer = {
        sheet.name: sheet for sheet in proposal_sheets(propose(study, SitingRequest("longer_hours", n=2, seconds=5)))
    }
    assert longer["sites"].heading("people_added", "zh") == "新增（人·小时/周）"
    assert longer["curve"].heading("n", "en").startswith("Station-hours")
    assert longer["sites"].only(["people_added"]).heading("people_added", "en") == "Added, person-hours a week"
    built = {sheet.name: sheet for sheet in proposal_sheets(propose(study, SitingRequest(n=2, seconds=5)))}
    assert built["sites"].heading("people_added", "zh") == "新增可达（人）"
    assert built["curve"].heading("n", "zh") == "新建站点数"
    names = {station.id: station.name for station in study.stations}
    for gap in gaps_sheet(study.gaps, study.landmarks).records():
        assert gap["nearest_name"] == names[str(gap["nearest_id"])]
        assert gap["site_nearest_name"] == names[str(gap["site_nearest_id"])]


def test_a_basis_says_yes_or_no_in_words() -> None:
    study = Study.of_city(load(demo_registry()), cell_m=1000, districts=["320302"])
    told = dict(basis_lines(with_parameters(study.stated(), {"possible": False}), "zh"))
    assert told["信息不明的站点计入现状"] == "否"


def test_every_form_of_file_is_offered_by_the_command_line_the_page_and_the_documentation() -> None:
    shown = CliRunner().invoke(command, ["audit", "coverage", "--help"]).output
    described = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    page = create_app(Settings()).test_client().get("/audit").text
    for ending, form in FORMS.items():
        assert ending in shown and f"`{ending}`" in described
        assert (f'data-file="download{ending} coverage"' in page) is not form.is_for_programs
        assert (f'data-file="download{ending} hours"' in page) is (ending in offered_endings(has_places=False))


def test_a_further_form_of_file_is_one_place_and_a_failing_type_check_until_it_is_written(tmp_path: Path) -> None:
    package = Path(defaults.__file__).parent
    before = (package / "defaults.py").read_text(encoding="utf-8")
    after = before.replace('".csv", ".xlsx"]', '".csv", ".xlsx", ".ods"]')
    assert after != before
    copies = [tmp_path / "stationmap" / name for name in ("defaults.py", "audit/output/export.py")]
    copies[1].parent.mkdir(parents=True)
    copies[0].write_text(after, encoding="utf-8")
    shutil.copy(package / "audit/output/export.py", copies[1])
    options = ("--follow-imports=skip", "--ignore-missing-imports", "--namespace-packages", "--explicit-package-bases")
    asked = [sys.executable, "-m", "mypy", *options, *copies]
    found = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "assert_never" in found and "'.ods'" in found and "Found 1 error" in found
