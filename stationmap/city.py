"""The city that is served: that of the package, or the one in the folder that the setting `city` names.

Such a folder holds what data/ and static/ hold of Xuzhou, under the same names (`docs/operations.md`):

    city.json                how the city is called, its box and the middle of its map, names of its districts
    areas/counties.geojson   the polygons of its districts, WGS-84, each with its adcode
    areas/residents.csv      optional: who lives in each, adcode and residents
    basemap/orientation.json optional: what lies under the map
    stations.geojson         its registry, unless the setting `registry` names another
    ground.pmtiles, places.geojson, streets.graph
                             optional: what `stationmap city build` makes of an extract of OpenStreetMap

A folder that holds nothing but an extract's files is one of the city of the package.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stationmap import file_set, files
from stationmap.errors import FileError
from stationmap.resources import data_folder, static_folder

CITY = "city.json"
REGISTRY = "stations.geojson"
AREAS = "areas/counties.geojson"
RESIDENTS = "areas/residents.csv"
ORIENTATION = "basemap/orientation.json"
GROUND = "ground.pmtiles"
PLACES = "places.geojson"
STREETS = "streets.graph"
EXTRACT_FILES = (GROUND, PLACES, STREETS)

MAX_DETAIL = 300
"""Characters of a message about a file, which is from outside and may be long."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class City:
    """What differs from city to city. Compared and hashed by identity: one is made per folder.

    `folder` is None for the city of the package; `names` are what registries call it, the official one first; `box` is
    west, south, east, north and `centre` longitude and latitude, WGS-84 degrees; `districts` are names by adcode
    and language.
    """

    folder: Path | None
    names: tuple[str, ...]
    box: Box
    centre: tuple[float, float]
    districts: Mapping[str, Mapping[str, str]] = field(repr=False)

    def read(self, name: str) -> bytes:
        """Return a file of the city; FileError where it has none."""
        if self.folder is not None:
            return files.read(self.folder / name)
        return files.read((static_folder() if name == ORIENTATION else data_folder()) / name)

    @property
    def has_orientation(self) -> bool:
        """Whether anything lies under the map."""
        return self.folder is None or (self.folder / ORIENTATION).is_file()

    @property
    def orientation(self) -> bytes:
        """What lies under the map, as GeoJSON; of a city that has no such file nothing. Raises FileError."""
        if self.folder is None:
            return self.read(ORIENTATION)
        path = self.folder / ORIENTATION
        if not self.has_orientation:
            return b'{"type":"FeatureCollection","features":[]}\n'
        data = files.read(path)
        try:
            features = json.loads(data.decode("utf-8"))["features"]
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise FileError(f"{path}: is no GeoJSON in UTF-8: {error!r}"[:MAX_DETAIL]) from error
        if not isinstance(features, list):
            raise FileError(f"{path}: features are a list")
        return data

    def messages(self, language: str) -> dict[str, str]:
        """Return the messages that name the districts in a language, and in another one, by their keys."""
        found = {}
        for code, names in self.districts.items():
            others = [name for other, name in names.items() if other != language]
            found[f"district.{code}"] = names.get(language) or (others or [code])[0]
            found[f"district_also.{code}"] = (others or [found[f"district.{code}"]])[0]
        return found


def own_folder(folder: Path | None) -> Path | None:
    """Return the folder of a city of its own; None for that of the package, also where `folder` has just an extract."""
    if folder is None or (folder / CITY).exists():
        return folder
    return None if file_set.located(folder, EXTRACT_FILES) else folder


def registry_in(folder: Path | None) -> Path | None:
    """Return the registry's file of a folder; None where that of the package is served."""
    own = folder if folder and (folder / REGISTRY).exists() else own_folder(folder)
    return own / REGISTRY if own else None


def load(folder: Path | None) -> City:
    """Read the city of a folder, or that of the package; raises FileError."""
    folder = own_folder(folder)
    path = (folder or data_folder()) / CITY
    try:
        found = json.loads(files.read(path))
        west, south, east, north = map(float, found["box"])
        lon, lat = map(float, found["centre"])
        districts = {code: dict(words.items()) for code, words in found["districts"].items()}
        names = found["names"]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise FileError(f"{path}: needs names, box, centre and districts: {error!r}"[:MAX_DETAIL]) from error
    if not (
        -180 <= west <= lon <= east <= 180 and -90 <= south <= lat <= north <= 90 and west < east and south < north
    ):
        raise FileError(f"{path}: the box is west, south, east, north in degrees, and the centre lies in it")
    if not (isinstance(names, list) and names and all(isinstance(name, str) and name for name in names)):
        raise FileError(f"{path}: names are a list of texts, the official name first")
    if not all(isinstance(name, str) for words in districts.values() for name in words.values()):
        raise FileError(f"{path}: names of districts are texts by language")
    return City(folder, tuple(names), (west, south, east, north), (lon, lat), districts)


class _InUse:
    """The city of this process: one for all answers, replaced by one assignment."""

    def __init__(self) -> None:
        self.city: City | None = None
        self.make: Callable[[], City] = lambda: load(None)


_in_use = _InUse()


def here() -> City:
    """Return the city that is served: that of the package unless another was adopted."""
    found = _in_use.city
    if found is None:
        found = _in_use.city = _in_use.make()
    return found


def adopt(city: City | Callable[[], City]) -> None:
    """Serve another city from now on, or one that is read when it is first needed."""
    if isinstance(city, City):
        _in_use.city = city
    else:
        _in_use.city, _in_use.make = None, city
