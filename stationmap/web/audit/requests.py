"""Parse requests of the audit: parameters become the question of a study."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stationmap.audit.inputs.supply import Requirements
from stationmap.audit.studies.question import NO_STREETS, StudyQuestion
from stationmap.defaults import MINUTES, RADIUS_M, TRAVEL
from stationmap.web.audit.parameters import AuditQuery
from stationmap.web.audit.state import served_streets, today
from stationmap.web.parameters.faults import Fault, InvalidParametersError
from stationmap.web.state import now


def study_question(asked: AuditQuery, *, by: str | None = None) -> StudyQuestion:
    """Return the study that is asked for, along streets where `by` or the request says so.

    Raises InvalidParametersError where the server has no streets, or parameters do not go together.
    """
    default = Requirements()
    requirements = Requirements(
        frozenset(asked.category), frozenset(asked.facility), frozenset(asked.who) or default.who
    )
    return StudyQuestion.of_day(
        asked.day or today(),
        radius_m=asked.radius or RADIUS_M,
        requirements=requirements,
        at=asked.at if isinstance(asked.at, datetime) else now() if asked.at else None,
        possible=asked.possible,
        **_along(asked, by or asked.by),
    )


def _along(asked: AuditQuery, by: str) -> dict[str, Any]:
    """Return how far stations serve along streets; nothing by straight lines. Raises InvalidParametersError."""
    faults = []
    given = {name for name in ("radius", "travel", "minutes") if getattr(asked, name) is not None}
    if by == "straight":
        faults = [Fault(name, "unexpected", "needs by=network") for name in ("travel", "minutes") if name in given]
    elif served_streets() is None:
        faults = [Fault("by", "unavailable", NO_STREETS)]
    elif {"radius", "minutes"} <= given:
        faults = [Fault("minutes", "unexpected", "minutes or radius, not both")]
    if faults:
        raise InvalidParametersError(faults)
    minutes = asked.minutes or (None if asked.radius else MINUTES)
    return {} if by == "straight" else {"by": by, "travel": asked.travel or TRAVEL, "minutes": minutes}
