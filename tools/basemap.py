"""Write the orientation layer, `static/basemap/orientation.json`: counties, rivers, lake shores, neighbouring cities.

    python tools/basemap.py [--shared ../shared/data] [--city FOLDER] [--out FILE]

It lies under the stations when no online map is chosen, so a phone on 3G must get it at once: lines are simplified
in metres and written with four decimals. Sources and licences are in data/SOURCES.md. It shows no national boundary.
With `--city` it is drawn for the city of a folder (docs/operations.md) and written there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from math import ceil, floor
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from stationmap.city import AREAS, ORIENTATION, Box, City, load

ROOT = Path(__file__).resolve().parent.parent
MARGIN_DEG = 0.4  # around the box of the city; the extent is then widened to tenths of a degree

DEGREE_M = 111_000.0
COUNTY_TOLERANCE_M = 40.0  # the sources are generalised to 100-500 m
CITY_TOLERANCE_M = 600.0
LINE_TOLERANCE_M = 100.0
SHORTEST_SHORE_M = 4_000.0  # rings below this length are specks at the scale of a city
SMALLEST_LABELLED_M2 = 3e8
DECIMALS = 4  # 11 m

Feature = dict[str, Any]


def orientation(shared: Path, city: City) -> list[Feature]:
    """Return the features of a city in the order they are drawn: neighbours, water, counties."""
    basemap, extent = shared / "basemap", extent_of(city.box)
    return [
        *_neighbours(_read(basemap / "neighbour_cities_tianditu.geojson"), city.names, extent),
        _rivers(_read(basemap / "rivers_wdbii.geojson"), extent),
        *_lakes(_read(basemap / "lakeshore_gshhg.geojson"), extent),
        *_counties(json.loads(city.read(AREAS))["features"]),
    ]


def extent_of(box: Box) -> Box:
    """Return west, south, east, north of what is drawn of a city with such a box."""
    west, south = (floor(round(10 * (edge - MARGIN_DEG), 6)) / 10 for edge in box[:2])
    east, north = (ceil(round(10 * (edge + MARGIN_DEG), 6)) / 10 for edge in box[2:])
    return west, south, east, north


def _counties(features: list[Feature]) -> list[Feature]:
    """Simplify all polygons as one coverage, so that neighbours keep one common border."""
    polygons = shapely.coverage_simplify([_shape(feature) for feature in features], COUNTY_TOLERANCE_M / DEGREE_M)
    return [
        _feature("county", polygon, **_county_label(feature["properties"], polygon))
        for feature, polygon in zip(features, polygons, strict=True)
    ]


def _county_label(source: Feature, polygon: BaseGeometry) -> Feature:
    inside = polygon.representative_point()
    degrees = source.get("label_lng", inside.x), source.get("label_lat", inside.y)
    label = [round(each, DECIMALS) for each in degrees]
    return {"adcode": source["adcode"], "name": source.get("name", source["adcode"]), "label": label}


def _neighbours(features: list[Feature], home_names: Sequence[str], extent: Box) -> list[Feature]:
    """Draw the borders between neighbouring cities, each once, and a point with each city's name.

    The city itself takes part in the simplification and then leaves with its border, which the counties draw better.
    """
    cities = shapely.coverage_simplify([_shape(feature) for feature in features], CITY_TOLERANCE_M / DEGREE_M)
    names = [str(feature["properties"]["city_name"]) for feature in features]
    window = shapely.box(*extent)
    home = shapely.union_all([city for name, city in zip(names, cities, strict=True) if name in home_names])
    borders = shapely.union_all([city.boundary for city in cities]).difference(home.boundary)
    labels = [
        _feature("neighbour", seen.representative_point(), name=name)
        for name, seen in zip(names, shapely.intersection(cities, window), strict=True)
        if name not in home_names and seen.area * DEGREE_M**2 >= SMALLEST_LABELLED_M2
    ]
    return [_feature("border", _lines(borders, extent)), *labels]


def _rivers(features: list[Feature], extent: Box) -> Feature:
    return _feature("river", _lines(_union(features), extent))


def _lakes(features: list[Feature], extent: Box) -> list[Feature]:
    """Draw a closed shore as a lake; a shore that the source or the extent cuts off stays a line."""
    shores = shapely.get_parts(_lines(_union(features), extent))
    large = [shore for shore in shores if shore.length * DEGREE_M >= SHORTEST_SHORE_M]
    lakes = shapely.MultiPolygon([(shore.coords, []) for shore in large if shore.is_closed])
    return [_feature("lake", lakes), _feature("shore", _multi_line(shore for shore in large if not shore.is_closed))]


def _lines(lines: BaseGeometry, extent: Box) -> BaseGeometry:
    """Join what meets, cut to the extent, simplify."""
    seen = shapely.clip_by_rect(shapely.line_merge(lines), *extent)
    return _multi_line(shapely.get_parts(shapely.simplify(seen, LINE_TOLERANCE_M / DEGREE_M)))


def _multi_line(lines: Iterable[BaseGeometry]) -> BaseGeometry:
    return shapely.MultiLineString(list(lines))


def _union(features: list[Feature]) -> BaseGeometry:
    return shapely.union_all([_shape(feature) for feature in features])


def _shape(feature: Feature) -> BaseGeometry:
    return shape(feature["geometry"])


def _feature(kind: str, geometry: BaseGeometry, **properties: Any) -> Feature:
    drawn = mapping(geometry)
    return {
        "type": "Feature",
        "properties": {"kind": kind, **properties},
        "geometry": {"type": drawn["type"], "coordinates": _rounded(drawn["coordinates"])},
    }


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, DECIMALS)
    return _without_repeats([_rounded(part) for part in coordinates])


def _without_repeats(parts: list[Any]) -> list[Any]:
    """Drop a point that rounding put onto the one before it."""
    return [part for i, part in enumerate(parts) if not isinstance(part, list) or i == 0 or part != parts[i - 1]]


def _read(path: Path) -> list[Feature]:
    features: list[Feature] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return features


def write(features: Iterable[Feature]) -> bytes:
    """Return the layer as compact GeoJSON, one feature a line."""
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode()


def main() -> None:
    """Write the layer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--city", type=Path, help="folder of another city; without it that of the package")
    parser.add_argument("--out", type=Path, help="without it where the city keeps its layer")
    arguments = parser.parse_args()
    out = arguments.out or (arguments.city or ROOT / "static") / ORIENTATION
    out.write_bytes(write(orientation(arguments.shared, load(arguments.city))))


if __name__ == "__main__":
    main()
