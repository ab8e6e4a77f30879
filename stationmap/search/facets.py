"""What a visitor may filter by: only what some station of the registry has, the usual first."""

from __future__ import annotations

from collections.abc import Set

from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES
from stationmap.registry.registry import Registry
from stationmap.rules import USUAL_FACILITIES

Choices = tuple[tuple[str, tuple[str, ...]], ...]


def choices(registry: Registry) -> Choices:
    """Return each filter parameter with the codes that some station is known to meet, in the order of the page."""
    stations = registry.stations
    present = {code for station in stations for code, there in station.facilities.items() if there}
    categories = {station.category for station in stations}
    services = {code for station in stations for code in station.services}
    usual_first = (*USUAL_FACILITIES, *(code for code in FACILITIES if code not in USUAL_FACILITIES))
    return (
        ("category", _those(CATEGORIES, categories)),
        ("facility", _those(usual_first, present)),
        ("service", _those(SERVICES, services)),
    )


def _those(codes: tuple[str, ...], wanted: Set[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in wanted)
