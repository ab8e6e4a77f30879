"""Sites for a country, area by area: counted they are worth what is said, and no bound is below what can be had."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.coverage import nation_coverage, spread_evenly
from stationmap.audit.nation.gaps import nation_gaps
from stationmap.audit.nation.hours import nation_hours
from stationmap.audit.nation.sites import nation_sites
from stationmap.audit.nation.workers import Workers
from stationmap.audit.siting.covering import max_coverage
from stationmap.audit.siting.every_cell import EveryCell
from tests.test_audit_nation import AREAS, RESIDENTS, SOURCE, supply, week

CELL_M = 2_000.0


def with_sites(stations: Supply, sites: list[tuple[float, float]]) -> Supply:
    lons, lats = np.array(sites).reshape(-1, 2).T
    new = np.ones(len(sites), dtype=bool)
    return Supply(
        (*stations.ids, *(f"new{at}" for at in range(len(sites)))),
        np.concatenate([stations.lons, lons]),
        np.concatenate([stations.lats, lats]),
        np.concatenate([stations.confirmed, new]),
        np.concatenate([stations.possible, new]),
    )


@settings(max_examples=8)
@given(st.integers(0, 99), st.integers(1, 40), st.sampled_from([0.0, 500.0, 9_000.0]), st.booleans())
def test_sites_bring_what_is_said_and_the_bound_holds_for_any_choice(
    seed: int, n: int, spacing_m: float, possible: bool
) -> None:
    territory, country, stations = Territory.of(AREAS, CELL_M), Country.of(AREAS, CELL_M), supply(seed, 200)
    demand = Demand.spread(territory, RESIDENTS, SOURCE)
    people = spread_evenly(country, RESIDENTS)
    found = nation_sites(country, people, stations, n, 4_000.0, spacing_m=spacing_m, possible=possible)
    side = "possible" if possible else "confirmed"
    audited = coverage(territory, demand, with_sites(stations, [(site.lon, site.lat) for site in found.sites]), 4_000.0)
    assert found.value == getattr(audited.total, side).people
    assert found.before == getattr(coverage(territory, demand, stations, 4_000.0).total, side).people
    whole = max_coverage(
        demand, stations, EveryCell.of(territory), n, 4_000.0, spacing_m=spacing_m, possible=possible, seconds=0.5
    )
    assert whole.value <= found.bound and found.value <= whole.bound
    # Where sites keep far apart, those on a border stand in the way of those beyond it.
    share = 0.95 if spacing_m < 4_000 else 0.8
    assert found.value - found.before >= share * (whole.value - whole.before)
    assert len(found.sites) <= n
    assert found.candidates == whole.candidates


def test_a_cluster_that_loses_a_worker_in_each_figure_counts_nothing_less_and_nothing_twice() -> None:
    distributed = pytest.importorskip("distributed")
    country, stations = Country.of(AREAS, CELL_M), supply(3, 200)
    killed: set[str] = set()
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:

        def kill(_: float, phase: str) -> None:
            if phase in ("coverage", "hours", "gaps", "bound") and phase not in killed:
                killed.add(phase)
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)  # a worker of this test's own cluster

        def figures(by: Workers) -> list[object]:
            people = spread_evenly(country, RESIDENTS, by, 1_500)
            covered = nation_coverage(country, people, stations, 4_000.0, by=by, block_cells=1_500)
            hours = nation_hours(country, people, stations, week(3, 200), 4_000.0, by=by, block_cells=1_500)
            missed = nation_gaps(country, people, stations, 4_000.0, listed=20, by=by)
            chosen = replace(nation_sites(country, people, stations, 12, 4_000.0, by=by), seconds=0)
            named = [(gap.people, gap.site, gap.rows.tolist()) for gap in missed.gaps]
            return [covered.total, covered.districts, [each.tolist() for each in hours], missed.people, named, chosen]

        found = figures(Workers("dask", scheduler=cluster.scheduler_address, progress=kill))
    assert killed == {"coverage", "hours", "gaps", "bound"}
    assert found == figures(Workers())


def test_processes_choose_the_same_sites() -> None:
    country, stations = Country.of(AREAS, CELL_M), supply(3, 200)
    people = spread_evenly(country, RESIDENTS)
    one = nation_sites(country, people, stations, 12, 4_000.0)
    other = nation_sites(country, people, stations, 12, 4_000.0, by=Workers("process", workers=2))
    assert replace(one, seconds=0) == replace(other, seconds=0)
