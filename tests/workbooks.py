"""Workbooks for tests, as people make them, by openpyxl; and hostile ones, by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

HEADER = ("编号", "名称", "类别", "区县", "经度", "纬度", "开放时间", "电话", "面积")
ROW = ("001", "某工会驿站", "工会驿站", "云龙区", 117.2, 34.26, "每天8:00-18:00", "0516-83730000", 25)


def workbook(rows: Iterable[Sequence[Any]], change: Callable[[Worksheet], object] | None = None) -> bytes:
    """Return a workbook of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    if change:
        change(sheet)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Return the bytes of a workbook."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(data: bytes, parts: dict[str, bytes], **named: Any) -> bytes:
    """Return an archive with other content in some of its parts, or further parts."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in dict.fromkeys((*old.namelist(), *parts)):
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return file.getvalue()
