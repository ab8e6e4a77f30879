"""What comes of a study, by name: each outcome as the sheets that tables, downloads and the report are made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import shapely

from stationmap.audit.inputs.reach import PER_MINUTE
from stationmap.audit.inputs.supply import CERTAINTY_CODES
from stationmap.audit.output.hour_spans import spans, week_spans
from stationmap.audit.output.locked_doors import locked
from stationmap.audit.output.tables import ALL, SIDES, Sheet, Value, coverage_sheet, district_name, hours_sheet
from stationmap.audit.output.ways import beside_straight, in_minutes, minute_of, reach_words
from stationmap.errors import InvalidAuditError, ProgressCallback, no_progress
from stationmap.frontend.map_app_links import link
from stationmap.i18n import DEFAULT_LANGUAGE, translate

if TYPE_CHECKING:
    from stationmap.audit.metrics.gaps import Gaps
    from stationmap.audit.siting.proposal import Landmark, Proposal, Site
    from stationmap.audit.studies.compare import Comparison, Split
    from stationmap.audit.studies.landmarks import Landmarks
    from stationmap.audit.studies.sensitivity import Suspects
    from stationmap.audit.studies.study import Study
    from stationmap.audit.studies.whatif import Difference

MAP_APP = "amap"  # in files; it takes GCJ-02, and its link carries that


def coverage(study: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return shares and distances, in all and by district."""
    return (coverage_sheet(study.coverage, language=language),)


