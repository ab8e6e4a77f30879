"""Which stations should open longer: maximum coverage in which a candidate is a station at an hour.

A row is a place at an hour of the week at which no station in its reach is open, worth its people for one hour; so
values are people-hours of a week. Opening a station at an hour serves what is in its reach then, cells by their share:
without longer hours the value is the sum of the hours in the audit's table, to the thousandth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import THOUSANDTHS, Demand
from stationmap.audit.inputs.cell_share import ShareArray, cell_share, reached
from stationmap.audit.inputs.reach import Reach, in_part, reach_of
from stationmap.audit.inputs.supply import WEEK_HOURS, Supply, WeekMasks
from stationmap.audit.inputs.within_radius import Pairs
from stationmap.audit.metrics.hourly_coverage import Levels, unpacked
from stationmap.audit.siting.covering import checked_sites
from stationmap.audit.siting.proposal import Proposal, Site, gap_between
from stationmap.audit.siting.solvers.candidate_pairs import near
from stationmap.audit.siting.solvers.location_problem import IntArray, Problem, build_problem
from stationmap.audit.siting.solvers.solver import Effort, cumulative_values, solve
from stationmap.defaults import SEED, SITING_S
from stationmap.errors import InvalidAuditError, ProgressCallback, no_progress

Block = Literal["day", "week"]
"""What opens at once: an hour of the day on all seven days, or one hour of the week."""

DAY_HOURS = 24
MAX_ROWS = 20_000_000


def longer_hours(
    demand: Demand, supply: Supply, hours: tuple[WeekMasks, WeekMasks], n: int, radius_m: float | Reach,
    *, block: Block = "day", possible: bool = False,
    districts: Mapping[str, str] | None = None, names: Mapping[str, str] | None = None,
    seed: int = SEED, seconds: float = SITING_S, progress: ProgressCallback = no_progress,
) -> Proposal:  # fmt: skip
    """Propose at most `n` station-hours that bring an open station within reach of most people.

    `supply` is that of no particular moment and `hours` are those of `supply.week_of`, bit masks (stations, 3). Only
    confirmed stations are proposed, and only for hours at which they are known to be closed. A place counts as served
    by the stations confirmed to be open, or with `possible` by those that may be. A site is a station with all the
    hours it is to add, the one that brings most first. `districts` and `names` are those of stations, by id. Raises
    InvalidAuditError for a number or a radius out of range. Source: Church & ReVelle, The maximal covering location
    problem, Papers of the Regional Science Association 32 (1974) 101-118, with a candidate for each station and hour.
    """
    effort, max_slots = Effort(seconds, seed, progress), checked_sites(n)
    if block not in ("day", "week"):
        raise InvalidAuditError(f"a block of hours is day or week, not {block}")
    effort.report(0.0, "pairs")
    reach = reach_of(radius_m)
    limit_m = reach.limit_m
    outer_m = cell_share(limit_m, demand.cell_m).outer_m if demand.cell_m else limit_m
    pairs = near(demand.lons, demand.lats, np.full(len(demand), outer_m), supply.lons, supply.lats, reach=reach)
    parts = in_part(pairs.metres, demand.cell_m, limit_m)
    some = parts > 0
    pairs, parts = Pairs(pairs.places[some], pairs.stations[some], pairs.metres[some]), parts[some]
    before = _served(demand, pairs, parts, hours[int(possible)])
    slots = _slots(supply, hours[1], block)
    problem = _location_problem(demand, pairs, parts, hours[int(possible)], slots)
    solution = solve(problem, min(max_slots, len(slots.stations)), effort)
    named = partial(_site, supply, districts or {}, names or {})
    sites = _sites(problem, slots, solution.chosen, before, named)
    values = (0, *cumulative_values(problem, solution.chosen))
    effort.report(1.0, "done")
    parameters = {"n": n, **reach.stated, "block": block, "possible": possible, "candidates": len(slots.stations)}
    return Proposal(
        "longer_hours", "people_hours", sites, before / THOUSANDTHS, (before + solution.value) / THOUSANDTHS,
        (before + solution.bound) / THOUSANDTHS, gap_between(solution.value, solution.bound, solution.value),
        solution.proved, seed, effort.elapsed(),
        tuple((n, (before + worth) / THOUSANDTHS) for n, worth in enumerate(values)),
        {**parameters, "demand": demand.source.name},
        "stations",
    )  # fmt: skip


class Slots(NamedTuple):
    """What can be proposed, by station id, then hour: rows of stations, first hours, and hours that would open."""

    stations: IntArray
    starts: IntArray
    hours: NDArray[np.uint8]
    """Ones at the hours that would open, shape (slots, 168)."""


def _served(demand: Demand, pairs: Pairs, parts: ShareArray, hours: WeekMasks) -> int:
    levels = Levels.of(pairs, parts, hours)
    counts = unpacked(levels.hours).sum(axis=1, dtype=np.int64)
    return int(counts @ levels.people(demand.people))


def _slots(supply: Supply, possible: WeekMasks, block: Block) -> Slots:
    by_id = np.array(sorted(np.flatnonzero(supply.confirmed).tolist(), key=supply.ids.__getitem__), dtype=np.int64)
    closed = 1 - unpacked(possible[by_id])
    span = DAY_HOURS if block == "day" else WEEK_HOURS
    rows, starts = np.nonzero(closed.reshape(len(by_id), WEEK_HOURS // span, span).any(axis=1))
    inside = (np.arange(WEEK_HOURS) % span)[np.newaxis] == starts[:, np.newaxis]
    return Slots(by_id[rows], starts, (closed[rows] * inside).astype(np.uint8))


def _location_problem(demand: Demand, pairs: Pairs, parts: ShareArray, hours: WeekMasks, slots: Slots) -> Problem:
    """Return the problem: parts near the same stations are one, and each hour of theirs without service is a row."""
    if not len(pairs.places) or not len(slots.stations):
        nothing = np.empty(0, dtype=np.int64)
        return build_problem(nothing, nothing, nothing, nothing, len(slots.stations))
    # Parts in reach of the same stations: the rows of a problem whose candidates are the stations.
    rows, stations, people = _parts_of_places(demand, pairs, parts)
    alike = build_problem(rows, stations, np.ones(len(rows), dtype=np.int64), people, len(hours))
    lacking = 1 - unpacked(_hours_of_groups(alike, hours))
    if int(lacking.sum()) * int(len(alike.rows) / max(alike.size, 1) + 1) > MAX_ROWS:
        raise InvalidAuditError("places and hours without service are too many: take larger cells or a smaller radius")
    weights = np.zeros(alike.size, dtype=np.int64)
    weights[alike.rows] = alike.values
    slot_of = np.full((len(hours), WEEK_HOURS), -1, dtype=np.int64)
    slot, hour = np.nonzero(slots.hours)
    slot_of[slots.stations[slot], hour] = slot
    order = np.argsort(alike.rows, kind="stable")
    groups, stations = alike.rows[order], alike.owners[order]
    served = (lacking[groups] > 0) & (slot_of[stations] >= 0)
    pair, hour = np.nonzero(served)
    rows, candidates = groups[pair] * WEEK_HOURS + hour, slot_of[stations[pair], hour]
    sort = np.lexsort((candidates, rows))
    used, rows = np.unique(rows[sort], return_inverse=True)
    ones, weights = np.ones(len(rows), dtype=np.int64), weights[used // WEEK_HOURS]
    return build_problem(rows, candidates[sort], ones, weights, len(slots.stations))


def _parts_of_places(demand: Demand, pairs: Pairs, parts: ShareArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return what of each place the same stations reach: rows and stations, by row, then station, and people by row.

    Where one station reaches 300 thousandths of a place and another all, both reach 300 of it, and one the other 700.
    """
    order = np.lexsort((-parts, pairs.places))
    places, stations, parts = pairs.places[order], pairs.stations[order], parts[order]
    firsts = np.flatnonzero((np.diff(places, prepend=-1) != 0) | (np.diff(parts, prepend=-1) != 0))
    follows = np.append(places[firsts[1:]] == places[firsts[:-1]], False)
    lower = np.where(follows, np.append(parts[firsts[1:]], 0), 0)
    here = demand.people[places[firsts]]
    people = reached(here, parts[firsts]) - reached(here, lower)
    # Whoever reaches more of a place reaches this part of it too: all its stations down to those of this part.
    begins, ends = np.searchsorted(places, places[firsts]), np.append(firsts[1:], len(places))
    counts = ends - begins
    at = np.arange(counts.sum()) + np.repeat(begins - np.cumsum(counts) + counts, counts)
    rows = np.repeat(np.arange(len(firsts)), counts)
    sort = np.lexsort((stations[at], rows))
    return rows, stations[at][sort], people


