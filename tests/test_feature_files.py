"""GeoJSON an audit is given, whatever for: one reader, one way to refuse, and nothing but a refusal for the rest."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from stationmap.audit.demand.areas import read_areas
from stationmap.audit.demand.readers import read_demand
from stationmap.audit.inputs.feature_files import EXCHANGED, OUT_OF_DEGREES, read_features
from stationmap.audit.siting import Candidates, forbidden_areas
from stationmap.audit.siting.candidate_files import places
from stationmap.datum import Datum
from stationmap.errors import InvalidAuditError
from tests.test_audit_demand_files import TOWN

SQUARE = [[[117.21, 34.26], [117.22, 34.26], [117.22, 34.27], [117.21, 34.27], [117.21, 34.26]]]
POLYGON = {"type": "Polygon", "coordinates": SQUARE}
POINT = {"type": "Point", "coordinates": [117.21, 34.26]}

Read = Callable[[bytes], object]
READERS: dict[str, Read] = {
    "candidates": lambda data: places(data, "given.geojson"),
    "forbidden": lambda data: forbidden_areas(data, "given.geojson"),
    "areas": lambda data: read_areas(data, "given.geojson"),
    "demand": lambda data: read_demand(data, "given.geojson", TOWN),
}
"""Every reader of GeoJSON there is."""


def file_of(*geometries: object, **members: object) -> bytes:
    known = {"adcode": "410102", "weight": 5, "name": "湖"}
    features = [{"type": "Feature", "properties": known, "geometry": each} for each in geometries]
    return json.dumps({"type": "FeatureCollection", **members, "features": features}).encode()


def named(name: object) -> dict[str, object]:
    return {"type": "name", "properties": {"name": name}}


def projected(crs: str, rings: list[list[list[float]]] = SQUARE) -> dict[str, object]:
    way = Transformer.from_crs(4326, crs, always_xy=True)
    return {"type": "Polygon", "coordinates": [[list(way.transform(*place)) for place in ring] for ring in rings]}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {},
        3,
        "Point",
        [],
        {"type": "Polgon", "coordinates": SQUARE},
        {"type": 7, "coordinates": SQUARE},
        {"type": ["Polygon"], "coordinates": SQUARE},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": None},
        {"type": "Polygon", "coordinates": {}},
        {"type": "Polygon", "coordinates": "x"},
        {"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"], ["e", "f"], ["a", "b"]]]},
        {"type": "Polygon", "coordinates": [[117, 34], [118, 34]]},
        {"type": "Polygon", "coordinates": [[[117], [118], [119], [117]]]},
        {"type": "Polygon", "coordinates": [[[117, 34], [118, 34]]]},
        {"type": "Polygon", "coordinates": [[[117, None], [118, 34], [118, 35], [117, None]]]},
        {"type": "Polygon", "coordinates": [[[True, {}], [118, 34], [118, 35], [True, {}]]]},
        {"type": "MultiPolygon", "coordinates": SQUARE},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": ["a"]},
        {"type": "GeometryCollection"},
        {"type": "GeometryCollection", "geometries": [{"type": "Polgon"}]},
        {"type": "GeometryCollection", "geometries": [3]},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_a_geometry_that_cannot_be_made_out_is_refused_by_every_reader_with_its_number(
    reader: str, geometry: object
) -> None:
    of_points = reader == "demand" and "Point" in str(geometry)
    good = POINT if of_points or reader == "candidates" else POLYGON
    with pytest.raises(InvalidAuditError, match=r"^given.geojson: .*2") as caught:
        READERS[reader](file_of(good, geometry))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "holds nothing"),
        (b"\0" * 50, "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b'{"features": [' + b"[" * 2000 + b"]" * 2000 + b"]}", "is no JSON"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "NaN is no number"),
        (b'{"type": "FeatureCollection", "features": [1e999]}', "is no JSON"),
        (file_of(POLYGON)[:-20], "ends in the middle"),
        (file_of(POLYGON).decode().encode("utf-16"), "is UTF-16"),
        (b'{"features": [], "features": []}', "more than one member"),
        (b"[]", "is no GeoJSON FeatureCollection"),
        (b"null", "is no GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "is no GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": {}}', "is no GeoJSON FeatureCollection"),
        (b'{"type": "Featurecollection", "features": [{}]}', "is no GeoJSON FeatureCollection"),
        (json.dumps(POLYGON).encode(), "is no GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": []}', "holds no features"),
    ],
)
def test_what_is_no_collection_is_refused_by_every_reader(reader: str, data: bytes, reason: str) -> None:
    with pytest.raises(InvalidAuditError, match=f"^given.geojson: .*{reason}"):
        READERS[reader](data)


@pytest.mark.parametrize(
    ("crs", "member"),
    [
        ("EPSG:4548", named("EPSG:4548")),
        ("EPSG:4548", named("urn:ogc:def:crs:EPSG::4548")),
        ("EPSG:4548", {"type": "EPSG", "properties": {"code": 4548}}),
        ("EPSG:4527", named("urn:ogc:def:crs:EPSG::4527")),
        ("EPSG:3857", named("urn:ogc:def:crs:EPSG:6.18.3:3857")),
        ("EPSG:32650", named("http://www.opengis.net/def/crs/EPSG/0/32650")),
        ("EPSG:4490", named("urn:ogc:def:crs:EPSG::4490")),
        ("EPSG:4326", named("urn:ogc:def:crs:OGC:1.3:CRS84")),
        ("EPSG:4326", named("EPSG:4326")),
        ("EPSG:4326", None),
    ],
)
def test_positions_in_another_system_that_the_file_names_are_converted(crs: str, member: object) -> None:
    # EPSG:4527 puts the number of its zone, 39, before the easting.
    geometry = projected(crs)
    (area,) = forbidden_areas(file_of(geometry, crs=member), "lakes.geojson")
    assert np.array(area.exterior.coords) == pytest.approx(np.array(SQUARE[0]), abs=1e-8)
    (place,) = places(file_of(geometry, crs=member), "halls.geojson")
    assert (place.lon, place.lat) == pytest.approx((117.215, 34.265), abs=1e-6)
    assert read_areas(file_of(geometry, crs=member), "a.geojson").polygons["410102"].equals_exact(area, 1e-9)
    assert read_demand(file_of(geometry, crs=member), "d.geojson", TOWN).total == pytest.approx(5, abs=1e-3)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "member",
    [
        named("EPSG:4479"),  # geocentric
        named("EPSG:5773"),  # heights
        named("EPSG:4610"),  # Xian 1980, to which no exact way is known
        named("EPSG:99999"),
        named("EPSG:"),
        named("高德"),
        named("/etc/passwd"),
        named("+proj=longlat +nadgrids=/etc/passwd"),
        named(None),
        named({"name": "EPSG:4326"}),
        {"type": "link", "properties": {"href": "http://localhost/crs"}},
        {"type": ["name"], "properties": []},
        "EPSG:4326",
        4326,
        {},
        [],
    ],
)
def test_a_system_that_cannot_be_converted_is_refused_by_every_reader(reader: str, member: object) -> None:
    with pytest.raises(InvalidAuditError, match="has a crs member that cannot be converted"):
        READERS[reader](file_of(POLYGON, crs=member))


@pytest.mark.parametrize("reader", READERS)
def test_a_system_in_metres_with_positions_in_degrees_is_refused_by_every_reader(reader: str) -> None:
    with pytest.raises(InvalidAuditError, match=r"crs member \(CGCS2000 .*look like degrees"):
        READERS[reader](file_of(POLYGON, crs=named("EPSG:4548")))


@pytest.mark.parametrize("reader", ["candidates", "forbidden", "areas"])
@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (projected("EPSG:4548"), OUT_OF_DEGREES),
        (projected("EPSG:3857"), OUT_OF_DEGREES),
        ({"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in SQUARE[0]]]}, EXCHANGED),
        # In the west of China both are below 90.
        ({"type": "Polygon", "coordinates": [[[43, 87], [43.1, 87], [43.1, 87.1], [43, 87]]]}, EXCHANGED),
        ({"type": "Polygon", "coordinates": [[[1e308, 34], [117, 34], [117, 35], [1e308, 34]]]}, OUT_OF_DEGREES),
    ],
)
def test_positions_that_make_no_sense_are_refused(reader: str, geometry: object, reason: str) -> None:
    with pytest.raises(InvalidAuditError, match=f"feature 2 {reason}"):
        READERS[reader](file_of(POLYGON, geometry))


def test_demand_that_makes_no_sense_is_refused() -> None:
    for geometry in (projected("EPSG:4548"), projected("EPSG:3857")):
        with pytest.raises(InvalidAuditError, match="longitudes that are no number from -180 to 180"):
            READERS["demand"](file_of(geometry))


def test_a_file_that_names_its_system_is_in_no_other_datum() -> None:
    data = file_of(projected("EPSG:4548"), crs=named("EPSG:4548"))
    with pytest.raises(InvalidAuditError, match="leave the datum out"):
        read_demand(data, "d.geojson", TOWN, datum=Datum.GCJ02)
    with pytest.raises(InvalidAuditError, match="leave the datum out"):
        Candidates.of_file(data, "c.geojson", datum=Datum.GCJ02)


def test_positions_in_other_parts_of_the_world_are_taken() -> None:
    for lon, lat in ((25.0, 60.0), (-73.9, 40.7), (151.2, -33.9), (179.9, -16.8)):
        (place,) = places(file_of({"type": "Point", "coordinates": [lon, lat]}), "p.geojson")
        assert (place.lon, place.lat) == (lon, lat)


MEMBERS = ["type", "coordinates", "geometries", "properties", "name"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=3),
    max_leaves=12,
)
KINDS = ["Point", "MultiPoint", "LineString", "Polygon", "MultiPolygon", "GeometryCollection", "Polgon"]


@settings(max_examples=300)
@given(st.sampled_from(KINDS), json_values, json_values, json_values, st.sampled_from(list(READERS)))
def test_no_geojson_causes_anything_but_an_answer_or_a_refusal(
    kind: str, coordinates: object, properties: object, crs: object, reader: str
) -> None:
    geometry = {"type": kind, "coordinates": coordinates, "geometries": coordinates}
    feature = {"type": "Feature", "geometry": geometry, "properties": properties, "id": properties}
    document = {"type": "FeatureCollection", "features": [feature], "crs": crs}
    for data in (document, {**document, "crs": None}, {**document, "features": [geometry, coordinates]}):
        try:
            READERS[reader](json.dumps(data).encode())
        except InvalidAuditError as error:
            assert str(error).startswith("given.geojson: ") and "\n" not in str(error)


@settings(max_examples=200)
@given(st.integers(0, 600), st.integers(0, 255), st.sampled_from(list(READERS)))
def test_no_damaged_octet_causes_anything_but_an_answer_or_a_refusal(at: int, octet: int, reader: str) -> None:
    whole = file_of(POLYGON, POINT, crs=named("EPSG:4326"))
    at %= len(whole)
    for damaged in (whole[:at], whole[:at] + bytes([octet]) + whole[at + 1 :]):
        try:
            READERS[reader](damaged)
        except InvalidAuditError as error:
            assert str(error).startswith("given.geojson: ")


def test_the_first_problems_are_named_and_how_many_more_there_are() -> None:
    found = read_features(file_of(*[None] * 23), "a.geojson")
    with pytest.raises(InvalidAuditError) as caught:
        found.refuse(lambda each: "is nowhere" if each.geometry is None else "")
    assert str(caught.value).startswith("a.geojson: feature 1 is nowhere; feature 2 is nowhere; ")
    assert str(caught.value).endswith("; and 3 more")
