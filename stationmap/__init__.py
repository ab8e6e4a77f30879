"""Find the nearest union rest station that is open when you get there."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stationmap.datum import Datum
    from stationmap.index import Neighbour, StationIndex
    from stationmap.model import Position, Station
    from stationmap.query import Query, Travel
    from stationmap.registry import Registry
    from stationmap.store import load

__version__ = "0.1.0"
__all__ = ["Datum", "Neighbour", "Position", "Query", "Registry", "Station", "StationIndex", "Travel", "load"]

_HOME = {
    "Datum": "datum",
    "Neighbour": "index",
    "Position": "model",
    "Query": "query",
    "Registry": "registry",
    "Station": "model",
    "StationIndex": "index",
    "Travel": "query",
    "load": "store",
}


def __getattr__(name: str) -> Any:
    # Imported when first used: numpy, scipy and pydantic take longer to load than `stationmap --help` may.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
