"""Tiles, read back by mapbox-vector-tile, hold what the registry says: every station once, at every zoom."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product
from types import MappingProxyType
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import CATEGORIES, Header, Station
from stationmap.reports.evidence import NO_EVIDENCE, Evidence, Mark
from stationmap.search.doubts import doubts
from stationmap.search.query import Query
from stationmap.search.station_index import StationIndex
from stationmap.search.usability import standing
from stationmap.tiles.contents import MIN_CLUSTER
from stationmap.tiles.encoding import CLUSTER_MEMBERS, STATION_MEMBERS
from stationmap.tiles.layout import Layout
from stationmap.tiles.tilejson import CLUSTER_FIELDS, STATION_FIELDS, tilejson
from stationmap.tiles.wire import varint
from stationmap.tiles.z_order import EXTENT, LEVELS, MAX_ZOOM, exists, first_level_apart, interleaved, on_plane
from tests.strategies import station, stations

MONDAY_10 = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
LITTLE_LEFT = timedelta(minutes=10)
MOST_NORTHERN = math.degrees(math.atan(math.sinh(math.pi)))
OF_OPENING = {"reported_locked", "hours_unknown", "holiday_unstated", "closes_soon"}

crowded = stations(lon=st.floats(117.1, 117.3), lat=st.floats(34.1, 34.3))
anywhere = stations()
zooms = st.integers(0, MAX_ZOOM)

Tile = tuple[int, int, int]
Features = list[dict[str, Any]]


def marked(*ids: str, until: datetime = MONDAY_10 + timedelta(hours=1)) -> Evidence:
    marks = {known: Mark("locked", 3, MONDAY_10 - timedelta(minutes=5), until) for known in ids}
    return Evidence(MappingProxyType(marks), MappingProxyType({}), "1")


def decoded(data: bytes) -> dict[str, Features]:
    layers = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True}) if data else {}
    return {name: layers.get(name, {"features": []})["features"] for name in ("stations", "clusters")}


def tile_of(lon: float, lat: float, z: int) -> tuple[Tile, tuple[float, float]]:
    """Return by the textbook in which tile a place is, and where in it, in units."""
    lat = min(max(lat, -MOST_NORTHERN), MOST_NORTHERN)
    x = (lon + 180) / 360 * 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
    column, row = (min(max(int(part), 0), 2**z - 1) for part in (x, y))
    return (z, column, row), ((x - column) * EXTENT, (y - row) * EXTENT)


def laid_out(known: Sequence[Station]) -> Layout:
    return Layout(StationIndex(known), {each.id: row for row, each in enumerate(known)}.get)


def tiles_at(known: Sequence[Station], z: int, query: Query = Query(), **given: Any) -> dict[Tile, dict[str, Features]]:  # noqa: B008
    """Return every tile of a zoom that may hold something, decoded: those stations lie in, and their neighbours."""
    layout = laid_out(known)
    states = layout.states(given.get("at", MONDAY_10), given.get("evidence", NO_EVIDENCE), LITTLE_LEFT)
    counted = layout.counted(query, states)
    own = {tile_of(*each.geometry.coordinates, z)[0] for each in known}
    around = {(z, x + i, y + j) for _, x, y in own for i, j in product((-1, 0, 1), repeat=2)}
    return {tile: decoded(layout.tile(counted, *tile, **given.get("labelled", {}))) for tile in around if exists(*tile)}


def singles(tiles: dict[Tile, dict[str, Features]]) -> Iterator[tuple[Tile, dict[str, Any]]]:
    for tile, layers in tiles.items():
        yield from ((tile, feature) for feature in layers["stations"])


def clusters(tiles: dict[Tile, dict[str, Features]]) -> Iterator[tuple[Tile, dict[str, Any]]]:
    for tile, layers in tiles.items():
        yield from ((tile, feature) for feature in layers["clusters"])


def state_of(one: Station, evidence: Evidence = NO_EVIDENCE, at: datetime = MONDAY_10) -> str:
    """Return the state a map may show, by the doubts about a station for who stands at its door."""
    found = doubts(one, 0.0, at, None, Query(), LITTLE_LEFT, evidence)
    return "unknown" if OF_OPENING.intersection(found) else one.status_at(at).state


@given(anywhere | crowded)
@example([station("a", 180, 90), station("b", -180, -90), station("c", 0, 0), station("d", 179.9999999, 85.06)])
def test_at_the_last_zoom_each_station_stands_once_where_it_is_with_what_is_known_of_it(known: list[Station]) -> None:
    tiles = tiles_at(known, MAX_ZOOM)
    assert not list(clusters(tiles))
    found = {feature["properties"]["id"]: (tile, feature) for tile, feature in singles(tiles)}
    assert Counter(feature["properties"]["id"] for _, feature in singles(tiles)) == Counter(one.id for one in known)
    for one in known:
        tile, feature = found[one.id]
        place, units = tile_of(*one.geometry.coordinates, MAX_ZOOM)
        ahead = [(tile[axis] - place[axis]) * EXTENT for axis in (1, 2)]
        for got, wanted, behind in zip(feature["geometry"]["coordinates"], units, ahead, strict=True):
            assert -1.001 <= got + behind - wanted <= 0.001
            assert 0 <= got < EXTENT
        until = one.status_at(MONDAY_10).until
        assert feature["properties"] == {
            "id": one.id,
            "name": one.name,
            "category": one.category,
            "district": one.district,
            "who": one.access.who,
            "riders": standing(one),
            "state": state_of(one),
            **({"until": until.isoformat()} if until else {}),
        }


@given(crowded | anywhere, zooms)
@example([station("a", 180, 90), station("b", 180, 90), station("c", 180, 90)], 0)
def test_what_the_tiles_of_a_zoom_count_adds_up_to_all_stations(known: list[Station], z: int) -> None:
    tiles = tiles_at(known, z)
    alone = [feature["properties"] for _, feature in singles(tiles)]
    groups = [feature["properties"] for _, feature in clusters(tiles)]
    states = Counter(state_of(one) for one in known)
    assert len({each["id"] for each in alone}) == len(alone)
    assert len(alone) + sum(each["count"] for each in groups) == len(known)
    for name, state in (("usable", "open"), ("unknown", "unknown")):
        assert sum(each["state"] == state for each in alone) + sum(each[name] for each in groups) == states[state]


@given(crowded, st.integers(6, MAX_ZOOM - 1))
def test_a_cluster_is_three_or_more_stations_of_a_cell_of_64_pixels_at_their_mean(known: list[Station], z: int) -> None:
    cells: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    lons, lats = np.array([one.geometry.coordinates for one in known]).reshape(-1, 2).T
    for x, y in zip(*on_plane(lons, lats), strict=True):
        cells[int(x) >> LEVELS - z - 2, int(y) >> LEVELS - z - 2].append((int(x), int(y)))
    tiles = tiles_at(known, z)
    found = {}
    for (_, column, row), feature in clusters(tiles):
        x, y = feature["geometry"]["coordinates"]
        found[column * 4 + x // 1024, row * 4 + y // 1024] = (column * EXTENT + x, row * EXTENT + y), feature
    expected = {cell: places for cell, places in cells.items() if len(places) >= MIN_CLUSTER}
    assert found.keys() == expected.keys()
    for cell, places in expected.items():
        middle, feature = found[cell]
        assert feature["properties"]["count"] == len(places)
        for got, axis in zip(middle, zip(*places, strict=True), strict=True):
            assert abs(got - sum(axis) / len(axis) / 2 ** (MAX_ZOOM - z)) <= 1


@given(crowded, st.integers(0, MAX_ZOOM - 1))
def test_a_cluster_counts_what_those_below_it_count_and_says_where_it_falls_apart(known: list[Station], z: int) -> None:
    found = tiles_at(known, z)
    for (_, column, row), feature in clusters(found):
        x, y = feature["geometry"]["coordinates"]
        cell = column * 4 + x // 1024, row * 4 + y // 1024
        splits_at = feature["properties"]["splits_at"]
        assert z < splits_at <= MAX_ZOOM
        for deeper in range(z + 1, splits_at + 1):
            inside = list(in_cell(tiles_at(known, deeper), cell, deeper - z))
            assert sum(each.get("count", 1) for each in inside) == feature["properties"]["count"]
            usable = sum(each.get("usable", each.get("state") == "open") for each in inside)
            assert usable == feature["properties"]["usable"]
            assert (len(inside) > 1) == (deeper == splits_at)


def in_cell(tiles: dict[Tile, dict[str, Features]], cell: tuple[int, int], levels: int) -> Iterator[dict[str, Any]]:
    """Yield what is said of each mark within a cell of so many zooms above."""
    for (_, column, row), layers in tiles.items():
        for feature in (*layers["stations"], *layers["clusters"]):
            x, y = feature["geometry"]["coordinates"]
            if (column * 4 + x // 1024 >> levels, row * 4 + y // 1024 >> levels) == cell:
                yield feature["properties"]


@given(
    crowded,
    zooms,
    st.builds(
        Query,
        categories=st.frozensets(st.sampled_from(CATEGORIES), max_size=2),
        in_use=st.booleans(),
        for_riders=st.booleans(),
        text=st.sampled_from(["", "s0", "驿站"]),
    ),
)
def test_tiles_hold_those_stations_only_that_pass_the_filters(known: list[Station], z: int, query: Query) -> None:
    tiles = tiles_at(known, z, query)
    wanted = {one.id for one in known if query.accepts(one)}
    alone = {feature["properties"]["id"] for _, feature in singles(tiles)}
    assert alone <= wanted
    assert len(alone) + sum(feature["properties"]["count"] for _, feature in clusters(tiles)) == len(wanted)


def test_a_station_that_riders_report_locked_is_unknown_and_not_usable() -> None:
    known = [station(name, 117.2, 34.2, hours="24/7") for name in "abc"]
    evidence = marked("b", "elsewhere")
    found = {
        feature["properties"]["id"]: feature["properties"]
        for _, feature in singles(tiles_at(known, MAX_ZOOM, evidence=evidence))
    }
    assert [(found[name]["state"], found[name].get("reported")) for name in "abc"] == [
        ("open", None),
        ("unknown", "locked"),
        ("open", None),
    ]
    (cluster,) = (feature["properties"] for _, feature in clusters(tiles_at(known, 10, evidence=evidence)))
    assert cluster == {"count": 3, "usable": 2, "unknown": 1, "splits_at": MAX_ZOOM}
    over = tiles_at(known, 10, evidence=marked("b", until=MONDAY_10))
    assert [feature["properties"]["usable"] for _, feature in clusters(over)] == [3]


@pytest.mark.parametrize(
    ("hours", "minute", "state"),
    [
        ("Mo-Fr 09:00-11:00; PH off", 0, "open"),
        ("Mo-Fr 09:00-11:00; PH off", 51, "unknown"),  # closes before who arrives has rested
        ("Mo-Fr 12:00-13:00; PH off", 0, "closed"),
        (None, 0, "unknown"),
    ],
)
def test_the_state_is_what_who_stands_at_the_door_can_rely_on(hours: str | None, minute: int, state: str) -> None:
    at = MONDAY_10 + timedelta(minutes=minute)
    known = [station("a", 117.2, 34.2, hours=hours)]
    assert [each["properties"]["state"] for _, each in singles(tiles_at(known, 3, at=at))] == [state]


def test_names_come_whole_and_as_they_are_whatever_they_hold() -> None:
    names = ["<script>alert(1)</script>", "{{ 7 * 7 }}", "名" * 5_000, "\u202e\x00\n\"'&", "🏠"]
    known = [
        station(f"s{row}", 117.2, 34.2, name=name, name_en=name[::-1], address="not in tiles")
        for row, name in enumerate(names)
    ]
    found = sorted(
        (feature["properties"] for _, feature in singles(tiles_at(known, MAX_ZOOM))), key=lambda each: each["id"]
    )
    assert [(each["name"], each["name_en"]) for each in found] == [(name, name[::-1]) for name in names]


def test_every_feature_of_demonstration_data_says_so() -> None:
    known = [station(str(row), 117.2 + row // 3, 34.2) for row in range(5)]
    tiles = tiles_at(known, 9, labelled={"label": "演示数据"})
    found = [
        feature["properties"]["label"] for layers in tiles.values() for each in layers.values() for feature in each
    ]
    assert found == ["演示数据"] * 3


def test_moments_have_one_digest_as_long_as_nothing_on_the_map_changes() -> None:
    layout = laid_out([station("a", 117.2, 34.2, hours="Mo-Fr 09:00-17:00; PH off"), station("b", 1, 1)])
    digests = [
        layout.states(MONDAY_10 + timedelta(minutes=minute), evidence, LITTLE_LEFT).digest
        for minute, evidence in [
            (0, NO_EVIDENCE),
            (5, NO_EVIDENCE),
            (415, NO_EVIDENCE),
            (425, NO_EVIDENCE),
            (0, marked("b")),
        ]
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_a_registry_without_stations_has_empty_tiles() -> None:
    assert tiles_at([], 0) == {}
    layout = laid_out([])
    counted = layout.counted(Query(), layout.states(MONDAY_10, NO_EVIDENCE, LITTLE_LEFT))
    assert layout.tile(counted, 0, 0, 0) == layout.tile(counted, MAX_ZOOM, 1, 1) == b""


@pytest.mark.parametrize("tile", [(-1, 0, 0), (17, 0, 0), (0, 1, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0), (3, 0, -1)])
def test_there_are_tiles_of_a_zoom_within_its_square_only(tile: Tile) -> None:
    assert not exists(*tile)
    assert exists(3, 7, 7)


@given(st.integers(0, 2**LEVELS - 1), st.integers(0, 2**LEVELS - 1))
def test_codes_have_the_bits_of_both_axes_by_turns(x: int, y: int) -> None:
    bits = "".join(b + a for a, b in zip(f"{x:0{LEVELS}b}", f"{y:0{LEVELS}b}", strict=True))
    assert interleaved(x, y) == int(bits, 2)
    assert int(interleaved(np.array([x]), np.array([y]))[0]) == int(bits, 2)


@given(st.integers(0, 4**LEVELS - 1), st.integers(0, 4**LEVELS - 1))
def test_two_codes_fall_apart_at_the_first_level_whose_quarters_differ(code: int, other: int) -> None:
    apart = (level for level in range(1, LEVELS + 1) if code >> 2 * (LEVELS - level) != other >> 2 * (LEVELS - level))
    assert first_level_apart(code, other) == next(apart, 0)


@given(st.integers(0, 2**40))
def test_numbers_have_seven_bits_a_byte(number: int) -> None:
    encoded = varint(number)
    assert sum((byte & 127) << 7 * place for place, byte in enumerate(encoded)) == number
    assert [byte >> 7 for byte in encoded] == [1] * (len(encoded) - 1) + [0]


def test_the_document_names_every_member_of_both_layers() -> None:
    assert tuple(STATION_FIELDS) == STATION_MEMBERS
    assert tuple(CLUSTER_FIELDS) == CLUSTER_MEMBERS
    layers = tilejson(Header(format=1), None, "https://x/{z}/{x}/{y}.mvt")["vector_layers"]
    assert [(layer["id"], layer["maxzoom"]) for layer in layers] == [("stations", 16), ("clusters", 15)]


def test_what_maps_show_as_html_holds_none_of_the_registry() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    found = tilejson(Header(format=1, title=hostile, source=hostile, licence=hostile), None, "", label="演示数据")
    assert "<" not in found["attribution"]
    assert found["attribution"].startswith("演示数据 · &lt;img")
    assert found["name"] == hostile
    assert found["description"].startswith("演示数据")
