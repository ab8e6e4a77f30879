"""The audit for notebooks: GeoDataFrames in, GeoDataFrames out, nothing kept in between.

Every function takes any coordinate reference system but a geocentric one and answers in that of what it was given,
distances always being geodesic metres on WGS-84 and areas those of a local equal-area plane (`plane`). Stations are
points with the boolean columns `sure` and `possible`; people are points with a column `people`; areas are polygons
indexed by code.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, Source
from stationmap.audit.inputs.reach import Reach, reach_of
from stationmap.audit.inputs.supply import CERTAINTY_CODES, Certainty, Requirements, Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import Figures, coverage
from stationmap.defaults import CELL_M, MINUTES, TRAVEL
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats
from stationmap.registry.geodataframe import WGS84, stations_frame
from stationmap.registry.model import Station

if TYPE_CHECKING:
    from stationmap.audit.inputs.network_reach import NetworkReach

ANYTHING = Requirements()


def supply(
    stations: Iterable[Station], requirements: Requirements = ANYTHING, at: datetime | None = None
) -> gpd.GeoDataFrame:
    """Return stations as a frame with the columns `sure` and `possible`: do they meet the requirements at a moment?

    sure = every requirement is known to be met; possible = none is known not to be.
    """
    rows = list(stations)
    judged = Supply.of(rows, requirements, at)
    return stations_frame(rows).assign(sure=judged.confirmed, possible=judged.possible)


def cells(areas: gpd.GeoDataFrame, cell_m: float) -> gpd.GeoDataFrame:
    """Cut areas into squares of `cell_m` metres, indexed by number, with the columns `area` (code) and `area_km2`.

    A cell belongs to the area that holds its middle; all have the same area, cell_m².
    Source: Lambert's azimuthal equal-area projection; Snyder, Map Projections (USGS PP 1395, 1987), 182-190.
    """
    territory = _territory(areas, cell_m)
    grid = territory.grid
    codes = np.array(territory.codes, dtype=object)[territory.districts]
    table = {"area": codes, "area_km2": grid.cell_km2}
    index = pd.Index(territory.cells, name="cell")
    squares = shapely.transform(grid.squares(territory.cells), lambda xy: np.column_stack(grid.plane.lon_lat(*xy.T)))
    return gpd.GeoDataFrame(table, index=index, geometry=squares, crs=WGS84).to_crs(areas.crs)


def spread(areas: gpd.GeoDataFrame, people: str, cell_m: float) -> gpd.GeoDataFrame:
    """Spread the people of each area, a column of whole numbers, evenly over the middles of its cells.

    people of a cell = people of its area / cells of it, in whole thousandths that sum to the area's people exactly.
    A proxy: nobody lives spread evenly.
    """
    territory = _territory(areas, cell_m)
    residents = {str(code): int(each) for code, each in areas[people].items()}
    demand = Demand.spread(territory, residents, Source("residents", people))
    points = gpd.points_from_xy(demand.lons, demand.lats)
    index = pd.Index(territory.cells, name="cell")
    return gpd.GeoDataFrame({"people": demand.people / THOUSANDTHS}, index=index, geometry=points, crs=WGS84).to_crs(
        areas.crs
    )


def by_network(
    path: Path,
    travel: str = TRAVEL,
    *,
    minutes: float | None = None,
    metres: float | None = None,
    cell_m: float = CELL_M,
) -> NetworkReach:
    """Return a reach along the streets of a file `streets.graph`, which `distances` and `audit` take for a radius.

    By minutes, of the rule's 15 where neither is given, or by metres along the streets; cells may be `cell_m` wide. By
    minutes metres of answers stand for time: divided by its `metres_per_minute` they are minutes. People whose way is
    unknown are in no `sure` figure, and in `possible` ones straight. Raises InvalidAuditError, InvalidCityFileError.
    """
    from stationmap.audit.inputs.network_reach import NetworkReach
    from stationmap.streets.network import load

    if minutes is not None and metres is not None:
        raise InvalidAuditError("minutes or metres, not both")
    network = load(Path(path))
    if metres is not None:
        return NetworkReach(network, travel, metres, rim_m=cell_m)
    return NetworkReach.by_minutes(network, travel, MINUTES if minutes is None else minutes, rim_m=cell_m)


def distances(demand: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, radius_m: float | Reach) -> gpd.GeoDataFrame:
    """Return the demand with five columns more: how far the nearest station is, and how many are in reach.

    `radius_m` is a radius in metres, straight, or what `by_network` returns. `sure_m`, `possible_m`: its metres, inf
    without a station. `sure_in_reach`, `possible_in_reach`: stations within reach. `nearest`: index of the nearest
    station that possibly counts, NA without one.
    Source of the metres: the inverse geodesic problem; Karney, Algorithms for geodesics, J. Geodesy 87 (2013), 43-55.
    """
    reach = reach_of(radius_m)
    lons, lats = _points(demand, "demand")
    known = _supply(stations)
    columns: dict[str, object] = {}
    for certainty, name in CERTAINTY_CODES.items():
        chosen = known.chosen(getattr(known, certainty))
        columns[f"{name}_m"] = _nearest(lons, lats, chosen, reach, certainty)[1]
        near = reach.pairs(lons, lats, chosen.lons, chosen.lats, reach.limit_m, certainty=certainty)
        columns[f"{name}_in_reach"] = np.bincount(near.places, minlength=len(lons))
    rows, _ = _nearest(lons, lats, known.chosen(known.possible), reach, "possible")
    index = stations.index[known.possible].append(pd.Index([pd.NA]))
    columns["nearest"] = index[rows].to_numpy()
    return demand.assign(**columns)


def audit(
    areas: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    radius_m: float | Reach,
    *,
    cell_m: float = CELL_M,
) -> gpd.GeoDataFrame:
    """Return the areas with their figures, the same as `coverage.coverage` gives; the sum is that of the territory.

    For confirmed and for possible stations (prefix `sure_` and `possible_`):
    share = people with a station within reach / people (`radius_m` is a radius in metres, straight, or what
    `by_network` returns); area_share = the same of cells;
    share_2, share_3, ... = people with at least so many in reach / people (cross coverage);
    mean_m = sum(people x metres to the nearest) / people; p50_m, p90_m, p95_m = the least distance that so many
    hundredths of the people have at most. NaN where nobody lives, or there is no station.
    People outside the areas are left out: a UserWarning says how many, and so does `attrs["notes"]` of the answer.
    Source: location set covering; Church and ReVelle, The maximal covering location problem, Papers of the Regional
    Science Association 32 (1974), 101-118. The rule of 1 km: see docs/audit.md.
    """
    territory = _territory(areas, cell_m)
    placed = Demand.at(territory, *_points(demand, "demand"), _weights(demand), Source("points", "demand"))
    notes = placed.source.in_words("en")
    for note in notes:
        warnings.warn(f"demand: {note}", stacklevel=2)
    found = coverage(territory, placed, _supply(stations), radius_m)
    rows = {code: _row(figures) for code, figures in found.districts.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(areas.index.astype(str))
    table.index = areas.index
    answer = areas.drop(columns=[name for name in table if name in areas]).join(table)
    answer.attrs["notes"] = list(notes)
    return answer


def _row(figures: Figures) -> dict[str, float | None]:
    row: dict[str, float | None] = {"people": figures.people, "area_km2": figures.area_km2}
    for side, reach in (("sure", figures.confirmed), ("possible", figures.possible)):
        known = asdict(reach)
        by_count = known.pop("shares_by_count")
        row |= {f"{side}_{name}": value for name, value in known.items()}
        row |= {f"{side}_share_{count}": share for count, share in enumerate(by_count[1:], 2)}
    return {name: np.nan if value is None else value for name, value in row.items()}


def _territory(areas: gpd.GeoDataFrame, cell_m: float) -> Territory:
    polygons = _wgs84(areas, "areas").geometry
    if not polygons.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise InvalidAuditError("areas: must be polygons")
    codes = areas.index.astype(str)
    if not codes.is_unique:
        raise InvalidAuditError("areas: two of them have one code in the index")
    return Territory.of(dict(zip(codes, polygons, strict=True)), cell_m)


def _supply(stations: gpd.GeoDataFrame) -> Supply:
    if missing := {"sure", "possible"}.difference(stations):
        raise InvalidAuditError(f"stations: no column {', '.join(sorted(missing))}; `supply` makes them")
    lons, lats = _points(stations, "stations")
    confirmed, possible = (stations[name].to_numpy(dtype=bool) for name in ("sure", "possible"))
    if (confirmed & ~possible).any():
        raise InvalidAuditError("stations: what is sure is possible too")
    return Supply(tuple(map(str, stations.index)), lons, lats, confirmed, possible)


def _weights(demand: gpd.GeoDataFrame) -> Floats:
    if "people" not in demand:
        raise InvalidAuditError("demand: no column people")
    return np.asarray(demand["people"].to_numpy(dtype=np.float64))


def _points(frame: gpd.GeoDataFrame, what: str) -> tuple[Floats, Floats]:
    geometry = _wgs84(frame, what).geometry
    if not (geometry.geom_type == "Point").all() or geometry.is_empty.any():
        raise InvalidAuditError(f"{what}: must be points, none of them missing")
    return geometry.x.to_numpy(), geometry.y.to_numpy()


def _wgs84(frame: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise InvalidAuditError(f"{what}: say in which reference system they are, for example set_crs('EPSG:4326')")
    if frame.crs.is_geocentric:
        # Without a height its points would all come to lie on the equator, and nothing would say so.
        raise InvalidAuditError(f"{what}: {frame.crs.to_string()} is geocentric: x and y alone are no place")
    return frame.to_crs(WGS84)


def _nearest(
    lons: Floats, lats: Floats, stations: Supply, reach: Reach, certainty: Certainty
) -> tuple[NDArray[np.int64], Floats]:
    """Return rows of the nearest stations, -1 without one, and the metres there; shapes (n,)."""
    if not len(stations):
        return np.full(len(lons), -1, dtype=np.int64), np.full(len(lons), np.inf)
    there = reach.stations(stations.lons, stations.lats, certainty=certainty)
    rows, metres = there.nearest_many(lons, lats, 1, 1)
    return rows[:, 0], metres[:, 0]
