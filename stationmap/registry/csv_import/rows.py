"""One row of a register as people keep it, turned into a station, or into the reasons why it cannot be one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from stationmap.csv_reader import csv_cells
from stationmap.csv_reader.sheet import Row, Sheet
from stationmap.csv_reader.vocabulary import code_of, holds_one_of, is_one_of, is_remark
from stationmap.datum import CHINA_BOX, Datum, to_wgs84
from stationmap.errors import Finding
from stationmap.finding_codes import FindingCode
from stationmap.hours.chinese.wording import to_osm
from stationmap.registry import validation
from stationmap.registry.adcodes import District, Districts
from stationmap.registry.csv_import import members
from stationmap.registry.model import DECIMALS, Category, Station

# What stands in brackets or behind a stroke at the end of a name: 和平路驿站（停用）, 和平路驿站-停用.
_ASIDE = re.compile(r"[（(\[【]([^（()）\[\]【】]+)[）)\]】]|[-—_－]([^-—_－]+)$")


class Unread(NamedTuple):
    """A cell that is not understood, or not wholly: it is kept as it is, and named with its column."""

    header: str
    row: int
    value: str


class Outcome(NamedTuple):
    """What became of a row: its station, None where a finding is an error, the findings, the cells kept unread."""

    station: Station | None
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How a table is imported: its datum, its table of districts, and what holds for rows that state nothing else."""

    datum: Datum
    districts: Districts
    category: Category | None = None
    district: District | None = None


def station_of(row: Row, sheet: Sheet, options: ImportOptions) -> Outcome:
    """Return what becomes of a row; a status or place that is not understood makes it no station: none is guessed."""
    findings = [*position_faults(row, sheet, options), *_faults(row, sheet, options)]
    parts = (
        members.simple_part(row),
        members.category_part(row, options.category),
        members.access_part(row),
        members.facilities_part(row),
        members.hours_part(row),
        members.status_part(row),
        members.closures_part(row),
        members.verified_part(row),
        members.position_part(row, options.datum),
    )
    unread = tuple(dict.fromkeys(column for part in parts for column in part.unread))
    kept = tuple(Unread(column.header, row.number, cell) for column, cell in row.cells if column in unread)
    if any(found.severity == "error" for found in findings):
        return Outcome(None, tuple(findings), kept)
    known = {name: value for part in parts for name, value in part.members.items()}
    others = {column.header: cell for column, cell in row.cells if column in unread or not column.member}
    feature = _feature(row, options, known, others)
    try:
        return Outcome(Station.model_validate(feature), tuple(findings), kept)
    except ValidationError as error:
        return Outcome(None, (*findings, *validation.findings(error, feature, f"row {row.number}")), kept)


def position_faults(row: Row, sheet: Sheet, options: ImportOptions) -> Iterator[Finding]:
    """Find what is wrong with where a row says that its station is."""
    in_one = any(column.member == "position" for column in sheet.columns)
    place = place_of(row)
    if place is None and in_one:
        detail = f"{row.text('position')[:40]!r} is no longitude and latitude"
        yield finding(row, sheet, "position", "bad_coordinates", detail)
    wrong = () if in_one else tuple(_two_cells(row, sheet))
    yield from wrong
    if place is None or wrong:
        return
    lon, lat = place
    west, south, east, north = CHINA_BOX
    axis = "position" if in_one else "lat"
    if west <= lat <= east and south <= lon <= north:
        yield finding(row, sheet, axis, "swapped", f"longitude {lon} and latitude {lat} look swapped")
    elif lon == 0 and lat == 0:
        yield finding(row, sheet, axis, "bad_coordinates", "0, 0 is what programs write for no place")
    elif not (abs(lon) <= 180 and abs(lat) <= 90):
        yield finding(row, sheet, axis, "out_of_range", f"{lon}, {lat} is nowhere on Earth")
    elif options.datum is not Datum.WGS84 and not (west <= lon <= east and south <= lat <= north):
        detail = f"{options.datum.value} is not used there; taken as WGS-84"
        yield finding(row, sheet, "position" if in_one else "lon", "outside_datum", detail, "warning")


def _two_cells(row: Row, sheet: Sheet) -> Iterator[Finding]:
    """Find what is wrong with the cells of longitude and latitude."""
    for member in ("lon", "lat"):
        angle = csv_cells.angle(row.text(member))
        if angle is None:
            detail = f"{row.text(member)[:40]!r} is no number of degrees"
            yield finding(row, sheet, member, "bad_coordinates", detail)
        elif angle.axis not in ("", member):
            yield finding(row, sheet, member, "swapped", f"{row.text(member)[:40]!r} is of the other axis")


