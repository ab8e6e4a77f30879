"""The study area of the page: areas, the people in them by cell, and how areas are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stationmap.audit.demand.weights import Demand
    from stationmap.audit.inputs.territory import Territory


@dataclass(frozen=True, eq=False)
class StudyArea:
    """What is studied whatever the registry: areas, the people in them by cell, and how areas are called."""

    territory: Territory
    demand: Demand
    names: Mapping[str, str] = field(default_factory=dict)
    """Names by code, of areas that have one in their file and none in the catalogue."""
    tag: str = ""
    """Tells the files it is made of; empty for the city and its residents."""
