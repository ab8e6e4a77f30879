"""Places for tests: those of the fictional small city, and lists made up of some names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from stationmap.extract import extract
from stationmap.extract.places.features import places_of
from stationmap.places import places_file
from stationmap.places.place import Place
from stationmap.places.places import Places
from stationmap.provenance import Bounds, Provenance
from tests import small_city

MADE = Provenance(
    small_city.FICTIONAL, date(2026, 11, 1), Bounds(120.9, 34.4, 121.1, 34.6), "sample.osm.pbf", "0" * 64,
    datetime(2026, 11, 2, tzinfo=UTC), "0123456789ab",
)  # fmt: skip


@cache
def city_places() -> tuple[Place, ...]:
    """Return the places of the small city."""
    with TemporaryDirectory() as folder:
        path = small_city.write_extract(Path(folder) / "sample.osm.pbf")
        made = extract.read(path, build=MADE.build, built_at=MADE.built_at, rights=small_city.FICTIONAL)
        return tuple(places_of(made))


def write_places(path: Path, places: Iterable[Place]) -> Path:
    """Write a file of places as a build does."""
    places_file.write(path, tuple(places), MADE)
    return path


def write_city(folder: Path) -> Path:
    """Write the places and the registry of the small city into a folder; return it."""
    write_places(folder / "places.geojson", city_places())
    small_city.write_registry(folder / "stations.geojson")
    return folder


def served(places: Iterable[Place], folder: Path) -> Places:
    """Return places as a server has them, through their file."""
    return Places.open(write_places(folder / "places.geojson", places))
