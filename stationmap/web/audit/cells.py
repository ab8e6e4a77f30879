"""What the audit measures from, for a browser: cells, people and stations as one columnar document.

With it the page works out coverage by itself for any radius, hour and filter, and its figures are the server's
(`static/js/audit/figures/coverage.js`). The form: the length of a JSON header as 4 octets, little-endian; the header,
padded with blanks to a multiple of 8; then the columns, each padded likewise, little-endian, at the positions
that the header gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.supply import Requirements, Supply, shut_on, week_of
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.output.degree_steps import steps
from stationmap.audit.studies.study import Study
from stationmap.registry.checks.positions import StationArrays
from stationmap.registry.model import CATEGORIES, FACILITIES, WHO, Station
from stationmap.registry.registry import Registry
from stationmap.rules import CELLS_FORMAT
from stationmap.search.usability import groups_needed, is_in_use

_TYPES = {"<f8": "f8", "<u4": "u4", "|u1": "u1"}

Column = NDArray[Any]


def by_cell(territory: Territory, demand: Demand) -> Demand:
    """Return the same people at the middles of their cells, from which the page measures, and a note on it."""
    if demand.is_on_cells_of(territory):
        return demand
    people = np.zeros(len(territory), dtype=np.int64)
    np.add.at(people, demand.rows, demand.people)
    note = Note("by_cell", {"cell": f"{territory.grid.cell_m:g}"})
    return Demand.on_cells(territory, people, demand.source.with_notes(note))


def document(study: Study, names: Mapping[str, str] | None = None) -> bytes:
    """Return the document of a study; its reader applies the requirements to stations, its week is fixed.

    `names` are those of districts, by code, that are not to be called as the catalogue has it.
    """
    header = {
        "stated": study.stated(),
        "cell_m": study.territory.grid.cell_m,
        "districts": list(study.territory.codes),
        "names": dict(names or {}),
        "categories": CATEGORIES,
        "facilities": FACILITIES,
        "who": WHO,
        "stations": [{"id": station.id, "name": station.name} for station in study.stations],
        "week_of": study.question.monday.isoformat(),
    }
    return packed(
        header, {**_of_cells(study), **_of_stations(study), **_of_week(study.stations, study.question.monday)}
    )


def week_document(registry: Registry, monday: date) -> bytes:
    """Return, in the same form, what changes from week to week: hours stations are open at, days they are shut on."""
    return packed({"week_of": monday.isoformat()}, _of_week(registry.stations, monday))


def packed(header: dict[str, Any], columns: dict[str, Column]) -> bytes:
    """Return the document of a header and of columns, each of the shape (n,), in the order given."""
    text = orjson.dumps({"format": CELLS_FORMAT, **header, "columns": _places(columns)})
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([len(text).to_bytes(4, "little"), text, *(_padded(column) for column in columns.values())])


def _of_cells(study: Study) -> dict[str, Column]:
    territory, demand = study.territory, study.demand
    # People at places other than the middles of cells would be measured from where they are not.
    assert demand.is_on_cells_of(territory), "the page shows people by cell"
    return {
        "cell_lons": steps(territory.lons),
        "cell_lats": steps(territory.lats),
        "cell_districts": territory.districts.astype(np.uint8),
        "people": demand.people.astype(np.float64),
    }


def _of_stations(study: Study) -> dict[str, Column]:
    stations = study.stations
    places = StationArrays.of(stations)
    known = [station.properties for station in stations]
    return {
        "station_lons": places.lons,
        "station_lats": places.lats,
        "in_use": _octets([is_in_use(station) for station in stations]),
        "needs": _octets([_bits(groups_needed(each.category, each.access.who)) for each in known]),
        "category": _octets([CATEGORIES.index(each.category) for each in known]),
        "who": _octets([WHO.index(each.access.who) for each in known]),
        "present": _facilities(stations, present=True),
        "absent": _facilities(stations, present=False),
    }


def _of_week(stations: Sequence[Station], monday: date) -> dict[str, Column]:
    """Return hours as bits, 24 octets a station, and as bits from Monday on the days that closures leave nothing of."""
    # Judged so that whatever is in use counts: its hours are then those the calendar and closures give it.
    anybody = Supply.of(stations, Requirements(who=frozenset(WHO)))
    confirmed, possible = week_of(stations, anybody, monday)
    shut = sum(shut_on(stations, monday + timedelta(days=day)).astype(np.uint8) << day for day in range(7))
    return {
        "hours_sure": confirmed.astype("<u8").view(np.uint8).ravel(),
        "hours_possible": possible.astype("<u8").view(np.uint8).ravel(),
        "shut": np.asarray(shut, dtype=np.uint8),
    }


def _bits(groups: Set[str]) -> int:
    """Return groups as bits, in the order of WHO."""
    return sum(1 << at for at, who in enumerate(WHO) if who in groups)


def _octets(values: Sequence[int]) -> Column:
    return np.array(values, dtype=np.uint8)


def _facilities(stations: Sequence[Station], *, present: bool) -> Column:
    """Return as bits of 32, in the order of FACILITIES, which ones are known to be there, or not to be."""
    known = [station.properties.facilities for station in stations]
    bits = [sum(1 << at for at, code in enumerate(FACILITIES) if each.get(code) is present) for each in known]
    return np.array(bits, dtype="<u4")


def _places(columns: dict[str, Column]) -> dict[str, tuple[str, int, int]]:
    """Return of each column the type, the offset behind the header, and how many values it has."""
    places, offset = {}, 0
    for name, column in columns.items():
        places[name] = (_TYPES[column.dtype.str], offset, len(column))
        offset += len(_padded(column))
    return places


def _padded(column: Column) -> bytes:
    data = column.tobytes()
    return data + b"\0" * (-len(data) % 8)
