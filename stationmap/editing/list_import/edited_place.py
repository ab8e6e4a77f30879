"""Where a row says that a station is, against where it was: typed anew, only rounded, or converted and the same."""

from __future__ import annotations

import math
from typing import Any, Final

from stationmap.csv_reader.vocabulary import code_of
from stationmap.datum import to_wgs84
from stationmap.editing.list_import.changed_cells import CellFault, ChangedCells
from stationmap.registry.csv_import.rows import place_of, position_faults
from stationmap.registry.model import DECIMALS

SAME_PLACE_M: Final = 1.0
"""What conversion between datums and the rounding of other programs move a point by is less."""

ROUNDED_M: Final = 0.02
"""What rounding to `DECIMALS` moves a point by is less."""

MEAN_RADIUS_M: Final = 6_371_000.0

_PLACE = ("lon", "lat", "position")
_SOURCE = ("origin", "source_datum")
PLACE_MEMBERS: Final = (*_PLACE, *_SOURCE)


def edited_place(cells: ChangedCells) -> tuple[dict[str, Any], tuple[CellFault, ...]]:
    """Return the geometry and `position` that changed cells state, nothing where the place is the same.

    Coordinates are taken in the datum of the table and converted to WGS-84.
    """
    if any(map(cells.clears, _PLACE)):
        return {}, cells.fault("lon", "blank", "every station has a place: it stays as it was")
    if not cells.states(*_PLACE):
        return _source_alone(cells)
    named = code_of("datum", cells.whole.text("datum"))
    if named and named != cells.table.options.datum.value:
        detail = f"{cells.whole.text('datum')[:40]!r} contradicts the {cells.table.options.datum.value} that was stated"
        return {}, cells.fault("datum", "datum_contradicted", detail)
    place = place_of(cells.whole)
    lon, lat = to_wgs84(*place, cells.table.options.datum) if place else (math.nan, math.nan)
    if _apart_m((lon, lat), cells.base.geometry.coordinates) < (ROUNDED_M if cells.table.is_ours else SAME_PLACE_M):
        return _source_alone(cells)
    faults = _faults(cells)
    if faults:
        return {}, faults
    # What was known of the old point is not known of the new one, unless the row was written with it.
    stated = cells.row if cells.as_written else cells.whole
    how, unread = code_of("origin", stated.text("origin")), _unread(cells)
    given = code_of("datum", stated.text("source_datum"))
    if given is None and (cells.as_written or not stated.has("source_datum")):
        given = cells.table.options.datum.value
    located = {name: value for name, value in (("how", how), ("datum", given)) if value}
    geometry = {"type": "Point", "coordinates": [round(lon, DECIMALS), round(lat, DECIMALS)]}
    return {"geometry": geometry, "position": located or None}, unread


def _source_alone(cells: ChangedCells) -> tuple[dict[str, Any], tuple[CellFault, ...]]:
    """Return what is said of how a point was obtained, where the point stays."""
    if not cells.states(*_SOURCE) and not any(map(cells.clears, _SOURCE)):
        return {}, ()
    located = cells.base.properties.located
    known: dict[str, Any] = located.model_dump(mode="json", exclude_unset=True) if located else {}
    for member, table, name in (("origin", "origin", "how"), ("source_datum", "datum", "datum")):
        stated = code_of(table, cells.row.text(member))
        known |= {name: stated} if stated else {}
        if cells.clears(member):
            known.pop(name, None)
    return {"position": known or None}, _unread(cells)


def _unread(cells: ChangedCells) -> tuple[CellFault, ...]:
    found = [*(("origin", each) for each in cells.row.of("origin"))]
    found += [("datum", each) for each in cells.row.of("source_datum")]
    return cells.unread([column for table, (column, cell) in found if code_of(table, cell) is None])


def _faults(cells: ChangedCells) -> tuple[CellFault, ...]:
    """Return what is wrong with the coordinates of a row."""
    return tuple(
        CellFault(found.where.partition(" ")[2].partition(" ")[2], found.code, found.detail)
        for found in position_faults(cells.whole, cells.table.sheet, cells.table.options)
        if found.severity == "error"
    )


def _apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the metres between two places that are near each other, on a sphere; NaN where one is not known."""
    east = (one[0] - other[0]) * math.cos(math.radians(one[1]))
    return math.radians(math.hypot(east, one[1] - other[1])) * MEAN_RADIUS_M
