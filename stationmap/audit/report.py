"""The report of a study for those who decide: one HTML file with pictures, figures, method and limits, no scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from stationmap.audit.charts import hour_heat, line_chart
from stationmap.audit.downloads import basis_lines, with_parameters
from stationmap.audit.outcomes import gaps_sheet, proposal_sheets
from stationmap.audit.pictures import city_map
from stationmap.audit.sheets import Sheet, coverage_sheet, heading, paired, range_words
from stationmap.audit.study import Study
from stationmap.hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.spreadsheet import inert

if TYPE_CHECKING:
    from stationmap.audit.siting.proposal import Proposal

Say = Callable[..., str]

TEMPLATES = Path(__file__).parent / "templates"
GAPS_SHOWN = 10
GAPS_ON_MAP = 20
DISTRICT_COLUMNS = ("name", "people", "share", "area_share", "mean_m", "p90_m", "share_2_or_more")
GAP_COLUMNS = ("rank", "people", "area_km2", "districts", "nearest_m", "hours", "site_lon", "site_lat", "site_people")


@dataclass(frozen=True)
class Table:
    """A table as text; `numbers` tells which columns hold figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]

    @classmethod
    def of(cls, sheet: Sheet, columns: tuple[str, ...], language: str) -> Table:
        """Put some columns of a sheet into words; what has a sure and a possible figure shows both in one cell."""
        records = [paired(record, columns) for record in sheet.records()]
        rows = tuple(
            tuple(inert(range_words(column, values, language)) for column, values in each.items()) for each in records
        )
        numbers = tuple(any(isinstance(each[column][0], (int, float)) for each in records) for column in columns)
        return cls(tuple(heading(column, language) for column in columns), rows, numbers)


@dataclass(frozen=True)
class Part:
    """A section: sentences, pictures, tables."""

    title: str
    lines: tuple[str, ...] = ()
    pictures: tuple[Markup, ...] = ()
    sheets: tuple[Table, ...] = ()


