"""Cells of a workbook as text, and those of which the text is not what people typed.

A spreadsheet makes a date of 10/5 and rounds what has more than fifteen digits; a formula may have failed, or never
been worked out. Such a cell is nobody's statement: in a column that is read its row is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from stationmap.csv_reader.sheet import Column, Misfit, Row, Sheet
from stationmap.errors import Finding
from stationmap.finding_codes import FindingCode

DATES = ("opened", "verified_on")
"""Members that a date is meant in."""

_EXACT = 10.0**15  # a spreadsheet keeps fifteen digits
_AS_TEXT = "把这一格设为“文本”格式再填一次 format the cell as text and type it again"


class Doubt(NamedTuple):
    """Why the text of a cell is not what somebody typed."""

    code: FindingCode
    detail: str


Doubts = dict[tuple[int, int], Doubt]
"""Doubtful cells by the number of the row and the place of the column, from 0."""


def text_of(value: Any) -> tuple[str, Doubt | None]:
    """Return a value of a workbook as text, and the doubt there is about it; numbers as a spreadsheet shows them."""
    match value:
        case str():
            return value, None
        case bool():
            return ("是" if value else "否"), None
        case int() | float():
            return _number(value)
        case {"date": str(text)}:
            return _date(text)
        case {"time": str(text)}:
            detail = f"表格把这一格改成了时间 the spreadsheet made a time of it: {text}; {_AS_TEXT}"
            return text, Doubt("cell_reformatted", detail)
    return "", None


def failed(shown: str) -> Doubt:
    """Return the doubt about a cell whose formula failed."""
    detail = f"公式出错 the formula failed: {shown}; 改成文字或数再导入 put a text or a number there"
    return Doubt("formula_failed", detail)


def unvalued() -> Doubt:
    """Return the doubt about a cell whose formula has no value."""
    detail = (
        "公式没有结果：用 Excel 或 WPS 打开并保存一次，或改成文字"
        " the formula has no value: open and save the workbook in Excel or WPS, or put its value there"
    )
    return Doubt("formula_unevaluated", detail)


def without_doubtful(sheet: Sheet, doubts: Mapping[tuple[int, int], Doubt]) -> Sheet:
    """Return a table whose rows with doubtful cells are misfits; columns that are not read make no row one."""
    if not doubts:
        return sheet
    of_row: dict[int, list[tuple[Column, Doubt]]] = {}
    for (number, place), doubt in doubts.items():
        if place < len(sheet.columns) and _matters(sheet.columns[place], doubt):
            of_row.setdefault(number, []).append((sheet.columns[place], doubt))
    refused = tuple(
        Misfit(row, tuple(_findings(row, of_row[row.number]))) for row in sheet.rows if row.number in of_row
    )
    kept = tuple(row for row in sheet.rows if row.number not in of_row)
    misfits = sorted((*sheet.misfits, *refused), key=lambda misfit: misfit.row.number)
    return sheet._replace(rows=kept, misfits=tuple(misfits))


def _matters(column: Column, doubt: Doubt) -> bool:
    return bool(column.member) and not (doubt.code == "cell_reformatted" and column.member in DATES)


def _findings(row: Row, doubts: Iterable[tuple[Column, Doubt]]) -> Iterator[Finding]:
    for column, doubt in doubts:
        yield Finding(f"row {row.number} {column.shown}", doubt.code, doubt.detail)


def _number(value: float) -> tuple[str, Doubt | None]:
    if isinstance(value, int):
        return str(value), None
    if value.is_integer():
        if abs(value) < _EXACT:
            return str(int(value)), None
        detail = (
            f"表格只保留 15 位数字，后面的已丢失 a spreadsheet keeps 15 digits, and the others are lost; {_AS_TEXT}"
        )
        return str(int(value)), Doubt("digits_lost", detail)
    # Fifteen digits as well, which is what the person saw; and no exponent, which no reader of cells expects.
    return format(Decimal(f"{value:.15g}"), "f"), None


def _date(text: str) -> tuple[str, Doubt]:
    day = text.removesuffix(" 00:00:00")
    _, month, of_month = day[:10].split("-")
    typed = f"{int(month)}/{int(of_month)}"
    detail = f"表格把 {typed} 改成了日期 the spreadsheet made a date of it: {day}; {_AS_TEXT}"
    return day, Doubt("cell_reformatted", detail)
