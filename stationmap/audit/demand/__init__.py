"""Who the stations are for: residents, points, tracks and rasters as people by cell."""

from stationmap.audit.demand.weights import Demand

__all__ = ["Demand"]
