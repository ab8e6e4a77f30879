"""The process that opens a workbook: `python -I workbook_child.py MEMORY_BYTES CPU_S < BOOK` prints what is in it.

A workbook comes from anybody, and what opens it is foreign code on hostile bytes: so it happens here, within limits of
memory and time, and nothing of the program is imported. It prints JSON, line by line:

    {"properties": {"stationmap.revision": ".."}, "sheets": ["驿站"]}     custom properties, names of sheets
    {"sheet": "驿站", "visible": true, "width": 9, "height": 12, "merged": [[4, 0, 6, 0]], "hidden": [7],
     "hidden_count": 1, "errors": [[5, 3, "#REF!"]], "unvalued": [[9, 4]]}     rows from 1, columns from 0
    ["001", 13800000000.0, true, {"date": "2026-10-05"}, {"time": "08:00"}]     a row, without empty cells at its end
    {"failed": "password"}                                    and nothing after it
"""

from __future__ import annotations

import io
import posixpath
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

import orjson
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

BLOCK = 1 << 20  # bytes
MAX_NAMED = 10_000  # merged ranges, hidden rows, properties
_OVERLAP = 4_096  # bytes, more than the start of an element takes
_HIDDEN = re.compile(rb'<(?:\w+:)?row\b[^>]*?\bhidden="(?:1|true)"[^>]*>')
_NUMBER = re.compile(rb'\br="(\d+)"')
_DOUBTFUL = re.compile(rb'<(?:\w+:)?f[\s/>]|<(?:\w+:)?c\b[^>]*\bt="e"')


def main(memory_bytes: int, cpu_s: int) -> None:
    """Print what the workbook on standard input holds."""
    _limit(memory_bytes, cpu_s)
    data = sys.stdin.buffer.read()
    try:
        for line in lines(data):
            sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    except PasswordError:
        _fail("password")
    except (CalamineError, zipfile.BadZipFile, ElementTree.ParseError, expat.ExpatError, KeyError, ValueError):
        _fail("damaged")
    except (MemoryError, OverflowError):
        _fail("memory")
    sys.stdout.buffer.flush()


def lines(data: bytes) -> Iterator[Any]:
    """Yield what is printed of a workbook."""
    archive = zipfile.ZipFile(io.BytesIO(data)) if data.startswith(b"PK") else None
    parts = _parts(archive) if archive else {}
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        yield {"properties": _properties(archive) if archive else {}, "sheets": [sheet.name for sheet in sheets]}
        for sheet in sheets:
            visible = sheet.visible == SheetVisibleEnum.Visible
            found = _looked_at(archive, parts[sheet.name]) if archive and sheet.name in parts else {}
            rows = book.get_sheet_by_name(sheet.name)
            last_row, last_column = rows.end or (-1, -1)
            size = {"width": last_column + 1, "height": last_row + 1}
            yield {"sheet": sheet.name, "visible": visible, **size, "merged": _merged(rows), **found}
            for row in rows.iter_rows():
                yield _row(row)


def _row(cells: Sequence[Any]) -> list[Any]:
    end = len(cells)
    while end and cells[end - 1] == "":
        end -= 1
    return [each if isinstance(each, str) else _value(each) for each in cells[:end]]


def _value(cell: Any) -> Any:
    match cell:
        case datetime() if cell.time() != time():
            return {"date": cell.isoformat(" ", "seconds")}
        case date():
            return {"date": cell.isoformat()[:10]}
        case time():
            return {"time": cell.isoformat("minutes" if not cell.second else "seconds")}
        case timedelta():
            return {"time": str(cell)}
    return cell


def _merged(sheet: CalamineSheet) -> list[list[int]]:
    ranges = sheet.merged_cell_ranges or []
    return [[top + 1, left, bottom + 1, right] for (top, left), (bottom, right) in ranges[:MAX_NAMED]]


