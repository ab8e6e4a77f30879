"""The isochrones of a study: of its confirmed stations together, and of each one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from stationmap.audit.metrics.isochrones import isochrone
from stationmap.audit.studies.study import Study
from stationmap.errors import InvalidAuditError, ProgressCallback, no_progress

MAX_NAMED = 300  # characters of a message


@dataclass(frozen=True)
class Isochrone:
    """The area, WGS-84 degrees, from which a station is within reach; with `id` None from which any is."""

    id: str | None
    area: BaseGeometry
    area_km2: float


def isochrones_of(
    study: Study, ids: Collection[str] = (), progress: ProgressCallback = no_progress
) -> tuple[Isochrone, ...]:
    """Return the isochrone of all confirmed stations together, or of those given by id, then that of each.

    Raises InvalidAuditError for a question of straight lines, and for an id that no confirmed station has.
    """
    if study.question.by == "straight":
        raise InvalidAuditError("等时圈须沿路网计算 isochrones are along streets: ask by network")
    reach, supply = study.street_reach, study.supply
    rows = {supply.ids[row]: row for row in np.flatnonzero(supply.confirmed).tolist()}
    if unknown := sorted(set(ids).difference(rows)):
        raise InvalidAuditError(f"没有这样的可用站点 no such station that counts: {', '.join(unknown)}"[:MAX_NAMED])
    wanted = sorted(set(ids) or rows)
    # One search from all at once: what is within reach of any is within reach of the nearest.
    asked: list[tuple[str | None, list[int]]]
    asked = [(None, [rows[name] for name in wanted])] if len(wanted) != 1 else []
    asked += [(name, [rows[name]]) for name in wanted]
    found = []
    for at, (name, row) in enumerate(asked):
        study.check()
        progress(at / len(asked), name or "")
        area = isochrone(reach, supply.lons[row], supply.lats[row])
        found.append(Isochrone(name, area, _km2(study, area)))
    return tuple(found)


def _km2(study: Study, area: BaseGeometry) -> float:
    plane = study.territory.grid.plane
    return float(shapely.transform(area, lambda degrees: np.column_stack(plane.xy(*degrees.T))).area / 1e6)
