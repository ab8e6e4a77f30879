"""Layers for Folium: stations, coverage and gaps on any `folium.Map`, and a map that asks no other host.

- `StationLayer(registry)` shows the stations of a `Registry`; `explore(registry)` is a `Map` with them on it.
- `CoverageLayer(study)` and `GapLayer(study)` show a `stationmap.audit.Study`, such as `Study.of_city(registry)`.
- Each is added with `.add_to(m)`, to a `Map` of this package or to a plain `folium.Map`.

Text of a registry reaches the browser as JSON and becomes text there; Folium, which compiles what it is given as a
template and inserts it as HTML, is given none of it. What draws the layers is inside the file that `m.save()` writes.
"""

from stationmap.folium.coverage import CoverageLayer
from stationmap.folium.gaps import GapLayer
from stationmap.folium.map import Map, explore
from stationmap.folium.stations import StationLayer

__all__ = ["CoverageLayer", "GapLayer", "Map", "StationLayer", "explore"]
