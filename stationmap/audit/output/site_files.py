"""A proposal whose candidates and forbidden areas are files: read, and named with how many of them count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from stationmap import files
from stationmap.audit.siting import Candidates, Proposal, forbidden_areas
from stationmap.audit.siting.candidate_files import places
from stationmap.audit.studies.propose import SitingRequest, propose
from stationmap.audit.studies.study import Study
from stationmap.errors import ProgressCallback, no_progress

Parameters = dict[str, float | int | str | bool]


def propose_of_files(
    study: Study,
    request: SitingRequest,
    *,
    candidates: Path | None,
    forbidden: Path | None,
    progress: ProgressCallback = no_progress,
) -> Proposal:
    """Answer a request (`propose`); its parameters name the files, so that what they did not do is seen.

    Raises InvalidAuditError for what cannot be read or proposed, FileError for a file there is not.
    """
    added: Parameters = {}
    where, areas = None, ()
    if candidates is not None:
        data = files.read(candidates)
        where = Candidates.of_file(data, candidates.name, study.territory)
        added |= {
            "candidates_file": candidates.name,
            "candidates_outside": len(places(data, candidates.name)) - len(where),
        }
    if forbidden is not None:
        areas = forbidden_areas(files.read(forbidden), forbidden.name)
        added |= {
            "forbidden_file": forbidden.name,
            "forbidden_areas": len(areas),
            "forbidden_inside": _inside(areas, study),
        }
    found = propose(study, request, candidates=where, forbidden=areas, progress=progress)
    return replace(found, parameters={**found.parameters, **added})


def _inside(areas: tuple[BaseGeometry, ...], study: Study) -> int:
    """Return how many areas reach into the territory of a study."""
    tree = shapely.STRtree(study.territory.polygons)
    reaching, _ = tree.query(list(areas), predicate="intersects")
    return len(set(reaching.tolist()))
