"""What the changed cells of a row make of a station: each member is read as in any list, the others stay as they are.

found = edited_station(changed_cells(row, base, table))
found.station       # with the changes that are understood
found.faults        # cells that are not: what they are about stays as it was
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from stationmap.csv_reader import csv_cells
from stationmap.csv_reader.vocabulary import FACILITY, FLAG, code_of, is_one_of
from stationmap.editing.list_import.changed_cells import CellFault, ChangedCells
from stationmap.editing.list_import.edited_place import PLACE_MEMBERS, edited_place
from stationmap.hours.chinese.wording import to_osm
from stationmap.registry import validation
from stationmap.registry.csv_import import members
from stationmap.registry.csv_import.facility_lists import read_facility_list
from stationmap.registry.model import Station, is_code
from stationmap.registry.revision import digest_of, line

Update = tuple[dict[str, Any], tuple[CellFault, ...]]
"""New values of properties, None for one that is removed (`geometry` is the feature's), and cells not understood."""

NOTHING: Update = ({}, ())
_VERIFIED = {"verified_on": "on", "verified_by": "by", "verified_how": "how"}


class EditedStation(NamedTuple):
    """A station with the changes of a row, the base itself where there are none, and cells that are not understood."""

    station: Station
    faults: tuple[CellFault, ...] = ()


def edited_station(cells: ChangedCells) -> EditedStation:
    """Return what changed cells make of their base."""
    touched = cells.stated | cells.emptied
    updates = [read(cells) for read, members_read in _READERS if not touched.isdisjoint(members_read)]
    values = {name: value for update, _ in updates for name, value in update.items()}
    faults = tuple(dict.fromkeys(fault for _, found in updates for fault in found))
    if not values:
        return EditedStation(cells.base, faults)
    feature: dict[str, Any] = orjson.loads(line(cells.base))
    geometry = values.pop("geometry", feature["geometry"])
    known = {name: value for name, value in {**feature["properties"], **values}.items() if value is not None}
    # What is null stays null where nobody touched it; hours that are not known are written as null.
    known = {**{name: None for name in feature["properties"] if name not in values and name not in known}, **known}
    if values.get("hours", "") is None:
        known["hours"] = None
    feature = {**feature, "geometry": geometry, "properties": known}
    try:
        station = Station.model_validate(feature)
    except ValidationError as error:
        found = validation.findings(error, feature, "")
        return EditedStation(cells.base, (*faults, *(CellFault(each.where, each.code, each.detail) for each in found)))
    return EditedStation(cells.base if digest_of(station) == digest_of(cells.base) else station, faults)


def _name(cells: ChangedCells) -> Update:
    if cells.clears("name"):
        return {}, cells.fault("name", "blank", "a station without a name")
    return ({"name": cells.row.text("name")}, ()) if cells.states("name") else NOTHING


def _simple(cells: ChangedCells) -> Update:
    part = members.simple_part(cells.row)
    values = {name: value for name, value in part.members.items() if name != "aliases" or value}
    values |= {name: None for name in (*members.SIMPLE, "aliases") if cells.clears(name)}
    return values, cells.unread(part.unread)


def _category(cells: ChangedCells) -> Update:
    if not cells.states("category"):
        return _stays(cells, "category")
    part = members.category_part(cells.row, None)
    return ({}, cells.unread(part.unread)) if part.unread else (part.members, ())


def _district(cells: ChangedCells) -> Update:
    if not cells.states("district"):
        return _stays(cells, "district")
    stated = cells.row.text("district")
    district = cells.table.options.districts.find(stated, cells.whole.text("address"))
    if district is None:
        detail = f"{stated[:40]!r} is not in the table of districts"
        return {}, cells.fault("district", "unknown_district", detail)
    zone = {"managed_by": district.zone} if district.zone else {}
    return {"district": district.adcode, **zone}, ()


def _stays(cells: ChangedCells, member: str) -> Update:
    """Refuse to empty a member that every station has; other people's lists may leave it out."""
    if not (cells.table.is_ours and cells.clears(member)):
        return NOTHING
    return {}, cells.fault(member, "blank", "every station has one: it stays as it was")


def _hours(cells: ChangedCells) -> Update:
    wording, osm = cells.states("hours"), cells.states("hours_osm")
    if not (wording or osm):
        if cells.clears("hours"):
            if not cells.table.is_ours and cells.whole.text("hours_osm") == cells.base.hours:
                return NOTHING  # never more than opening hours were stated
            return {"hours": None, "hours_source": None}, ()
        if not cells.clears("hours_osm"):
            return NOTHING
    words = cells.whole.text("hours")
    if (
        osm
        and not wording
        and not cells.as_written
        and cells.row.has("hours")
        and (is_one_of("blank", words) or to_osm(words))
    ):
        # Nobody knows whether it was changed, or was left when the wording was: the wording is what people keep.
        return {}, cells.fault("hours_osm", "hours_contradicted", f"{cells.row.text('hours_osm')[:40]!r}")
    # Of the two columns the one that was changed counts; where only opening_hours were emptied, the wording does.
    read = cells.row if wording or osm else cells.whole
    found = members.hours_part(read).members
    if found["hours"] is None and cells.base.hours is not None:
        detail = f"{found['hours_source'][:40]!r}"
        return {}, cells.fault("hours" if wording or not osm else "hours_osm", "cell_not_understood", detail)
    return {"hours": found["hours"], "hours_source": found["hours_source"] or None}, ()


def _access(cells: ChangedCells) -> Update:
    flags = any(column.meaning.yes.startswith("access.") for column, _ in cells.row.of(FLAG))
    if not (flags or cells.states(*_ACCESS) or not cells.emptied.isdisjoint(_ACCESS)):
        return NOTHING
    part = members.access_part(cells.whole if flags else cells.row)
    stated = part.members["access"]
    access: dict[str, Any] = cells.base.access.model_dump(mode="json", exclude_unset=True)
    is_who_read = any(column not in part.unread for column, _ in cells.row.of("access", FLAG))
    if is_who_read:
        access["who"] = stated["who"]
    if stated.get("how") and (cells.states("how") or not cells.row.has("how")):
        access["how"] = stated["how"]
    if stated.get("note") and (is_who_read or cells.states("access_note")):
        access["note"] = stated["note"]
    access |= {"who": "unknown"} if cells.clears("access") else {}
    dropped = {name for member, name in (("how", "how"), ("access_note", "note")) if cells.clears(member)}
    return {"access": {name: value for name, value in access.items() if name not in dropped}}, cells.unread(part.unread)


def _status(cells: ChangedCells) -> Update:
    flags = any(column.meaning.yes.startswith("status.") for column, _ in cells.row.of(FLAG))
    if not (flags or cells.states("status")):
        return _stays(cells, "status")
    status = members.status_part(cells.whole if flags else cells.row).members.get("status", "open")
    if status == "":
        stated = " ".join(cell for column, cell in cells.whole.cells if members.is_status(column))
        return {}, cells.fault("status", "unknown_status", f"{stated[:40]!r} does not say whether it is open")
    return ({"status": status}, ()) if status != cells.base.status else NOTHING


def _closures(cells: ChangedCells) -> Update:
    if cells.clears("closures"):
        return {"closures": None}, ()
    if not cells.states("closures"):
        return NOTHING
    part = members.closures_part(cells.row)
    return ({}, cells.unread(part.unread)) if part.unread else ({"closures": part.members["closures"]}, ())


def _facilities(cells: ChangedCells) -> Update:
    emptied = {column.meaning.yes for column in cells.cleared if column.member == FACILITY}
    if not (emptied or cells.states(FACILITY, "facilities")):
        return NOTHING
    row = cells.row._replace(texts=_without(cells, "services"))
    part = members.facilities_part(row)
    kept = {code: there for code, there in cells.base.facilities.items() if code not in emptied}
    facilities = {**kept, **part.members["facilities"]}
    values: dict[str, Any] = {} if facilities == cells.base.facilities else {"facilities": facilities}
    # A list of facilities that names services says that these are there, not that there are no others.
    more = [code for code in part.members["services"] if code not in cells.base.services]
    if more and not cells.states("services"):
        values["services"] = [*cells.base.services, *more]
    return values, cells.unread(part.unread)


def _without(cells: ChangedCells, member: str) -> tuple[str, ...]:
    places = cells.row.columns.places.get(member, ())
    return tuple("" if place in places else text for place, text in enumerate(cells.row.texts))


def _services(cells: ChangedCells) -> Update:
    if cells.clears("services"):
        return {"services": [code for code in cells.base.services if not is_code(code)] or None}, ()
    if not cells.states("services"):
        return NOTHING
    # Names that are no codes have no word in a cell; codes that only a later version knows are their own word.
    stated = [code for code in cells.base.services if not is_code(code)]
    for column, cell in cells.row.of("services"):
        found = read_facility_list(cell)
        if any(word not in cells.base.services for word in found.unread):
            return {}, cells.unread((column,))
        stated += (*found.services, *found.unread)
    return ({"services": stated}, ()) if set(stated) != set(cells.base.services) else NOTHING


def _verified(cells: ChangedCells) -> Update:
    changed = [(column, cell) for column, cell in cells.row.of(*_VERIFIED)]
    if cells.clears("verified_on") and not changed:
        return {"verified": None}, ()
    verified: dict[str, Any] = orjson.loads(line(cells.base))["properties"].get("verified") or {}
    verified = {name: value for name, value in verified.items() if not cells.clears(f"verified_{name}")}
    unread = []
    for column, cell in changed:
        value = _verified_value(column.member, cell)
        unread += [column] if value is None else []
        verified |= {} if value is None else {_VERIFIED[column.member]: value}
    if not changed and not any(map(cells.clears, _VERIFIED)):
        return NOTHING
    if "on" not in verified:
        return {}, cells.unread(unread or [column for column, _ in changed])
    return {"verified": {**verified, "by": verified.get("by", "staff")}}, cells.unread(unread)


def _verified_value(member: str, cell: str) -> str | None:
    if member == "verified_on":
        return csv_cells.day(cell)
    return code_of("verified_by", cell) if member == "verified_by" else csv_cells.words_of(cell)


_ACCESS = ("access", "how", "access_note")

_READERS: tuple[tuple[Callable[[ChangedCells], Update], tuple[str, ...]], ...] = (
    (_name, ("name",)),
    (_simple, (*members.SIMPLE, "aliases")),
    (_category, ("category",)),
    (_district, ("district",)),
    (_access, (*_ACCESS, FLAG)),
    (_hours, ("hours", "hours_osm")),
    (_status, ("status", FLAG)),
    (_closures, ("closures",)),
    (_facilities, (FACILITY, "facilities")),
    (_services, ("services",)),
    (_verified, tuple(_VERIFIED)),
    (edited_place, PLACE_MEMBERS),
)
"""What reads which members; in this order, of which the later holds."""
