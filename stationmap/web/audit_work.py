"""What jobs of the audit do: find gaps, propose sites; each makes the answer that is sent, and what files are of."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any

import orjson
import shapely

from stationmap.audit.gaps import Gaps
from stationmap.audit.landmarks import Landmarks
from stationmap.audit.proposals import Wish, propose
from stationmap.audit.siting import Proposal
from stationmap.audit.siting.proposal import Landmark
from stationmap.audit.study import Study
from stationmap.web.jobs import Tell, Work

KINDS = ("gaps", "sites")
SECONDS = 20.0  # a search for sites may take
_DIGITS = 6  # of a degree: a decimetre


def gaps_of(found: Gaps, landmarks: Landmarks) -> dict[str, Any]:
    """Return gaps as a FeatureCollection with the facts a reader clicks for."""
    features = [
        {
            "type": "Feature",
            "geometry": orjson.loads(shapely.to_geojson(shapely.transform(gap.polygon, lambda at: at.round(_DIGITS)))),
            "properties": {
                "rank": gap.rank,
                "people": gap.people,
                "area_km2": gap.area_km2,
                "districts": gap.districts,
                "nearest_id": gap.nearest_id,
                "nearest_m": gap.nearest_m,
                "hours": gap.hours,
                "site": [gap.site.lon, gap.site.lat],
                "landmark": _landmark(landmarks.beside(gap.site.lon, gap.site.lat)),
                "site_people": gap.site_people,
                "site_nearest_id": gap.site_nearest_id,
                "site_nearest_m": gap.site_nearest_m,
            },
        }
        for gap in found.gaps
    ]
    return {"type": "FeatureCollection", "people": found.people, "area_km2": found.area_km2, "features": features}


def _landmark(found: Landmark | None) -> dict[str, Any] | None:
    return dataclasses.asdict(found) if found else None


def work(study: Study, values: dict[str, Any]) -> Work:
    """Return the work that values of a request ask for."""
    if values["kind"] == "gaps":
        return partial(_find_gaps, study)
    return partial(_find_sites, study, values)


def _find_gaps(study: Study, tell: Tell) -> tuple[dict[str, Any], None]:
    tell(0.1, "gaps")
    return {"stated": study.stated(), "gaps": gaps_of(study.gaps, study.landmarks)}, None


def _find_sites(study: Study, values: dict[str, Any], tell: Tell) -> tuple[dict[str, Any], Proposal]:
    given = {name: values[name] for name in ("objective", "n", "share", "seed") if name in values}
    spacing_m, possible = values.get("spacing", 0), study.question.possible
    wish = Wish(**given, spacing_m=spacing_m, possible=possible, seconds=SECONDS)
    proposal = propose(study, wish, progress=tell)
    return {"stated": study.stated(), "proposal": dataclasses.asdict(proposal)}, proposal
