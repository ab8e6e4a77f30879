"""One row of a register as people keep it, turned into a station, or into the reasons why it cannot be one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from stationmap import faults
from stationmap.datum import CHINA_BOX, Datum, to_wgs84
from stationmap.districts import Districts
from stationmap.errors import Finding
from stationmap.hours_wording import understood
from stationmap.model import DECIMALS, Category, Station

COLUMNS = {
    "id": ("编号", "id"),
    "name": ("站点名称", "名称", "name"),
    "address": ("地址", "address"),
    "district": ("区县", "district"),
    "lon": ("经度", "lon"),
    "lat": ("纬度", "lat"),
    "origin": ("坐标来源",),
    "hours": ("开放时间", "hours"),
}
REQUIRED = ("id", "name", "district", "lon", "lat")
ORIGINS = {"geocoded": "geocoded", "map-POI": "map_pick", "survey": "survey", "实测": "survey"}
# What a station calls itself, strongest first: a 驿站 may stand inside a 职工服务中心, and be named after it.
CATEGORY_WORDS: tuple[tuple[str, Category], ...] = (
    ("康乃馨", "carnation"),
    ("驿站|户外劳动者", "outdoor_worker"),
    ("文化服务站", "culture"),
    ("职工服务中心|职工服务站|帮扶中心", "service_centre"),
)

_NUMBER = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{1,20})?")


class Row(NamedTuple):
    """A row as it stands: its number (the header is 1), its cells by member, and those of unknown columns by header."""

    number: int
    cells: dict[str, str]
    others: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the table does not say: its datum, where district names lead, and the category if it is one for all rows."""

    datum: Datum
    districts: Districts
    category: Category | None = None


def station_of(row: Row, reading: Reading) -> tuple[Station | None, list[Finding]]:
    """Return the station, None when a finding is an error, and the findings."""
    findings = [*_position_faults(row, reading), *_name_faults(row, reading)]
    if any(found.severity == "error" for found in findings):
        return None, findings
    feature = _feature(row, reading)
    try:
        return Station.model_validate(feature), findings
    except ValidationError as error:
        return None, [*findings, *faults.findings(error, feature, f"row {row.number}")]


def _position_faults(row: Row, reading: Reading) -> Iterator[Finding]:
    lon, lat = _degrees(row.cells["lon"]), _degrees(row.cells["lat"])
    for member, value in (("lon", lon), ("lat", lat)):
        if value is None:
            yield finding(row, member, "bad_coordinates", f"{row.cells[member][:40]!r} is no number of degrees")
    if lon is None or lat is None:
        return
    west, south, east, north = CHINA_BOX
    if west <= lat <= east and south <= lon <= north:
        yield finding(row, "lat", "swapped", f"longitude {lon} and latitude {lat} look swapped")
    elif not (abs(lon) <= 180 and abs(lat) <= 90):
        yield finding(row, "lat", "out_of_range", f"{lon}, {lat} is nowhere on Earth")
    elif reading.datum is not Datum.WGS84 and not (west <= lon <= east and south <= lat <= north):
        yield finding(
            row, "lon", "outside_datum", f"{reading.datum.value} is not used there; taken as WGS-84", "warning"
        )


def _name_faults(row: Row, reading: Reading) -> Iterator[Finding]:
    cells = row.cells
    if _category(cells["name"], reading) is None:
        yield finding(row, "name", "no_category", f"{cells['name'][:40]!r} does not tell; state one for the table")
    district = reading.districts.find(cells["district"], cells.get("address", ""))
    if district is None:
        yield finding(
            row, "district", "unknown_district", f"{cells['district'][:40]!r} is not in the table of districts"
        )
    elif district.is_zone:
        detail = (
            f"{district.name} is a zone without adcode: {district.adcode} is its city, the name stays in managed_by"
        )
        yield finding(row, "district", "zone", detail, "warning")
    hours = cells.get("hours", "")
    if hours and understood(hours) is None:
        yield finding(row, "hours", "hours_not_understood", f"{hours[:40]!r} stays in hours_source; unknown", "warning")
    origin = cells.get("origin", "")
    if origin and origin not in ORIGINS:
        yield finding(row, "origin", "unknown_origin", f"{origin[:40]!r} stays in source_columns", "warning")


def _feature(row: Row, reading: Reading) -> dict[str, Any]:
    cells = row.cells
    lon, lat = to_wgs84(float(cells["lon"]), float(cells["lat"]), reading.datum)
    return {
        "type": "Feature",
        "id": cells["id"],
        "geometry": {"type": "Point", "coordinates": [round(lon, DECIMALS), round(lat, DECIMALS)]},
        "properties": {name: value for name, value in _properties(row, reading).items() if value or name == "hours"},
    }


def _properties(row: Row, reading: Reading) -> dict[str, Any]:
    """Return the members; those the table leaves empty are falsy, and all but unknown hours are left out."""
    cells = row.cells
    district = reading.districts.find(cells["district"], cells.get("address", ""))
    origin, hours = cells.get("origin", ""), cells.get("hours", "")
    others = dict(row.others)
    if origin not in ORIGINS:
        others["坐标来源"] = origin
    return {
        "name": cells["name"],
        "category": _category(cells["name"], reading),
        "district": district and district.adcode,
        "address": cells.get("address"),
        # The table does not say who may enter.
        "access": {"who": "unknown"},
        "hours": understood(hours) if hours else None,
        "hours_source": hours,
        "managed_by": district.name if district and district.is_zone else None,
        "position": _known({"how": ORIGINS.get(origin), "datum": reading.datum.value}),
        "source_columns": _known(others),
    }


def _known(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}


def _category(name: str, reading: Reading) -> Category | None:
    if reading.category:
        return reading.category
    return next((category for words, category in CATEGORY_WORDS if re.search(words, name)), None)


def _degrees(cell: str) -> float | None:
    # float() would also take nan, 1_000 and digits of other scripts.
    return float(cell) if _NUMBER.fullmatch(cell) else None


def finding(row: Row, member: str, code: str, detail: str, severity: Literal["error", "warning"] = "error") -> Finding:
    return Finding(f"row {row.number} {COLUMNS[member][0]}", code, detail, severity)
