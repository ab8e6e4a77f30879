"""The sections of a report: pictures and tables, each with whom its figures count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup, escape

from stationmap.audit.output.charts import hour_heat, line_chart
from stationmap.audit.output.export import locked_doors_told
from stationmap.audit.output.locked_doors import KINDS, locked
from stationmap.audit.output.map_drawings import city_map
from stationmap.audit.output.report_points import Say, whom_of, worth
from stationmap.audit.output.result_tables import gaps_sheet, proposal_sheets
from stationmap.audit.output.tables import Sheet, Value, coverage_sheet, paired, range_words, words_of
from stationmap.audit.output.ways import beside_straight, in_minutes, minute_of
from stationmap.audit.studies.study import Study
from stationmap.formats.csv_safety import inert
from stationmap.frontend.map_app_links import link
from stationmap.i18n import translate

if TYPE_CHECKING:
    from stationmap.audit.siting.proposal import Proposal

GAPS_SHOWN = 10
GAPS_ON_MAP = 20
MAP_APPS = ("amap", "baidu", "tencent")
DISTRICT_COLUMNS = (
    "name",
    "people",
    "share",
    "area_share",
    "mean_m",
    "mean_min",
    "p90_m",
    "p90_min",
    "share_2_or_more",
)
GAP_COLUMNS = ("rank", "gap_name", "people", "nearest_m", "nearest_min", "hours", "site_people", "place")
SITE_COLUMNS = ("rank", "name", "people_added", "people_in_all", "open_hours", "shut_name", "shut_people", "place")
LOCKED_COLUMNS = ("name", "people_hours_posted", "people_hours_found", "people_hours_lost")
DOOR_COLUMNS = ("station_name", "locked_hours", "people_hours_back")
DOORS_SHOWN = 10
PLACES = {"gap_name": ("site_lon", "site_lat"), "name": ("lon", "lat")}
"""Where the coordinates of a row stand, by the column that names its place."""


@dataclass(frozen=True)
class Table:
    """A table as text and links; `numbers` tells which columns hold figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[Markup, ...], ...]
    numbers: tuple[bool, ...]

    @classmethod
    def of(cls, sheet: Sheet, columns: tuple[str, ...], language: str) -> Table:
        """Put some columns of a sheet into words; what has a sure and a possible figure shows both in one cell.

        The column `place` holds the coordinates of the row, their datum and links to map apps.
        """
        shown = tuple(column for column in columns if column == "place" or _is_listed(column, sheet))
        rows = tuple(tuple(_cell(record, column, language) for column in shown) for record in sheet.records())
        numbers = tuple(any(_is_number(record, column) for record in sheet.records()) for column in shown)
        head = tuple(sheet.heading(column, language) for column in shown)
        return cls(head, rows, numbers)


@dataclass(frozen=True)
class Part:
    """A section: sentences, pictures, tables."""

    title: str
    lines: tuple[str, ...] = ()
    pictures: tuple[Markup, ...] = ()
    sheets: tuple[Table, ...] = ()


def parts(study: Study, proposal: Proposal | None, language: str) -> Iterator[Part]:
    """Yield the sections of a report, what was found before where and why."""
    say = partial(translate, language)
    whom = whom_of(study, say)
    gaps, sites = study.gaps.gaps[:GAPS_ON_MAP], proposal.sites if proposal else ()
    districts = in_minutes(coverage_sheet(study.coverage, language=language), minute_of(study))
    table = Table.of(districts, DISTRICT_COLUMNS, language)
    texts = (say("audit.report.districts_text", whom=whom), say("audit.report.pair_text"))
    yield Part(say("audit.report.districts"), texts, (), (table,))
    if study.ways is not None:
        yield _ways(study, say, language)
    city = city_map(study, gaps=gaps, sites=sites, language=language)
    yield Part(
        say("audit.report.where"),
        (say("audit.report.where_text" if study.ways is None else "audit.report.where_text_ways"),),
        (city,),
    )
    yield _gaps(study, whom, say, language)
    if gaps:
        rows = np.concatenate([gap.rows for gap in gaps[:GAPS_SHOWN]])
        near = city_map(study, gaps=gaps, sites=sites, rows=rows, language=language)
        yield Part(say("audit.report.near"), (say("audit.report.near_text"),), (near,))
    if proposal is not None:
        yield _sites(proposal, whom, say, language)
    hours = say("audit.report.hours_text", whom=whom, week=study.question.monday.isoformat())
    yield Part(say("audit.report.hours"), (hours,), (hour_heat(study.week, language),))
    if study.locked_doors is not None:
        yield _locked(study, whom, say, language)
    yield _equity(study, whom, say, language)


def _ways(study: Study, say: Say, language: str) -> Part:
    """Return what figures along streets are of, and the straight ones beside them."""
    sheets = [sheet for name in ("coverage", "hours", "gaps") for sheet in beside_straight(study, name)]
    head = tuple(sheets[0].heading(column, language) for column in ("figure", "along", "straight"))
    rows = tuple(
        tuple(
            escape(text)
            for text in (
                say(f"audit.column.{figure}"),
                range_words(str(figure), along, language),
                range_words(str(figure), straight, language),
            )
        )
        for sheet in sheets
        for figure, along, straight in ((row[0], row[1:3], row[3:5]) for row in sheet.rows)
    )
    table = Table(head, rows, (False, True, True))
    return Part(say("audit.report.ways"), (say("audit.report.ways_text"),), (), (table,))


