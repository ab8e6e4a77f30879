"""Who the stations are for: people at places or by cell, as `Demand` (`weights`).

`census` spreads residents; `readers` reads a file by its ending: `csv_columns`, `tracks`, `geojson`, `areas` and
`raster` are its forms.
"""

from stationmap.audit.demand.weights import Demand, Source

__all__ = ["Demand", "Source"]
