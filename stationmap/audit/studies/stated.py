"""What must stand beside figures, as JSON values: of which registry, places and streets they are, what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS, Demand
from stationmap.audit.studies.question import StudyQuestion
from stationmap.formats.geojson import DEMO_LABEL
from stationmap.registry.registry import Registry

if TYPE_CHECKING:
    from stationmap.audit.inputs.network_reach import NetworkReach
    from stationmap.places.places import Places


class StatedWays(TypedDict):
    """Of which streets figures are, as JSON values.

    `metres_per_minute` is None where metres are within reach; `straight_m` are the metres straight they are compared
    with. Unknown are the ways of people more than 300 m from any street, or on an island of streets.
    """

    travel: str
    minutes: float | None
    radius_m: float | None
    metres_per_minute: float | None
    straight_m: float
    source: str
    licence: str
    attribution: str
    date: str | None
    extract: str
    build: str
    unknown_people: float
    unknown_share: float


def stated_ways(reach: NetworkReach, demand: Demand, question: StudyQuestion) -> StatedWays:
    """Return what figures by this reach rest on besides stations and people."""
    known = reach.is_on_main_network(demand.lons, demand.lats)
    unknown, everybody = int(demand.people[~known].sum()), int(demand.people.sum())
    of = reach.network.provenance
    return {
        "travel": reach.travel,
        "minutes": question.minutes,
        "radius_m": None if question.minutes is not None else reach.limit_m,
        "metres_per_minute": reach.metres_per_minute,
        "straight_m": float(np.round(reach.limit_m, 3)),
        "source": of.rights.source,
        "licence": of.rights.licence,
        "attribution": of.rights.attribution,
        "date": of.date.isoformat() if of.date else None,
        "extract": of.extract,
        "build": of.build,
        "unknown_people": unknown / THOUSANDTHS,
        "unknown_share": unknown / everybody if everybody else 0.0,
    }


def stated_places(places: Places) -> dict[str, Any]:
    """Return whose data the names of places are, and of which day."""
    origin = places.provenance
    return {"attribution": origin.rights.attribution, "date": origin.date.isoformat() if origin.date else None}


def stated_registry(registry: Registry) -> dict[str, Any]:
    """Return which registry figures rest on, as JSON values, with the label of invented stations where they are."""
    meta = registry.meta
    stated = {
        "revision": registry.revision,
        "title": meta.title,
        "updated": meta.updated and meta.updated.isoformat(),
        "stations": len(registry),
        "demo": registry.demo,
    }
    return {"label": DEMO_LABEL, "registry": stated} if registry.demo else {"registry": stated}
