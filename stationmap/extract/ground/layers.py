"""The ground of an extract: vector tiles, cut by tippecanoe of a stream of features, in one file of PMTiles.

    write_ground(extract, path, progress)

Each feature is a line of GeoJSON that names its layer and its first zoom. Most geometry goes from osmium to the line as
text, untouched; only named lines are joined, and the sea is made of coastlines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from stationmap.errors import ProgressCallback
from stationmap.extract.extract import Extract, tags_of
from stationmap.extract.ground.coastline import seas
from stationmap.extract.ground.joined_lines import JoinedLines
from stationmap.extract.ground.pmtiles_metadata import with_metadata
from stationmap.extract.ground.rules import KEYS, MAX_ZOOM, MIN_ZOOM, SEA, Shown, of_area, of_line, of_point
from stationmap.extract.ground.tippecanoe import cut_tiles

if TYPE_CHECKING:
    from osmium.osm.types import Area, OSMEntity

READING = 0.4  # the share of the time that goes into reading, the rest goes into cutting
OBJECTS_PER_CHECK = 5_000


def write_ground(extract: Extract, path: Path, progress: ProgressCallback) -> None:
    """Write the ground of an extract; raises InvalidExtractError, FileError, or what `progress` raises to cancel."""
    tiles = path.with_name(f"cut-{path.name}")
    cut_tiles(
        lines(extract, lambda done: progress(READING * done, "ground")),
        tiles,
        bounds=extract.bounds,
        zooms=(MIN_ZOOM, MAX_ZOOM),
        progress=lambda done: progress(READING + (1 - READING) * done, "ground"),
    )
    with_metadata(tiles, path, extract.provenance)
    tiles.unlink()


def lines(extract: Extract, progress: Any) -> Iterator[bytes]:
    """Yield the features of the ground, a line of GeoJSON each."""
    from osmium.filter import KeyFilter

    yield _line(Shown("earth", {}, MIN_ZOOM), _box(extract))
    shapes = _Shapes()
    for at, each in enumerate(extract.objects(KeyFilter(*KEYS), areas=True)):
        if at % OBJECTS_PER_CHECK == 0:
            progress(min(1.0, at / extract.tagged))
        yield from shapes.lines_of(each)
    for shown, geometry in shapes.joined.joined():
        yield _line(shown, geometry)
    for sea in seas(shapes.coastlines, extract.bounds):
        yield _line(SEA, shapely.to_geojson(sea))


class _Shapes:
    """Turns objects into lines; keeps osmium's factories, which are costly to make."""

    def __init__(self) -> None:
        from osmium.geom import GeoJSONFactory, WKBFactory

        self._json, self._wkb = GeoJSONFactory(), WKBFactory()
        self.joined, self.coastlines = JoinedLines(), list[bytes]()

    def lines_of(self, each: OSMEntity) -> Iterator[bytes]:
        """Yield the features of one object; none of one whose geometry is broken."""
        try:
            yield from self._lines_of(each)
        except RuntimeError:  # osmium's geometry_error
            return

    def _lines_of(self, each: Any) -> Iterable[bytes]:
        tags = tags_of(each)
        if each.is_node():
            return [_line(shown, self._json.create_point(each)) for shown in of_point(tags)]
        if each.is_way():
            return self._lines_of_way(each, tags)
        return self._lines_of_area(each, tags) if each.is_area() else []

    def _lines_of_way(self, each: Any, tags: dict[str, str]) -> list[bytes]:
        if tags.get("natural") == "coastline":
            self.coastlines += [bytes.fromhex(line) for line in self._parts(each, self._wkb)]
            return []
        shown = of_line(tags)
        if shown is None:
            return []
        if not self.joined.takes(shown):
            return [_line(shown, line) for line in self._parts(each, self._json)]
        for line in self._parts(each, self._wkb):
            self.joined.add(shown, line)
        return []

    def _parts(self, way: Any, factory: Any) -> list[str]:
        """Return a way as a line, or as several where nodes of it are not in the file, as at the border of a cut."""
        from osmium import InvalidLocationError

        try:
            return [factory.create_linestring(way)]
        except InvalidLocationError:
            lines = [shapely.LineString(run) for run in _runs(way) if len(run) > 1]
        return [shapely.to_geojson(line) if factory is self._json else shapely.to_wkb(line, hex=True) for line in lines]

    def _lines_of_area(self, each: Area, tags: dict[str, str]) -> Iterator[bytes]:
        if areas := of_area(tags):
            geometry = self._json.create_multipolygon(each)
            yield from (_line(shown, geometry) for shown in areas)
        if points := of_point(tags):
            middle = _middle(self._wkb.create_multipolygon(each))
            yield from (_line(shown, middle) for shown in points)


def _runs(way: Any) -> list[list[tuple[float, float]]]:
    """Return the positions of a way's nodes, in runs without a node that has none."""
    runs: list[list[tuple[float, float]]] = [[]]
    for node in way.nodes:
        if node.location.valid():
            runs[-1].append((node.location.lon, node.location.lat))
        elif runs[-1]:
            runs.append([])
    return runs


def _middle(wkb: str) -> str:
    """Return a point inside an area, as GeoJSON."""
    point = shapely.from_wkb(wkb).representative_point()
    return f'{{"type":"Point","coordinates":[{point.x:.7f},{point.y:.7f}]}}'


def _line(shown: Shown, geometry: str) -> bytes:
    placed = f'{{"layer":"{shown.layer}","minzoom":{shown.min_zoom}}}'
    attributes = json.dumps(shown.attributes, ensure_ascii=False)
    return (f'{{"type":"Feature","tippecanoe":{placed},"properties":{attributes},"geometry":{geometry}}}\n').encode(
        "utf-8", "replace"
    )


def _box(extract: Extract) -> str:
    west, south, east, north = extract.bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})
