"""The demand to fall back on: the residents of the census, spread evenly over the cells of their unit.

It is a proxy. Residents are not outdoor workers, and nobody lives spread evenly; better data are given as a file
(`demand_files`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.territory import Territory
from stationmap.city import RESIDENTS, here
from stationmap.csv_reader import csv_text
from stationmap.errors import FileError, InvalidAuditError, InvalidTableError

NAME = "七普常住人口按面积均摊 (residents of the 2020 census, spread evenly over the area of each unit)"
PROXY = Note("proxy")
ZONE = "320371"
"""The development zone that the census counts apart and that has no polygon (data/SOURCES.md)."""
SHARE = f"zone_{ZONE}_share"


@dataclass(frozen=True)
class Census:
    """People by adcode: all residents of a unit, and those of them who were counted in the zone."""

    residents: Mapping[str, int]
    of_zone: Mapping[str, int]


def read_census(data: bytes) -> Census:
    """Read a table such as data/areas/residents.csv. Raises InvalidAuditError where it is not one."""
    try:
        rows = csv_text.table(data, "adcode", "residents")
        residents = {row["adcode"]: int(row["residents"]) for row in rows}
        of_zone = {row["adcode"]: int(row.get(SHARE) or 0) for row in rows}
    except (InvalidTableError, ValueError) as error:
        raise InvalidAuditError(f"{RESIDENTS} needs the columns adcode and residents, and may have {SHARE}") from error
    if min([*residents.values(), *of_zone.values()], default=0) < 0:
        raise InvalidAuditError(f"{RESIDENTS}: residents are not negative")
    return Census(residents, of_zone)


def residents(territory: Territory, census: Census | None = None) -> Demand:
    """Spread residents over a territory: those of the packaged table, unless others are given.

    Raises InvalidAuditError when nobody is known to live there.
    """
    census = census or _of_city()
    source = Source("residents", NAME, (PROXY, *_notes(census, territory.codes)))
    return Demand.spread(territory, census.residents, source)


def _of_city() -> Census:
    """Return the residents of the city that is served; of one that has no table nobody is known."""
    try:
        return read_census(here().read(RESIDENTS))
    except FileError:
        return Census({}, {})


def _notes(census: Census, codes: tuple[str, ...]) -> list[Note]:
    notes = []
    shares = {code: census.of_zone[code] for code in codes if census.of_zone.get(code)}
    if shares:
        people = f"{sum(shares.values()):,}"
        notes.append(Note("zone", {"people": people, "zone": ZONE, "districts": tuple(shares)}))
    if unknown := [code for code in codes if code not in census.residents]:
        notes.append(Note("no_residents", {"districts": tuple(unknown)}))
    return notes
