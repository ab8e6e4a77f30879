"""Whether the stations of a registry lie in the areas studied, and whether any of them is confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.supply import Supply
from stationmap.errors import InvalidAuditError
from stationmap.registry.checks.positions import StationArrays
from stationmap.registry.registry import Registry


class StationsInside(NamedTuple):
    """How many of a registry's stations lie in the areas studied."""

    inside: int
    stations: int

    @property
    def outside(self) -> int:
        return self.stations - self.inside

    @property
    def notes(self) -> tuple[Note, ...]:
        """What every file must tell of them."""
        counts = {"outside": f"{self.outside:,}", "stations": f"{self.stations:,}"}
        return (Note("stations_outside", counts),) if self.outside else ()


def count_inside(areas: Iterable[BaseGeometry], registry: Registry) -> StationsInside:
    """Count the stations of a registry that lie in areas, WGS-84 degrees, borders included."""
    places = StationArrays.of(registry.stations)
    inside = np.zeros(len(registry), dtype=bool)
    for area in areas:
        shapely.prepare(area)
        inside |= shapely.intersects_xy(area, places.lons, places.lats)
    return StationsInside(int(inside.sum()), len(registry))


def require_inside(found: StationsInside, areas: Iterable[str]) -> StationsInside:
    """Return the count; raises InvalidAuditError, naming areas by code, where there are stations, but none in them."""
    if found.stations and not found.inside:
        codes = ", ".join(sorted(areas))
        raise InvalidAuditError(
            f"none of the {found.stations:,} stations lies in the areas studied ({codes}): "
            "give the areas of their city, and its people (--areas, --demand)"
        )
    return found


def notes_of(supply: Supply) -> tuple[Note, ...]:
    """Return what a reader must know where stations are possible and none is confirmed."""
    count = int(supply.possible.sum())
    return (Note("only_possible", {"stations": f"{count:,}"}),) if count and not supply.confirmed.any() else ()
