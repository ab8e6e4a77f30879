"""The stations of an index joined to the streets of a network, once for each profile; kept as long as both are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from stationmap.search.station_index import StationIndex
    from stationmap.streets.network import Network
    from stationmap.streets.snapping import SnappedPoints

_kept: WeakKeyDictionary[StationIndex, WeakKeyDictionary[Network, dict[str, SnappedPoints]]] = WeakKeyDictionary()


def snapped_stations(index: StationIndex, network: Network, profile: str) -> SnappedPoints:
    """Return the stations of an index joined to a network, in the order of the index; later calls find them kept."""
    of_network = _kept.setdefault(index, WeakKeyDictionary()).setdefault(network, {})
    if profile not in of_network:  # two threads that are here at once find the same
        of_network[profile] = network.snap(*index.coordinates, profile)
    return of_network[profile]
