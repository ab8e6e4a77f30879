"""Sheets as files: JSON, GeoJSON, CSV and XLSX, each saying what its figures rest on, none running in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, assert_never

import orjson
import shapely

from stationmap.audit.demand.census import NAME as CENSUS
from stationmap.audit.output.tables import Sheet, Value, coded, format_of
from stationmap.defaults import EXPORT_ENDINGS, ExportEnding
from stationmap.errors import InvalidAuditError
from stationmap.formats.csv_safety import cell, inert, workbook_text
from stationmap.i18n import DEFAULT_LANGUAGE, translate

Stated = dict[str, Any]
"""What figures rest on, as `Study.stated` returns it."""

SHUT_NAMED = 30
DECIMALS = 7  # of a degree: a centimetre
_NUMBER_FORMATS = {"degrees": "0.000000", "share": "0.0%", "whole": "#,##0", "tenth": "#,##0.0", "plain": "General"}
LINK = object()  # the form of a cell that holds an address made here, of which no part is anybody's text as it is
_MAX_TAB_NAME, _A4 = 31, 9  # of a tab; the number of the paper
_MAX_CELL_TEXT = 32_767
_LOOKED_AT = 200  # rows by which a column's width is chosen
_NUMBER_WIDTH, _MAX_WIDTH = 12, 50  # of a column, in letters


def json_of(sheets: Sequence[Sheet], stated: Stated, language: str = DEFAULT_LANGUAGE) -> bytes:  # noqa: ARG001
    """Return what is stated and, under the name of each sheet, its rows as objects; numbers unrounded."""
    document = stated | {sheet.name: [_finite(record) for record in sheet.records()] for sheet in sheets}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def geojson_of(sheets: Sequence[Sheet], stated: Stated, language: str = DEFAULT_LANGUAGE) -> bytes:  # noqa: ARG001
    """Return the rows that have a place as a FeatureCollection, WGS-84; InvalidAuditError where none has."""
    mapped = [sheet for sheet in sheets if sheet.places is not None]
    if not mapped:
        raise InvalidAuditError("this outcome has no places: take .json, .csv or .xlsx")
    features = [
        {
            "type": "Feature",
            "geometry": _geometry(place),
            "properties": _finite({"sheet": sheet.name, **record}),
        }
        for sheet in mapped
        for record, place in zip(sheet.records(), sheet.places or (), strict=True)
    ]
    return orjson.dumps({"type": "FeatureCollection", **stated, "features": features}, option=orjson.OPT_APPEND_NEWLINE)


def csv_of(sheets: Sequence[Sheet], stated: Stated, language: str = DEFAULT_LANGUAGE) -> bytes:
    """Return the first sheet as UTF-8 CSV under headings in words; the end of its first row says what it rests on.

    Once, and in a column of its own: every row has as many cells as the header, and none repeats the rest.
    """
    sheet = sheets[0]
    file = io.StringIO()
    # A byte order mark: without one spreadsheets take Chinese for another encoding.
    file.write("\ufeff")
    writer = csv.writer(file, lineterminator="\r\n")
    headings = [sheet.heading(column, language) for column in sheet.columns]
    writer.writerow([cell(text) for text in (*headings, translate(language, "audit.sheet.basis"))])
    rows = sheet.rows or ((None,) * len(sheet.columns),)
    for row, note in zip(rows, (basis(stated, language), *[""] * (len(rows) - 1)), strict=True):
        values = [coded(column, value, language) for column, value in zip(sheet.columns, row, strict=True)]
        writer.writerow([cell(value) for value in (*values, note)])
    return file.getvalue().encode()


def xlsx_of(sheets: Sequence[Sheet], stated: Stated, language: str = DEFAULT_LANGUAGE) -> bytes:
    """Return a workbook: a tab a sheet, and one that says what the figures rest on. The same sheets, the same bytes."""
    import xlsxwriter  # the process that serves riders has no use for it

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        # Otherwise the moment of writing would make every file another one.
        book.set_properties({"created": datetime(2000, 1, 1), "comments": short_basis(stated, language)})  # noqa: DTZ001
        for sheet in sheets:
            _add_tab(book, sheet, language)
        _add_basis(book, stated, language)
    return file.getvalue()


class Form(NamedTuple):
    """A form of file: how sheets, and what they rest on, are written in it, and what it is called on the web."""

    write: Callable[[Sequence[Sheet], Stated, str], bytes]
    media_type: str
    needs_places: bool = False
    """Whether only outcomes that have a map can be written in it."""
    is_for_programs: bool = False
    """Whether it is of use to programs only; people on the page are not offered it."""


def _form(ending: ExportEnding) -> Form:
    match ending:
        case ".json":
            return Form(json_of, "application/json", is_for_programs=True)
        case ".geojson":
            return Form(geojson_of, "application/geo+json", needs_places=True)
        case ".csv":
            return Form(csv_of, "text/csv; charset=utf-8")
        case ".xlsx":
            return Form(xlsx_of, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        case _:
            assert_never(ending)


FORMS: dict[str, Form] = {ending: _form(ending) for ending in EXPORT_ENDINGS}
"""How sheets become a file, by the ending of its name."""


def offered_endings(*, has_places: bool) -> tuple[str, ...]:
    """Return the endings of files a person may choose from, what most people want first."""
    return tuple(
        ending
        for ending, form in reversed(FORMS.items())
        if not form.is_for_programs and (has_places or not form.needs_places)
    )


def file_of(ending: str, sheets: Sequence[Sheet], stated: Stated, language: str = DEFAULT_LANGUAGE) -> bytes:
    """Return the file of an ending such as `.csv`; InvalidAuditError for one there is no form for."""
    if ending.lower() not in FORMS:
        raise InvalidAuditError(f"no file form for {ending!r}: take one of {', '.join(FORMS)}")
    return FORMS[ending.lower()].write(sheets, stated, language)


def with_parameters(stated: Stated, more: Mapping[str, Any]) -> Stated:
    """Return what is stated with further parameters."""
    return stated | {"parameters": stated["parameters"] | more}


def basis_lines(stated: Stated, language: str) -> list[tuple[str, str]]:
    """Return what figures rest on as labels and texts, one line each, without what has no part in them.

    Where nobody was counted, `stated["demand"]` is None.
    """
    registry, demand, parameters = stated["registry"], stated["demand"], stated["parameters"]
    none = translate(language, "audit.basis.any")

    def in_words(name: str, words: Callable[[Any], str | None]) -> str | None:
        return words(parameters[name]) if name in parameters else None

    values = {
        "label": _label(stated, language),
        "registry": f"{registry['title'] or ''} {registry['revision']}".strip(),
        "updated": registry["updated"],
        "stations": f"{registry['stations']:,}",
        **(_people(demand, language) if demand else {}),
        "radius": in_words("radius_m", lambda radius_m: f"{radius_m:,g} m"),
        "cell": in_words("cell_m", lambda cell_m: f"{cell_m:g} m"),
        "at": in_words("at", lambda at: _moment(at) or translate(language, "audit.basis.any_time")),
        "day": parameters.get("day"),
        "shut": _shut(stated.get("shut", ()), language),
        "week_of": parameters.get("week_of"),
        "categories": in_words("categories", lambda codes: _labels("category", codes, language) or none),
        "facilities": in_words("facilities", lambda codes: _labels("facility", codes, language) or none),
        "who": in_words("who", lambda codes: _labels("who", codes, language)),
        "districts": in_words("districts", lambda codes: _labels("district", codes, language)),
        "made_on": stated["made_on"],
    }
    values |= {
        key: translate(language, f"audit.{'yes' if value else 'no'}")
        if isinstance(value, bool)
        else _plain(coded(key, value, language))
        for key, value in parameters.items()
        if key not in _TOLD
    }
    return [(translate(language, f"audit.basis.{key}"), inert(str(text))) for key, text in values.items() if text]


_TOLD = ("radius_m", "cell_m", "at", "day", "week_of", "categories", "facilities", "who", "districts", "demand")


def _people(demand: Mapping[str, Any], language: str) -> dict[str, str]:
    between = translate(language, "audit.separator.semicolon")
    return {
        "demand": _source(demand, language),
        "people": f"{demand['people']:,.0f}",
        "notes": between.join(demand["notes"][language]),
    }


def _source(demand: Mapping[str, Any], language: str) -> str:
    """Return what kind of demand it is; for a file, its name too."""
    kind = translate(language, f"audit.source.{demand['kind']}")
    return kind if demand["name"] == CENSUS else f"{kind} {demand['name']}"


def _label(stated: Stated, language: str) -> str | None:
    """Return the words for invented stations, where they are; in JSON the label stays the registry's."""
    return translate(language, "app.demo") if "label" in stated else None


