"""A registry that is exported and given back: nothing changes but the cells that people edited."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from openpyxl.worksheet.worksheet import Worksheet

from stationmap.datum import Datum
from stationmap.editing import changed_fields
from stationmap.editing.list_import import ImportPreview
from stationmap.editing.published import published
from stationmap.exchange.export import export
from stationmap.exchange.lists import read_list
from stationmap.i18n import LANGUAGES
from stationmap.registry.adcodes import known_districts
from stationmap.registry.csv_import.importer import import_csv
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.registry import Registry
from stationmap.registry.revision import line
from tests.test_import_preview import (
    DEMO,
    FULL,
    applied,
    counts,
    fields,
    full,
    preview_of,
    registries,
    registry_of,
)

FORMS = (".xlsx", ".csv", ".geojson")


def exported(registry: Registry, form: str = ".xlsx", language: str = "zh") -> bytes:
    file = io.BytesIO()
    export(registry, form, file, language)
    return file.getvalue()


def given_back(data: bytes, registry: Registry, form: str = ".xlsx") -> ImportPreview:
    return preview_of(read_list(data, f"list{form}", known=registry), registry)


class Sheet:
    """The first sheet of a workbook, by headings and ids, as somebody edits it."""

    def __init__(self, data: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(data))
        self.sheet: Worksheet = self.book.worksheets[0]
        self.columns = {cell.value: cell.column for cell in self.sheet[1]}
        self.rows = {self.sheet.cell(row, self.columns["编号"]).value: row for row in range(2, self.sheet.max_row + 1)}

    def put(self, station_id: str, heading: str, value: Any) -> None:
        self.sheet.cell(self.rows[station_id], self.columns[heading]).value = value

    def bytes(self) -> bytes:
        file = io.BytesIO()
        self.book.save(file)
        return file.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_the_demonstration_comes_back_unchanged(form: str, language: str) -> None:
    assert counts(given_back(exported(DEMO, form, language), DEMO, form)) == {"unchanged": 1002}


@pytest.mark.parametrize("form", FORMS)
def test_into_an_empty_registry_it_is_what_was_published(form: str) -> None:
    empty = Registry((), DEMO.meta)
    preview = given_back(exported(DEMO, form), empty, form)
    assert counts(preview) == {"added": 1002, "unchanged": 0}
    after = applied(preview, empty)
    assert [change for one in DEMO.stations for change in changed_fields(published(one), after[one.id])] == []
    if form != ".csv":  # whose columns have facilities in an order of their own
        assert [one.id for one in DEMO.stations if line(after[one.id]) != line(published(one))] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_real_list_comes_back_unchanged(form: str, shared_data: Path) -> None:
    data = (shared_data / "zhengzhou" / "union_stations_82_gcj02.csv").read_bytes()
    options = ImportOptions(datum=Datum.GCJ02, districts=known_districts())
    registry = import_csv(data, options).registry
    assert counts(given_back(exported(registry, form), registry, form)) == {"unchanged": 82}
    assert counts(preview_of(data, registry, datum=Datum.GCJ02)) == {"unchanged": 82}


@pytest.mark.parametrize("form", [".csv", ".geojson"])
@given(registry=registries())
def test_whatever_a_registry_holds_comes_back_unchanged(form: str, registry: Registry) -> None:
    if registry.stations:
        assert counts(given_back(exported(registry, form), registry, form)) == {"unchanged": len(registry)}


@settings(max_examples=10)  # a process reads each workbook
@given(registry=registries())
def test_whatever_a_registry_holds_comes_back_unchanged_in_a_workbook(registry: Registry) -> None:
    if registry.stations:
        assert counts(given_back(exported(registry), registry)) == {"unchanged": len(registry)}


def test_five_cells_edited_in_a_workbook_are_five_changes_of_fields() -> None:
    ids = [one.id for one in DEMO.stations[:5]]
    sheet = Sheet(exported(DEMO))
    edits = {"电话": 83730000, "容纳人数": 20, "核对日期": date(2026, 11, 29), "空调": "√", "名称": "新名"}
    for station_id, (heading, value) in zip(ids, edits.items(), strict=True):
        sheet.put(station_id, heading, value)
    preview = given_back(sheet.bytes(), DEMO)
    assert counts(preview) == {"changed": 5, "unchanged": 997}
    assert {key: after for key, (_, after) in fields(preview).items()} == {
        f"{ids[0]} phone": "83730000",
        f"{ids[1]} capacity": "20",
        f"{ids[2]} verified": "2026-11-29",
        f"{ids[3]} facilities.air_conditioning": "有",
        f"{ids[4]} name": "新名",
    }


def test_a_workbook_of_last_month_keeps_what_others_changed_since() -> None:
    then = registry_of(full(), full("QS-002", 117.23), full("QS-003", 117.25))
    sheet = Sheet(exported(then))
    sheet.put("QS-001", "电话", "0516-2")
    sheet.put("QS-002", "电话", "0516-2")
    others = full(name="别人改的", hours="24/7", hours_source="24小时"), full("QS-002", 117.23, phone="0516-9")
    now = registry_of(*others, full("QS-003", 117.25, capacity=99))
    preview = given_back(sheet.bytes(), now)
    assert counts(preview) == {"changed": 1, "conflict": 1, "unchanged": 1}
    after = applied(preview, now)
    assert line(after["QS-001"]) == line(full(name="别人改的", hours="24/7", hours_source="24小时", phone="0516-2"))
    assert [after[each] for each in ("QS-002", "QS-003")] == [now[each] for each in ("QS-002", "QS-003")]


def as_numbers(sheet: Sheet) -> None:
    for row in sheet.rows.values():
        cell = sheet.sheet.cell(row, sheet.columns["编号"])
        cell.value = int(cell.value)


def sorted_otherwise(sheet: Sheet) -> None:
    first, last = 2, sheet.sheet.max_row
    for column in range(1, sheet.sheet.max_column + 1):
        one, other = sheet.sheet.cell(first, column), sheet.sheet.cell(last, column)
        one.value, other.value = other.value, one.value


def without_hidden_columns(sheet: Sheet) -> None:
    sheet.sheet.delete_cols(sheet.columns["_基线"])


def with_blank_rows(sheet: Sheet) -> None:
    sheet.sheet.cell(sheet.sheet.max_row + 5, 3).value = "  "


@pytest.mark.parametrize("change", [sorted_otherwise, without_hidden_columns, with_blank_rows])
def test_what_people_do_to_a_workbook_besides_changes_nothing(change: Callable[[Sheet], None]) -> None:
    registry = registry_of(*(full(f"{number:03}", 117 + number / 50) for number in range(1, 6)))
    sheet = Sheet(exported(registry))
    change(sheet)
    assert counts(given_back(sheet.bytes(), registry)) == {"unchanged": 5}


def test_ids_that_lost_their_zeros_are_asked_about_one_by_one() -> None:
    registry = registry_of(*(full(f"{number:03}", 117 + number / 50) for number in range(1, 6)))
    sheet = Sheet(exported(registry))
    as_numbers(sheet)
    preview = given_back(sheet.bytes(), registry)
    assert counts(preview) == {"duplicate": 5, "unchanged": 0}
    assert [row.likely[0].station_id for row in preview.groups["duplicate"]] == list(registry)
    identities = {str(number): f"{number:03}" for number in range(1, 6)}
    decided = preview_of(read_list(sheet.bytes(), "list.xlsx", known=registry), registry, identities=identities)
    assert counts(decided) == {"unchanged": 5}


def test_a_row_that_was_copied_is_a_new_station() -> None:
    registry = registry_of(full(), full("QS-002", 117.23))
    sheet = Sheet(exported(registry))
    row = sheet.sheet.max_row + 1
    for column in range(1, sheet.sheet.max_column + 1):
        sheet.sheet.cell(row, column).value = sheet.sheet.cell(2, column).value
    sheet.rows["NEW"] = row
    cells = {"编号": "NEW", "名称": "另一条街驿站", "电话": "0516-7", "经度(WGS-84)": "117.3", "纬度(WGS-84)": "34.2"}
    for heading, value in cells.items():
        sheet.put("NEW", heading, value)
    preview = given_back(sheet.bytes(), registry)
    assert counts(preview) == {"added": 1, "unchanged": 2}
    new = applied(preview, registry)["NEW"]
    assert (new.properties.hours, new.facilities) == (FULL["hours"], FULL["facilities"])
    assert "source_columns" not in (new.properties.model_extra or {})


def test_a_date_that_a_spreadsheet_made_of_hours_refuses_its_row_with_a_sentence() -> None:
    registry = registry_of(full(), full("QS-002", 117.23))
    sheet = Sheet(exported(registry))
    sheet.put("QS-001", "开放时间", date(2026, 10, 5))
    preview = given_back(sheet.bytes(), registry)
    assert counts(preview) == {"rejected": 1, "unchanged": 1}
    (fault,) = preview.groups["rejected"][0].faults
    assert (fault.column, fault.code) == ("开放时间", "cell_reformatted")


def test_cells_that_look_like_formulas_stay_texts() -> None:
    registry = registry_of(full(address="=1+1", directions="@楼下\n=HYPERLINK(1)", phone="+86 516 83730001", host="-"))
    for form in FORMS:
        assert counts(given_back(exported(registry, form), registry, form)) == {"unchanged": 1}
