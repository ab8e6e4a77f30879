"""Warnings: what a registry may hold and probably should not, and nothing where all is well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import box

from stationmap.datum import Datum, from_wgs84, to_wgs84
from stationmap.errors import StationmapError
from stationmap.geo.geodesy import ecef
from stationmap.registry.adcodes import read_districts
from stationmap.registry.checks import quality
from stationmap.registry.checks.positions import STACKED_M, Counties, StationArrays, distance_to_m, stacked
from stationmap.registry.csv_import.importer import import_csv
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry, parse
from tests.conftest import ROOT
from tests.strategies import station

TODAY = date(2026, 11, 23)
Move = Callable[[float, float], tuple[float, float]]


@pytest.fixture(scope="module")
def counties() -> Counties:
    return quality.read_counties((ROOT / "data" / "areas" / "counties.geojson").read_bytes())


@pytest.fixture(scope="module")
def demo() -> Registry:
    return parse((ROOT / "data" / "stations.geojson").read_bytes())


def moved(registry: Registry, move: Move, *, only: Callable[[Station], bool] = lambda station: True) -> Registry:
    """Return the registry with some of its stations elsewhere."""

    def elsewhere(each: Station) -> Station:
        coordinates = move(*each.geometry.coordinates)
        return each.model_copy(update={"geometry": each.geometry.model_copy(update={"coordinates": coordinates})})

    return Registry(tuple(elsewhere(each) if only(each) else each for each in registry.stations), registry.meta)


def codes(*stations: Station, city: str | None = None, **options: Any) -> list[str]:
    registry = Registry(stations, Header(format=1, city=city))
    return [finding.code for finding in quality.warnings(registry, **options)]


def test_the_demonstration_registry_has_no_warnings(demo: Registry, counties: Counties) -> None:
    assert quality.warnings(demo, counties, today=TODAY, earlier=demo) == ()


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"hours": "opens when the boss comes"}, "bad_hours"),
        ({"hours": ""}, "bad_hours"),
        ({"hours": "08:00-20:00; Feb 30 off"}, "bad_hours"),
        ({"hours": "off"}, "hours_never_open"),
        ({"hours": "Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00"}, "hours_cancelled"),
        ({"hours": "Mo-Th 18:00-02:00; Fr-Su 18:00-04:00"}, "hours_night_cut"),
        ({"hours": "Fr, Sa 11:00-24:00"}, "hours_mistyped"),
        ({"facilities": {"sauna": True}}, "unknown_facility"),
        ({"services": ["haircut"]}, "unknown_service"),
        ({"verified": {"on": "2026-11-24", "by": "staff"}}, "verified_in_future"),
        ({"closures": [{"from": "2026-11-10", "to": "2026-11-09"}]}, "closure_reversed"),
        ({"closures": [{"from": "2026-11-10T10:00+08:00", "to": "2026-11-09"}]}, "closure_reversed"),
        ({"closures": [{"from": "2026-11-10T10:00+08:00", "to": "2026-11-10T01:00Z"}]}, "closure_reversed"),
        ({"photo": "javascript:alert(1)"}, "bad_photo"),
        ({"address": "a\0b"}, "control_characters"),
        ({"name": "a\u202eb"}, "control_characters"),
    ],
)
def test_an_odd_member_is_a_warning(properties: dict[str, Any], code: str) -> None:
    assert codes(station("a", 117.2, 34.2, **properties), today=TODAY) == [code]


@pytest.mark.parametrize(
    "properties",
    [
        {"hours": "Mo-Fr 09:00-12:00,13:30-17:30; PH off"},
        {"hours": None},
        {"verified": {"on": "2026-11-23", "by": "staff"}},
        {"closures": [{"from": "2026-11-10", "to": "2026-11-10"}, {"from": "2026-11-10"}]},
        {"photo": "https://example.org/a.jpg"},
    ],
)
def test_an_ordinary_member_is_none(properties: dict[str, Any]) -> None:
    assert codes(station("a", 117.2, 34.2, **properties), today=TODAY) == []


def test_two_records_of_one_name_and_address_are_found() -> None:
    twins = [
        station(station_id, lon, 34.2, name="站", address="路1号") for station_id, lon in (("a", 117.2), ("b", 117.3))
    ]
    assert codes(*twins) == ["same_name_and_address"]
    # A name alone is many stations'.
    assert codes(station("a", 117.2, 34.2, name="甲"), station("b", 117.3, 34.3, name="甲")) == []


def test_outside_the_city_and_swapped_are_told_apart_and_only_where_the_city_is_known() -> None:
    far, swapped = station("far", 121.5, 31.2), station("swapped", 34.2, 85.0)
    assert codes(far, swapped, city="徐州市") == ["outside_city", "outside_city"]
    assert codes(station("far", 121.5, 31.2)) == []


def test_swapped_degrees_that_are_still_degrees_are_recognised() -> None:
    # Xuzhou's own longitudes are no latitudes, and the format refuses them; a city further west is less lucky.
    from stationmap.registry.checks.positions import outside_city

    kashgar = (75.0, 39.0, 77.0, 40.0)
    found = list(outside_city(StationArrays.of([station("a", 39.47, 75.99)]), kashgar))
    assert [finding.code for finding in found] == ["swapped"]


def test_stations_on_one_spot_are_one_finding() -> None:
    spot = [station(f"s{i}", 117.2 + i * 1e-8, 34.2) for i in range(12)]
    near = [station("n1", 117.3, 34.2), station("n2", 117.3 + 5e-6, 34.2)]
    apart = [station("a1", 117.4, 34.2), station("a2", 117.4 + 3e-5, 34.2)]
    found = list(stacked(StationArrays.of(sorted([*spot, *near, *apart], key=lambda each: each.id))))
    assert sorted((finding.where, finding.detail.split(" within")[0]) for finding in found) == [
        ("n1", "2 stations"),
        ("s0", "12 stations"),
    ]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=25))
def test_every_station_within_a_metre_of_another_is_in_a_stack(cells: list[tuple[int, int]]) -> None:
    stations = [station(f"s{i:02}", 117.2 + x * 4e-6, 34.2 + y * 4e-6) for i, (x, y) in enumerate(cells)]
    arrays = StationArrays.of(stations)
    xyz = ecef(arrays.lons, arrays.lats)
    near = np.linalg.norm(xyz[:, None] - xyz[None], axis=2) < STACKED_M
    expected = {each.id for each, row in zip(stations, near, strict=True) if row.sum() > 1}
    found = list(stacked(arrays))
    assert {finding.where for finding in found} <= expected
    assert sum(int(finding.detail.split()[0]) for finding in found) == len(expected)


def test_distances_to_an_area_are_metres_on_the_ground() -> None:
    area = box(117.0, 34.0, 117.1, 34.1)
    found = distance_to_m(area, np.array([117.05, 117.05, 117.11]), np.array([34.05, 34.11, 34.05]))
    assert found[0] == 0
    straight = Geod(ellps="WGS84").inv([117.05, 117.1], [34.1, 34.05], [117.05, 117.11], [34.11, 34.05])[2]
    assert found[1:] == pytest.approx(straight, rel=2e-3)


@pytest.mark.parametrize(("north_deg", "expected"), [(0.0, []), (0.004, []), (0.005, ["outside_district"])])
def test_only_more_than_500_m_outside_the_district_is_a_warning(north_deg: float, expected: list[str]) -> None:
    areas = {"320303": box(117.0, 34.0, 117.1, 34.1)}
    assert codes(station("a", 117.05, 34.1 + north_deg), counties=areas) == expected


def test_a_district_the_city_does_not_have_is_a_warning_and_another_known_city_is_not_judged() -> None:
    areas = {"320303": box(117.0, 34.0, 117.1, 34.1)}
    assert codes(station("a", 117.05, 34.05, district="320399"), counties=areas) == ["unknown_district"]
    assert codes(station("a", 117.05, 34.05, district="320300"), counties=areas) == []
    assert codes(station("a", 113.05, 34.05, district="410102"), counties=areas) == []
    assert codes(station("a", 113.05, 34.05, district="410100"), counties=areas) == []


@pytest.mark.parametrize("adcode", ["999999", "999900", "000000", "110101"])
def test_a_district_of_no_known_city_is_a_warning_where_there_are_polygons(adcode: str, counties: Counties) -> None:
    assert codes(station("a", 117.2, 34.2, district=adcode), counties=counties) == ["unknown_district"]
    assert codes(station("a", 117.2, 34.2, district=adcode)) == []


def test_the_register_of_zhengzhou_names_no_unknown_district(shared_data: Path, counties: Counties) -> None:
    districts = read_districts((ROOT / "data" / "areas" / "adcodes.csv").read_bytes())
    table = (shared_data / "zhengzhou" / "union_stations_82_gcj02.csv").read_bytes()
    made = import_csv(
        table, ImportOptions(datum=Datum.GCJ02, districts=districts, category=None), header=Header(format=1)
    )
    assert len(made.registry) > 70
    assert "unknown_district" not in {finding.code for finding in quality.warnings(made.registry, counties)}


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_registry_read_in_the_wrong_datum_is_recognised_by_its_borders(
    datum: Datum, demo: Registry, counties: Counties
) -> None:
    shifted = moved(demo, lambda lon, lat: from_wgs84(lon, lat, datum))
    found = [finding for finding in quality.warnings(shifted, counties) if finding.code == "shifted_batch"]
    assert [finding.where for finding in found] == ["registry"]
    assert f"{datum.value} taken for WGS-84" in found[0].detail


def test_a_shifted_district_among_honest_ones_is_recognised(demo: Registry, counties: Counties) -> None:
    shifted = moved(
        demo, lambda lon, lat: from_wgs84(lon, lat, Datum.BD09), only=lambda each: each.district == "320303"
    )
    wheres = {finding.where for finding in quality.warnings(shifted, counties) if finding.code == "shifted_batch"}
    assert "district 320303" in wheres
    assert not any(where.startswith("district") for where in wheres - {"district 320303"})


def test_forty_shifted_stations_of_a_district_are_recognised_in_bd09_and_too_few_change_sides_in_gcj02(
    demo: Registry, counties: Counties
) -> None:
    first = {each.id for each in demo.stations[:40]}
    wheres = {}
    for datum in (Datum.BD09, Datum.GCJ02):
        shifted = moved(demo, partial(from_wgs84, datum=datum), only=lambda each: each.id in first)
        found = quality.warnings(shifted, counties)
        wheres[datum] = [finding.where for finding in found if finding.code == "shifted_batch"]
        assert "shifted_batch" in {finding.code for finding in quality.warnings(shifted, earlier=demo)}
    assert wheres == {Datum.BD09: ["district 320302"], Datum.GCJ02: []}


def test_the_more_groups_could_be_suspected_the_more_evidence_each_needs() -> None:
    areas = {"320303": box(117.0, 34.0, 117.1, 34.1), "320302": box(117.3, 34.0, 117.4, 34.1)}
    lats = [34.02 + i / 200 for i in range(10)]
    shifted = [station(f"s{i}", *from_wgs84(117.099, lat, Datum.BD09), district="320303") for i, lat in enumerate(lats)]
    honest = [station(f"h{i}", 117.401 if i % 2 else 117.299, lat, district="320302") for i, lat in enumerate(lats[:8])]

    def suspected(*stations: Station) -> list[str]:
        found = quality.warnings(Registry(stations), areas)
        return [finding.where for finding in found if finding.code == "shifted_batch"]

    assert suspected(*shifted[:7]) == []
    assert suspected(*shifted[:8]) == ["registry"]
    assert suspected(*shifted[:8], *honest) == []
    assert suspected(*shifted[:9], *honest) == ["district 320303"]


@pytest.mark.parametrize("metres_east", [-400, 400])
def test_honest_positions_a_little_off_are_not_called_shifted(
    metres_east: float, demo: Registry, counties: Counties
) -> None:
    rng = np.random.default_rng(20261123)

    def jittered(lon: float, lat: float) -> tuple[float, float]:
        return lon + rng.normal(0, abs(metres_east)) / 92_000, lat + rng.normal(0, abs(metres_east)) / 111_000

    found = quality.warnings(moved(demo, jittered), counties, earlier=demo)
    assert not [finding for finding in found if finding.code == "shifted_batch"]


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
@pytest.mark.parametrize(("convert", "words"), [(from_wgs84, "not converted"), (to_wgs84, "converted twice")])
def test_an_earlier_registry_betrays_an_offset_without_any_border(
    datum: Datum, convert: Callable[[float, float, Datum], tuple[float, float]], words: str, demo: Registry
) -> None:
    shifted = moved(demo, lambda lon, lat: convert(lon, lat, datum), only=lambda each: each.district == "320321")
    found = [finding for finding in quality.warnings(shifted, earlier=demo) if finding.code == "shifted_batch"]
    assert len(found) == 1
    assert words in found[0].detail
    assert datum.value in found[0].detail


def test_a_station_among_those_of_other_districts_far_from_its_own_is_found() -> None:
    town = [station(f"t{i}", 117.2 + i / 100, 34.2, district="320303") for i in range(5)]
    village = [station(f"v{i}", 117.9 + i / 100, 34.6, district="320324") for i in range(3)]
    lost = station("lost", 117.22, 34.201, district="320324")
    found = quality.warnings(Registry((*town, *village, lost)))
    assert [(finding.where, finding.code) for finding in found] == [("lost", "amid_strangers")]


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"features":[{"properties":{},"geometry":null}]}', b"x"])
def test_counties_that_are_none_are_a_plain_error(data: bytes) -> None:
    with pytest.raises(StationmapError):
        quality.read_counties(data)


def test_an_empty_registry_has_no_warnings(counties: Counties) -> None:
    assert quality.warnings(Registry(()), counties, earlier=Registry(())) == ()
