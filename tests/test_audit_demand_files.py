"""Demand from files: tables, GeoJSON, rasters and tracks become people at places, or a message about what is wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.areas import read_areas
from stationmap.audit.demand.readers import read_demand
from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.studies.city_territory import city_areas
from stationmap.datum import Datum, from_wgs84
from stationmap.errors import InvalidAuditError
from stationmap.resources import data_folder

TOWN = Territory.of(
    {"a": shapely.box(117.2, 34.25, 117.23, 34.31), "b": shapely.box(117.23, 34.25, 117.27, 34.31)}, 400
)
WEST, SOUTH = 117.2, 34.25


def csv(*rows: str, header: str = "lon,lat,weight", encoding: str = "utf-8") -> bytes:
    return "\n".join((header, *rows)).encode(encoding)


def read(data: bytes, name: str = "workers.csv", **options: object) -> Demand:
    return read_demand(data, name, TOWN, **options)  # type: ignore[arg-type]


# --- tables ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("header", ["lon,lat,weight", "经度,纬度,人数", "Longitude, LATITUDE ,people"])
def test_a_table_is_read_by_its_header(header: str, encoding: str) -> None:
    demand = read(csv("117.21,34.28,2.5", "", '117.25,34.26,"4"', header=header, encoding=encoding))
    assert demand.people.tolist() == [2500, 4000]
    assert demand.lons.tolist() == [117.21, 117.25]
    assert (demand.source.kind, demand.source.name, demand.source.in_words("en")) == ("points", "workers.csv", ())


def test_columns_stand_in_any_order_and_unknown_ones_are_passed_over() -> None:
    demand = read(csv("x,3,34.28,117.21", header="note,weight,lat,lon"))
    assert (demand.people.tolist(), demand.lons.tolist()) == ([3000], [117.21])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds nothing"),
        (csv(), "holds no rows"),
        (csv("1,2", header="lon,weight"), "has no column lat/latitude/纬度"),
        (csv("1,2,3", header="lon,lng,weight"), "two columns for lon"),
        (csv("117.21,34.28"), r"1 rows have more or fewer cells than the header \(rows 2\)"),
        (csv("117.21,34.28,1", "", "117.21,34.28,many"), r"1 weights that are no number \(rows 4\)"),
        (csv("117.21,34.28,1_0"), "weights that are no number"),
        (csv("117.21,34.28,-3"), r"1 negative weights \(rows 2\)"),
        (csv("117.21,34.28,1e300"), "weights above"),
        (csv("east,34.28,1"), r"1 longitudes that are no number from -180 to 180 \(rows 2\)"),
        (csv('"117.21,34.28,1'), "is not a CSV table"),
        (b"\xff\xfe1\x00", "has no column"),
        (b"lon,lat,weight\n\xff,1,2", "neither UTF-8 nor GB 18030"),
        (csv("34.28,117.21,1"), "longitude and latitude look exchanged"),
        (csv("116.2,39.9,1"), "nobody lives inside the studied area"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_what_and_where(data: bytes, message: str) -> None:
    with pytest.raises(InvalidAuditError, match=message):
        read(data)


@pytest.mark.parametrize("datum", list(Datum))
def test_places_are_moved_from_the_datum_of_the_file(datum: Datum) -> None:
    lon, lat = from_wgs84(117.22, 34.27, datum)
    demand = read(csv(f"{lon!r},{lat!r},1"), datum=datum)
    assert (demand.lons[0], demand.lats[0]) == pytest.approx((117.22, 34.27), abs=1e-9)


def test_a_datum_that_leaves_far_fewer_outside_is_pointed_out() -> None:
    edge = [from_wgs84(WEST + 0.001, float(lat), Datum.BD09) for lat in np.linspace(34.26, 34.30, 20)]
    edge += [from_wgs84(117.269, float(lat), Datum.BD09) for lat in np.linspace(34.26, 34.30, 20)]
    table = csv(*(f"{lon!r},{lat!r},1" for lon, lat in edge))
    assert "20 places lie outside the studied area read as wgs84, 0 read as bd09: check the datum" in read(
        table
    ).source.in_words("en")
    assert read(table, datum=Datum.BD09).source.in_words("en") == ("positions are converted from BD09",)


def test_a_few_places_outside_cast_no_doubt_on_the_datum() -> None:
    [note] = read(csv("117.21,34.28,1", "118.21,34.28,3")).source.in_words("en")
    assert note == "3 people (75.0%) lie outside the studied area and are left out (rows 3)"


@pytest.mark.parametrize("resolution", [6, 8, 9, 11])
def test_people_by_h3_cell_are_spread_over_the_cell(resolution: int) -> None:
    index = h3.latlng_to_cell(34.28, 117.235, resolution)
    demand = read(csv(f"{index},1000", header="h3,weight"))
    assert demand.source.kind == "areas"
    outside = 1000 - demand.total
    ring = np.array(h3.cell_to_boundary(index))[:, ::-1]
    hexagon = shapely.Polygon(ring)
    town = shapely.box(117.2, 34.25, 117.27, 34.31)
    assert demand.total == pytest.approx(1000 * hexagon.intersection(town).area / hexagon.area, rel=2e-3)
    assert bool(demand.source.in_words("en")) == (outside > 0)
    held = demand.people > 0
    near = shapely.dwithin(hexagon, shapely.points(demand.lons[held], demand.lats[held]), 0.004)
    assert near.all()


@pytest.mark.parametrize("index", ["8931a2c6e2bffff0", "", "hello", "ffffffffffffffff"])
def test_what_is_no_h3_cell_is_named(index: str) -> None:
    with pytest.raises(InvalidAuditError, match=r"1 are no H3 cells \(rows 2\)"):
        read(csv(f'"{index}",5', header="h3,weight"))


# --- GeoJSON ---


def geojson(*features: tuple[dict[str, object] | None, object], **members: object) -> bytes:
    listed = [
        {"type": "Feature", "geometry": geometry, "properties": {"weight": weight}} for geometry, weight in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": listed, **members}).encode()


def point(lon: float = 117.21, lat: float = 34.28) -> dict[str, object]:
    return {"type": "Point", "coordinates": [lon, lat]}


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    return dict(shapely.geometry.mapping(shapely.box(west, south, east, north)))


CROSSED: dict[str, object] = {
    "type": "Polygon",
    "coordinates": [[[117.2, 34.2], [117.3, 34.3], [117.3, 34.2], [117.2, 34.3], [117.2, 34.2]]],
}


@pytest.mark.parametrize("name", ["workers.geojson", "workers.JSON"])
def test_points_of_geojson_are_places(name: str) -> None:
    demand = read(geojson((point(), 2), (point(117.25), 3.5)), name)
    assert (demand.people.tolist(), demand.lons.tolist(), demand.source.kind) == (
        [2000, 3500],
        [117.21, 117.25],
        "points",
    )


def test_polygons_of_geojson_are_spread_over_their_cells() -> None:
    demand = read(
        geojson((box(117.21, 34.26, 117.22, 34.27), 100), (box(117.25, 34.28, 117.29, 34.29), 100)), "zones.json"
    )
    assert demand.source.kind == "areas"
    assert demand.total == pytest.approx(150, abs=0.5)
    assert "50.0%) lie outside" not in demand.source.in_words("en")[0]
    assert "(25.0%) lie outside the studied area and are left out (features 2)" in demand.source.in_words("en")[0]


def test_polygons_are_moved_from_their_datum() -> None:
    corners = [
        from_wgs84(lon, lat, Datum.GCJ02)
        for lon, lat in ((117.2, 34.25), (117.27, 34.25), (117.27, 34.31), (117.2, 34.31))
    ]
    polygon = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    assert read(geojson((polygon, 1000)), "z.json", datum=Datum.GCJ02).total == pytest.approx(1000, abs=1)
    assert read(geojson((polygon, 1000)), "z.json").total < 950


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "ends in the middle"),
        (b"[]", "no GeoJSON FeatureCollection"),
        (geojson(), "holds no features"),
        (geojson((point(), None)), r"weights that are no number \(features 1\)"),
        (geojson((point(), True)), "weights that are no number"),
        (geojson((point(), "7")), "weights that are no number"),
        (geojson((point(), 1), (None, 1)), r"1 are neither points nor polygons \(features 2\)"),
        (geojson(({"type": "LineString", "coordinates": [[117, 34], [118, 35]]}, 1)), "neither points nor polygons"),
        (geojson(({"type": "Point", "coordinates": []}, 1)), "not valid"),
        (geojson(({"type": "Point", "coordinates": ["a", "b"]}, 1)), "not valid"),
        (geojson((CROSSED, 1)), "not valid"),
        (geojson((point(), 1), (box(117.2, 34.2, 117.3, 34.3), 1)), "points as well as polygons"),
        (geojson((point(), 1), crs={"type": "name", "properties": {"name": "EPSG:3857"}}), "crs member"),
        (geojson((box(500, 34.2, 501, 34.3), 1)), "longitudes"),
        (geojson((box(117.21, 34.26, 117.22, 34.27), -1)), "negative weights"),
    ],
)  # fmt: skip
def test_geojson_that_is_wrong_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InvalidAuditError, match=message):
        read(data, "workers.geojson")


def test_a_crs_member_that_names_degrees_is_taken() -> None:
    name = "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert read(geojson((point(), 1), crs={"type": "name", "properties": {"name": name}}), "a.json").total == 1


# --- rasters ---


def tif(
    people: np.ndarray,
    *,
    crs: str | None = "EPSG:4326",
    origin: tuple[float, float] = (WEST, 34.31),
    pixel: float = 0.001,
    bands: int = 1,
    units: str | None = None,
    scales: tuple[float, ...] = (1.0,),
    offsets: tuple[float, ...] = (0.0,),
    **options: object,
) -> bytes:
    rasterio = pytest.importorskip("rasterio")
    height, width = people.shape
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=width, height=height, count=bands, dtype=people.dtype, crs=crs,
            transform=rasterio.Affine(pixel, 0, origin[0], 0, -pixel, origin[1]), **options,
        ) as dataset:  # fmt: skip
            for band in range(1, bands + 1):
                dataset.write(people, band)
            if scales != (1.0,):
                dataset.scales, dataset.offsets = scales, offsets
            if units:
                dataset.units = (units,)
        return bytes(memory.read())


def test_fine_pixels_go_to_the_cells_that_hold_their_middles() -> None:
    people = np.random.default_rng(5).uniform(0, 3, (60, 70)).astype(np.float32)
    demand = read(tif(people), "people.tif")
    rows, columns = np.indices(people.shape)
    lons, lats = WEST + (columns.ravel() + 0.5) * 0.001, 34.31 - (rows.ravel() + 0.5) * 0.001
    exact = Demand.at(TOWN, lons, lats, people.ravel().astype(float), demand.source)
    expected = np.bincount(exact.rows, exact.people, len(TOWN))
    assert np.abs(demand.people - expected).max() <= 0.5 * 60  # each pixel was rounded there, each cell here
    assert demand.total == pytest.approx(float(people.sum()), rel=1e-4)
    assert demand.source.kind == "raster"


def test_fractions_of_a_thousandth_are_not_lost() -> None:
    demand = read(tif(np.full((600, 700), 0.0004), pixel=0.0001), "people.tiff")
    assert demand.total == pytest.approx(600 * 700 * 0.0004, rel=1e-2)


def test_coarse_pixels_are_spread_over_their_cells() -> None:
    demand = read(tif(np.array([[600.0, 0.0]]), pixel=0.03, origin=(WEST, 34.31)), "people.tif")
    held = demand.people > 0
    assert demand.total == 600
    assert held.sum() > 30
    assert np.ptp(demand.people[held]) <= 1
    assert (demand.lats[held] > 34.279).all()


def test_only_the_part_of_a_border_pixel_inside_counts() -> None:
    demand = read(tif(np.array([[1000.0]]), pixel=0.06, origin=(117.24, 34.31)), "people.tif")
    assert demand.total == pytest.approx(500, rel=2e-3)


@pytest.mark.parametrize("crs", ["EPSG:32650", "EPSG:4547", "EPSG:3857", "ESRI:54009"])
def test_a_raster_may_be_in_any_reference_system(crs: str) -> None:
    from pyproj import Transformer

    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(117.235, 34.28)
    people = np.zeros((41, 41))
    people[20, 20] = 77
    demand = read(tif(people, crs=crs, origin=(x - 2050, y + 2050), pixel=100), "people.tif")
    [row] = np.flatnonzero(demand.people)
    assert demand.total == 77
    assert row == TOWN.rows_at(np.array([117.235]), np.array([34.28]), np.array([1], dtype=np.int32))[0]


def test_a_raster_may_reach_far_beyond_the_territory() -> None:
    people = np.full((400, 400), 9.0)
    lon, lat = 117.2353, 34.2803
    people[200, 200] = 50  # its middle is there
    demand = read(tif(people, origin=(lon - 0.2005, lat + 0.2005)), "people.tif")
    lons, lats = np.meshgrid(lon + 0.001 * np.arange(-200, 200), lat - 0.001 * np.arange(-200, 200))
    inside = TOWN.districts_of(lons.ravel(), lats.ravel()) >= 0
    assert demand.total == 9 * inside.sum() + 41
    [row] = TOWN.rows_at(np.array([lon]), np.array([lat]), np.array([1], dtype=np.int32))
    assert demand.people[row] % 9000 == 41000 % 9000


def test_numbers_kept_small_by_scale_and_offset_are_those_they_stand_for() -> None:
    raster = tif(np.full((2, 2), 30, dtype=np.int16), scales=(0.1,), offsets=(2.0,))
    assert read(raster, "people.tif").total == pytest.approx(20)


def test_a_raster_stored_in_one_huge_block_is_refused_before_it_is_unpacked() -> None:
    people = np.zeros((5000, 5000), dtype=np.uint8)
    data = tif(people, pixel=1e-4, compress="deflate", tiled=True, blockxsize=5008, blockysize=5008)
    with pytest.raises(InvalidAuditError, match="blocks of 25,080,064 pixels"):
        read(data, "people.tif")


@pytest.mark.parametrize("nodata", [-99999.0, float("nan")])
def test_pixels_without_data_are_nobody(nodata: float) -> None:
    people = np.full((60, 70), nodata)
    people[30, 30] = 8
    assert read(tif(people, nodata=nodata), "people.tif").total == 8


def test_a_density_counts_the_area_of_its_pixels() -> None:
    raster = tif(np.full((60, 70), 100.0), units="people/km2")
    demand = read(raster, "people.tif", density=True)
    from pyproj import Geod

    km2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(shapely.box(117.2, 34.25, 117.27, 34.31))[0]) / 1e6
    assert demand.total == pytest.approx(100 * km2, rel=1e-3)
    assert "square kilometre" in demand.source.in_words("en")[0]
    with pytest.raises(InvalidAuditError, match="people per area, not per pixel"):
        read(raster, "people.tif")


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("pop_density.tif", None),
        ("chn_pd_2020_1km.tif", None),
        ("人口密度.tif", None),
        ("p.tif", "people per sq km"),
        ("p.tif", "1/km^2"),
    ],
)
def test_a_raster_that_says_it_is_a_density_is_refused(name: str, units: str | None) -> None:
    with pytest.raises(InvalidAuditError, match="people per area"):
        read(tif(np.ones((3, 3)), units=units), name)


@pytest.mark.parametrize(("name", "units"), [("chn_ppp_2020.tif", "people per pixel"), ("p.tif", "people/pixel")])
def test_counts_per_pixel_are_not_taken_for_a_density(name: str, units: str) -> None:
    assert read(tif(np.ones((3, 3)), units=units), name).total == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bands": 2}, "has 2 bands"),
        ({"crs": None}, "names no coordinate reference system"),
        ({"origin": (10.0, 50.0)}, "lies nowhere near"),
    ],
)
def test_a_raster_that_cannot_be_read_for_certain_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidAuditError, match=message):
        read(tif(np.ones((3, 3)), **options), "people.tif")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "message"), [(-5.0, "negative"), (np.nan, "no number"), (np.inf, "above"), (0.0, "nobody")]
)
def test_pixels_that_cannot_be_people_are_refused(value: float, message: str) -> None:
    with pytest.raises(InvalidAuditError, match=message):
        read(tif(np.full((3, 3), value)), "people.tif")


def test_a_raster_too_large_to_hold_is_refused_before_it_is_read() -> None:
    rasterio = pytest.importorskip("rasterio")
    with rasterio.MemoryFile() as memory:
        options = {"crs": "EPSG:4326", "transform": rasterio.Affine(1e-6, 0, WEST, 0, -1e-6, 34.31)}
        with memory.open(driver="GTiff", width=100_000, height=100_000, count=1, dtype="uint8", sparse_ok=True,
                         tiled=True, **options):  # fmt: skip
            pass
        data = bytes(memory.read())
    with pytest.raises(InvalidAuditError, match="pixels over the studied area, more than"):
        read(data, "people.tif")


def test_what_is_no_geotiff_or_only_half_of_one_is_refused(tmp_path: Path) -> None:
    whole = tif(np.random.default_rng(1).uniform(0, 9, (60, 70)))
    link = (
        f'<VRTDataset rasterXSize="1" rasterYSize="1"><SourceFilename>{tmp_path}</SourceFilename></VRTDataset>'.encode()
    )
    for data in (b"hello", whole[: len(whole) // 2], b"II*\0\xff\xff\xff\xff", link):
        with pytest.raises(InvalidAuditError, match="is not a GeoTIFF that can be read"):
            read(data, "people.tif")


# --- tracks ---


def tracks(*positions: tuple[str, float, float]) -> bytes:
    return csv(
        *(f"{rider},{lon!r},{lat!r},2026-01-15T08:00" for rider, lon, lat in positions), header="id,lon,lat,time"
    )


def middle(row: int) -> tuple[float, float]:
    return float(TOWN.lons[row]), float(TOWN.lats[row])


def test_tracks_become_different_riders_by_cell_and_cells_of_few_riders_are_dropped() -> None:
    busy, quiet = 10, 50
    positions = [(f"r{rider}", *middle(busy)) for rider in range(6) for _ in range(3)]
    positions += [(f"r{rider}", *middle(quiet)) for rider in range(4) for _ in range(9)]
    demand = read(tracks(*positions), kind="tracks")
    assert {row: count for row, count in enumerate(demand.people.tolist()) if count} == {busy: 6000}
    assert demand.source.kind == "tracks"
    assert "1 cells with fewer than 5 riders are left out" in demand.source.in_words("en")


@pytest.mark.parametrize(("riders", "kept"), [(6, 6), (5, 5)])
def test_five_riders_are_enough(riders: int, kept: int) -> None:
    assert read(tracks(*((f"r{rider}", *middle(3)) for rider in range(riders))), kind="tracks").total == kept


def test_positions_outside_are_left_out_and_said_to_be() -> None:
    positions = [(f"r{rider}", *middle(3)) for rider in range(6)] + [("far", 100.0, 30.0)] * 2
    notes = read(tracks(*positions), kind="tracks").source.in_words("en")
    assert notes[-1] == "25.0% of positions lie outside the studied area and are left out"


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=120))
def test_a_cell_has_as_many_people_as_riders_were_in_it_or_none(visits: list[tuple[int, int]]) -> None:
    riders: dict[int, set[int]] = {}
    for rider, row in visits:
        riders.setdefault(row, set()).add(rider)
    expected = {row: 1000 * len(seen) for row, seen in riders.items() if len(seen) >= 5}
    data = tracks(*((f"骑手{rider}", *middle(row)) for rider, row in visits))
    if not expected:
        with pytest.raises(InvalidAuditError, match="no cell of the studied area has 5 riders"):
            read(data, kind="tracks")
        return
    people = read(data, kind="tracks").people
    assert {row: count for row, count in enumerate(people.tolist()) if count} == expected


def test_a_demand_from_tracks_knows_neither_riders_nor_where_they_were() -> None:
    lon, lat = middle(10)
    positions = [(f"secret-{rider}", lon + rider * 1e-5, lat) for rider in range(6)]
    demand = read(tracks(*positions), kind="tracks")
    assert demand.is_on_cells_of(TOWN)
    assert "secret" not in repr(vars(demand))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([" ,117.21,34.28"], r"1 positions without a rider's id \(rows 2\)"),
        (["secret,117.21,north"], r"1 latitudes .* \(rows 2\)"),
        (["secret,117.21,34.28,9"], r"more or fewer cells than the header \(rows 2\)"),
        (["secret,117.21,34.28"], "take larger cells"),
        (['secret,117.21,"34.28'], "is not a CSV table"),
    ],
)
def test_what_is_wrong_with_tracks_is_said_without_repeating_them(rows: list[str], message: str) -> None:
    with pytest.raises(InvalidAuditError, match=message) as caught:
        read(csv(*rows, header="骑手,经度,纬度"), kind="tracks")
    assert "secret" not in str(caught.value)
    assert "117.21" not in str(caught.value)


# --- which file is it ---


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("people.xlsx", {}, "its name must end in .csv, .geojson, .json, .tif, .tiff"),
        ("people", {}, "its name must end in"),
        ("people.tif", {"kind": "tracks"}, "tracks are read from csv only"),
        ("people.csv", {"density": True}, "density is read from raster only"),
        ("people.tif", {"datum": Datum.GCJ02}, "names its own reference system"),
    ],
)
def test_a_file_or_option_that_does_not_fit_is_refused(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidAuditError, match=message):
        read(io.BytesIO(b"x").read(), name, **options)


SQUARE = {"type": "Polygon", "coordinates": [[[113, 34], [114, 34], [114, 35], [113, 35], [113, 34]]]}


def areas_of(*features: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def area(adcode: object = "410102", geometry: object = SQUARE, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": {"adcode": adcode, **properties}, "geometry": geometry}


def test_the_city_s_own_areas_are_read_as_the_audit_has_them() -> None:
    found = read_areas((data_folder() / "areas" / "counties.geojson").read_bytes(), "counties.geojson")
    assert found.polygons == city_areas()
    assert found.names["320302"] == "鼓楼区"


def test_areas_need_no_names_and_their_codes_may_be_numbers() -> None:
    found = read_areas(areas_of(area(410102), area("410103", name=7)), "areas.geojson")
    assert set(found.polygons) == {"410102", "410103"} and found.names == {}


def test_every_area_that_cannot_be_studied_is_named() -> None:
    bow = {"type": "Polygon", "coordinates": [[[113, 34], [114, 35], [114, 34], [113, 35], [113, 34]]]}
    metres = {"type": "Polygon", "coordinates": [[[5e5, 3e6], [6e5, 3e6], [6e5, 4e6], [5e5, 3e6]]]}
    point = {"type": "Point", "coordinates": [113, 34]}
    data = areas_of(
        area(),
        area(),
        area("41"),
        area("410103", point),
        area("410104", None),
        area("410105", bow),
        area("410106", metres),
        7,
    )
    with pytest.raises(InvalidAuditError) as refusal:
        read_areas(data, "areas.geojson")
    assert str(refusal.value).removeprefix("areas.geojson: ").split("; ") == [
        "feature 1 repeats the adcode 410102",
        "feature 2 repeats the adcode 410102",
        "feature 3 has no adcode of six digits",
        "feature 4 is no polygon",
        "feature 5 is no polygon",
        "feature 6 has borders that cross",
        "feature 7 is not in degrees, longitude first",
        "feature 8 has no adcode of six digits",
        "feature 8 is no polygon",
    ]


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"features": []}', b'{"features": 3}', b'{"a": 1, "a": 2}'])
def test_what_is_no_file_of_areas_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidAuditError, match=r"^areas.geojson: "):
        read_areas(data, "areas.geojson")


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 599), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 4000))
def test_no_damage_to_a_raster_causes_anything_but_people_or_a_refusal(damage: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(tif(np.ones((60, 70), np.float32)))
    for at, octet in damage:
        data[at] = octet
    try:
        read(bytes(data[: len(data) - cut]), "people.tif")
    except InvalidAuditError as error:
        assert str(error).startswith("people.tif: ")


@pytest.mark.parametrize("crs", ["EPSG:4610", "EPSG:4479"])
def test_a_raster_in_a_system_without_a_sure_way_to_wgs84_is_refused(crs: str) -> None:
    with pytest.raises(InvalidAuditError, match="reference system cannot be converted to WGS-84"):
        read(tif(np.ones((6, 7), np.float32), crs=crs), "people.tif")
