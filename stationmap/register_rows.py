"""One row of a register as people keep it, turned into a station, or into the reasons why it cannot be one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from stationmap import csv_cells, faults
from stationmap.csv_sheet import Column, Row, Sheet
from stationmap.csv_words import FACILITY, FLAG, category_patterns, code_of, is_one_of
from stationmap.datum import CHINA_BOX, Datum, to_wgs84
from stationmap.districts import District, Districts
from stationmap.errors import Finding
from stationmap.hours_wording import understood
from stationmap.model import DECIMALS, Category, Station

SIMPLE: dict[str, Callable[[str], object]] = {
    "name_en": csv_cells.words_of,
    "address": csv_cells.words_of,
    "directions": csv_cells.words_of,
    "phone": csv_cells.phone,
    "host": csv_cells.words_of,
    "managed_by": csv_cells.words_of,
    "level": csv_cells.level,
    "capacity": csv_cells.people,
    "area_m2": csv_cells.area_m2,
    "photo": csv_cells.link,
    "opened": csv_cells.day,
}
"""Members that one cell fills, and how it is read: None for what is not understood."""

_PARTS = re.compile(r"[、，,;；/+\s及或]+")


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


class _Part(NamedTuple):
    """Some members of a station, and the columns whose cells do not say, or do not say all, what they are."""

    members: dict[str, Any]
    unread: tuple[Column, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the table does not say: its datum, where district names lead, and what holds for rows that say nothing."""

    datum: Datum
    districts: Districts
    category: Category | None = None
    district: District | None = None


def station_of(row: Row, sheet: Sheet, reading: Reading) -> Outcome:
    """Return what becomes of a row; a status or place that is not understood makes it no station: none is guessed."""
    findings = [*_position_faults(row, sheet, reading), *_faults(row, sheet, reading)]
    parts = [
        _simple(row),
        _category(row, reading),
        _access(row),
        _facilities(row),
        _status(row),
        _verified(row),
        _position(row, reading),
    ]
    unread = tuple(dict.fromkeys(column for part in parts for column in part.unread))
    kept = tuple(Unread(column.header, row.number, cell) for column, cell in row.cells if column in unread)
    if any(found.severity == "error" for found in findings):
        return Outcome(None, tuple(findings), kept)
    members = {name: value for part in parts for name, value in part.members.items()}
    others = {column.header: cell for column, cell in row.cells if column in unread or not column.member}
    feature = _feature(row, reading, members, others)
    try:
        return Outcome(Station.model_validate(feature), tuple(findings), kept)
    except ValidationError as error:
        return Outcome(None, (*findings, *faults.findings(error, feature, f"row {row.number}")), kept)


def _position_faults(row: Row, sheet: Sheet, reading: Reading) -> Iterator[Finding]:
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
    elif reading.datum is not Datum.WGS84 and not (west <= lon <= east and south <= lat <= north):
        detail = f"{reading.datum.value} is not used there; taken as WGS-84"
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


def _faults(row: Row, sheet: Sheet, reading: Reading) -> Iterator[Finding]:
    name = row.text("name")
    if _category(row, reading).members["category"] is None:
        yield finding(row, sheet, "name", "no_category", f"{name[:40]!r} does not tell; state one for the table")
    district = district_of(row, reading)
    stated = row.text("district")
    if district is None:
        yield finding(row, sheet, "district", "unknown_district", f"{stated[:40]!r} is not in the table of districts")
    elif district.is_zone:
        detail = (
            f"{district.name} is a zone without adcode: {district.adcode} is its city, the name stays in managed_by"
        )
        yield finding(row, sheet, "district", "zone", detail, "warning")
    hours = row.text("hours")
    if hours and not is_one_of("blank", hours) and understood(hours) is None:
        detail = f"{hours[:40]!r} stays in hours_source; unknown"
        yield finding(row, sheet, "hours", "hours_not_understood", detail, "warning")
    if _status(row).members.get("status") == "":
        said = " ".join(cell for column, cell in row.cells if _is_status(column))
        yield finding(row, sheet, "status", "unknown_status", f"{said[:40]!r} does not say whether it is open")
    named = code_of("datum", row.text("datum"))
    if named and named != reading.datum.value:
        detail = f"{row.text('datum')[:40]!r} contradicts the {reading.datum.value} that was stated"
        yield finding(row, sheet, "datum", "datum_contradicted", detail)


