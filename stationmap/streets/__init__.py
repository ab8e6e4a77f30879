"""The streets of a city as a network: where places join it, and the shortest ways between them.

network = streets.load(Path("city/streets.graph"))
here = network.snap([121.02], [34.51], "walk")
there = network.snap(station_lons, station_lats, "walk")
for seconds, metres, row in visits(network, here, there): ...
"""

from stationmap.streets.network import Network, load
from stationmap.streets.shortest_times import nearest, pairs, reached
from stationmap.streets.snapping import MAX_ACCESS_M, SnappedPoints
from stationmap.streets.street_arrays import Weight
from stationmap.streets.visits import times, visits

__all__ = [
    "MAX_ACCESS_M",
    "Network",
    "SnappedPoints",
    "Weight",
    "load",
    "nearest",
    "pairs",
    "reached",
    "times",
    "visits",
]
