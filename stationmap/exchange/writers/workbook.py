"""A registry as a workbook that a colleague edits and gives back: which cells were changed is seen by its baseline.

Every cell is text, and every column formatted as text, so that neither Excel nor WPS nor LibreOffice changes what is
typed: 001 keeps its zeros, 10/5 becomes no date. The last column, hidden, holds each station as it was.
"""

from __future__ import annotations

import re
import tempfile
from datetime import date, datetime
from typing import IO, Any, NamedTuple

from stationmap.csv_reader.vocabulary import FACILITY
from stationmap.errors import FileError, ProgressCallback, StationmapError
from stationmap.exchange.columns import COLUMNS, MAX_CELL_TEXT, Column
from stationmap.exchange.exported import (
    BASELINE,
    DATUM,
    DATUM_PROPERTY,
    DEMO_PROPERTY,
    REVISION_PROPERTY,
    baseline_line,
)
from stationmap.exchange.writers.sheet_notes import SEVERAL, lines, valid_words
from stationmap.exchange.writers.table import EVERY
from stationmap.exchange.writers.until_full import UntilFull
from stationmap.formats.csv_safety import inert, workbook_text
from stationmap.i18n import translate
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry

MAX_ROWS = 1_048_575  # below the header
NEW_ROWS = 1_000
"""Rows below the stations in which words are offered as well."""

_NOTE_WIDTHS = (18, 70, 60)
_LINE_POINTS = 16
_PRINTED = 10  # columns
_A4 = 9
_MAX_LIST = 255  # characters of a list of valid words
_NOT_XML = re.compile("[\ufffe\uffff]")
_WIDTHS = {
    "id": 16, "name": 42, "category": 18, "district": 10, "address": 32, "status": 10, "hours": 32, "phone": 18,
    "access": 14, "how": 14, "access_note": 18, "directions": 22, "lon": 12, "lat": 12, "services": 24, "closures": 24,
    "host": 22, "managed_by": 20, "level": 9, "capacity": 9, "area_m2": 10, "opened": 12, "verified_on": 12,
    "verified_by": 11, "verified_how": 12, "photo": 20, "aliases": 22, "name_en": 26, "hours_osm": 28, "origin": 11,
    "source_datum": 10, FACILITY: 8,
}  # fmt: skip
_BLUE, _GREEN, _GREY, _RED = "#DCE6F1", "#E2EFDA", "#EDEDED", "#C00000"


class _Look(NamedTuple):
    """The formats of a workbook."""

    text: Any
    heads: dict[str, Any]
    wrapped: Any
    title: Any
    warning: Any


def write_workbook(registry: Registry, file: IO[bytes], language: str, on_progress: ProgressCallback) -> None:
    """Write an .xlsx workbook; the same registry gives the same bytes. Memory does not grow with the stations.

    Raises StationmapError where there are more stations than a sheet has rows.
    """
    import xlsxwriter  # not needed by the process that serves riders

    if len(registry) > MAX_ROWS:
        raise StationmapError(
            f"站点太多，工作表放不下，请用 .csv: {len(registry):,} stations, a sheet has {MAX_ROWS:,} rows: take .csv"
        )
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    taken = UntilFull(file)
    try:
        with xlsxwriter.Workbook(taken, options) as book:
            _say_what_it_is(book, registry, language)
            look = _look(book)
            _add_stations(book, registry, language, look, on_progress)
            _add_notes(book, registry, language, look)
    except xlsxwriter.exceptions.FileCreateError as error:  # rows wait in files of its own, in the temporary folder
        raise FileError(
            f"{tempfile.gettempdir()}: 写不成，可能已满 cannot be written, perhaps it is full: {error}"
        ) from error
    if taken.error:
        raise taken.error
    on_progress(1.0, "")


def _say_what_it_is(book: Any, registry: Registry, language: str) -> None:
    label = translate(language, "app.demo") if registry.demo else ""
    # Otherwise the moment of writing would make every file another one.
    made_on = registry.meta.updated or date(2000, 1, 1)
    book.set_properties(
        {
            "title": inert(registry.meta.title or "")[:255],
            "subject": label,
            "comments": " ".join(filter(None, (label, REVISION_PROPERTY, registry.revision, DATUM))),
            "created": datetime(made_on.year, made_on.month, made_on.day),  # noqa: DTZ001
        }
    )
    book.set_custom_property(REVISION_PROPERTY, registry.revision)
    book.set_custom_property(DATUM_PROPERTY, DATUM)
    if registry.demo:
        book.set_custom_property(DEMO_PROPERTY, label)


