"""A registry as a file comes back as it was, in every form that carries it; hostile text is text in each of them."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.cli import command
from stationmap.csv_reader.sheet import Row, Sheet
from stationmap.defaults import LIST_ENDINGS
from stationmap.errors import StationmapError
from stationmap.exchange.columns import COLUMNS, Column, column_of
from stationmap.exchange.export import WRITERS, export
from stationmap.exchange.exported import baseline_line
from stationmap.exchange.lists import StationList, read_list
from stationmap.exchange.writers.waypoints import description
from stationmap.formats.csv_safety import cell, inert, typed, workbook_text
from stationmap.formats.geojson import feature
from stationmap.i18n import LANGUAGES, translate
from stationmap.registry import registry as registries
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry
from stationmap.registry.store import load
from tests.conftest import ROOT
from tests.strategies import station, stations
from tests.test_columns import FULL

DEMO = load(ROOT / "data" / "stations.geojson")
HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "+86 516 8373",
    "-",
    "@SUM(A1)",
    "'=1+1",
    "''",
    "<r>x</r>",
    '<r></is></c><c r="A9"><f>1+1</f></c><c><is></r>',
    "<b>&amp;</b>]]>",
    "{{7*7}} ${x}",
    "001",
    "10/5",
    "1e5",
    "TRUE",
    "123456789012345678",
    "上\n下",
    "_x0041_",
    "\u202e反\x07",
    "a;b\tc",
)


def real(*given_stations: Station, **said: Any) -> Registry:
    return Registry(given_stations, Header(format=1, **said))


def exported(registry: Registry, ending: str, language: str = "zh") -> bytes:
    file = io.BytesIO()
    export(registry, ending, file, language)
    return file.getvalue()


@cache
def demo_workbook() -> bytes:
    return exported(DEMO, ".xlsx")


def sheet_of(found: StationList) -> Sheet:
    assert found.sheet is not None
    assert found.sheet.misfits == ()
    assert found.findings == ()
    return found.sheet


def cells(row: Row) -> Iterator[tuple[Column, str]]:
    for at, text in zip(row.columns, row.texts, strict=True):
        column = column_of(at.meaning)
        assert column is not None, at
        yield column, text


def edited(found: StationList, registry: Registry) -> list[tuple[str, str, str]]:
    """Return the cells that are not those of the registry: id, column, text."""
    sheet = sheet_of(found)
    assert [row.text("id") for row in sheet.rows] == list(registry)
    return [
        (row.text("id"), column.code or column.member, text)
        for row in sheet.rows
        for column, text in cells(row)
        if not column.is_as_in(registry[row.text("id")], text)
    ]


def hostile_registry() -> Registry:
    return real(
        *(
            station(f"h{at:02}", 117.2, 34.2, name=text or "x", address=text, phone=text, host=text, level=text)
            for at, text in enumerate(HOSTILE)
        ),
        title=HOSTILE[0],
    )


def test_every_ending_has_a_writer() -> None:
    assert tuple(WRITERS) == LIST_ENDINGS
    with pytest.raises(StationmapError, match=r"\.xlsx"):
        exported(DEMO, ".doc")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_a_table_of_the_demonstration_comes_back_cell_by_cell(ending: str, language: str) -> None:
    data = demo_workbook() if (ending, language) == (".xlsx", "zh") else exported(DEMO, ending, language)
    found = read_list(data, f"a{ending}")
    assert edited(found, DEMO) == []
    assert (found.revision, found.demo) == (DEMO.revision, True)
    assert [column.heading(language) for column in COLUMNS] == [column.header for column in sheet_of(found).columns]


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_hostile_text_comes_back_and_runs_nowhere(ending: str) -> None:
    registry = hostile_registry()
    data = exported(registry, ending)
    found = read_list(data, f"a{ending}")
    assert edited(found, registry) == []
    assert not found.demo
    if ending == ".xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        assert {each.data_type for row in book.worksheets[0] for each in row} <= {"s", "n"}
        assert not [
            each for row in book.worksheets[0] for each in row if each.data_type == "n" and each.value is not None
        ]
    else:
        read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert not [text for row in read[1:] for text in row if text[:1] in ("=", "+", "@", "\t", "\r")]


@given(stations())
@settings(max_examples=12)
def test_any_registry_comes_back_from_a_workbook_and_from_csv(drawn: list[Station]) -> None:
    registry = real(*drawn)
    for ending in (".xlsx", ".csv"):
        if drawn:
            assert edited(read_list(exported(registry, ending), "a"), registry) == []


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
@settings(max_examples=30)
def test_any_text_comes_back_from_a_workbook_and_from_csv(texts: list[str]) -> None:
    registry = real(
        *(
            station(f"t{at}", 117, 34, address=text, access={"who": "public", "note": text})
            for at, text in enumerate(texts)
        )
    )
    for ending in (".xlsx", ".csv"):
        found = read_list(exported(registry, ending), "a")
        assert edited(found, registry) == []
        if ending == ".xlsx":
            assert [found.baseline(row) for row in sheet_of(found).rows] == list(registry.stations)


@given(st.text(max_size=20))
def test_what_keeps_a_cell_from_running_is_taken_off_again(text: str) -> None:
    written = cell(text, layout=True)
    assert isinstance(written, str)
    assert typed(written) == inert(text, layout=True)
    assert not written.startswith(("=", "@", "\t", "\r"))


def test_a_row_carries_the_station_it_was_made_from_with_members_of_the_format_only() -> None:
    given = station(
        "a1", 117.2, 34.2, name="某站", source_columns={"身份证": "x" * 18}, facilities={"toilet": True, "张三": True}
    )
    registry = real(given, FULL)
    data = exported(registry, ".xlsx")
    found = read_list(data, "a.xlsx")
    first, second = sheet_of(found).rows
    assert found.baseline(second) == FULL
    base = found.baseline(first)
    assert base is not None
    assert json.loads(baseline_line(base)) == json.loads(json.dumps(feature(given)))
    assert "x" * 18 not in str(zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml"))
    known = read_list(data, "a.xlsx", known=registry)
    assert known.baseline(sheet_of(known).rows[0]) is registry["a1"]


def test_the_line_beside_a_row_is_that_of_the_format_whichever_way_it_is_made() -> None:
    for each in (*DEMO.stations[::50], FULL):
        assert json.loads(baseline_line(each)) == json.loads(json.dumps(feature(each)))


def test_a_station_too_long_for_a_cell_has_no_baseline_and_no_row_is_lost() -> None:
    registry = real(station("long", 117.2, 34.2, directions="长" * 40_000), station("short", 117.2, 34.2))
    found = read_list(exported(registry, ".xlsx"), "a.xlsx")
    assert [found.baseline(row) is None for row in sheet_of(found).rows] == [True, False]
    assert edited(found, registry) == []


def test_the_same_registry_gives_the_same_workbook() -> None:
    assert exported(DEMO, ".xlsx") == demo_workbook()


def test_five_cells_that_were_edited_are_five_cells_that_differ() -> None:
    book = openpyxl.load_workbook(io.BytesIO(demo_workbook()))
    sheet = book.worksheets[0]
    at = {each.value: each.column for each in sheet[1]}
    edits = [
        (2, "电话", "0516-83730000"),
        (3, "饮用水", "无"),
        (4, "开放时间", "每天8:00-20:00"),
        (5, "名称", "新名"),
        (6, "地址", None),
    ]
    for row, heading, value in edits:
        sheet.cell(row, at[heading]).value = value
    file = io.BytesIO()
    book.save(file)
    found = read_list(file.getvalue(), "a.xlsx")
    ids = list(DEMO)
    assert edited(found, DEMO) == [
        (ids[0], "phone", "0516-83730000"),
        (ids[1], "drinking_water", "无"),
        (ids[2], "hours", "每天8:00-20:00"),
        (ids[3], "name", "新名"),
        (ids[4], "address", ""),
    ]
    assert found.revision == DEMO.revision
    assert found.baseline(sheet_of(found).rows[0]) == DEMO[ids[0]]


def test_the_workbook_offers_words_freezes_the_header_and_explains_itself() -> None:
    book = openpyxl.load_workbook(io.BytesIO(demo_workbook()))
    sheet, notes = book.worksheets
    assert "演示数据" in sheet.title
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", "A1:BG1003")
    baseline = sheet.cell(1, len(COLUMNS) + 1)
    assert baseline.value == "_基线"
    assert sheet.column_dimensions[baseline.column_letter].hidden
    assert {each.number_format for each in sheet[2] if each.value is not None} == {"@"}
    widths = [(each.min, each.max, each.number_format) for each in sheet.column_dimensions.values()]
    formatted = {at for first, last, form in widths if form == "@" for at in range(first, last + 1)}
    assert formatted == set(range(1, len(COLUMNS) + 2))  # what is typed into an empty cell is text, too
    offered = {str(each.sqref).split("2:")[0]: each.formula1 for each in sheet.data_validations.dataValidation}
    status = next(at for at, column in enumerate(COLUMNS, 1) if column.member == "status")
    assert "已撤销" in offered[sheet.cell(1, status).column_letter]
    said = [str(each.value) for row in notes for each in row if each.value]
    assert {"演示数据", DEMO.revision, "WGS-84", "2026-11-20"} <= set(said)
    headings = {column.heading() for column in COLUMNS if not column.code}
    assert headings <= set(said)
    assert book.custom_doc_props["stationmap.revision"].value == DEMO.revision


@pytest.mark.parametrize("language", LANGUAGES)
def test_geojson_is_a_canonical_registry_with_members_of_the_format_only(language: str) -> None:
    given = station("a1", 117.2, 34.2, source_columns={"x": "y"}, facilities={"toilet": True, "张三": True})
    registry = Registry((given, *DEMO.stations[:5], FULL), DEMO.meta, {"more": 1})
    data = exported(registry, ".geojson", language)
    found = read_list(data, "a.geojson")
    assert registries.dumps(registries.parse(data)) == data
    assert (found.revision, found.demo) == (registry.revision, True)
    assert b"source_columns" not in data and "张三".encode() not in data and b'"more"' not in data
    assert found.stations["full-1"] == FULL
    assert registries.parse(exported(DEMO, ".geojson")).stations == DEMO.stations


@pytest.mark.parametrize("ending", [".gpkg", ".fgb", ".parquet"])
def test_files_of_geographic_systems_hold_every_station_and_the_label(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    registry = real(*DEMO.stations, *hostile_registry().stations, FULL, title="演示", demo=True)
    path.write_bytes(exported(registry, ending))
    frame = gpd.read_parquet(path) if ending == ".parquet" else gpd.read_file(path)
    frame = frame.set_index("id").sort_index()
    assert list(frame.index) == list(registry)
    assert frame.crs.to_epsg() == 4326
    assert set(frame["label"]) == {"演示数据"}
    full = frame.loc["full-1"]
    assert (full["name"], full["services"][:10], full["phone"]) == ("满的站", "membership", "0516-83730000转8")
    assert (bool(full["has_drinking_water"]), bool(full["has_hot_water"])) == (True, False)
    assert frame.loc["h00", "name"] == HOSTILE[0]
    assert (full.geometry.x, full.geometry.y) == FULL.geometry.coordinates
    if ending != ".parquet":
        assert registry.revision in str(pyogrio.read_info(path)["layer_metadata"])


def test_a_missing_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(StationmapError, match=r"stationmap\[parquet\]"):
        exported(DEMO, ".parquet")


GPX = {"": "http://www.topografix.com/GPX/1/1"}
KML = {"": "http://www.opengis.net/kml/2.2"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_waypoints_say_in_words_what_a_visitor_should_know(language: str) -> None:
    registry = real(*hostile_registry().stations, FULL, title="名单", demo=True)
    gpx = ElementTree.fromstring(exported(registry, ".gpx", language))
    kml = ElementTree.fromstring(exported(registry, ".kml", language))
    label = translate(language, "app.demo")
    waypoints, placemarks = gpx.findall("wpt", GPX), kml.findall("Document/Placemark", KML)
    assert len(waypoints) == len(placemarks) == len(registry)
    assert label in str(gpx.findtext("metadata/name", namespaces=GPX)) and label in str(
        kml.findtext("Document/name", namespaces=KML)
    )
    for each, waypoint, placemark in zip(registry.stations, waypoints, placemarks, strict=True):
        lines = list(description(each, registry, language))
        assert lines[0] == label
        assert waypoint.findtext("desc", namespaces=GPX) == "\n".join(lines)
        html = placemark.findtext("description", namespaces=KML)
        assert html is not None and "<r>" not in html and "<b>" not in html
        assert [float(waypoint.get(name, "")) for name in ("lon", "lat")] == list(each.geometry.coordinates)
        name = str(waypoint.findtext("name", namespaces=GPX))
        assert each.name.split()[0].split("\u202e")[0] in name
        assert name == placemark.findtext("name", namespaces=KML)
        assert name.startswith("[") == (each.status != "open")


def test_a_text_as_long_as_a_cell_is_cut_there_whatever_it_is_made_of() -> None:
    registry = real(
        *(
            station(f"l{at}", 117.2, 34.2, directions=text)
            for at, text in enumerate(("<r>" + "x" * 32_750 + "</r>", "<r>" + "&" * 30_000 + "</r>", "😀" * 40_000))
        )
    )
    found = read_list(exported(registry, ".xlsx"), "a.xlsx")
    assert edited(found, registry) == []
    texts = [row.text("directions") for row in sheet_of(found).rows]
    assert max(len(text.encode("utf-16-le")) // 2 for text in texts) <= 32_767
    assert texts[0].startswith("<r>xxx") and texts[1].startswith("<r>&&&")


def test_more_stations_than_a_sheet_has_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stationmap.exchange.writers.workbook.MAX_ROWS", 1_001)
    with pytest.raises(StationmapError, match=r"\.csv"):
        exported(DEMO, ".xlsx")


def test_the_markup_of_the_library_is_text_like_any_other() -> None:
    assert workbook_text("<r>x</r>") == '<r><t xml:space="preserve">&lt;r&gt;x&lt;/r&gt;</t></r>'
    assert workbook_text("<r>x") == "<r>x"


@pytest.mark.parametrize("ending", LIST_ENDINGS)
def test_a_registry_without_stations_is_a_file_all_the_same(ending: str) -> None:
    data = exported(real(title="空", demo=True), ending)
    assert data
    if ending in (".xlsx", ".csv"):
        found = read_list(data, "a")
        assert (sheet_of(found).rows, found.demo) == ((), True)


@pytest.mark.parametrize("ending", LIST_ENDINGS)
def test_where_there_is_no_room_the_command_says_so_in_a_line_and_leaves_nothing(ending: str, tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000));"
        "from stationmap.cli import main; main()"
    )
    asked = [sys.executable, "-c", script, "export", str(tmp_path / f"a{ending}")]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    registry = tmp_path / "registry.geojson"
    shutil.copy(ROOT / "data" / "stations.geojson", registry)

    def run(*given: str) -> Any:
        return CliRunner().invoke(
            command, ["export", *(str(tmp_path / each) if "." in each else each for each in given)]
        )

    return run


def test_the_command_writes_the_form_of_the_ending_and_never_on_a_registry(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    done = run("a.csv", "--registry", "registry.geojson")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "演示数据" in done.stderr and "1,002" in done.stderr
    again = run("a.csv", "--registry", "registry.geojson")
    assert again.exit_code == 1 and "--force" in again.stderr
    assert run("a.csv", "--registry", "registry.geojson", "--force", "--lang", "en").exit_code == 0
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfID,Name,")
    onto = run("registry.geojson", "--registry", "registry.geojson", "--force")
    assert onto.exit_code == 1
    assert (tmp_path / "registry.geojson").read_bytes() == (ROOT / "data" / "stations.geojson").read_bytes()
    wrong = run("a.doc", "--registry", "registry.geojson")
    assert wrong.exit_code == 2 and ".xlsx" in wrong.stderr


def test_an_exported_workbook_makes_a_registry_anew_label_included(tmp_path: Path) -> None:
    list_, out = tmp_path / "list.xlsx", tmp_path / "new.geojson"
    list_.write_bytes(demo_workbook())
    asked = ["import", str(list_), str(out), "--datum", "wgs84"]
    done = CliRunner().invoke(command, asked)
    assert done.exit_code == 0, done.output
    made = load(out)
    assert made.demo
    assert [feature(each)["geometry"] for each in made.stations] == [
        feature(each)["geometry"] for each in DEMO.stations
    ]
    again = CliRunner().invoke(command, ["import", str(out), str(tmp_path / "b.geojson"), "--datum", "wgs84"])
    assert again.exit_code == 1 and "--into" in again.stderr
