"""A register kept as a table (CSV), turned into a registry; each row becomes a station or is named with its problem."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stationmap.errors import Finding, StationmapError
from stationmap.model import Header, Station
from stationmap.quality import warnings
from stationmap.register_rows import COLUMNS, REQUIRED, Reading, Row, finding, station_of
from stationmap.registry import FORMAT, Registry

UNKNOWN = "column "  # keeps a header from passing for a member of the same name


class Imported(NamedTuple):
    """What came of a table: the registry, everything found, rows read, rows left out, hours stated and understood."""

    registry: Registry
    findings: tuple[Finding, ...]
    rows: int
    rejected: tuple[int, ...]
    hours_stated: int
    hours_understood: int


def import_csv(data: bytes, reading: Reading, *, header: Header | None = None) -> Imported:
    """Turn a CSV table into a registry; `header` is its `stationmap` member.

    UTF-8, with or without a byte order mark, or GB 18030. Raises StationmapError where no table with the required
    columns can be made out; anything smaller is a finding.
    """
    rows, ragged = _rows(data)
    stations, findings = stations_from_rows(rows, reading)
    registry = Registry(tuple(stations.values()), header or Header(format=FORMAT))
    stated = [station for station in stations.values() if station.properties.hours_source]
    return Imported(
        registry=registry,
        findings=(*ragged.values(), *findings, *warnings(registry)),
        rows=len(rows) + len(ragged),
        rejected=tuple(sorted({*ragged, *(row.number for row in rows)}.difference(stations))),
        hours_stated=len(stated),
        hours_understood=sum(station.hours is not None for station in stated),
    )


def stations_from_rows(rows: Iterable[Row], reading: Reading) -> tuple[dict[int, Station], tuple[Finding, ...]]:
    """Return the stations by row number, for each row without an error, and all findings in the order of the rows."""
    stations: dict[int, Station] = {}
    row_of: dict[str, int] = {}
    found: list[Finding] = []
    for row in rows:
        station, findings = station_of(row, reading)
        found += findings
        if station is None:
            continue
        earlier = row_of.setdefault(station.id, row.number)
        if earlier == row.number:
            stations[row.number] = station
        else:
            found.append(finding(row, "id", "duplicate_id", f"{station.id} stands in row {earlier}"))
    return stations, tuple(found)


def _rows(data: bytes) -> tuple[list[Row], dict[int, Finding]]:
    """Read the table; a row with more or fewer cells than the header cannot be trusted and becomes a finding."""
    try:
        records = list(csv.reader(io.StringIO(_text(data), newline=""), strict=True))
    except csv.Error as error:
        raise StationmapError(f"is not a CSV table: {error}") from error
    members = _members(records[0] if records else [])
    rows: list[Row] = []
    ragged: dict[int, Finding] = {}
    for number, record in enumerate(records[1:], start=2):
        if not any(cell.strip() for cell in record):
            continue
        if len(record) != len(members):
            detail = f"has {len(record)} cells, the header {len(members)}"
            ragged[number] = Finding(f"row {number}", "ragged_row", detail)
            continue
        cells = {member: cell.strip() for member, cell in zip(members, record, strict=True)}
        others = {name.removeprefix(UNKNOWN): cell for name, cell in cells.items() if name not in COLUMNS and cell}
        rows.append(Row(number, cells, others))
    return rows, ragged


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise StationmapError("is neither UTF-8 nor GB 18030 text")


def _members(header: Sequence[str]) -> list[str]:
    known = {name: member for member, names in COLUMNS.items() for name in names}
    # A column without a name, as spreadsheets leave behind, goes by its place.
    names = [name.strip() or f"{place}" for place, name in enumerate(header, start=1)]
    members = [known.get(name, f"{UNKNOWN}{name}") for name in names]
    missing = ["/".join(COLUMNS[member]) for member in REQUIRED if member not in members]
    if missing:
        raise StationmapError(f"has no column {', '.join(missing)}")
    repeated = {member for member in members if members.count(member) > 1}
    if repeated:
        raise StationmapError(f"has two columns for {', '.join(sorted(repeated))}")
    return members