def report_html(study: Study, proposal: Proposal | None = None, *, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the report of a study, with what to build next where a proposal is given."""
    say = partial(translate, language)
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    stated = with_parameters(study.stated(), proposal.parameters if proposal else {})
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html").render(
        t=say,
        lang=language,
        revision=study.registry.revision,
        label=stated.get("label"),
        about=inert(_about(study, say)),
        short=[inert(line) for line in _short(study, proposal, say, language)],
        parts=list(_parts(study, proposal, say, language)),
        basis=basis_lines(stated, language),
        style=Markup(style),
        policy=f"default-src 'none'; style-src '{_digest(style)}'; base-uri 'none'; form-action 'none'",
    )


def _about(study: Study, say: Say) -> str:
    registry = study.registry
    told = (
        ("registry", registry.revision),
        ("updated", registry.meta.updated),
        ("made_on", study.made_on),
    )
    dated = [f"{say(f'audit.basis.{key}')} {value}" for key, value in told if value]
    return " · ".join(filter(None, (registry.meta.title, *dated)))


def _short(study: Study, proposal: Proposal | None, say: Say, language: str) -> Iterator[str]:
    total = study.coverage.total
    radius = f"{study.question.radius_m:,.0f}"
    # Before any figure: where the stations lie elsewhere, none of them tells how well they serve.
    yield from (note.told(language) for note in study.demand.source.notes if note.code == "stations_outside")
    yield from _restrictions(study, say)
    shares = range_words("share", (total.sure.share, total.possible.share), language)
    yield say("audit.report.short_share", share=shares, radius=radius)
    yield say("audit.report.short_people", people=f"{total.people - total.sure.people:,.0f}")
    if total.sure.mean_m is not None:
        yield say("audit.report.short_mean", mean=f"{total.sure.mean_m:,.0f}", p90=f"{total.sure.p90_m:,}")
    best, worst = _best_and_worst_hour(study, say)
    yield say("audit.report.short_hours", best=best, worst=worst)
    if study.gaps.gaps:
        first = study.gaps.gaps[0]
        yield say("audit.report.short_gap", people=f"{first.people:,.0f}", site_people=f"{first.site_people:,.0f}")
    if proposal is not None:
        yield _worth(proposal, say)


def _restrictions(study: Study, say: Say) -> Iterator[str]:
    """Say first what narrows every figure: the moment, what stations must offer."""
    question = study.question
    if question.at is not None:
        yield say("audit.report.short_at", at=f"{question.at.astimezone(ZONE):%Y-%m-%d %H:%M}")
    listed = (("category", question.asked.categories), ("facility", question.asked.facilities))
    if asked := [say(f"{prefix}.{code}") for prefix, codes in listed for code in sorted(codes)]:
        yield say("audit.report.short_asked", asked=", ".join(asked))


def _best_and_worst_hour(study: Study, say: Say) -> tuple[str, str]:
    served = study.week.sure.sum(axis=0)
    everybody = int(study.week.people.sum()) or 1

    def told(hour: int) -> str:
        return f"{say(f'weekday.{hour // 24}')} {hour % 24:02}:00 ({served[hour] / everybody * 100:.1f} %)"

    return told(int(np.argmax(served))), told(int(np.argmin(served)))


def _worth(proposal: Proposal, say: Say) -> str:
    places = 1 if proposal.unit == "metres" else 0
    return say(
        f"audit.report.worth_{proposal.objective}",
        n=len(proposal.sites),
        before=f"{proposal.before:,.{places}f}",
        value=f"{proposal.value:,.{places}f}",
        bound=f"{proposal.bound:,.{places}f}",
        gap=say("audit.page.no_ratio") if proposal.gap is None else f"{proposal.gap * 100:.2f} %",
        proved=say("audit.report.proved" if proposal.proved else "audit.report.not_proved"),
    )


def _parts(study: Study, proposal: Proposal | None, say: Say, language: str) -> Iterator[Part]:
    gaps, sites = study.gaps.gaps[:GAPS_ON_MAP], proposal.sites if proposal else ()
    maps = [city_map(study, gaps=gaps, sites=sites, language=language)]
    if gaps:
        rows = np.concatenate([gap.rows for gap in gaps[:GAPS_SHOWN]])
        maps.append(city_map(study, gaps=gaps, sites=sites, rows=rows, language=language))
    yield Part(say("audit.report.where"), (say("audit.report.where_text"),), tuple(maps))
    table = Table.of(coverage_sheet(study.coverage, language=language), DISTRICT_COLUMNS, language)
    yield Part(say("audit.report.districts"), (say("audit.report.pair_text"),), (), (table,))
    yield Part(say("audit.report.hours"), (say("audit.report.hours_text"),), (hour_heat(study.week, language),))
    yield _gaps(study, say, language)
    if proposal is not None:
        yield _sites(proposal, say, language)
    yield _equity(study, say, language)


def _gaps(study: Study, say: Say, language: str) -> Part:
    found = study.gaps
    told = say("audit.report.gaps_text", count=f"{len(found.gaps):,}", people=f"{found.people:,.0f}", shown=GAPS_SHOWN)
    sheet = gaps_sheet(found, language)
    first = Sheet(sheet.name, sheet.columns, sheet.rows[:GAPS_SHOWN])
    return Part(say("audit.report.gaps"), (told,), (), (Table.of(first, GAP_COLUMNS, language),))


def _sites(proposal: Proposal, say: Say, language: str) -> Part:
    sites = proposal_sheets(proposal, language)[0]
    unit = say(f"audit.unit.{'people' if proposal.unit == 'sites' else proposal.unit}")
    points = [(float(n), float(value)) for n, value in proposal.curve]
    curve = line_chart(
        [points], say("audit.sheet.curve"), say("audit.picture.sites_built"), unit, percent=False, from_zero=False
    )
    run = say("audit.report.run", seed=proposal.seed, seconds=f"{proposal.seconds:.1f}")
    return Part(
        say("audit.report.sites"), (_worth(proposal, say), run), (curve,), (Table.of(sites, sites.columns, language),)
    )


def _equity(study: Study, say: Say, language: str) -> Part:
    equity = study.equity
    lines = [list(side.lorenz) for side in (equity.sure, equity.possible)]
    gini = [side.gini for side in (equity.sure, equity.possible)]
    told = say(
        "audit.report.equity_text",
        ratio=range_words("ratio", (equity.sure.p90_p10_districts, equity.possible.p90_p10_districts), language),
        gini=range_words("gini", gini, language),
    )
    title = say("audit.sheet.lorenz")
    chart = line_chart(lines, title, say("audit.picture.people_share"), say("audit.picture.way_share"), diagonal=True)
    return Part(say("audit.report.equity"), (told,), (chart,))


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
