"""Which stations tiles hold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from stationmap.hours.opening_hours import local
from stationmap.search.query import Query
from stationmap.web.api.parameters import Always, ForRiders, OrUnknown
from stationmap.web.parameters.filters import StationFilters
from stationmap.web.parameters.values import Says


class TilesQuery(StationFilters):
    """`GET /tiles/stations...`: which stations tiles hold; all of them without any of these."""

    facility_or_unknown: OrUnknown = False
    for_riders: ForRiders = False
    in_use: Annotated[
        bool,
        Says("不列筹建、暂停、关闭、已搬迁的站点", "No stations that are planned, suspended, closed for good or moved"),
    ] = False
    always: Always = False

    def stations(self, at: datetime) -> Query:
        """Return the query of these stations; `at` is the moment that tiles say something of."""
        return self.query(
            always_from=local(at).date() if self.always else None,
            in_use=self.in_use,
            for_riders=self.for_riders,
            facilities_or_unknown=self.facility_or_unknown,
        )
