"""The rows of a list that somebody gives, each against the station it speaks of: what it saw, and what it says now."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from stationmap.csv_reader.sheet import Row
from stationmap.datum import Datum
from stationmap.editing.list_import.changed_cells import CellFault, Table, changed_cells, quoted
from stationmap.editing.list_import.edited_cells import edited_station
from stationmap.editing.list_import.likeness import are_alike
from stationmap.editing.published import published, with_unpublished
from stationmap.errors import Finding, InvalidTableError
from stationmap.exchange.columns import COLUMNS
from stationmap.exchange.lists import StationList
from stationmap.i18n import LANGUAGES
from stationmap.registry.checks.positions import Counties
from stationmap.registry.csv_import import members
from stationmap.registry.csv_import.importer import district_of_title, refuse_other_datum, with_merged_districts
from stationmap.registry.csv_import.rows import ImportOptions, remarked_status, station_of
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import line


class DatumUnknownError(InvalidTableError):
    """Nobody says in which datum the coordinates of a list are."""


Identities = Mapping[str, str]
"""What somebody decided about ids in lists: the station that is meant, or the id itself for a new station."""

_OUR_HEADINGS = frozenset(column.heading(language) for column in COLUMNS for language in LANGUAGES)
_MOST = len(COLUMNS) // 2  # columns of the export, which no list has by chance


_NOTES = ("hours_contradicted", "perhaps_not_open")


class Where(NamedTuple):
    """Where a row stands: the file, the sheet of a workbook, the row as a spreadsheet counts."""

    file: str
    sheet: str
    row: int


class Reading(NamedTuple):
    """A row: the station as it was when the row was written, and as the row says it is; None for none.

    `faults` are cells that are not understood; where `mine` is None they say why the row is no station. `notes` are
    cells that are of no account.
    """

    where: Where
    station_id: str
    name: str
    base: Station | None
    mine: Station | None
    faults: tuple[CellFault, ...] = ()
    notes: tuple[CellFault, ...] = ()


@dataclass(frozen=True)
class ListToImport:
    """A list and how it is read; `findings` are about its columns and districts."""

    list: StationList
    table: Table | None
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, given: StationList, options: ImportOptions, counties: Counties | None = None) -> ListToImport:
        """Prepare a list; raises InvalidTableError where a heading names another datum than the options."""
        if given.sheet is None:
            return cls(given, None, (), given.findings)
        is_ours = is_exported(given)
        refuse_other_datum(given.sheet, options.datum)
        if is_ours:
            return cls(given, Table(given.sheet, options, is_ours=True), given.sheet.rows, given.findings)
        options, titled = district_of_title(given.sheet, options)
        rows, filled = with_merged_districts(given.sheet, options, counties)
        return cls(given, Table(given.sheet, options, is_ours=False), rows, (*given.findings, *titled, *filled))

    @property
    def is_ours(self) -> bool:
        """Whether this program exported it: its datum is known, and its rows are stations of some registry."""
        return self.table is None or self.table.is_ours

    def __len__(self) -> int:
        sheet = self.list.sheet
        return len(self.list.stations) if sheet is None else len(self.rows) + len(sheet.misfits)


def is_exported(given: StationList) -> bool:
    """Tell whether this program exported a list, by what the file says of itself or by its headings."""
    if given.sheet is None or given.revision or given.baselines:
        return True
    return sum(column.header in _OUR_HEADINGS for column in given.sheet.columns) >= _MOST


def options_for(given: StationList, options: ImportOptions, declared: Datum | None = None) -> ImportOptions:
    """Return the options for a list: in the datum it names itself, else in the one that was declared.

    Raises DatumUnknownError where coordinates have neither: no datum is guessed.
    """
    columns = given.sheet.columns if given.sheet else ()
    places = [column for column in columns if column.member in ("lon", "lat", "position")]
    named = {column.meaning.datum for column in places} - {""}
    if is_exported(given) or not places:
        return replace(options, datum=Datum.WGS84)
    if declared is None and len(named) != 1:
        raise DatumUnknownError(
            "请用 --datum 写明坐标系 state the datum of the coordinates with --datum wgs84, gcj02 or bd09: "
            "高德、腾讯地图是 gcj02，百度地图是 bd09，GPS、天地图是 wgs84"
        )
    return replace(options, datum=declared or Datum(named.pop()))


def readings(listed: ListToImport, registry: Registry, identities: Identities) -> Iterator[Reading]:
    """Yield every row of a list that is prepared."""
    if listed.table is None:
        yield from _features(listed.list, registry, identities)
        return
    by_serial = not any(column.member == "id" for column in listed.table.sheet.columns)
    for row in listed.rows:
        yield _reading(row, listed, registry, identities, by_serial=by_serial)
    for misfit in listed.table.sheet.misfits:
        yield Reading(
            _where(listed, misfit.row), id_of(misfit.row), misfit.row.text("name"), None, None, _of(misfit.findings)
        )


def _reading(row: Row, listed: ListToImport, registry: Registry, identities: Identities, *, by_serial: bool) -> Reading:
    where, stated, name = _where(listed, row), id_of(row), row.text("name")
    station_id = identities.get(stated, stated)
    known = registry.get(station_id)
    if known and by_serial and stated not in identities and not are_alike(name, known.name):
        known = None  # numbers of rows are those of every list
    baseline = listed.list.baseline(row) if listed.list.baselines else None
    if baseline is not None and baseline.id != station_id:
        baseline = None
    if known is None and baseline is None:
        return _new(row, listed, where, station_id)
    base = baseline if known is None else known if baseline is None else _as_seen(baseline, known)
    assert base is not None and listed.table is not None
    cells = changed_cells(row, base, listed.table, as_written=baseline is not None)
    if cells is None:
        return Reading(where, station_id, base.name, base if known else None, base, *_split(_remarks(row, base)))
    found = edited_station(cells)
    faults, notes = _split((*found.faults, *_remarks(row, found.station)))
    return Reading(where, station_id, found.station.name, base if known else None, found.station, faults, notes)


def _split(found: tuple[CellFault, ...]) -> tuple[tuple[CellFault, ...], tuple[CellFault, ...]]:
    """Return what has to be mended, and what is only said."""
    noted = tuple(each for each in found if each.code in _NOTES)
    return tuple(each for each in found if each.code not in _NOTES), noted


def _remarks(row: Row, station: Station) -> tuple[CellFault, ...]:
    """Return what a row says besides against a station that is open: 备注 已撤销."""
    return _of(remarked_status(row)) if station.status == "open" else ()


def _as_seen(baseline: Station, known: Station) -> Station:
    """Return what an export was made of, with what only the registry keeps; the station itself if it is unchanged."""
    if baseline is known or line(baseline) == line(published(known)):
        return known
    return with_unpublished(baseline, known)


def _new(row: Row, listed: ListToImport, where: Where, station_id: str) -> Reading:
    assert listed.table is not None
    if listed.table.sheet.lacking:
        fault = CellFault("", "missing_member", f"a new station needs {', '.join(listed.table.sheet.lacking)}")
        return Reading(where, station_id, row.text("name"), None, None, (fault,))
    if not station_id:
        fault = CellFault(listed.table.sheet.header("id"), "bad_id", "编号是空的 the id is empty")
        return Reading(where, station_id, row.text("name"), None, None, (fault,))
    outcome = station_of(row, listed.table.sheet, listed.table.options)
    faults = _of(found for found in outcome.findings if outcome.station or found.severity == "error")
    kept = [
        CellFault(unread.header, "not_understood", quoted(unread.header, unread.value)) for unread in outcome.unread
    ]
    if any(members.is_status(column) for column in row.columns) and not any(members.is_status(c) for c, _ in row.cells):
        kept.append(CellFault(listed.table.sheet.header("status"), "blank_status", "taken as open"))
    station = outcome.station
    if station is not None and station.id != station_id:  # somebody decided so
        station = station.model_copy(update={"id": station_id})
    return Reading(where, station_id, row.text("name"), None, station, (*faults, *kept) if station else faults)


def _features(given: StationList, registry: Registry, identities: Identities) -> Iterator[Reading]:
    """Yield the stations of a registry file: each says all there is to know of it, but for what only a file keeps."""
    for number, (stated, station) in enumerate(given.stations.items(), start=1):
        where, station_id = Where(given.name, "", number), identities.get(stated, stated)
        known, mine = registry.get(station_id), station
        if station_id != stated:
            mine = station.model_copy(update={"id": station_id})
        if known is None:
            yield Reading(where, station_id, mine.name, None, mine)
        elif line(mine) in (line(known), line(published(known))):
            yield Reading(where, station_id, mine.name, known, known)
        else:
            yield Reading(where, station_id, mine.name, known, with_unpublished(mine, known))


def id_of(row: Row) -> str:
    """Return the id that a row states, else the number that it has in its list."""
    return unicodedata.normalize("NFKC", row.text("id") or row.text("serial"))


def _where(listed: ListToImport, row: Row) -> Where:
    return Where(listed.list.name, listed.list.sheet_name, row.number)


def _of(findings: Iterator[Finding] | tuple[Finding, ...]) -> tuple[CellFault, ...]:
    """Return findings of a row as faults of its cells: `row 3 经度` is column 经度."""
    return tuple(CellFault(_column(found.where), found.code, found.detail) for found in findings)


def _column(where: str) -> str:
    head, _, rest = where.partition(" ")
    return rest.partition(" ")[2] if head == "row" else where
