"""A preview as plain values, for JSON and pages: codes for programs, and words for people in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stationmap.editing.field_words import change_in_words, heading, value_in_words
from stationmap.editing.fields import field_name
from stationmap.editing.list_import.changed_cells import CellFault
from stationmap.editing.list_import.column_mapping import understood
from stationmap.editing.list_import.groups import Group, ImportPreview, Likely, ListConflict, PreviewRow
from stationmap.editing.list_import.listed_rows import ListToImport, Where
from stationmap.errors import Finding
from stationmap.i18n import DEFAULT_LANGUAGE, catalogue, translate
from stationmap.registry.adcodes import known_districts

Document = dict[str, Any]


def preview_document(preview: ImportPreview, language: str = DEFAULT_LANGUAGE) -> Document:
    """Return a preview as plain values: a member a group, `unchanged` as a count, and what is said of whole lists."""
    groups: Document = {group: [_row(group, row, language) for row in rows] for group, rows in preview.groups.items()}
    return {
        "revision": preview.revision,
        "demo": preview.demo,
        "files": [_list(listed, language) for listed in preview.lists],
        "datum_findings": [_finding(each, language) for each in preview.datum_findings],
        **groups,
        "unchanged": preview.unchanged,
        "findings": [_finding(each, language) for each in preview.findings],
    }


def fault_in_words(fault: CellFault, language: str = DEFAULT_LANGUAGE) -> Document:
    """Return what is wrong with a cell, and how to mend it."""
    return {
        "column": fault.column or None,
        "code": fault.code,
        "why": f"{translate(language, f'finding.{fault.code}')}: {fault.detail}",
        "mend": _mend(fault, language),
    }


def reasons_in_words(likely: Likely, language: str = DEFAULT_LANGUAGE) -> list[str]:
    """Return why a row may be a station."""
    return [translate(language, f"likeness.{reason}") for reason in likely.reasons]


def _mend(fault: CellFault, language: str) -> str:
    key = f"mend.{fault.code}"
    return translate(language, key if key in catalogue(language) else "mend.other")


def _row(group: Group, row: PreviewRow, language: str) -> Document:
    first = _where(row.where[0]) if row.where else {"file": None, "sheet": None, "row": None}
    more = {"also": [_where(each) for each in row.where[1:]]} if row.where[1:] else {}
    return {"id": row.station_id, "name": row.name, **first, **more, **_OF_GROUP[group](row, language)}


def _where(where: Where) -> Document:
    return {"file": where.file, "sheet": where.sheet or None, "row": where.row}


def _added(row: PreviewRow, language: str) -> Document:
    assert row.after is not None
    return {**_kind(row, language), "notes": [fault_in_words(each, language) for each in row.faults]}


def _kind(row: PreviewRow, language: str) -> Document:
    station = row.after or row.before
    assert station is not None
    return {
        "district": known_districts().name_of(station.district),
        "category": translate(language, f"category.{station.category}"),
        "status": station.status,
    }


def _changed(row: PreviewRow, language: str) -> Document:
    assert row.before is not None and row.after is not None
    fields = []
    for change in row.fields:
        words = change_in_words(change.field, row.before, row.after, language)
        if words is not None:
            values = {"before": words.before, "after": words.after}
            cleared = {"cleared": True} if words.after is None else {}
            read_as = {"opening_hours": row.after.hours} if change.field == ("hours",) else {}
            fields.append({"field": change.name, "heading": words.heading, **values, **cleared, **read_as})
    return {"fields": fields}


def _moved(row: PreviewRow, language: str) -> Document:
    return {"distance_m": round(row.distance_m, 1), **_changed(row, language)}


def _duplicate(row: PreviewRow, language: str) -> Document:
    return {**_added(row, language), "likely": [_likely(each, language) for each in row.likely]}


def _likely(each: Likely, language: str) -> Document:
    where = _where(each.where) if each.where else {"file": None, "sheet": None, "row": None}
    reasons = {"reasons": list(each.reasons), "why": "，".join(reasons_in_words(each, language))}
    return {"id": each.station_id, "name": each.name, **where, **reasons, "sure": each.sure} | {
        "distance_m": round(each.distance_m, 1)
    }


def _conflict(row: PreviewRow, language: str) -> Document:
    return {"fields": [_one_conflict(each, row, language) for each in row.conflicts]}


def _one_conflict(each: ListConflict, row: PreviewRow, language: str) -> Document:
    field, base, mine, theirs = each.conflict
    station = row.before or row.after
    assert station is not None
    words = (value_in_words(field, value, station, language) for value in (base, mine, theirs))
    return {
        "field": field_name(field),
        "heading": heading(field, language),
        **dict(zip(("base", "mine", "theirs"), words, strict=True)),
        "theirs_from": _where(each.theirs_where) if each.theirs_where else None,
    }


def _rejected(row: PreviewRow, language: str) -> Document:
    cells = [fault_in_words(each, language) for each in row.faults]
    return {**cells[0], "cells": cells}


def _list(listed: ListToImport, language: str) -> Document:
    given, table = listed.list, listed.table
    document: Document = {
        "file": given.name,
        "sheet": given.sheet_name or None,
        "rows": len(listed),
        "exported": listed.is_ours,
        "revision": given.revision or None,
        "datum": table.options.datum.value if table else "wgs84",
    }
    if table:
        columns = [each._asdict() for each in understood(table.sheet.columns)]
        document |= {"header_row": table.sheet.header_row, "columns": columns}
    return document | {"findings": [_finding(each, language) for each in listed.findings]}


def _finding(finding: Finding, language: str) -> Document:
    meant = translate(language, f"finding.{finding.code}")
    return {"where": finding.where, "code": finding.code, "why": f"{meant}: {finding.detail}"}


_OF_GROUP: Mapping[Group, Callable[[PreviewRow, str], Document]] = {
    "added": _added,
    "changed": _changed,
    "moved": _moved,
    "duplicate": _duplicate,
    "conflict": _conflict,
    "missing": _kind,
    "rejected": _rejected,
}
