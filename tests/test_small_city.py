"""The fictional city of the tests is what its module says: an extract that is read whole, and a valid registry."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from osmium.filter import KeyFilter

from stationmap.extract.extract import new_build, read
from stationmap.registry.store import load
from tests import small_city

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)


def test_the_small_city_has_streets_of_every_class_and_a_registry_within_its_bounds(tmp_path: Path) -> None:
    path = small_city.write_extract(tmp_path / "shili.osm.pbf")
    extract = read(path, build=new_build(), built_at=NOON, rights=small_city.FICTIONAL)
    assert extract.bounds == small_city.BOUNDS
    assert extract.provenance.date == small_city.DATE
    classes = {each.tags["highway"] for each in extract.objects(KeyFilter("highway")) if each.is_way()}
    expected = {"motorway", "primary", "secondary", "tertiary", "residential", "steps", "service", "footway"}
    assert expected <= set(classes)
    registry = load(small_city.write_registry(tmp_path / "stations.geojson"))
    assert len(registry) == 40
    assert registry.demo
    inside = [extract.contains(each.position.lon, each.position.lat) for each in registry.stations if each.position]
    assert all(inside)
