"""The compiled tree refuses what it cannot answer, and passes over nobody who may be open on arrival."""

from __future__ import annotations

import math
import pickle
from array import array
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from tests.strategies import lats, lons

kernel = pytest.importorskip("stationmap_kernel", reason="the kernel is not compiled here: pip install ./kernel")
from stationmap.geo.compiled_points import CompiledPointIndex  # noqa: E402  needs the kernel

GEOD = Geod(ellps="WGS84")
LONS, LATS = array("d", [117.0, 117.1, 117.2]), array("d", [34.0, 34.0, 34.0])
FAR = 1e9


@pytest.mark.parametrize(
    ("places", "hours"),
    [
        ((LONS, array("d", [34.0])), None),
        ((array("d", [math.nan]), array("d", [34.0])), None),
        ((array("d", [117.0]), array("d", [math.inf])), None),
        ((b"odd", b"odd"), None),
        ((LONS, LATS), array("i", [0, -1, 0])),
        ((LONS, LATS), array("i", [0, 2**31 - 1, 0])),
        ((LONS, LATS), array("i", [0])),
    ],
)
def test_points_that_are_none_are_refused(places: tuple[object, object], hours: object) -> None:
    with pytest.raises(ValueError, match=r"points|finite|hours"):
        kernel.Tree(*places, hours)


@pytest.mark.parametrize(
    "asked",
    [
        (math.nan, 34.0, 1, FAR, None, None),
        (117.0, math.inf, 1, FAR, None, None),
        (117.0, 34.0, 0, FAR, None, None),
        (117.0, 34.0, 1, FAR, b"", None),
        (117.0, 34.0, 1, FAR, b"12", None),
        (117.0, 34.0, 1, FAR, None, b""),
        (117.0, 34.0, 1, FAR, None, b"odd"),
    ],
)
def test_a_question_that_is_none_is_refused(asked: tuple[object, ...]) -> None:
    for tree in (kernel.Tree(LONS, LATS), kernel.Tree(LONS, LATS, array("i", [0, 1, 0]))):
        for ask in (tree.nearest, tree.by_chord):
            with pytest.raises(ValueError, match=r"finite|size|hours"):
                ask(*asked)
    with pytest.raises(ValueError, match="hours"):  # of a tree that knows none
        kernel.Tree(LONS, LATS).nearest(117.0, 34.0, 1, FAR, None, array("d", [0.0]))


def test_a_number_no_memory_holds_finds_all_points_or_is_refused() -> None:
    tree = kernel.Tree(LONS, LATS)
    assert [at for _, at in tree.nearest(117.0, 34.0, 10**30, FAR, None, None)] == [0, 1, 2]
    nothing = array("q", [0])
    with pytest.raises(OverflowError):
        tree.nearest_many(LONS[:1], LATS[:1], nothing, 2**62, None, nothing, array("d", [0.0]), bytearray(1))


@pytest.mark.parametrize("number", [-1, 3, 2**62])
def test_a_batch_takes_only_numbers_of_its_places(number: int) -> None:
    tree, places, metres = kernel.Tree(LONS, LATS), array("q", [-1] * 3), array("d", [0.0] * 3)
    with pytest.raises(ValueError, match="place"):
        tree.nearest_many(LONS, LATS, array("q", [number]), 1, None, places, metres, bytearray(3))


def test_a_batch_whose_order_is_what_it_writes_on_stays_within_its_memory() -> None:
    tree, shared = kernel.Tree(LONS, LATS), array("q", [0, 1, 2])
    tree.nearest_many(LONS, LATS, shared, 1, None, shared, array("d", [0.0] * 3), bytearray(3))
    assert set(shared) <= {0, 1, 2}


@given(lons, lats, st.floats(0, 360), st.floats(1, 3e6), st.floats(0.9, 1.1))
def test_nobody_is_passed_over_whom_a_rider_reaches_after_it_opens(
    lon: float, lat: float, azimuth: float, metres: float, share: float
) -> None:
    there_lon, there_lat, _ = GEOD.fwd(lon, lat, azimuth, metres)
    tree = kernel.Tree(array("d", [there_lon]), array("d", [there_lat]), array("i", [0]))
    way_m = GEOD.inv(lon, lat, there_lon, there_lat)[2]
    refused_m = way_m * share
    found = tree.by_chord(lon, lat, 1, FAR, None, array("d", [refused_m]))
    assert found or way_m < refused_m
    assert not tree.by_chord(lon, lat, 1, FAR, None, array("d", [math.inf]))


def test_threads_share_a_tree() -> None:
    rng = np.random.default_rng(19)
    points, asked = rng.uniform((116, 33), (118, 35), (5_000, 2)), rng.uniform((116, 33), (118, 35), (400, 2)).tolist()
    tree = kernel.Tree(*points.T.copy())

    def answers(_: int) -> list[object]:
        return [tree.nearest(*place, 5, FAR, None, None) for place in asked]

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(answers, range(16))
    assert all(each == first for each in others)


def test_an_index_goes_to_another_process_whole_and_in_part() -> None:
    rng = np.random.default_rng(19)
    lons, lats = rng.uniform((116, 33), (118, 35), (500, 2)).T.copy()
    index = CompiledPointIndex(lons, lats, np.arange(500) + 7, np.zeros(500, np.int32))
    for each in (index, index.restricted(np.arange(0, 500, 2)), index.restricted(np.arange(9))):
        assert pickle.loads(pickle.dumps(each)).nearest(117.0, 34.0, 5, FAR) == each.nearest(117.0, 34.0, 5, FAR)


def test_a_tree_of_nothing_answers_with_nothing() -> None:
    tree = kernel.Tree(array("d"), array("d"))
    assert (len(tree), tree.nearest(117.0, 34.0, 5, FAR, None, None)) == (0, [])
    assert tree.by_chord(117.0, 34.0, 5, FAR, b"", None) == []
