"""Tables as people save them: bytes to rows of text, and which column is which. One table of headers for all readers.

    rows = csv_text.records(data)                      # bytes, or a file opened by `files`; read row by row
    header = next(rows)                             # Record(number, line, cells); blank lines are passed over
    at = csv_text.columns(header.cells, "lon", "lat", "name")   # {"lon": 2, ...}: those that are there
    for row in rows:
        if not csv_text.fits(row, header): ...      # `row.line` says where
        csv_text.degrees(row.cells[at["lon"]])      # NaN for what is no number

Text is UTF-8 (with or without a byte order mark), UTF-16, GB 18030 or Big5, cells are divided by commas, semicolons or
tabs: nobody has to say which. What is no such table is an InvalidTableError that names the line and quotes no cell; a
caller puts the file's name before it. `HEADERS` is extended here and nowhere else.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import IO, NamedTuple

from stationmap.errors import InvalidTableError

HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号", "id", "站点编号", "驿站编号", "服务站编号", "站点id", "编码", "站点编码", "編號", "station id"),
    "name": (
        *("站点名称", "名称", "name", "驿站名称", "服务站名称", "服务站点名称", "站名", "中文名称", "名稱", "站點名稱"),
        "station name",
    ),
    "address": ("地址", "address", "详细地址", "站点地址", "驿站地址", "所在地址", "通讯地址", "詳細地址"),
    "district": (
        *("区县", "district", "县区", "县市区", "所属区县", "所在区县", "行政区", "行政区划", "所属区域", "所在区域"),
        *("所属区", "所在区", "区划代码", "行政区划代码", "adcode", "區縣", "行政區"),
    ),
    "lon": ("经度", "lon", "longitude", "lng", "long", "經度", "东经", "经度坐标"),
    "lat": ("纬度", "lat", "latitude", "緯度", "北纬", "纬度坐标"),
    "origin": ("坐标来源", "定位方式", "坐标获取方式", "position source"),
    "hours": ("开放时间", "hours", "营业时间", "服务时间", "开放时段", "opening hours", "開放時間", "營業時間"),
    "weight": ("人数", "weight", "people", "population", "人口", "权重", "人數", "權重"),
    "h3": ("h3", "h3 index", "h3 cell"),
    "rider": ("骑手", "rider", "rider id", "骑手编号", "騎手", "騎手編號"),
}
"""What columns are called, by member; the first is what a message calls it. How it is compared: `_plain`."""

DELIMITERS = (",", ";", "\t")
_BLOCK = 1 << 20  # bytes
_LOOKED_AT = 20  # rows, the header among them
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WITHOUT_BOM = ((1, "utf-16-le"), (0, "utf-16-be"))  # every second octet of its ASCII characters is 0
_OTHER_FORMS = (
    (b"PK\x03\x04", "工作簿或压缩包 a workbook (.xlsx, .ods) or another zip file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "工作簿 a workbook (.xls)"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "压缩文件 gzip"),
    (b"SQLite format 3\0", "数据库 a database"),
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")
_FILLING = re.compile(r"[\s_\-:*#.·\u200b\ufeff]+")
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_DEGREES = re.compile(rf"({_NUMBER.pattern})\s*[°度]?\s*[EN]?", re.IGNORECASE)


class Record(NamedTuple):
    """A row: its number as a spreadsheet counts (the first is 1), the line of the file it begins in, its cells."""

    number: int
    line: int
    cells: list[str]

    @property
    def is_blank(self) -> bool:
        """Whether no cell holds anything but blanks."""
        return not any(cell.strip() for cell in self.cells)


def records(data: bytes | IO[bytes]) -> Iterator[Record]:
    """Yield the rows of a table, the header first; `data` is what a file holds, or the file, which is read as it goes.

    Raises InvalidTableError for what is no table of text, and for a row in which a quotation mark is not closed.
    """
    raw = io.BytesIO(data) if isinstance(data, bytes) else data
    lines = io.TextIOWrapper(raw, encoding=encoding_of(raw), newline="")
    try:
        head = list(islice(lines, _LOOKED_AT))
        # Excel takes such a first line for itself, and shows the next one as row 1.
        stated = _SEPARATOR.fullmatch(head[0]) if head else None
        delimiter = stated[1] if stated else _delimiter(head)
        yield from _records(chain(head[1:] if stated else head, lines), delimiter, 1 if stated else 0)
    finally:
        with suppress(ValueError):  # closed already
            lines.detach()  # the caller that opened the file closes it


def table(data: bytes, *names: str) -> list[dict[str, str]]:
    """Return the rows of a table the program brings, each as its cells by column; `names` are columns it must have.

    Blanks around cells are dropped, and a file without a header has no rows. Raises InvalidTableError for a missing
    column or a row of another width.
    """
    found = [record for record in records(data) if not record.is_blank]
    if not found:
        return []
    header = [cell.strip() for cell in found[0].cells]
    if missing := [name for name in names if name not in header]:
        raise InvalidTableError(f"缺列 has no column {', '.join(missing)}")
    if misfits := [record.line for record in found if not fits(record, found[0])]:
        raise ragged(misfits)
    return [dict(zip(header, map(str.strip, record.cells), strict=False)) for record in found[1:]]


def columns(header: Sequence[str], *members: str) -> dict[str, int]:
    """Return where the columns of these members of HEADERS stand; InvalidTableError where one has two columns."""
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        member = member_of(cell, *members)
        if member in found:
            twice = ", ".join(" ".join(each.split())[:40] for each in (header[found[member]], cell))
            raise InvalidTableError(f"重复的列 has two columns for {member}: {twice}")
        if member:
            found[member] = at
    return found


def require(found: Mapping[str, int], *members: str) -> None:
    """Raise InvalidTableError naming every member that has no column."""
    if missing := [_shown(member) for member in members if member not in found]:
        raise InvalidTableError(f"缺列 has no column {', '.join(missing)}")


def _shown(member: str) -> str:
    first, *others = HEADERS[member]
    return "/".join((*others[:2], first))


def member_of(header: str, *members: str) -> str:
    """Return the member a column's header means, of these or of all; empty for none."""
    plain = _plain(header)
    among = members or tuple(HEADERS)
    return next((member for member in among if plain in _PLAIN[member]), "")


