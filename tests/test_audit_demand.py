"""Demand: every person is placed or said to be left out, residents are labelled as the proxy they are."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.areas import spread
from stationmap.audit.demand.census import PROXY, ZONE, Census, read_census, residents
from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.territory import Territory
from stationmap.errors import InvalidAuditError
from stationmap.i18n import catalogue
from stationmap.registry.checks.quality import read_counties
from tests.conftest import ROOT

TOWN = Territory.of(
    {"a": shapely.box(117.2, 34.25, 117.23, 34.31), "b": shapely.box(117.23, 34.25, 117.27, 34.31)}, 400
)
SOURCE = Source("points", "made up")


@pytest.fixture(scope="module")
def city() -> Territory:
    return Territory.of(read_counties((ROOT / "data" / "areas" / "counties.geojson").read_bytes()), 1000)


def at(lons: list[float], lats: list[float], weights: list[float]) -> Demand:
    return Demand.at(TOWN, np.array(lons, float), np.array(lats, float), np.array(weights, float), SOURCE)


# --- points ---


@pytest.mark.parametrize(
    ("lon", "lat", "weight", "message"),
    [
        (117.21, 34.28, float("nan"), r"1 weights that are no number \(places 2\)"),
        (117.21, 34.28, -1, r"1 negative weights \(places 2\)"),
        (117.21, 34.28, 5e9, r"1 weights above 4e\+09 people \(places 2\)"),
        (117.21, 34.28, float("inf"), "weights above"),
        (float("nan"), 34.28, 1, r"1 longitudes that are no number from -180 to 180 \(places 2\)"),
        (181, 34.28, 1, "longitudes"),
        (117.21, 91, 1, "latitudes"),
    ],
)
def test_what_is_wrong_with_a_place_is_named_with_its_number(
    lon: float, lat: float, weight: float, message: str
) -> None:
    with pytest.raises(InvalidAuditError, match=message):
        at([117.21, lon], [34.28, lat], [1, weight])


def test_all_that_is_wrong_is_said_at_once_and_only_the_first_places_are_listed() -> None:
    with pytest.raises(InvalidAuditError) as caught:
        at([117.21] * 7, [95.0] * 7, [-1] * 7)
    assert str(caught.value) == (
        "made up: 7 negative weights (places 1, 2, 3, 4, 5, ...); "
        "7 latitudes that are no number from -90 to 90 (places 1, 2, 3, 4, 5, ...)"
    )


def test_too_many_people_in_all_are_a_mistake_of_units() -> None:
    with pytest.raises(InvalidAuditError, match=r"6e\+09 people in all"):
        at([117.21, 117.22], [34.28, 34.28], [3e9, 3e9])


@pytest.mark.parametrize(
    ("lons", "weights", "message"),
    [([], [], "holds no places"), ([110.0], [5], "nobody lives"), ([117.21], [0], "nobody lives")],
)
def test_a_demand_of_nobody_is_refused(lons: list[float], weights: list[float], message: str) -> None:
    with pytest.raises(InvalidAuditError, match=message):
        at(lons, [34.28] * len(lons), weights)


def test_people_outside_are_left_out_counted_and_named() -> None:
    demand = at([117.21, 100.0, 117.22], [34.28, 34.28, 34.26], [30, 10, 0.5])
    assert demand.total == 30.5
    assert demand.source.in_words("en") == (
        "10 people (24.7%) lie outside the studied area and are left out (places 2)",
    )


def test_a_place_belongs_to_the_district_and_the_cell_that_hold_it() -> None:
    demand = at([117.21, 117.25], [34.28, 34.26], [1, 2])
    assert [TOWN.codes[each] for each in demand.districts] == ["a", "b"]
    dx, dy = TOWN.lons[demand.rows] - demand.lons, TOWN.lats[demand.rows] - demand.lats
    assert (np.hypot(dx * 92, dy * 111) <= 0.29).all()  # km; half a cell's diagonal


# --- areas ---


@st.composite
def areas(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of any size in and around the town, from a few metres to all of it, and people in whole thousandths."""
    boxes, people = [], []
    for _ in range(draw(st.integers(1, 6))):
        west, south = draw(st.floats(117.18, 117.28)), draw(st.floats(34.23, 34.32))
        width = draw(st.floats(0.0001, 0.1))
        boxes.append(shapely.box(west, south, west + width, south + width))
        people.append(draw(st.integers(0, 10**9)) / 1000)
    return np.array(boxes, dtype=object), np.array(people)


@settings(max_examples=80)
@given(areas())
def test_every_thousandth_of_a_person_of_an_area_is_in_a_cell_or_outside(given_areas) -> None:  # type: ignore[no-untyped-def]
    polygons, people = given_areas
    cells, outside = spread(TOWN, polygons, people)
    assert cells.sum() + outside.sum() == np.rint(people * 1000).sum()
    assert (cells >= 0).all()
    town = shapely.union_all(list(TOWN.polygons))
    for polygon, left_out, everybody in zip(polygons, outside, people, strict=True):
        # Degrees are not equal-area, but over a tenth of one the error is small.
        share = 1 - polygon.intersection(town).area / polygon.area
        assert left_out / 1000 == pytest.approx(share * everybody, abs=2e-3 * everybody + 1e-3)


