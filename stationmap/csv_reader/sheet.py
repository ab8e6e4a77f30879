"""A register as people keep it: where its header is, what its columns hold, which rows are no stations."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice, zip_longest
from typing import NamedTuple

from stationmap.csv_reader import csv_text
from stationmap.csv_reader.csv_cells import angle, lon_lat
from stationmap.csv_reader.csv_text import Record
from stationmap.csv_reader.vocabulary import FACILITY, Meaning, folded, headers, is_one_of, meaning, plain_cell, words
from stationmap.errors import Finding, InvalidTableError

SEVERAL = ("phone", "facilities", "services", "aliases", "access", "how", "facility", "flag", "")
HEADER_WITHIN = 20  # rows
MAX_HEAD = 6 * HEADER_WITHIN  # rows among which the header is, blank ones included
SHOWN = 40  # characters of a header in a message
MAX_COLUMNS = 1_000
_SECTION = re.compile(r"\(?[一二三四五六七八九十]{1,3}[)、.].*")


class Column(NamedTuple):
    """A column: its header as it stands, its place from 0, what it holds."""

    header: str
    place: int
    meaning: Meaning

    @property
    def member(self) -> str:
        return self.meaning.member

    @property
    def shown(self) -> str:
        """The header as a message calls it, in one line."""
        return " ".join(self.header.split())[:SHOWN]


class Columns(tuple[Column, ...]):
    """The columns of a table, each at its place."""

    @cached_property
    def places(self) -> Mapping[str, tuple[int, ...]]:
        """Where the columns of each member stand."""
        found: dict[str, tuple[int, ...]] = {}
        for column in self:
            found[column.member] = (*found.get(column.member, ()), column.place)
        return found


class Row(NamedTuple):
    """A row: its number as a spreadsheet counts, the columns of its table, and the text of its cells in their order."""

    number: int
    columns: Columns
    texts: tuple[str, ...]

    @property
    def cells(self) -> Iterator[tuple[Column, str]]:
        """Each cell that is not empty, with its column."""
        return ((column, cell) for column, cell in zip(self.columns, self.texts, strict=False) if cell)

    def text(self, member: str) -> str:
        """Return the first cell of a member that is not empty, and nothing where there is none."""
        texts = self.texts
        for at in self.columns.places.get(member, ()):
            if at < len(texts) and texts[at]:
                return texts[at]
        return ""

    def has(self, member: str) -> bool:
        """Tell whether the table has a column for a member, whatever stands in it."""
        return member in self.columns.places

    def of(self, *members: str) -> Iterator[tuple[Column, str]]:
        """Yield the cells of some members that are not empty."""
        places = self.columns.places
        found = [at for member in members if member in places for at in places[member]]
        for at in found if len(found) < 2 else sorted(found):
            if at < len(self.texts) and self.texts[at]:
                yield self.columns[at], self.texts[at]

    def with_text(self, column: Column, text: str) -> Row:
        """Return the row with another text in a cell."""
        return self._replace(texts=(*self.texts[: column.place], text, *self.texts[column.place + 1 :]))


class Misfit(NamedTuple):
    """A row that cannot be read as it stands, such as one with more cells than the header, and all that is wrong."""

    row: Row
    findings: tuple[Finding, ...]


class Sheet(NamedTuple):
    """A table: columns, rows that should be stations, rows of another width, titles, rows that say they are none."""

    columns: Columns
    rows: tuple[Row, ...]
    misfits: tuple[Misfit, ...]
    header_row: int
    titles: tuple[tuple[int, str], ...]
    notes: tuple[tuple[int, str], ...]

    def header(self, member: str) -> str:
        """Return the header of a member as it stands, or how it is usually called."""
        return next((column.shown for column in self.columns if column.member == member), headers(member)[0])

    @property
    def lacking(self) -> list[str]:
        """The headers without which no row can become a new station; rows of known stations can do with fewer."""
        return _lacking({column.member for column in self.columns})


MeaningOf = Callable[[str], Meaning]
"""What a column holds, by its header; `words.meaning` unless somebody says otherwise."""


def read_sheet(data: bytes, meaning_of: MeaningOf = meaning) -> Sheet:
    """Read a CSV table with a header, under titles or not; errors as `sheet_of`."""
    return sheet_of(csv_text.records(data), meaning_of)


def sheet_of(records: Iterable[Record], meaning_of: MeaningOf = meaning) -> Sheet:
    """Make out the table in rows of text; raises InvalidTableError where no header can be made out.

    A header has what a station cannot do without, or else at least the ids and something about them (`Sheet.lacking`).
    """
    coming = iter(records)
    head = list(islice(coming, MAX_HEAD))
    first, height = header_at(head, meaning_of)
    names = _merged(head[first : first + height], meaning_of)
    columns = _columns(names, meaning_of)
    rows: list[Row] = []
    misfits: list[Misfit] = []
    titles = [(record.number, _shown(record)) for record in head[:first] if not record.is_blank]
    notes = []
    repeated = [folded(name) for name in names]
    for record in chain(head[first + height :], coming):
        cells = [plain_cell(cell) for cell in record.cells]
        if not any(cells):
            continue
        if _is_note(cells, columns, repeated):
            notes.append((record.number, _shown(record)))
            continue
        row = Row(record.number, columns, tuple(cells))
        if len(cells) == len(columns):
            rows.append(row)
        else:
            detail = f"has {len(cells)} cells, the header {len(columns)}"
            misfits.append(Misfit(row, (Finding(f"row {record.number}", "ragged_row", detail),)))
    at = head[first + height - 1].number
    return Sheet(columns, tuple(rows), tuple(misfits), at, tuple(titles), tuple(notes))


ADVICE = (
    "请在表中加上这些列再导入，编号可用 1、2、3.. add them to the table, 编号 with a number for each station;"
    " data/register_words.json lists what headers may be called"
)


def header_at(head: Sequence[Record], meaning_of: MeaningOf = meaning) -> tuple[int, int]:
    """Return where in the first `MAX_HEAD` rows the header begins, and how many rows it has; errors as `sheet_of`.

    坐标 may stand over 经度 and 纬度.
    """
    rows = [at for at, record in enumerate(head[: 5 * HEADER_WITHIN]) if not record.is_blank][:HEADER_WITHIN]
    missing: list[tuple[int, list[str]]] = []
    with_ids: list[tuple[int, int]] = []
    for height in (1, 2):
        for at in rows:
            names = _merged(head[at : at + height], meaning_of)
            if len(names) > MAX_COLUMNS:
                raise InvalidTableError(f"列太多 has {len(names):,} columns; at most {MAX_COLUMNS:,} are read")
            members = [meaning_of(name).member for name in names]
            lacking = _lacking(set(members))
            if not lacking:
                following = head[at + 1 : at + 2]
                goes_on = height == 1 and _continues(members.index("name"), following, meaning_of)
                return at, 2 if goes_on else height
            if height == 1 and "id" in members and len(set(members) - {""}) > 1:
                with_ids.append((len(set(members)), -at))
            missing.append((len(set(members)), lacking))
    if with_ids:
        return -max(with_ids)[1], 1
    fullest = max(missing, key=lambda each: each[0])[1] if missing else _lacking(set())
    raise InvalidTableError(f"缺列 has no column {', '.join(fullest)}: {ADVICE}")


def _continues(name_at: int, following: Sequence[Record], meaning_of: MeaningOf) -> bool:
    """Tell whether a header goes on in the next row: which has no name, as any station would, but headers."""
    return any(
        not "".join(row.cells[name_at : name_at + 1]).strip() and any(meaning_of(cell).member for cell in row.cells)
        for row in following
    )


def _lacking(members: set[str]) -> list[str]:
    """Return the headers that a table cannot do without and does not have."""
    needed = ["id", "name", *(() if "position" in members else ("lon", "lat"))]
    return ["/".join(headers(one)[:2]) for one in needed if not {one, "serial" if one == "id" else one} & members]


def _merged(rows: Sequence[Record], meaning_of: MeaningOf) -> list[str]:
    """Return one name a column of a header of one row or two."""
    if len(rows) == 1:
        return rows[0].cells
    names = []
    above = ""
    for high, low in zip_longest(rows[0].cells, rows[1].cells, fillvalue=""):
        above = high if high.strip() else above if low.strip() else ""
        names.append(_joined(plain_cell(above), plain_cell(low), meaning_of))
    return names


def _joined(above: str, below: str, meaning_of: MeaningOf) -> str:
    """Return what a header in two rows means: 纬度 under 坐标(高德) is 纬度(gcj02), 电话 under 负责人 is 负责人电话."""
    if not above or not below:
        return above or below
    own, group = meaning_of(below), meaning_of(above)
    if own.member in ("lon", "lat", "position"):
        return f"{below}({group.datum})" if group.datum else below
    return below if own.member == FACILITY or is_one_of("groups", above) else above + below


def _columns(names: Sequence[str], meaning_of: MeaningOf) -> Columns:
    # A column without a name, as spreadsheets leave behind, goes by its place.
    shown = [plain_cell(name) or f"{place}" for place, name in enumerate(names, start=1)]
    often = Counter(shown)
    known = {meaning_of(name).member for name in names}
    columns = []
    for place, name in enumerate(shown):
        found = meaning_of(name)
        if (found.member == "position" and {"lon", "lat"} <= known) or (found.member == "serial" and "id" in known):
            found = Meaning()
        columns.append(Column(f"{name} ({place + 1})" if often[name] > 1 and not found.member else name, place, found))
    members = Counter(column.member for column in columns)
    if repeated := sorted(member for member, times in members.items() if times > 1 and member not in SEVERAL):
        who = "; ".join(
            f"{one} ({', '.join(each.shown for each in columns if each.member == one)})" for one in repeated
        )
        raise InvalidTableError(f"重复的列 has two columns for {who}: 只留一列 keep the one that is meant")
    return Columns(columns)


def _is_note(cells: Sequence[str], columns: Sequence[Column], repeated: Sequence[str]) -> bool:
    """Tell whether a row is no station by what it says: 合计, 填表人, a heading 二、鼓楼区, the header once more."""
    full = [cell for cell in cells if cell]
    if len(cells) == len(repeated) and all(folded(cell) == name for cell, name in zip(cells, repeated, strict=True)):
        return True
    if any(_is_place(column, cell) for column, cell in zip(columns, cells, strict=False)):
        return False
    first = unicodedata.normalize("NFKC", full[0]).casefold()
    if len(full) == 1 and _SECTION.fullmatch(first):
        return True
    squeezed = re.sub(r"\s+", "", first)
    if 2 * len(full) > len(columns) + 1 or not squeezed.startswith(words("footers")):
        return False
    return any(_begins_note(squeezed, word) for word in words("footers"))


def _is_place(column: Column, cell: str) -> bool:
    return (column.member in ("lon", "lat") and angle(cell) is not None) or (
        column.member == "position" and lon_lat(cell) is not None
    )


def _begins_note(text: str, word: str) -> bool:
    rest = text.removeprefix(word)
    return text.startswith(word) and (len(word) > 2 or not rest or not rest[0].isalpha())


def _shown(record: Record) -> str:
    return " ".join(" ".join(record.cells).split())