def fits(row: Record, header: Record) -> bool:
    """Tell whether a row has a cell for each of the header; further ones are nothing where they are empty."""
    width = len(header.cells)
    return len(row.cells) >= width and not any(cell.strip() for cell in row.cells[width:])


def ragged(numbers: Sequence[int], name: str = "line") -> InvalidTableError:
    """Return the error for rows that do not fit the header, by numbers that a message calls `name`."""
    shown = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
    return InvalidTableError(
        f"列数与表头不符 {len(numbers):,} rows have more or fewer cells than the header ({name} {shown})"
    )


def number(text: str) -> float:
    """Return a plain number, full-width digits too; NaN for what is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return float(plain) if _NUMBER.fullmatch(plain) else math.nan


def degrees(text: str) -> float:
    """Return degrees such as 117.18, 117.18° or 117.18°E; NaN for what is none."""
    found = _DEGREES.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return float(found[1]) if found else math.nan


def encoding_of(raw: IO[bytes]) -> str:
    """Return the encoding of a whole file, which is at its start again then; InvalidTableError for what is no text."""
    head = raw.read(_BLOCK)
    _refuse_other_forms(head)
    for encoding in _encodings(head):
        raw.seek(0)
        if _is_text(raw, encoding):
            raw.seek(0)
            return encoding
    raise InvalidTableError("不是文字表格 is text in neither UTF-8 nor GB 18030, UTF-16, Big5")


def _records(lines: Iterable[str], delimiter: str, passed: int) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        begins = reader.line_num + passed + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            likely = "引号可能未闭合 perhaps a quotation mark is not closed"
            where = f"第 {begins} 行 is not a CSV table at row {number + 1}, line {begins}"
            raise InvalidTableError(f"{where}: {likely}: {error}") from error
        number += 1
        if cells:
            yield Record(number, begins, cells)


def _delimiter(head: Sequence[str]) -> str:
    """Return what divides the cells: what gives most of the headers known, and then most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            found = list(csv.reader(head, delimiter=delimiter))
        except csv.Error:
            return 0, 0
        known = max((sum(bool(member_of(cell)) for cell in cells) for cells in found), default=0)
        return known, max(map(len, found), default=0)

    return max(DELIMITERS, key=score)


def _plain(header: str) -> str:
    """Return a header as it is compared: full-width as ASCII, small letters, without brackets, blanks, marks."""
    text = unicodedata.normalize("NFKC", header).casefold()
    bare = _FILLING.sub("", _BRACKETS.sub("", text))
    return bare or _FILLING.sub("", text)


_PLAIN = {member: frozenset(map(_plain, names)) for member, names in HEADERS.items()}


def _refuse_other_forms(head: bytes) -> None:
    form = next((form for sign, form in _OTHER_FORMS if head.startswith(sign)), None)
    if form is None and head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        form = "网页或 XML a web page or XML"
    if form is not None:
        raise InvalidTableError(f"是{form}，请另存为 CSV UTF-8 it is not a CSV table: save it as CSV UTF-8")


def _encodings(head: bytes) -> tuple[str, ...]:
    """Return the encodings to be tried, likeliest first."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return (encoding,)
    high, low = sorted(((head[at::2].count(0), name) for at, name in _WITHOUT_BOM), reverse=True)
    if high[0] > max(len(head) // 50, 4 * low[0]):
        return (high[1],)
    return ("utf-8", *sorted(_COMMON, key=lambda encoding: -_share_common(head, encoding)))


# Both read most of what is written in the other as rare characters; a text has mostly common ones: of GB 2312, level 1
# (code points B0A1 to D7F9), and of Big5, level 1 (A440 to C67E).
_COMMON = {"gb18030": ("gb2312", b"\xb0\xa1", b"\xd7\xf9"), "big5hkscs": ("big5", b"\xa4\x40", b"\xc6\x7e")}


def _share_common(data: bytes, encoding: str) -> float:
    plain, first, last = _COMMON[encoding]
    rare = [char for char in data.decode(encoding, "replace") if char >= "\u2e80"]
    codes = (char.encode(plain, "ignore") for char in rare)
    return sum(first <= code <= last for code in codes) / max(1, len(rare))


def _is_text(raw: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := raw.read(_BLOCK):
            if "\0" in decoder.decode(block):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
