"""Sites chosen among all cells: no gap has a better one, no exchange helps, and no choice exceeds the bound."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.cell_share import cell_share, reached
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.metrics.gaps import gaps
from stationmap.audit.output.result_tables import proposal_sheets
from stationmap.audit.siting import Candidates, max_coverage
from stationmap.audit.siting.every_cell import EveryCell
from stationmap.audit.studies.propose import SitingRequest, propose
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from tests.strategies import station

AREAS = {"320302": shapely.box(117.10, 34.20, 117.15, 34.24), "320303": shapely.box(117.15, 34.20, 117.20, 34.24)}
TOWN = Territory.of(AREAS, 250)
SOURCE = Source("residents", "a town")


def people(seed: int) -> Demand:
    rng = np.random.default_rng(seed)
    return Demand.on_cells(TOWN, rng.integers(0, 40_000, len(TOWN)), SOURCE)


def supply_of(lons: np.ndarray, lats: np.ndarray) -> Supply:
    flags = np.ones(len(lons), dtype=bool)
    return Supply(tuple(f"s{at}" for at in range(len(lons))), lons, lats, flags, flags)


def some_stations(seed: int, count: int = 4) -> Supply:
    rng = np.random.default_rng(seed)
    return supply_of(rng.uniform(117.10, 117.20, count), rng.uniform(34.20, 34.24, count))


def listed() -> Candidates:
    ids = [f"cell-{cell}" for cell in TOWN.cells.tolist()]
    return Candidates.at(ids, TOWN.lons, TOWN.lats, TOWN)


@settings(max_examples=12)
@given(st.integers(0, 99), st.sampled_from([600.0, 1000.0, 1500.0]), st.integers(1, 6))
def test_all_cells_at_once_are_worth_what_they_are_one_by_one(seed: int, radius_m: float, n: int) -> None:
    demand, supply = people(seed), some_stations(seed)
    every = max_coverage(demand, supply, EveryCell.of(TOWN), n, radius_m, seconds=2)
    after = supply_of(
        *(
            np.append(getattr(supply, f"{axis}s"), [getattr(site, axis) for site in every.sites])
            for axis in ("lon", "lat")
        )
    )
    assert coverage(TOWN, demand, after, radius_m).total.confirmed.people == pytest.approx(every.value, abs=1e-6)
    assert every.before <= every.value <= every.bound
    one_by_one = max_coverage(demand, supply, listed(), n, radius_m, seconds=2)
    assert one_by_one.before == every.before
    assert one_by_one.value <= every.bound and every.value <= one_by_one.bound
    if n == 1:
        assert every.proved and every.value == one_by_one.value


@settings(max_examples=10)
@given(st.integers(0, 99), st.sampled_from([600.0, 1000.0]))
def test_no_gap_has_a_better_site_than_the_first_one_proposed(seed: int, radius_m: float) -> None:
    demand, supply = people(seed), some_stations(seed)
    proposal = max_coverage(demand, supply, EveryCell.of(TOWN), 1, radius_m, seconds=2)
    best = max((gap.site_people for gap in gaps(TOWN, demand, supply, radius_m).gaps), default=0)
    assert proposal.value - proposal.before == pytest.approx(best, abs=1e-6)


@settings(max_examples=6)
@given(st.integers(0, 99))
def test_no_cell_anywhere_is_better_for_a_site(seed: int) -> None:
    demand, supply, share = people(seed), some_stations(seed), cell_share(800, 250)
    proposal = max_coverage(demand, supply, EveryCell.of(TOWN), 4, 800, seconds=2)
    by_cell = reached(demand.people[:, None], share.at(between_cells()))
    base = reached(demand.people, share.at(distances(TOWN.lons, TOWN.lats, supply.lons, supply.lats).min(axis=1)))
    rows = [
        int(np.flatnonzero(TOWN.lons == site.lon)[np.argmin(abs(TOWN.lats[TOWN.lons == site.lon] - site.lat))])
        for site in proposal.sites
    ]
    value = np.max([base, *by_cell[:, rows].T], axis=0).sum()
    for out in rows:
        rest = np.max([base, *by_cell[:, [each for each in rows if each != out]].T], axis=0)
        assert np.maximum(by_cell, rest[:, None]).sum(axis=0).max() <= value


@pytest.mark.parametrize("radius_m", [1.0, 30_000.0, 100_000.0])
def test_where_a_further_site_adds_nobody_none_is_proposed(radius_m: float) -> None:
    proposal = max_coverage(people(1), some_stations(1), EveryCell.of(TOWN), 3, radius_m, seconds=2)
    assert proposal.sites == () and proposal.proved
    assert proposal.before == proposal.value == proposal.bound


@pytest.mark.parametrize("n", [3, 5])
def test_no_bound_promises_more_people_than_there_are(n: int) -> None:
    # In Gulou 3 more sites of 2 km miss 69 people, and 5 nobody.
    study = Study.of_city(load(demo_registry()), StudyQuestion(radius_m=2000), districts=["320302"])
    proposal = propose(study, SitingRequest(n=n, seconds=60))
    assert proposal.bound <= study.demand.people.sum() / 1000
    assert proposal.proved and proposal.value == proposal.bound


@cache
def between_cells() -> np.ndarray:
    return distances(TOWN.lons, TOWN.lats, TOWN.lons, TOWN.lats)


def distances(lons: np.ndarray, lats: np.ndarray, other_lons: np.ndarray, other_lats: np.ndarray) -> np.ndarray:
    from pyproj import Geod

    one, other = np.meshgrid(np.arange(len(lons)), np.arange(len(other_lons)), indexing="ij")
    found = Geod(ellps="WGS84").inv(lons[one], lats[one], other_lons[other], other_lats[other])[2]
    return np.asarray(found)


def test_sites_keep_the_spacing_and_stay_out_of_forbidden_areas() -> None:
    demand, supply = people(3), some_stations(3)
    half = shapely.box(117.09, 34.19, 117.15, 34.25)
    proposal = max_coverage(demand, supply, EveryCell.of(TOWN).outside([half]), 5, 600, spacing_m=900, seconds=10)
    lons, lats = (np.array([getattr(site, axis) for site in proposal.sites]) for axis in ("lon", "lat"))
    assert len(lons) > 1 and (lons > 117.15).all()
    assert (distances(lons, lats, lons, lats) + np.diag([9e9] * len(lons))).min() >= 900
    assert distances(lons, lats, supply.lons, supply.lats).min() >= 900


def test_people_at_points_are_reached_from_any_cell() -> None:
    rng = np.random.default_rng(5)
    lons, lats = rng.uniform(117.105, 117.195, 60), rng.uniform(34.205, 34.235, 60)
    demand = Demand.at(TOWN, lons, lats, rng.uniform(1, 90, 60), Source("points", "riders"))
    nobody = supply_of(np.empty(0), np.empty(0))
    every = max_coverage(demand, nobody, EveryCell.of(TOWN), 3, 700, seconds=2)
    one_by_one = max_coverage(demand, nobody, listed(), 3, 700, seconds=2)
    assert every.proved and every.value == one_by_one.value


def test_ten_sites_are_worth_what_their_circles_hold_within_a_hundredth() -> None:
    study = Study.of_city(load(demo_registry()))
    proposal = propose(study, SitingRequest(n=10, seconds=10))
    assert (proposal.among, proposal.candidates) == ("every_cell", len(study.territory))
    assert proposal.value - proposal.before >= 142_517
    assert proposal.gap is not None and proposal.gap <= 0.005
    exact = people_in_circles(study, [(site.lon, site.lat) for site in proposal.sites])
    assert proposal.value - proposal.before == pytest.approx(exact, rel=0.01)


def people_in_circles(study: Study, sites: list[tuple[float, float]]) -> float:
    """Return the residents in the circles of sites and in none of the stations', evenly spread over each district."""
    to_plane, stations = study.territory.grid.plane.xy, study.supply.chosen(study.supply.confirmed)
    old, new = (
        shapely.union_all(shapely.buffer(shapely.points(np.column_stack(to_plane(lons, lats))), 1000, quad_segs=64))
        for lons, lats in ((stations.lons, stations.lats), np.array(sites).T)
    )
    added, found = shapely.difference(new, old), 0.0
    everybody = np.bincount(study.demand.districts, study.demand.people) / 1000
    for number, polygon in zip(everybody, study.territory.polygons, strict=True):
        flat = shapely.transform(polygon, lambda at: np.column_stack(to_plane(*at.T)))
        found += number * flat.intersection(added).area / flat.area
    return found