def coverage_map(study: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return the figures of each district with its polygon."""
    polygons = dict(zip(study.territory.codes, study.territory.polygons, strict=True))
    return (coverage_sheet(study.coverage, polygons, language),)


def hours(study: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return people served by hour of the week."""
    return (hours_sheet(study.week, study.territory.codes, language, study.as_found),)


def gaps(study: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return the gaps, those of most people first, with their polygons."""
    return (gaps_sheet(study.gaps, study.landmarks, language),)


def equity(study: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:  # noqa: ARG001  one form for all
    """Return Gini and the ratio between districts, then the points of the Lorenz curves."""
    found = study.equity
    sides = ((SIDES[0], found.confirmed), (SIDES[1], found.possible))
    figures = tuple((side, each.gini, each.p90_p10_districts) for side, each in sides)
    points: tuple[tuple[Value, ...], ...] = tuple((side, *point) for side, each in sides for point in each.lorenz)
    return (
        Sheet("equity", ("stations_counted", "gini", "p90_p10_districts"), figures),
        Sheet("lorenz", ("stations_counted", "people_share", "way_share"), points),
    )


def capacity(study: Study, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return places per 1,000 people by district, then by station; then the stations of unknown capacity."""
    found = study.capacity
    both = (found.confirmed, found.possible)
    rows: list[tuple[Value, ...]] = [(ALL, district_name(ALL, language), *(each.mean * 1000 for each in both))]
    rows += [
        (code, district_name(code, language), *(_per_mille(each.districts[code]) for each in both))
        for code in study.territory.codes
    ]
    columns = tuple(f"places_per_1000_{side}" for side in SIDES)
    stations = tuple(
        (each, *(_per_mille(side.stations.get(each)) for side in both)) for each in sorted(found.possible.stations)
    )
    return (
        Sheet("capacity", ("district", "name", *columns), tuple(rows)),
        Sheet("capacity_stations", ("id", *columns), stations),
        Sheet("capacity_unknown", ("id",), tuple((each,) for each in found.unknown)),
    )


def isochrones(
    study: Study,
    language: str = DEFAULT_LANGUAGE,
    ids: Collection[str] = (),
    progress: ProgressCallback = no_progress,
) -> tuple[Sheet, ...]:
    """Return the area from which some confirmed station is within reach, then those of each, or of some by id."""
    from stationmap.audit.studies.isochrones import isochrones_of

    found = isochrones_of(study, ids, progress)
    name = reach_words(study.question.stated(), language)
    names = {station.id: station.name for station in study.stations}
    rows = tuple(
        (
            each.id or ALL,
            names[each.id] if each.id else translate(language, "audit.isochrones.all"),
            name,
            each.area_km2,
        )
        for each in found
    )
    return (Sheet("isochrones", ("id", "name", "reach", "area_km2"), rows, tuple(each.area for each in found)),)


SHUT = ("shut_name", "shut_m", "shut_people")
"""Columns of a proposal's sites on the station that would do if it were not shut at the moment studied."""

OUTCOMES: dict[str, Callable[[Study, str], tuple[Sheet, ...]]] = {
    "coverage": coverage,
    "hours": hours,
    "gaps": gaps,
    "equity": equity,
    "capacity": capacity,
    "locked": locked,
}
STREET_OUTCOMES: dict[str, Callable[[Study, str], tuple[Sheet, ...]]] = {"isochrones": isochrones}
"""Outcomes that there are along streets only."""
WITH_PLACES = ("coverage", "gaps", "sites", "isochrones")
"""Outcomes that have a map."""


def sheets_of(study: Study, name: str, language: str = DEFAULT_LANGUAGE, *, mapped: bool = False) -> tuple[Sheet, ...]:
    """Return the sheets of an outcome; `mapped` where a file holds places. InvalidAuditError for an unknown name."""
    known = OUTCOMES | STREET_OUTCOMES
    if name not in known:
        raise InvalidAuditError(f"no such outcome: {name}; known: {', '.join(known)}")
    sheets = (coverage_map if mapped and name == "coverage" else known[name])(study, language)
    per_minute = minute_of(study)
    return *(in_minutes(sheet, per_minute) for sheet in sheets), *beside_straight(study, name)


def gaps_sheet(found: Gaps, landmarks: Landmarks, language: str = DEFAULT_LANGUAGE) -> Sheet:
    """Return gaps as rows; `hours` are those of the day at which most of a gap's people have no station."""
    rows = []
    for gap in found.gaps:
        lon, lat = gap.site.lon, gap.site.lat
        name = place_name(gap.districts[:1], landmarks.beside(lon, lat), language)
        districts = ", ".join(district_name(code, language) for code in gap.districts)
        nearest, of_site = ((each, each and landmarks.names[each]) for each in (gap.nearest_id, gap.site_nearest_id))
        there = (gap.rank, name, gap.people, gap.area_km2, districts, *nearest, gap.nearest_m, spans(gap.hours))
        site = (lon, lat, link(MAP_APP, lon, lat, name), gap.site_people, *of_site, gap.site_nearest_m)
        rows.append((*there, *site))
    return Sheet("gaps", GAP_COLUMNS, tuple(rows), tuple(gap.polygon for gap in found.gaps))


GAP_COLUMNS = (
    "rank",
    "gap_name",
    "people",
    "area_km2",
    "districts",
    "nearest_id",
    "nearest_name",
    "nearest_m",
    "hours",
    "site_lon",
    "site_lat",
    "map_link",
    "site_people",
    "site_nearest_id",
    "site_nearest_name",
    "site_nearest_m",
)


def proposal_sheets(proposal: Proposal, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return the sites of a proposal on their places, what it is worth, and its curve."""
    columns = (
        "rank",
        "name",
        "id",
        "districts",
        "lon",
        "lat",
        "map_link",
        "people_added",
        "people_in_all",
        "open_hours",
        *SHUT,
    )
    rows = tuple(
        (
            at.rank,
            site_name(at, language),
            at.id,
            at.district and district_name(at.district, language),
            at.lon,
            at.lat,
            link(MAP_APP, at.lon, at.lat, site_name(at, language)),
            at.people_added,
            at.people_in_all,
            week_spans(at.hours, language),
            *((at.shut.name or at.shut.id, at.shut.metres, at.shut.people_added) if at.shut else (None,) * len(SHUT)),
        )
        for at in proposal.sites
    )
    points = tuple(shapely.Point(at.lon, at.lat) for at in proposal.sites)
    sites = Sheet("sites", columns, rows, points, _added(proposal.objective))
    unused = [] if proposal.objective == "longer_hours" else ["open_hours"]
    unused += [] if any(at.shut for at in proposal.sites) else list(SHUT)
    sites = in_minutes(sites.only([column for column in columns if column not in unused]), _per_minute(proposal))
    worth: dict[str, Value] = {
        "objective": proposal.objective,
        "unit": proposal.unit,
        "before": proposal.before,
        "value": proposal.value,
        "bound": proposal.bound,
        "gap_share": proposal.gap,
        "proved": proposal.proved,
        "among": translate(language, f"audit.among.{proposal.among}", count=f"{proposal.candidates:,}"),
        "seed": proposal.seed,
        "seconds": proposal.seconds,
    }
    summary = Sheet("proposal", tuple(worth), (tuple(worth.values()),))
    course = tuple((int(n), value) for n, value in proposal.curve)
    return sites, summary, Sheet("curve", ("n", "value"), course, titles=_along(proposal))


def _per_minute(proposal: Proposal) -> float | None:
    found = proposal.parameters.get(PER_MINUTE)
    return None if found is None else float(found)


def _added(objective: str) -> dict[str, str]:
    """Return what the columns of people tell in a proposal: people, their hours, or those with a shorter way."""
    what = {"longer_hours": "hours", "p_median": "nearer"}.get(objective, "people")
    return {f"people_{column}": f"audit.page.{what}_{column}" for column in ("added", "in_all")}


def _along(proposal: Proposal) -> dict[str, str]:
    """Return what the columns of a curve tell: sites or station-hours, and what so many are worth."""
    value = {"people_hours": "page.hours_in_all", "metres": "unit.metres", "minutes": "unit.minutes"}.get(
        proposal.unit, "page.people_in_all"
    )
    n = "column.station_hours" if proposal.unit == "people_hours" else "picture.sites_built"
    return {"n": f"audit.{n}", "value": f"audit.{value}"}


def site_name(site: Site, language: str = DEFAULT_LANGUAGE) -> str:
    """Return what people call a proposed site: its district, then where it lies from the nearest station, or its id."""
    codes = [site.district] if site.district else []
    return place_name(codes, site.landmark, language, otherwise=site.name or site.id)


def place_name(
    districts: Sequence[str], landmark: Landmark | None, language: str = DEFAULT_LANGUAGE, *, otherwise: str = ""
) -> str:
    """Return districts by name, then where a place lies from its landmark, or `otherwise` where it has none."""
    named = [district_name(code, language) for code in districts]
    return " · ".join(filter(None, (*named, _beside(landmark, language) if landmark else otherwise)))


def _beside(landmark: Landmark, language: str) -> str:
    tens = round(landmark.metres, -1)
    unit, value = ("metres", f"{tens:.0f}") if tens < 1000 else ("kilometres", f"{landmark.metres / 1000:,.1f}")
    values = {
        "way": translate(language, f"audit.page.{unit}", value=value),
        "direction": translate(language, f"audit.direction.{landmark.direction}"),
    }
    # The name of the station last: it may hold what looks like a place to be filled.
    name = landmark.name if language == DEFAULT_LANGUAGE else landmark.name_en or landmark.name
    return translate(language, "audit.site.beside", **values, station=name)


def difference_sheets(found: Difference, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return coverage before and after by district, and what was won and lost in all."""
    names = ("share_before", "share_after", "share_change", "people_change")
    columns = tuple(f"{name}_{side}" for name in names for side in SIDES)
    rows: list[tuple[Value, ...]] = []
    for row in found.table:
        code = ALL if row.code is None else row.code
        before, after = row.before, row.after
        cells = (before.confirmed.share, before.possible.share, after.confirmed.share, after.possible.share)
        changes = (row.confirmed_share, row.possible_share, row.confirmed_people, row.possible_people)
        rows.append((code, district_name(code, language), *cells, *changes))
    return Sheet("difference", ("district", "name", *columns), tuple(rows)), balance_sheet(found)


def balance_sheet(found: Difference) -> Sheet:
    """Return how many people and cells were won and lost, for sure and possibly."""
    columns = ("stations_counted", "people_won", "people_lost", "cells_won", "cells_lost")
    rows = tuple(
        (code, each.won.people, each.lost.people, len(each.won.cells), len(each.lost.cells))
        for code, each in ((code, getattr(found, certainty)) for certainty, code in CERTAINTY_CODES.items())
    )
    return Sheet("balance", columns, rows)


def comparison_sheets(found: Comparison, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return the change by district, split into what stations and what people did, and the stations that differ."""
    parts = ("before", "after", "change", "by_stations", "by_demand")
    columns = tuple(f"people_{part}_{side}" for part in parts for side in SIDES)
    rows: list[tuple[Value, ...]] = []
    for line in found.lines:
        code = ALL if line.code is None else line.code
        sides = [_split(line.confirmed_people), _split(line.possible_people)]
        rows.append(
            (code, district_name(code, language), *(side[part] for part in range(len(parts)) for side in sides))
        )
    return Sheet("change", ("district", "name", *columns), tuple(rows)), _changed(found)


def suspects_sheets(found: Suspects, language: str = DEFAULT_LANGUAGE) -> tuple[Sheet, ...]:
    """Return coverage with and without the suspect records, and each kind of suspicion with what hangs on it."""
    kinds = tuple(
        (each.code, len(each.ids), each.confirmed_people, each.possible_people, ", ".join(each.ids))
        for each in found.by_code
    )
    columns = ("code", "stations_count", "people_at_stake_sure", "people_at_stake_possible", "ids")
    return (*difference_sheets(found.difference, language), Sheet("suspects", columns, kinds))


def _per_mille(ratio: float | None) -> float | None:
    return None if ratio is None else ratio * 1000


def _split(split: Split) -> tuple[float, ...]:
    return tuple(map(float, (split.before, split.after, split.change, split.stations, split.demand)))


def _changed(found: Comparison) -> Sheet:
    stations = found.stations
    facts = [
        (what, each, None)
        for what in ("added", "gone", "hours", "status", "otherwise")
        for each in getattr(stations, what)
    ]
    rows = facts + [("moved", each, metres) for each, metres in stations.moved]
    return Sheet("stations", ("what", "id", "metres"), tuple(rows))