def _look(book: Any) -> _Look:
    head = {"bold": True, "text_wrap": True, "valign": "vcenter", "num_format": "@", "bottom": 1}
    colours = {"": _BLUE, FACILITY: _GREEN, "hours_osm": _GREY, "origin": _GREY, "source_datum": _GREY}
    return _Look(
        book.add_format({"num_format": "@", "valign": "top"}),
        {member: book.add_format({**head, "bg_color": colour}) for member, colour in colours.items()},
        book.add_format({"num_format": "@", "valign": "top", "text_wrap": True}),
        book.add_format({"bold": True, "valign": "top", "text_wrap": True, "bg_color": _BLUE}),
        book.add_format({"bold": True, "valign": "top", "text_wrap": True, "font_color": _RED}),
    )


def _add_stations(book: Any, registry: Registry, language: str, look: _Look, on_progress: ProgressCallback) -> None:
    sheet = book.add_worksheet(translate(language, "export.sheet_demo" if registry.demo else "export.sheet"))
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, _WIDTHS[column.member], look.text)
        _offer_words(sheet, at, column, registry, language)
    sheet.set_column(len(COLUMNS), len(COLUMNS), 10, look.text, {"hidden": True})
    sheet.freeze_panes(1, 2)
    # With the hidden column: sorting must move each baseline with its row.
    sheet.autofilter(0, 0, max(1, len(registry)), len(COLUMNS))
    # Numbers are text on purpose: no green corner need warn of it.
    sheet.ignore_errors({"number_stored_as_text": f"A1:{_last_cell(registry)}"})
    # On paper, what fits on one sheet across: up to how one gets in.
    sheet.print_area(0, 0, len(registry), _PRINTED - 1)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    label = translate(language, "app.demo") if registry.demo else ""
    sheet.set_footer(f"&L{label}&R{registry.revision}  &P/&N")
    sheet.set_row(0, 33)
    for at, column in enumerate(COLUMNS):
        sheet.write_string(0, at, column.heading(language), look.heads.get(column.member, look.heads[""]))
    sheet.write_string(0, len(COLUMNS), translate(language, f"column.{BASELINE}"), look.heads[""])
    for row, station in enumerate(registry.stations, 1):
        if row % EVERY == 1:
            on_progress(row / len(registry), "")
        for at, column in enumerate(COLUMNS):
            if text := column.text_of(station, language):
                sheet.write_string(row, at, workbook_text(text))
        sheet.write_string(row, len(COLUMNS), _baseline(station))


def _last_cell(registry: Registry) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    last: str = xl_rowcol_to_cell(len(registry) + NEW_ROWS, len(COLUMNS))
    return last


def _offer_words(sheet: Any, at: int, column: Column, registry: Registry, language: str) -> None:
    """Offer the valid words in a list, and ask before anything else is taken: other words are understood too."""
    words = valid_words(column, registry, language)
    if not words or column.member in SEVERAL or sum(map(len, words)) + len(words) > _MAX_LIST:
        return
    offer = {
        "validate": "list",
        "source": list(words),
        "error_type": "warning",
        "error_title": column.heading(language)[:32],
        "error_message": translate(language, "export.other_word"),
    }
    sheet.data_validation(1, at, len(registry) + NEW_ROWS, at, offer)


def _baseline(station: Station) -> str:
    """Return the line of a station as a cell can hold it; nothing where it is too long for one."""
    text = _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", baseline_line(station).decode())
    return text if len(text.encode("utf-16-le")) <= 2 * MAX_CELL_TEXT else ""


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column; Chinese signs are as wide as two others."""
    return 1 + sum(1 if char.isascii() else 2 for char in text) // width


def _add_notes(book: Any, registry: Registry, language: str, look: _Look) -> None:
    sheet = book.add_worksheet(translate(language, "export.notes"))
    for at, width in enumerate(_NOTE_WIDTHS):
        sheet.set_column(at, at, width, look.wrapped)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    for row, line in enumerate(lines(registry, language, registry.meta.updated)):
        is_warning = line.is_title and not line.words and row == 0 and registry.demo
        form = look.warning if is_warning else look.title if line.is_title else look.wrapped
        texts = (line.about, line.text, line.words)
        # Not every program makes room for wrapped text by itself.
        sheet.set_row(row, _LINE_POINTS * max(map(_lines, texts, _NOTE_WIDTHS)))
        for at, text in enumerate(texts):
            if text or line.is_title:
                sheet.write_string(row, at, workbook_text(text), form)