def place_of(row: Row) -> tuple[float, float] | None:
    """Return longitude and latitude in degrees as the row has them, or None."""
    if not row.text("lon") and not row.text("lat"):
        return csv_cells.lon_lat(row.text("position"))
    lon, lat = csv_cells.angle(row.text("lon")), csv_cells.angle(row.text("lat"))
    return (lon.degrees, lat.degrees) if lon and lat else None


def _faults(row: Row, sheet: Sheet, options: ImportOptions) -> Iterator[Finding]:
    name = row.text("name")
    if members.category_part(row, options.category).members["category"] is None:
        yield finding(
            row, sheet, "name", "no_category", f"{name[:40]!r} does not tell; --category states one for the table"
        )
    district = district_of(row, options)
    stated = row.text("district")
    if district is None:
        yield finding(row, sheet, "district", "unknown_district", f"{stated[:40]!r} is not in the table of districts")
    elif district.zone:
        detail = (
            f"{district.name} is a zone without adcode: {district.adcode} is its city, the name stays in managed_by"
        )
        yield finding(row, sheet, "district", "zone", detail, "warning")
    hours = members.hours_part(row).members
    if hours["hours"] is None and hours["hours_source"]:
        detail = f"{hours['hours_source'][:40]!r} stays in hours_source; unknown"
        yield finding(row, sheet, "hours", "hours_not_understood", detail, "warning")
    if members.status_part(row).members.get("status") == "":
        status = " ".join(cell for column, cell in row.cells if members.is_status(column))
        yield finding(row, sheet, "status", "unknown_status", f"{status[:40]!r} does not say whether it is open")
    yield from remarked_status(row)
    named = code_of("datum", row.text("datum"))
    if named and named != options.datum.value:
        detail = f"{row.text('datum')[:40]!r} contradicts the {options.datum.value} that was stated"
        yield finding(row, sheet, "datum", "datum_contradicted", detail)


def remarked_status(row: Row) -> Iterator[Finding]:
    """Find what says that a station is not open where its status does not: 备注 已撤销, 甲驿站（停用）.

    A remark that only holds such words may be of something else.
    """
    if members.status_part(row).members.get("status", "open") != "open":
        return
    for column, cell in row.cells:
        where, detail = (
            f"row {row.number} {column.shown}",
            f"{cell[:40]!r} says that it is not open, the status does not",
        )
        is_remarked = not column.member and is_remark(column.header)
        texts = [cell] if is_remarked or column.member == "hours" else []
        if column.member in ("name", "address"):
            texts = [part for found in _ASIDE.findall(cell) for part in found if part]
        if any(code_of("status", each) not in (None, "open") for each in texts):
            yield Finding(where, "unknown_status", detail)
        elif any(holds_one_of("not_open", each) for each in texts) and (is_remarked or to_osm(cell) is None):
            yield Finding(
                where, "perhaps_not_open", f"{cell[:40]!r}: is it open? If not, let the status say so", "warning"
            )


def district_of(row: Row, options: ImportOptions) -> District | None:
    """Return the district a row states, or the one its address begins with, or that of the table; never a guess."""
    stated, address = row.text("district"), row.text("address")
    if stated and not is_one_of("blank", stated):
        return options.districts.find(stated, address)
    return options.districts.of_address(address) or options.district


def _feature(row: Row, options: ImportOptions, stated: dict[str, Any], others: dict[str, str]) -> dict[str, Any]:
    place, district = place_of(row), district_of(row, options)
    assert place and district  # else a fault was found before
    lon, lat = to_wgs84(*place, options.datum)
    known = {
        "name": row.text("name"),
        "district": district.adcode,
        **stated,
        "source_columns": others,
    }
    if district.zone:
        known["managed_by"] = district.zone
    return {
        "type": "Feature",
        "id": unicodedata.normalize("NFKC", row.text("id") or row.text("serial")),
        "geometry": {"type": "Point", "coordinates": [round(lon, DECIMALS), round(lat, DECIMALS)]},
        # What the table leaves empty is left out, but for hours: unknown.
        "properties": {
            name: value for name, value in known.items() if value not in (None, "", {}, []) or name == "hours"
        },
    }


def finding(
    row: Row, sheet: Sheet, member: str, code: FindingCode, detail: str, severity: Literal["error", "warning"] = "error"
) -> Finding:
    return Finding(f"row {row.number} {sheet.header(member)}", code, detail, severity)