def district_of(row: Row, reading: Reading) -> District | None:
    """Return the district a row states, or the one its address begins with, or that of the table; never a guess."""
    stated, address = row.text("district"), row.text("address")
    if stated and not is_one_of("blank", stated):
        return reading.districts.find(stated, address)
    return reading.districts.of_address(address) or reading.district


def _feature(row: Row, reading: Reading, members: dict[str, Any], others: dict[str, str]) -> dict[str, Any]:
    place, district = place_of(row), district_of(row, reading)
    assert place and district  # else a fault was found before
    lon, lat = to_wgs84(*place, reading.datum)
    hours = row.text("hours")
    hours = "" if is_one_of("blank", hours) else hours
    known = {
        "name": row.text("name"),
        "district": district.adcode,
        "hours": understood(hours) if hours else None,
        "hours_source": hours,
        **members,
        "source_columns": others,
    }
    if district.is_zone:
        known["managed_by"] = district.name
    return {
        "type": "Feature",
        "id": unicodedata.normalize("NFKC", row.text("id") or row.text("serial")),
        "geometry": {"type": "Point", "coordinates": [round(lon, DECIMALS), round(lat, DECIMALS)]},
        # What the table leaves empty is left out, but for hours: unknown.
        "properties": {
            name: value for name, value in known.items() if value not in (None, "", {}, []) or name == "hours"
        },
    }


def _simple(row: Row) -> _Part:
    members: dict[str, Any] = {}
    unread = []
    for column, cell in row.of(*SIMPLE):
        value = None if is_one_of("blank", cell) else SIMPLE[column.member](cell)
        if value is None:
            unread += [] if is_one_of("blank", cell) else [column]
        elif column.member == "phone" and "phone" in members:
            members["phone"] += f"、{value}"
        else:
            members[column.member] = value
    aliases = [
        part for _, cell in row.of("aliases") if not is_one_of("blank", cell) for part in re.split("[、，,;；]", cell)
    ]
    return _Part({**members, "aliases": [part.strip() for part in aliases if part.strip()]}, tuple(unread))


def _category(row: Row, reading: Reading) -> _Part:
    """Read what the column says, or else take what holds for the table, or else what the station calls itself."""
    cell = row.text("category")
    unread: tuple[Column, ...] = ()
    if cell and not is_one_of("blank", cell):
        named = {code for pattern, code in category_patterns() if pattern.search(cell)}
        code = code_of("category", cell) or (named.pop() if len(named) == 1 else None)
        if code:
            return _Part({"category": code})
        unread = tuple(column for column, _ in row.of("category"))
    by_name = next((code for pattern, code in category_patterns() if pattern.search(row.text("name"))), None)
    return _Part({"category": reading.category or by_name}, unread)


def _access(row: Row) -> _Part:
    """Read who may enter and how; what names two kinds of people names none, but all may have to register."""
    who: set[str] = set()
    how: list[str] = []
    notes, unread, read = [], [], []
    for column, cell in row.of("access", "how"):
        parts = [cell] if _admits(cell) else [part for part in _PARTS.split(cell) if part]
        found = [_admits(part) for part in parts]
        if not all(found):
            unread += [] if is_one_of("blank", cell) else [column]
            continue
        read.append(column)
        who |= {code for kind, code in filter(None, found) if kind == "who"}
        how += [code for kind, code in filter(None, found) if kind == "how"]
        notes += [f"{column.header}:{cell}"] if any(is_one_of("noted", part) for part in parts) else []
    for column, code in _flags(row, "access"):
        who |= {code} if code else set()
        (read if code else unread).append(column)
    who -= {"public"} if "registration" in who else set()
    who -= {"registration"} if len(who) > 1 else set()
    if len(who) > 1:
        return _Part({"access": {"who": "unknown"}}, (*unread, *read))
    notes += [cell for _, cell in row.of("access_note") if not is_one_of("blank", cell)]
    access = {"who": who.pop() if who else "unknown", "how": list(dict.fromkeys(how)), "note": ";".join(notes)}
    return _Part({"access": {name: value for name, value in access.items() if value}}, tuple(unread))