def _properties(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the custom properties of a workbook; what cannot be read is none."""
    with suppress(KeyError, ElementTree.ParseError):
        root = _xml(archive, "docProps/custom.xml")
        return {each.get("name", ""): "".join(each.itertext()) for each in islice(root, MAX_NAMED)}
    return {}


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return where each sheet of an .xlsx workbook stands in its archive, by name."""
    if "xl/workbook.xml" not in archive.namelist():
        return {}
    targets = {each.get("Id"): each.get("Target", "") for each in _xml(archive, "xl/_rels/workbook.xml.rels")}
    found = {}
    for sheet in _xml(archive, "xl/workbook.xml").iter():
        if _local(sheet.tag) == "sheet":
            link = next((value for name, value in sheet.items() if _local(name) == "id"), "")
            found[sheet.get("name", "")] = posixpath.normpath(posixpath.join("/xl", targets.get(link, "")))[1:]
    return found


def _local(name: str) -> str:
    """Return a name without its namespace, of which workbooks have two kinds."""
    return name.rpartition("}")[2].rpartition(":")[2]


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    data = archive.read(name)
    if b"<!DOCTYPE" in data:
        raise ValueError(name)  # no workbook has one; entities multiply
    return ElementTree.fromstring(data)


def _looked_at(archive: zipfile.ZipFile, part: str) -> dict[str, Any]:
    """Find what the reader of values passes over: hidden rows, failed formulas, formulas that nobody has worked out."""
    if part not in archive.namelist():
        return {}
    hidden: list[int] = []
    count, is_doubtful, before = 0, False, b""
    with archive.open(part) as file:
        while block := file.read(BLOCK):
            text = before + block
            is_doubtful = is_doubtful or _DOUBTFUL.search(text) is not None
            last = 0
            for found in _HIDDEN.finditer(text):
                count, last = count + 1, found.end()
                if (number := _NUMBER.search(found[0])) and len(hidden) < MAX_NAMED:
                    hidden.append(int(number[1]))
            before = text[max(last, len(text) - _OVERLAP) :]
    return {"hidden": hidden, "hidden_count": count, **(_doubtful(archive, part) if is_doubtful else {})}


def _doubtful(archive: zipfile.ZipFile, part: str) -> dict[str, Any]:
    """Return the cells of a sheet that hold an error, and those whose formula has no value."""
    reader = _Cells()
    with archive.open(part) as file:
        reader.parser.ParseFile(file)
    return {"errors": reader.errors, "unvalued": reader.unvalued}


class _Cells:
    """Handlers that follow a sheet's cells as its XML is read."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.errors: list[tuple[int, int, str]] = []
        self.unvalued: list[tuple[int, int]] = []
        self._row, self._column = 0, -1
        self._kind = self._value = ""
        self._has_formula = self._in_value = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        match _local(name):
            case "row":
                self._row, self._column = int(attributes.get("r", self._row + 1)), -1
            case "c":
                place = attributes.get("r", "")
                self._column = _column(place) if place else self._column + 1
                self._kind, self._value, self._has_formula = attributes.get("t", ""), "", False
            case "f":
                self._has_formula = True
            case "v" | "t":
                self._in_value = True

    def text(self, text: str) -> None:
        """Take what stands between the marks."""
        if self._in_value:
            self._value += text

    def end(self, name: str) -> None:
        """End an element."""
        match _local(name):
            case "v" | "t":
                self._in_value = False
            case "c" if self._kind == "e":
                self.errors.append((self._row, self._column, self._value[:20]))
            case "c" if self._has_formula and not self._value and self._kind != "str":
                self.unvalued.append((self._row, self._column))

    def doctype(self, *_: object) -> None:
        """Refuse what no workbook has."""
        raise ValueError("DOCTYPE")


def _column(place: str) -> int:
    """Return the column of a place such as D5, from 0."""
    column = 0
    for letter in place.rstrip("0123456789"):
        column = 26 * column + ord(letter) - 64
    return column - 1


def _limit(memory_bytes: int, cpu_s: int) -> None:
    try:
        import resource
    except ImportError:  # Windows; the time limit of the parent holds there
        return
    for what, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _fail(reason: str) -> None:
    sys.stdout.buffer.write(orjson.dumps({"failed": reason}) + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
