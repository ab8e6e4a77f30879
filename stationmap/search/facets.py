"""What a visitor may filter by: only what some station of the registry has, the usual first."""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES
from stationmap.rules import USUAL_FACILITIES
from stationmap.search.station_columns import Bits, StationColumns

Choices = tuple[tuple[str, tuple[str, ...]], ...]


def choices(columns: StationColumns) -> Choices:
    """Return each filter parameter with the codes that some station is known to meet, in the order of the page."""
    categories = {CATEGORIES[place] for place in np.flatnonzero(np.bincount(columns.categories)).tolist()}
    usual_first = (*USUAL_FACILITIES, *(code for code in FACILITIES if code not in USUAL_FACILITIES))
    return (
        ("category", _those(CATEGORIES, categories)),
        ("facility", _those(usual_first, _occurring(columns.present, FACILITIES))),
        ("service", _those(SERVICES, _occurring(columns.services, SERVICES))),
    )


def _occurring(bits: Bits, codes: tuple[str, ...]) -> Set[str]:
    """Return the codes that some station has."""
    found = int(np.bitwise_or.reduce(bits))
    return {code for place, code in enumerate(codes) if found >> place & 1}


def _those(codes: tuple[str, ...], wanted: Set[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in wanted)