def _hours_of_groups(alike: Problem, hours: WeekMasks) -> WeekMasks:
    masks = np.zeros((alike.size, hours.shape[1]), dtype=np.uint64)
    np.bitwise_or.at(masks, alike.rows, hours[alike.owners])
    return masks


def _sites(
    problem: Problem, slots: Slots, chosen: IntArray, before: int, named: Callable[[int], Site]
) -> tuple[Site, ...]:
    """Return a site for each station of the chosen slots, the one whose hours together bring most first."""
    by_station: dict[int, list[int]] = {}
    for slot in chosen.tolist():
        by_station.setdefault(int(slots.stations[slot]), []).append(slot)
    stations = sorted(by_station.items(), key=lambda each: -problem.value(np.array(each[1])))
    ends = np.cumsum([len(group) for _, group in stations], dtype=np.int64)
    order = np.array([slot for _, group in stations for slot in group], dtype=np.int64)
    values = [0, *(cumulative_values(problem, order)[end - 1] for end in ends.tolist())]
    return tuple(
        replace(
            named(station),
            rank=rank,
            people_added=(values[rank] - values[rank - 1]) / THOUSANDTHS,
            people_in_all=(before + values[rank]) / THOUSANDTHS,
            hours=tuple(np.flatnonzero(slots.hours[group].any(axis=0)).tolist()),
        )
        for rank, (station, group) in enumerate(stations, 1)
    )


def _site(supply: Supply, districts: Mapping[str, str], names: Mapping[str, str], row: int) -> Site:
    """Return a station as a site that adds nothing yet."""
    station = supply.ids[row]
    place = float(supply.lons[row]), float(supply.lats[row]), districts.get(station, "")
    return Site(0, station, *place, 0.0, 0.0, name=names.get(station, ""))
