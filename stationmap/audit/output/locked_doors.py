"""What doors cost that riders found locked, as sheets: districts with their worst hour, then the stations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.output.hour_spans import week_spans
from stationmap.audit.output.tables import ALL, Sheet, Value, district_name
from stationmap.i18n import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from stationmap.audit.metrics.as_found import AsFound
    from stationmap.audit.studies.study import Study

KINDS = ("posted", "found", "lost")
COLUMNS = (
    "district",
    "name",
    *(f"people_hours_{kind}" for kind in KINDS),
    "weekday",
    "hour",
    *(f"covered_people_{kind}" for kind in KINDS),
)


def locked(study: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return what locked doors cost, in all and by district, then the stations; no rows where none is known."""
    found = study.as_found
    names = {station.id: station.properties.name for station in study.stations}
    rows = tuple(
        (each.id, names[each.id], week_spans(each.hours, language), each.people_hours)
        for each in (found.stations if found else ())
    )
    columns = ("id", "station_name", "locked_hours", "people_hours_back")
    return districts_sheet(found, study.territory.codes, language), Sheet("locked_stations", columns, rows)


def districts_sheet(found: AsFound | None, codes: Sequence[str], language: str = DEFAULT_LANGUAGE) -> Sheet:
    """Return person-hours of a week as posted, as found and lost, and the hour that loses most people, by district.

    All districts together come first; where a district loses nobody, there is no such hour.
    """
    rows: list[tuple[Value, ...]] = []
    places = [(ALL, slice(None)), *((code, slice(at, at + 1)) for at, code in enumerate(codes))]
    for code, at in places if found else ():
        assert found is not None
        rows.append((code, district_name(code, language), *_figures(found, at)))
    return Sheet("locked", COLUMNS, tuple(rows))


def _figures(found: AsFound, at: slice) -> tuple[Value, ...]:
    posted, as_found = (counts[at].sum(axis=0) for counts in (found.posted, found.found))
    lost = posted - as_found
    week = [int(each.sum()) / THOUSANDTHS for each in (posted, as_found, lost)]
    worst = int(np.argmax(lost))
    if not lost[worst]:
        return (*week, *[None] * 5)
    people = [int(each[worst]) / THOUSANDTHS for each in (posted, as_found, lost)]
    return (*week, worst // 24 + 1, worst % 24, *people)
