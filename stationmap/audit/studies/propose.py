"""What to build next in a study: one way to ask each of the four questions of siting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry.base import BaseGeometry

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.inputs.cell_share import reached
from stationmap.audit.inputs.reach import parts_in_reach
from stationmap.audit.siting import Candidates, Proposal, longer_hours, max_coverage, p_median, set_cover
from stationmap.audit.siting.candidates import MAX_GRID_CANDIDATES
from stationmap.audit.siting.every_cell import EveryCell
from stationmap.audit.siting.p_median import base_m
from stationmap.audit.siting.proposal import Among, Site
from stationmap.audit.siting.shut_stations import beside_shut_stations
from stationmap.audit.siting.solvers.candidate_pairs import MAX_PAIRS, count_pairs
from stationmap.audit.studies.landmarks import Landmarks
from stationmap.audit.studies.study import Study
from stationmap.defaults import OBJECTIVE, OBJECTIVES, SEED, SHARE, SITES, SITING_S, SPACING_M
from stationmap.errors import InvalidAuditError, ProgressCallback, no_progress
from stationmap.geo.nearest_points import PointIndex


@dataclass(frozen=True)
class SitingRequest:
    """What is options for: an objective, and how far a proposal may go.

    `n` is the number of sites (station-hours for `longer_hours`), `share` that of people `set_cover` has to reach.
    """

    objective: str = OBJECTIVE
    n: int = SITES
    share: float = SHARE
    spacing_m: float = SPACING_M
    possible: bool = False
    """Whether a station that only possibly counts serves those around it already."""
    seed: int = SEED
    seconds: float = SITING_S

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise InvalidAuditError(f"no such objective: {self.objective}; known: {', '.join(OBJECTIVES)}")


def propose(
    study: Study,
    request: SitingRequest = SitingRequest(),
    *,
    candidates: Candidates | None = None,
    forbidden: Sequence[BaseGeometry] = (),
    progress: ProgressCallback = no_progress,
) -> Proposal:
    """Answer a request; without candidates, the middles of the cells where people are may be built on.

    Cells have no names: their sites come with the nearest station in use as a landmark. Raises InvalidAuditError for
    what cannot be: a share out of reach, every candidate forbidden, candidates or areas given where stations that
    exist are to open longer.
    """
    demand, supply, reach = study.demand, study.supply, study.reach
    effort = {"possible": request.possible, "seed": request.seed, "seconds": request.seconds, "progress": progress}
    if request.objective == "longer_hours":
        if candidates is not None or forbidden or request.spacing_m:
            raise InvalidAuditError("longer hours are proposed for stations that exist: no candidates, areas, spacing")
        districts = {station.id: station.district for station in study.stations}
        names = {station.id: station.name for station in study.stations}
        return longer_hours(
            demand,
            study.supply_any_time,
            study.hours,
            request.n,
            reach,
            districts=districts,
            names=names,
            **effort,  # type: ignore[arg-type]
        )
    effort["spacing_m"] = request.spacing_m
    if request.objective == "max_coverage":
        every = candidates or EveryCell.of(study.territory)
        every = every.outside(forbidden) if forbidden else every
        found = max_coverage(demand, supply, every, request.n, reach, **effort)  # type: ignore[arg-type]
        found = _beside_shut(_beside_straight(found, study, request), study, request)
        return found if candidates else _on_cells(found, study, "every_cell")
    sites = candidates or cells_to_build_on(study, request)
    if forbidden:
        sites = sites.outside(forbidden)
    if request.objective == "set_cover":
        found = set_cover(demand, supply, sites, request.share, reach, **effort)  # type: ignore[arg-type]
        found = _beside_shut(_beside_straight(found, study, request), study, request)
    else:
        found = p_median(demand, supply, sites, request.n, reach=reach, **effort)  # type: ignore[arg-type]
    if candidates:
        return found
    inhabited = len(np.unique(demand.rows[demand.people > 0]))
    return _on_cells(found, study, "every_cell" if found.candidates == inhabited else "thinned_cells")


def _beside_straight(found: Proposal, study: Study, request: SitingRequest) -> Proposal:
    """State, beside people along streets, how many the same stations and sites have within as many metres straight."""
    if study.question.by == "straight":
        return found
    demand, supply = study.demand, study.supply
    counted = supply.possible if request.possible else supply.confirmed
    lons = np.append(supply.lons[counted], [site.lon for site in found.sites])
    lats = np.append(supply.lats[counted], [site.lat for site in found.sites])
    people = 0.0
    if len(lons):
        parts = parts_in_reach(demand.lons, demand.lats, demand.cell_m, PointIndex(lons, lats), study.reach.limit_m)
        people = int(reached(demand.people, parts).sum()) / THOUSANDTHS
    return replace(found, parameters={**found.parameters, "straight_people": people})


def _beside_shut(found: Proposal, study: Study, request: SitingRequest) -> Proposal:
    """Name, beside each site of a study of a moment, the station that would do if it were not shut then."""
    if study.question.at is None:
        return found
    shut = study.supply_any_time.chosen(study.supply_any_time.confirmed & ~study.supply.possible)
    names = {station.id: station.name for station in study.stations}
    given = study.demand, study.supply, shut, names, study.reach
    return replace(found, sites=beside_shut_stations(found.sites, *given, possible=request.possible))


def _on_cells(found: Proposal, study: Study, among: Among) -> Proposal:
    return replace(found, sites=with_landmarks(found.sites, study.landmarks), among=among)


def with_landmarks(sites: Sequence[Site], landmarks: Landmarks) -> tuple[Site, ...]:
    """Return sites with the place or station that each is spoken of by; as they are where there is none."""
    return tuple(replace(site, landmark=landmarks.beside(site.lon, site.lat)) for site in sites)


def cells_to_build_on(study: Study, request: SitingRequest, *, max_pairs: int = MAX_PAIRS) -> Candidates:
    """Return middles of cells; fewer for p_median where stations are so far away that pairs would not fit."""
    demand, most = study.demand, MAX_GRID_CANDIDATES
    sites = Candidates.of_grid(study.territory, demand, most=most)
    if request.objective == "p_median":
        reaches_m = base_m(demand, study.supply, None, request.possible, study.reach).astype(np.float64)
        while most > 1 and count_pairs(demand.lons, demand.lats, reaches_m, sites.lons, sites.lats) > max_pairs:
            most //= 2
            sites = Candidates.of_grid(study.territory, demand, most=most)
    return sites
