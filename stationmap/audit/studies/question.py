"""The question of a study: how far stations serve, which of them, at which moment, in which week."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from stationmap.audit.inputs.supply import Requirements
from stationmap.audit.inputs.within_radius import checked_minutes, checked_radius
from stationmap.defaults import BYS, RADIUS_M, TRAVEL, WEEK_OF, By
from stationmap.errors import InvalidAuditError
from stationmap.hours.opening_hours import ZONE

NO_STREETS = (
    "没有路网 no streets are known: make them of an extract of OpenStreetMap "
    "(stationmap city build EXTRACT.osm.pbf --out FOLDER) and name that folder (STATIONMAP_CITY)"
)


@dataclass(frozen=True)
class StudyQuestion:
    """The requirements on the stations: how far they serve, offering what, at which moment, in which week.

    Raises InvalidAuditError for a radius that cannot be meant, minutes without streets, a moment without time zone, a
    week not begun on Monday.
    """

    radius_m: float = RADIUS_M
    requirements: Requirements = field(default_factory=Requirements)
    at: datetime | None = None
    """An aware moment; without one, a station counts if it counts at any hour."""
    monday: date = WEEK_OF
    """The first day of the week that the table of hours tells about."""
    day: date | None = None
    """The day that is studied: what is shut for all of it counts at no hour of it. Without one, no closure counts but
    at a moment."""
    possible: bool = False
    """Whether what only possibly counts serves those around it, when gaps are sought and sites proposed."""
    by: By = "straight"
    travel: str = TRAVEL
    """How people come along streets: the code of a profile."""
    minutes: float | None = None
    """Along streets, how many minutes are within reach; without them `radius_m` along the streets is."""

    @classmethod
    def of_day(
        cls,
        day: date,
        *,
        radius_m: float = RADIUS_M,
        requirements: Requirements | None = None,
        at: datetime | None = None,
        monday: date | None = None,
        possible: bool = False,
        by: By = "straight",
        travel: str = TRAVEL,
        minutes: float | None = None,
    ) -> StudyQuestion:
        """Ask about a day, or the day of a moment, and unless another is given about its week."""
        studied = day if at is None else at.astimezone(ZONE).date()
        begun = monday or studied - timedelta(days=studied.weekday())
        return cls(radius_m, requirements or Requirements(), at, begun, studied, possible, by, travel, minutes)

    def __post_init__(self) -> None:
        checked_radius(self.radius_m)
        if self.by not in BYS:
            raise InvalidAuditError(f"by: no such one: {self.by}; known: {', '.join(BYS)}")
        if self.minutes is not None:
            if self.by == "straight":
                raise InvalidAuditError("分钟须沿路网计算 minutes are those along streets: ask by network")
            checked_minutes(self.minutes)
        if self.at is not None and self.at.utcoffset() is None:
            raise InvalidAuditError("the moment needs a time zone, for example 2026-01-15T02:00+08:00")
        if self.monday.weekday():
            raise InvalidAuditError(f"{self.monday} is no Monday")

    def straight(self, radius_m: float) -> StudyQuestion:
        """Return the same question within a radius, straight."""
        return replace(self, radius_m=radius_m, by="straight", minutes=None)

    def stated(self) -> dict[str, Any]:
        """Return the parameters as JSON values."""
        return {
            **self._reach_stated(),
            "at": self.at and self.at.astimezone(ZONE).isoformat(timespec="minutes"),
            "week_of": self.monday.isoformat(),
            "day": self.day and self.day.isoformat(),
            "possible": self.possible,
            "categories": sorted(self.requirements.categories),
            "facilities": sorted(self.requirements.facilities),
            "who": sorted(self.requirements.who),
        }

    def _reach_stated(self) -> dict[str, Any]:
        if self.by == "straight":
            return {"radius_m": self.radius_m}
        limit = {"radius_m": self.radius_m} if self.minutes is None else {"minutes": self.minutes}
        return {"by": self.by, "travel": self.travel, **limit}


USUAL_QUESTION = StudyQuestion()
"""What is asked where nobody says otherwise."""