def _shut(names: Sequence[str], language: str) -> str:
    """Return how many stations closures shut, and the first of them by name."""
    listed = translate(language, "list.separator").join(names[:SHUT_NAMED]) + ("…" if len(names) > SHUT_NAMED else "")
    return translate(language, "audit.basis.shut_told", count=f"{len(names):,}", names=listed) if names else ""


def _moment(at: str | None) -> str | None:
    return at and at.replace("T", " ").removesuffix("+08:00")


def _plain(value: Value) -> str:
    return f"{value:,.10g}" if isinstance(value, (int, float)) else str(value)


def basis(stated: Stated, language: str = DEFAULT_LANGUAGE) -> str:
    """Return what figures rest on as one line."""
    between = translate(language, "audit.separator.colon")
    return translate(language, "audit.separator.semicolon").join(
        f"{label}{between}{text}" for label, text in basis_lines(stated, language)
    )


def short_basis(stated: Stated, language: str) -> str:
    """Return label and revision, which fit where a file has one line for itself."""
    return " ".join(
        filter(
            None,
            (
                _label(stated, language),
                translate(language, "audit.basis.registry"),
                stated["registry"]["revision"],
            ),
        )
    )


def _labels(prefix: str, codes: Sequence[str], language: str) -> str:
    return translate(language, "list.separator").join(translate(language, f"{prefix}.{code}") for code in codes)


def _finite(record: dict[str, Value]) -> dict[str, Value]:
    """Return a record as JSON can hold it: no infinity, no text that is not Unicode."""
    return {
        key: None
        if isinstance(value, float) and not math.isfinite(value)
        else value.encode("utf-8", "replace").decode()
        if isinstance(value, str)
        else value
        for key, value in record.items()
    }


def _geometry(place: Any) -> Any:
    return orjson.loads(shapely.to_geojson(shapely.transform(place, lambda degrees: degrees.round(DECIMALS))))


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


def _add_basis(book: Any, stated: Stated, language: str) -> None:
    tab = book.add_worksheet(translate(language, "audit.sheet.basis")[:_MAX_TAB_NAME])
    bold = book.add_format({"bold": True})
    tab.set_column(0, 0, 24)
    tab.set_column(1, 1, 100)
    for row, (label, text) in enumerate(basis_lines(stated, language)):
        tab.write_string(row, 0, label, bold)
        tab.write_string(row, 1, workbook_text(text[:_MAX_CELL_TEXT]))
