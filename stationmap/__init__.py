"""Find the nearest union rest station that is open when you get there."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stationmap.datum import Datum
    from stationmap.registry.model import Position, Station
    from stationmap.registry.registry import Registry
    from stationmap.registry.store import load
    from stationmap.search.query import Query, Travel
    from stationmap.search.station_index import Neighbour, StationIndex

__version__ = "0.1.0"
__all__ = ["Datum", "Neighbour", "Position", "Query", "Registry", "Station", "StationIndex", "Travel", "load"]

_HOME = {
    "Datum": "datum",
    "Neighbour": "search",
    "Position": "registry.model",
    "Query": "search",
    "Registry": "registry",
    "Station": "registry.model",
    "StationIndex": "search",
    "Travel": "search",
    "load": "registry",
}


def __getattr__(name: str) -> Any:
    # Imported when first used: numpy, scipy and pydantic take longer to load than `stationmap --help` may.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    # What completion in a notebook and help() show: also what has not been imported yet.
    return sorted({*globals(), *__all__})
