"""A register kept as a table (CSV), turned into a registry; each row becomes a station or is named with its problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely

from stationmap.csv_reader.sheet import ADVICE, Row, Sheet, read_sheet
from stationmap.datum import Datum, to_wgs84
from stationmap.errors import Finding, InvalidTableError, bounded
from stationmap.registry.checks import datum_shift
from stationmap.registry.checks.positions import BORDER_M, Counties, StationArrays, distance_to_m
from stationmap.registry.checks.quality import warnings
from stationmap.registry.csv_import.columns import column_findings, spans
from stationmap.registry.csv_import.rows import ImportOptions, Unread, finding, place_of, station_of
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import FORMAT, Registry


class Imported(NamedTuple):
    """What came of a table: the registry, everything found, rows read, rows left out, hours stated and understood.

    `sheet` is the table as it was made out, `row_of` the rows of the stations by id, `rejected_ids` the ids of the rows
    left out, where they state one.
    """

    registry: Registry
    findings: tuple[Finding, ...]
    rows: int
    rejected: tuple[int, ...]
    hours_stated: int
    hours_understood: int
    sheet: Sheet
    row_of: Mapping[str, int]
    rejected_ids: tuple[str, ...]


def import_csv(
    data: bytes,
    options: ImportOptions,
    *,
    header: Header | None = None,
    counties: Counties | None = None,
    today: date | None = None,
    earlier: Registry | None = None,
) -> Imported:
    """Turn the bytes of a CSV table into a registry, as `import_sheet` does; raises InvalidTableError."""
    return import_sheet(read_sheet(data), options, header=header, counties=counties, today=today, earlier=earlier)


def import_sheet(
    sheet: Sheet,
    options: ImportOptions,
    *,
    header: Header | None = None,
    counties: Counties | None = None,
    today: date | None = None,
    earlier: Registry | None = None,
) -> Imported:
    """Turn a table into a registry; `header` is its `stationmap` member.

    The findings are those of the table and those of `quality.warnings` with `counties`, `today` and `earlier`.
    Raises InvalidTableError where a column is missing without which no row can become a station, or a header names
    another datum than was stated; anything smaller is a finding.
    """
    if sheet.lacking:
        raise InvalidTableError(f"缺列 has no column {', '.join(sheet.lacking)}: {ADVICE}")
    refuse_other_datum(sheet, options.datum)
    options, titled = district_of_title(sheet, options)
    if not (options.district or {"district", "address"} & sheet.columns.places.keys()):
        raise InvalidTableError("缺列 has no column 区县/district, nor a title that names one; state --district")
    rows, filled = with_merged_districts(sheet, options, counties)
    stations, findings, unread = stations_from_rows(rows, sheet, options)
    registry = Registry(tuple(stations.values()), _of_one_city(header or Header(format=FORMAT), stations, options))
    stated = [station for station in stations.values() if station.properties.hours_source]
    left_out = [row for row in (*rows, *(misfit.row for misfit in sheet.misfits)) if row.number not in stations]
    return Imported(
        registry=registry,
        findings=(
            *bounded(finding for misfit in sheet.misfits for finding in misfit.findings),
            *bounded(findings),
            *titled,
            *filled,
            *column_findings(sheet, rows, unread),
            *_checked(registry, options.datum, counties, today, earlier),
        ),
        rows=len(rows) + len(sheet.misfits),
        rejected=tuple(sorted(row.number for row in left_out)),
        hours_stated=len(stated),
        hours_understood=sum(station.hours is not None for station in stated),
        sheet=sheet,
        row_of={station.id: number for number, station in stations.items()},
        rejected_ids=tuple(row.text("id") or row.text("serial") for row in left_out),
    )


def stations_from_rows(
    rows: Iterable[Row], sheet: Sheet, options: ImportOptions
) -> tuple[dict[int, Station], tuple[Finding, ...], tuple[Unread, ...]]:
    """Return the stations by row number, for each row without an error, all findings in order, cells kept unread."""
    stations: dict[int, Station] = {}
    row_of: dict[str, int] = {}
    found: list[Finding] = []
    unread: list[Unread] = []
    for row in rows:
        outcome = station_of(row, sheet, options)
        found += outcome.findings
        unread += outcome.unread
        if outcome.station is None:
            continue
        station = outcome.station
        earlier = row_of.setdefault(station.id, row.number)
        if earlier == row.number:
            stations[row.number] = station
        else:
            found.append(
                finding(row, sheet, _id_member(sheet), "duplicate_id", f"{station.id} stands in row {earlier}")
            )
    return stations, tuple(found), tuple(unread)


def _id_member(sheet: Sheet) -> str:
    return "id" if any(column.member == "id" for column in sheet.columns) else "serial"


def refuse_other_datum(sheet: Sheet, datum: Datum) -> None:
    """Raise InvalidTableError where a header names another datum than the one that was stated."""
    named = [column for column in sheet.columns if column.meaning.datum not in ("", datum.value)]
    if named:
        listed = ", ".join(f"{column.shown} ({column.meaning.datum})" for column in named)
        raise InvalidTableError(f"坐标系不符 --datum {datum.value} contradicts the header: {listed}")


def district_of_title(sheet: Sheet, options: ImportOptions) -> tuple[ImportOptions, tuple[Finding, ...]]:
    """Take the district a title names, such as 铜山区户外劳动者服务站统计表, for a table that has no such column."""
    has_column = any(column.member == "district" for column in sheet.columns)
    district = options.districts.named_in(" ".join(text for _, text in sheet.titles))
    if has_column or options.district or district is None:
        return options, ()
    detail = f"{district.name} {district.adcode} is taken from the title, where an address names no other"
    return replace(options, district=district), (Finding("title", "district_from_title", detail, "warning"),)


def with_merged_districts(
    sheet: Sheet, options: ImportOptions, counties: Counties | None
) -> tuple[tuple[Row, ...], tuple[Finding, ...]]:
    """Give rows without a district that of the merged cell above, where the table shows that its cells were merged.

    It shows so if no two rows in a row state the same district, as merged cells never do. A row whose address begins
    with another district keeps to its address, and one that lies outside of the district has none.
    """
    column = next((column for column in sheet.columns if column.member == "district"), None)
    stated = [row.text("district") for row in sheet.rows]
    if column is None or all(stated) or not any(stated) or any(one and one == two for one, two in pairwise(stated)):
        return sheet.rows, ()
    rows: list[Row] = []
    filled: dict[str, list[int]] = defaultdict(list)
    above = ""
    for row, district in zip(sheet.rows, stated, strict=True):
        above = district or above
        if district or not above or not _may_be_in(row, above, options, counties):
            rows.append(row)
            continue
        rows.append(row.with_text(column, above))
        filled[above].append(row.number)
    detail = "; ".join(f"{district} (第 {spans(numbers)} 行 rows)" for district, numbers in filled.items())
    found = Finding(f"column {column.shown}", "merged_cells", f"empty cells are taken as merged: {detail}", "warning")
    return tuple(rows), (found,) if filled else ()


def _may_be_in(row: Row, name: str, options: ImportOptions, counties: Counties | None) -> bool:
    """Tell whether neither address nor place of a row says that it is not in a district."""
    district, named = (
        options.districts.find(name, row.text("address")),
        options.districts.of_address(row.text("address")),
    )
    if district is None or (named and named != district):
        return False
    place, area = place_of(row), (counties or {}).get(district.adcode)
    if place is None or area is None:
        return True
    lon, lat = to_wgs84(*place, options.datum)
    # Nearly all lie inside, which costs less to see than a distance.
    return bool(
        shapely.contains_xy(area, lon, lat) or distance_to_m(area, np.array([lon]), np.array([lat]))[0] <= BORDER_M
    )


def _of_one_city(header: Header, stations: dict[int, Station], options: ImportOptions) -> Header:
    """Name the city in the header where every station is of one that the table of districts knows."""
    cities = {options.districts.city_of(station.district) for station in stations.values()}
    city = cities.pop() if len(cities) == 1 else None
    return header.model_copy(update={"city": city}) if city and header.city is None else header


def _checked(
    registry: Registry, datum: Datum, counties: Counties | None, today: date | None, earlier: Registry | None
) -> tuple[Finding, ...]:
    """Return what `check` says of the registry; where another datum explains its places better, that instead."""
    found = warnings(registry, counties, today=today, earlier=earlier)
    if not counties or datum is Datum.WGS84:
        return found
    other = tuple(datum_shift.against_borders(StationArrays.of(registry.stations), counties, read_as=datum))
    if not other:
        return found
    return (*(each for each in found if each.code != "shifted_batch"), *other)
