"""The nearest stations that meet a query."""

from stationmap.search.query import Query, Travel
from stationmap.search.station_index import Neighbour, StationIndex

__all__ = ["Neighbour", "Query", "StationIndex", "Travel"]