def test_a_station_that_is_only_shut_is_named_beside_a_site_with_what_it_would_add() -> None:
    day = station("day", 117.125, 34.22, hours="08:00-18:00")
    registry = Registry((day, station("far", 117.19, 34.235, hours="24/7")))
    night = datetime(2026, 11, 25, 2, tzinfo=ZONE)
    near = np.hypot(TOWN.lons - 117.127, TOWN.lats - 34.221) < 0.01  # where most people are
    crowd = Demand.on_cells(TOWN, np.where(near, 50_000, 1_000), SOURCE)
    study = Study(registry, TOWN, crowd, StudyQuestion(radius_m=1000, at=night))
    first, *others = propose(study, SitingRequest(n=3, seconds=3)).sites
    assert first.shut is not None and first.shut.id == "day" and first.shut.metres <= 1000
    opened = replace(study, registry=Registry((station("day", 117.125, 34.22, hours="24/7"), registry["far"])))
    more = opened.coverage.total.confirmed.people - study.coverage.total.confirmed.people
    assert 0 < first.shut.people_added == pytest.approx(more, abs=1e-6)
    assert all(site.shut is None or site.shut.people_added < more for site in others)
    proposal = propose(study, SitingRequest(n=3, seconds=3))
    columns = proposal_sheets(proposal)[0].columns
    assert columns[-3:] == ("shut_name", "shut_m", "shut_people")
    assert (
        "shut_name"
        not in proposal_sheets(propose(study.with_question(StudyQuestion()), SitingRequest(n=1, seconds=5)))[0].columns
    )