def _admits(text: str) -> tuple[str, str] | None:
    who, how = code_of("who", text), code_of("how", text)
    return ("who", who) if who else ("how", how) if how else None


def _facilities(row: Row) -> _Part:
    """Read facilities from columns of their own and from lists; where two contradict each other neither is taken."""
    said: dict[str, set[bool]] = {}
    from_columns: dict[str, list[Column]] = {}
    services: list[str] = []
    unread = []

    def say(code: str, there: bool, column: Column) -> None:
        said.setdefault(code, set()).add(there)
        from_columns.setdefault(code, []).append(column)

    for column, cell in row.of(FACILITY):
        there = csv_cells.presence(cell)
        if there is not None:
            say(column.meaning.yes, there, column)
        elif not is_one_of("blank", cell):
            unread.append(column)
    for column, cell in row.of("facilities", "services"):
        if is_one_of("blank", cell):
            continue
        things = csv_cells.things(cell)
        for code, there in things.facilities.items():
            say(code, there, column)
        services += things.services
        unread += [column] if things.unread else []
    contradicted = [code for code, answers in said.items() if len(answers) > 1]
    unread += [column for code in contradicted for column in from_columns[code]]
    facilities = {code: True in answers for code, answers in said.items() if code not in contradicted}
    return _Part({"facilities": facilities, "services": list(dict.fromkeys(services))}, tuple(unread))


def _status(row: Row) -> _Part:
    """Read the status; the empty text is one that is stated and not understood, or contradicted by another column."""
    stated = {code_of("status", cell) or "" for _, cell in row.of("status")}
    flags = {code or "" for _, code in _flags(row, "status")}
    both = stated | flags
    if not both:
        return _Part({})
    if "" in both or ("open" in both and len(both) > 1):
        return _Part({"status": ""})
    return _Part({"status": (stated or flags).pop()})


def _is_status(column: Column) -> bool:
    return column.member == "status" or column.meaning.yes.startswith("status.")


def _flags(row: Row, member: str) -> Iterator[tuple[Column, str | None]]:
    """Yield what columns such as 是否对外开放 say of a member, None where that is neither yes nor no."""
    for column, cell in row.of(FLAG):
        if column.meaning.yes.startswith(f"{member}."):
            there = csv_cells.presence(cell)
            yes_or_no = column.meaning.yes if there else column.meaning.no
            yield column, None if there is None else yes_or_no.partition(".")[2]


def _verified(row: Row) -> _Part:
    """Read the last check; without a word on who made it, it is that of the union whose list this is."""
    columns = tuple(column for column, cell in row.of("verified_on", "verified_by") if not is_one_of("blank", cell))
    if not columns:
        return _Part({})
    by = row.text("verified_by")
    known = {
        "on": csv_cells.day(row.text("verified_on")),
        "by": "staff" if is_one_of("blank", by) else code_of("verified_by", by),
    }
    if None in known.values():
        return _Part({}, columns)
    how = row.text("verified_how")
    return _Part({"verified": {**known, **({"how": how} if not is_one_of("blank", how) else {})}})


def _position(row: Row, reading: Reading) -> _Part:
    how, origin = code_of("origin", row.text("origin")), row.text("origin")
    unread = tuple(
        column
        for column, cell in row.of("origin", "datum")
        if not code_of(column.member, cell) and not is_one_of("blank", cell)
    )
    known = {"how": how, "datum": reading.datum.value} if origin and how else {"datum": reading.datum.value}
    return _Part({"position": known}, unread)


def finding(
    row: Row, sheet: Sheet, member: str, code: str, detail: str, severity: Literal["error", "warning"] = "error"
) -> Finding:
    return Finding(f"row {row.number} {sheet.header(member)}", code, detail, severity)
