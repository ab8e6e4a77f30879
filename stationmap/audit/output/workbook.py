"""Sheets as a workbook that people print and sort: a tab each, none of whose cells runs."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from stationmap.audit.output.tables import Sheet, Value, coded, format_of
from stationmap.formats.csv_safety import inert, workbook_text
from stationmap.i18n import translate

_NUMBER_FORMATS = {"degrees": "0.000000", "share": "0.0%", "whole": "#,##0", "tenth": "#,##0.0", "plain": "General"}
LINK = object()  # the form of a cell that holds an address made here, of which no part is anybody's text as it is
_MAX_TAB_NAME, _A4 = 31, 9  # of a tab; the number of the paper
_MAX_CELL_TEXT = 32_767
_LOOKED_AT = 200  # rows by which a column's width is chosen
_NUMBER_WIDTH, _MAX_WIDTH = 12, 50  # of a column, in letters


def workbook_of(sheets: Sequence[Sheet], basis: Sequence[tuple[str, str]], *, comment: str, language: str) -> bytes:
    """Return a workbook: a tab a sheet, and one of what the figures rest on. The same sheets, the same bytes."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        # Otherwise the moment of writing would make every file another one.
        book.set_properties({"created": datetime(2000, 1, 1), "comments": comment})  # noqa: DTZ001
        for sheet in sheets:
            _add_tab(book, sheet, language)
        _add_basis(book, basis, language)
    return file.getvalue()


def _add_tab(book: Any, sheet: Sheet, language: str) -> None:
    tab = book.add_worksheet(translate(language, f"audit.sheet.{sheet.name}")[:_MAX_TAB_NAME])
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    formats = {name: book.add_format({"num_format": form}) for name, form in _NUMBER_FORMATS.items()}
    for at, column in enumerate(sheet.columns):
        tab.write_string(0, at, sheet.heading(column, language), bold)
        texts = [
            sheet.heading(column, language),
            *(coded(column, row[at], language) for row in sheet.rows[:_LOOKED_AT]),
        ]
        tab.set_column(at, at, min(max(map(_width, texts), default=0) + 2, _MAX_WIDTH))
    for number, row in enumerate(sheet.rows, start=1):
        for at, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            form = LINK if column == "map_link" else formats[format_of(column)]
            _write(tab, number, at, coded(column, value, language), form)
    tab.freeze_panes(1, 0)
    tab.set_landscape()
    tab.set_paper(_A4)
    tab.fit_to_pages(1, 0)
    tab.repeat_rows(0)
    if sheet.rows:
        tab.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)


def _width(value: Value) -> int:
    """Return how many Latin letters wide a cell is; a Chinese sign is two."""
    if not isinstance(value, str):
        return _NUMBER_WIDTH
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in value)


def _write(tab: Any, row: int, column: int, value: Value, form: Any) -> None:
    if isinstance(value, bool):
        tab.write_boolean(row, column, value)
    elif isinstance(value, str) and form is LINK:
        tab.write_url(row, column, value)
    elif isinstance(value, str):
        # As a string whatever it begins with: what has that type is no formula, and needs no apostrophe.
        tab.write_string(row, column, workbook_text(inert(value)[:_MAX_CELL_TEXT]))
    elif value is not None and math.isfinite(value):
        tab.write_number(row, column, value, form)


def _add_basis(book: Any, basis: Sequence[tuple[str, str]], language: str) -> None:
    tab = book.add_worksheet(translate(language, "audit.sheet.basis")[:_MAX_TAB_NAME])
    bold = book.add_format({"bold": True})
    tab.set_column(0, 0, 24)
    tab.set_column(1, 1, 100)
    for row, (label, text) in enumerate(basis):
        tab.write_string(row, 0, label, bold)
        tab.write_string(row, 1, workbook_text(text[:_MAX_CELL_TEXT]))
