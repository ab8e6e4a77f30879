"""The city that is served as an area to study: the polygons of its districts, and these cut into cells."""

from __future__ import annotations

from functools import lru_cache

from stationmap.audit.inputs.territory import Territory
from stationmap.city import AREAS, City, here
from stationmap.defaults import CELL_M
from stationmap.errors import InvalidAuditError
from stationmap.registry.checks.positions import Counties
from stationmap.registry.checks.quality import read_counties


def city_areas() -> Counties:
    """Return the polygons of the city's districts, WGS-84 degrees, by adcode."""
    return _areas_of(here())


@lru_cache(maxsize=2)
def _areas_of(served: City) -> Counties:
    return read_counties(served.read(AREAS))


def city(cell_m: float = CELL_M, districts: frozenset[str] = frozenset()) -> Territory:
    """Return the city's districts cut into cells of one grid; `districts` chooses some by adcode.

    Raises InvalidAuditError for a code the city does not have.
    """
    return _territory_of(here(), cell_m, districts)


@lru_cache(maxsize=4)
def _territory_of(served: City, cell_m: float, districts: frozenset[str]) -> Territory:
    areas = _areas_of(served)
    if unknown := sorted(districts.difference(areas)):
        raise InvalidAuditError(f"no such district: {', '.join(unknown)}; known: {', '.join(sorted(areas))}")
    return Territory.of(areas, cell_m, districts)