@settings(max_examples=60)
@given(areas())
def test_the_cells_of_an_area_share_its_people_evenly(given_areas) -> None:  # type: ignore[no-untyped-def]
    polygons, people = given_areas
    cells, outside = spread(TOWN, polygons[:1], people[:1])
    middles = np.flatnonzero(shapely.intersects_xy(polygons[0], TOWN.lons, TOWN.lats))
    inside = round(people[0] * 1000) - outside[0]
    if len(middles):
        assert np.flatnonzero(cells).tolist() == middles[cells[middles] > 0].tolist()
        assert np.ptp(cells[middles]) <= 1
    else:
        assert np.count_nonzero(cells) == (1 if inside else 0)


def test_an_area_smaller_than_a_cell_gives_its_people_to_the_cell_under_it() -> None:
    row = len(TOWN) // 2
    lon, lat = TOWN.lons[row] + 0.001, TOWN.lats[row] + 0.001
    cells, outside = spread(TOWN, np.array([shapely.box(lon, lat, lon + 1e-4, lat + 1e-4)]), np.array([7.25]))
    assert (cells[row], cells.sum(), outside.sum()) == (7250, 7250, 0)


# --- residents ---


def test_the_residents_of_the_city_are_all_there_and_labelled_as_a_proxy(city: Territory) -> None:
    demand = residents(city)
    assert demand.total == 9_083_790
    assert demand.source.kind == "residents"
    assert "七普常住人口按面积均摊" in demand.source.name
    assert PROXY in demand.source.notes


def test_the_people_of_the_zone_without_a_polygon_are_said_to_be_allocated(city: Territory) -> None:
    [note] = [note for note in residents(city).source.in_words("en") if ZONE in note]
    assert note.startswith("381,407 people")
    assert "are put into Gulou, Yunlong, Tongshan in proportion" in note
    assert "an assumption" in note


def test_a_study_without_the_units_the_zone_was_put_into_does_not_mention_it(city: Territory) -> None:
    at = city.codes.index("320321")
    territory = Territory.of({"320321": city.polygons[at]}, 1000)
    demand = residents(territory)
    assert demand.total == 935_200
    assert demand.source.notes == (PROXY,)


def test_each_unit_has_its_own_residents_evenly(city: Territory) -> None:
    demand = residents(city)
    census = read_census((ROOT / "data" / "areas" / "residents.csv").read_bytes())
    for at, code in enumerate(city.codes):
        here = demand.people[demand.districts == at]
        assert here.sum() == census.residents[code] * 1000
        assert np.ptp(here) <= 1


def test_a_unit_whose_residents_are_unknown_is_named() -> None:
    demand = residents(TOWN, Census({"a": 10}, {}))
    assert demand.total == 10
    assert demand.source.in_words("en")[-1] == "no residents are known of b: they count as nobody"


def test_residents_that_nobody_knows_are_refused() -> None:
    with pytest.raises(InvalidAuditError, match=r"nobody lives inside the studied area \(a, b\)"):
        residents(TOWN)


def test_a_unit_smaller_than_a_cell_does_not_lose_its_residents_silently() -> None:
    tiny = {"a": shapely.box(117.0, 34.0, 117.3, 34.3), "b": shapely.box(117.3, 34.0, 117.3001, 34.0001)}
    with pytest.raises(InvalidAuditError, match="larger than b"):
        residents(Territory.of(tiny, 5000), Census({"a": 10, "b": 10}, {}))


@pytest.mark.parametrize("table", ["", "adcode,people\n1,2\n", "adcode,residents,zone_320371_share\na,many,0\n",
                                   "adcode,residents,zone_320371_share\na,-5,0\n"])  # fmt: skip
def test_a_table_that_holds_no_residents_is_refused(table: str) -> None:
    with pytest.raises(InvalidAuditError):
        read = read_census(table.encode())
        residents(TOWN, read)


def test_a_source_is_not_changed_by_what_is_noted_later() -> None:
    more = Note("riders")
    assert SOURCE.with_notes(more) == replace(SOURCE, notes=(more,))
    assert SOURCE.notes == ()


@pytest.mark.parametrize("code", sorted(key for key in catalogue("zh") if key.startswith("audit.note.")))
def test_every_note_is_told_in_each_language_with_all_its_values(code: str) -> None:
    names = set(re.findall(r"{(\w+)}", catalogue("en")[code]))
    assert names == set(re.findall(r"{(\w+)}", catalogue("zh")[code]))
    note = Note(code.removeprefix("audit.note."), {name: f"<{name}>" for name in names})
    for language in ("zh", "en"):
        assert all(f"<{name}>" in note.in_words(language) for name in names)
    assert re.search("[\u4e00-\u9fff]", note.in_words("zh"))


def test_a_note_names_districts_in_the_language_asked() -> None:
    note = Note("no_residents", {"districts": ("320302", "320303")})
    assert note.in_words("zh") == "鼓楼区、云龙区没有居民数，按无人计"
    assert note.in_words("en") == "no residents are known of Gulou, Yunlong: they count as nobody"
