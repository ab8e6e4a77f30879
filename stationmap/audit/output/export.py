"""Sheets as files: JSON, GeoJSON, CSV and XLSX, each saying what its figures rest on, none running in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, assert_never

import orjson
import shapely

from stationmap.audit.demand.census import NAME as CENSUS
from stationmap.audit.output.tables import Sheet, Value, coded
from stationmap.audit.output.ways import reach_words, ways_lines
from stationmap.defaults import EXPORT_ENDINGS, MAP_ENDINGS, ExportEnding
from stationmap.errors import InvalidAuditError
from stationmap.formats.csv_safety import cell, inert
from stationmap.i18n import DEFAULT_LANGUAGE, translate

Stated = dict[str, Any]
"""What figures rest on, as `Study.stated` returns it."""

SHUT_NAMED = 30
DECIMALS = 7  # of a degree: a centimetre


def json_of(sheets: Sequence[Sheet], stated: Stated, language: str = DEFAULT_LANGUAGE) -> bytes:  # noqa: ARG001
    """Return what is stated and, under the name of each sheet, its rows as objects; numbers unrounded."""
    document = stated | {sheet.name: [_finite(record) for record in sheet.records()] for sheet in sheets}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def mapped_of(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return the sheets whose rows have places; InvalidAuditError where none has."""
    mapped = [sheet for sheet in sheets if sheet.places is not None]
    if not mapped:
        raise InvalidAuditError("this outcome has no places: take .json, .csv or .xlsx")
    return mapped


def geojson_of(sheets: Sequence[Sheet], stated: Stated, language: str = DEFAULT_LANGUAGE) -> bytes:  # noqa: ARG001
    """Return the rows that have a place as a FeatureCollection, WGS-84; InvalidAuditError where none has."""
    mapped = mapped_of(sheets)
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


def gpkg_of(sheets: Sequence[Sheet], stated: Stated, language: str = DEFAULT_LANGUAGE) -> bytes:
    """Return a GeoPackage, a layer a sheet that has places, WGS-84; InvalidAuditError where none has."""
    from stationmap.audit.output.geopackage import geopackage_of  # heavy, and of no use to the process of riders

    return geopackage_of(sheets, basis(stated, language), language)


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
    from stationmap.audit.output.workbook import workbook_of  # the process that serves riders has no use for it

    return workbook_of(sheets, basis_lines(stated, language), comment=short_basis(stated, language), language=language)


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
            return Form(geojson_of, "application/geo+json", needs_places=ending in MAP_ENDINGS)
        case ".gpkg":
            return Form(gpkg_of, "application/geopackage+sqlite3", needs_places=ending in MAP_ENDINGS)
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
        "radius": _reach(parameters, language),
        **ways_lines(stated, language),
        "cell": in_words("cell_m", lambda cell_m: f"{cell_m:g} m"),
        "at": in_words("at", lambda at: _moment(at) or translate(language, "audit.basis.any_time")),
        "day": parameters.get("day"),
        "shut": _shut(stated.get("shut", ()), language),
        "locked_doors": locked_doors_told(stated, language),
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


_TOLD = (
    *("radius_m", "by", "travel", "minutes", "cell_m", "at", "day", "week_of"),
    *("categories", "facilities", "who", "districts", "demand"),
)


def _reach(parameters: Mapping[str, Any], language: str) -> str | None:
    """Return how far stations serve; None where it has no part in what was worked out."""
    if parameters.get("by") == "network":
        return reach_words(parameters, language)
    return f"{parameters['radius_m']:,g} m" if "radius_m" in parameters else None


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


def locked_doors_told(stated: Stated, language: str) -> str:
    """Return what is known of locked doors, also that nothing is; empty where nobody looked."""
    doors = stated.get("locked_doors")
    if doors is None:
        return ""
    key = "locked_doors_told" if doors["stations"] else "locked_doors_none"
    return translate(language, f"audit.basis.{key}", **{name: f"{value}" for name, value in doors.items()})


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