def _gaps(study: Study, whom: str, say: Say, language: str) -> Part:
    found = study.gaps
    values = {"count": f"{len(found.gaps):,}", "people": f"{found.people:,.0f}", "shown": GAPS_SHOWN}
    first = in_minutes(gaps_sheet(found, study.landmarks, language), minute_of(study))
    first = Sheet(first.name, first.columns, first.rows[:GAPS_SHOWN])
    lines = (
        say("audit.report.gaps_text", whom=whom, **values),
        say("audit.report.gaps_from"),
        say("audit.report.links"),
    )
    return Part(say("audit.report.gaps"), lines, (), (Table.of(first, GAP_COLUMNS, language),))


def _sites(proposal: Proposal, whom: str, say: Say, language: str) -> Part:
    sites, _, course = proposal_sheets(proposal, language)
    unit = say(f"audit.unit.{'people' if proposal.unit == 'sites' else proposal.unit}")
    points = [(float(n), float(value)) for n, value in proposal.curve]
    curve = line_chart(
        [points], say("audit.sheet.curve"), course.heading("n", language), unit, percent=False, from_zero=False
    )
    run = say("audit.report.run", seed=proposal.seed, seconds=f"{proposal.seconds:.1f}")
    lines = (worth(proposal, whom, say), run)
    return Part(say("audit.report.sites"), lines, (curve,), (Table.of(sites, SITE_COLUMNS, language),))


def _locked(study: Study, whom: str, say: Say, language: str) -> Part:
    title = say("audit.report.locked")
    if study.as_found is None:
        outcome = "uncounted" if study.locked_doors and study.locked_doors.stations else "none"
        told = locked_doors_told(study.stated(), language)
        return Part(title, (say(f"audit.report.locked_{outcome}", told=told),))
    districts, stations = locked(study, language)
    total = districts.records()[0]
    if total["weekday"] is None:  # no hour at which anybody loses anything: others are in reach of the same people
        told = locked_doors_told(study.stated(), language)
        return Part(title, (say("audit.report.locked_uncounted", told=told),))
    figures = {kind: words_of(f"people_hours_{kind}", total[f"people_hours_{kind}"]) for kind in KINDS}
    at = {f"people_{kind}": words_of("people", total[f"covered_people_{kind}"]) for kind in ("posted", "found")}
    weekday, hour = int(str(total["weekday"])) - 1, int(str(total["hour"]))
    when = f"{say(f'weekday.{weekday}')} {hour:02}:00"
    lines = (
        say("audit.report.locked_text", whom=whom, **figures, **at, hour=when),
        say("audit.report.locked_limits"),
    )
    shown = Sheet(stations.name, stations.columns, stations.rows[:DOORS_SHOWN])
    tables = (
        Table.of(districts, LOCKED_COLUMNS, language),
        Table.of(shown, DOOR_COLUMNS, language),
    )
    return Part(title, lines, (), tables)


def _equity(study: Study, whom: str, say: Say, language: str) -> Part:
    equity = study.equity
    sides = (equity.confirmed, equity.possible)
    text = say(
        "audit.report.equity_text",
        whom=whom,
        ratio=range_words("ratio", [side.p90_p10_districts for side in sides], language),
        gini=range_words("gini", [side.gini for side in sides], language),
    )
    lines = [list(side.lorenz) for side in sides]
    title = say("audit.sheet.lorenz")
    chart = line_chart(lines, title, say("audit.picture.people_share"), say("audit.picture.way_share"), diagonal=True)
    return Part(say("audit.report.equity"), (text,), (chart,))


def _is_listed(column: str, sheet: Sheet) -> bool:
    return column in sheet.columns or f"{column}_sure" in sheet.columns


def _is_number(record: dict[str, Value], column: str) -> bool:
    return column != "place" and any(isinstance(each, (int, float)) for each in paired(record, (column,))[column])


def _cell(record: dict[str, Value], column: str, language: str) -> Markup:
    if column == "place":
        return _place(record, language)
    return escape(inert(range_words(column, paired(record, (column,))[column], language)))


def _place(record: dict[str, Value], language: str) -> Markup:
    """Return the coordinates of a row with their datum, and links that carry them to map apps in the datum of each."""
    named, (lon_column, lat_column) = next((name, at) for name, at in PLACES.items() if name in record)
    lon, lat, name = float(str(record[lon_column])), float(str(record[lat_column])), str(record[named])
    links = [
        Markup('<a href="{}" rel="noreferrer">{}</a>').format(
            link(app, lon, lat, name), translate(language, f"audit.map.{app}")
        )
        for app in MAP_APPS
    ]
    return Markup("{:.5f}, {:.5f}<br>{}").format(lon, lat, Markup(" ").join(links))
