"""Print an examination on a terminal: the stations to see first, then every kind of issue, then the trend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stationmap.cli.bilingual import both
from stationmap.cli.terminal import console, plain
from stationmap.i18n import LANGUAGES

if TYPE_CHECKING:
    from rich.table import Table

    from stationmap.deep_checks import Examination, Issue, KindOfIssue, StationCare, TrendPoint

FIRST_STATIONS = 10
FIRST_OF_A_KIND = 2
MIN_WIDTH = 150  # without a terminal
MAX_POINTS = 8  # of a trend: columns that fit


def print_examination(path: Path, examined: Examination, trend: Sequence[TrendPoint]) -> None:
    """Print what was found in a registry."""
    screen = console()
    if not screen.is_terminal:
        screen.width = max(screen.width, MIN_WIDTH)
    screen.print(plain(str(path)))
    care = examined.stations()
    if not examined.issues:
        screen.print(both("deep.none"))
        return
    if care:
        screen.print(_stations(examined, care))
    screen.print(_kinds(examined))
    if trend:
        screen.print(_trend(trend))
    if examined.effects is None:
        screen.print(both("deep.no_effect"))
    counts = {f"{name}s": f"{examined.count(name):,}" for name in ("error", "warning", "notice")}
    screen.print(both("deep.total", stations=f"{len(care):,}", **counts))


def print_unreadable(path: Path, issues: Sequence[Issue]) -> None:
    """Print a line for each thing that keeps a file from being a registry, with what to do."""
    for issue in issues:
        severity = both(f"deep.severity.{issue.severity}")
        what, mend = _in_both(issue.what, " "), _in_both(issue.how_to_mend, " ")
        click.echo(plain(f"{path}: {severity}: {issue.where}: {issue.code} {what}: {issue.detail} -> {mend}"))


def _stations(examined: Examination, care: Sequence[StationCare]) -> Table:
    from stationmap.deep_checks.sheets import care_words

    table = _table("deep.title.first", ("station", "district", "phone", "people", "care"), numbers=("people",))
    for each in care[:FIRST_STATIONS]:
        station = examined.registry[each.id]
        table.add_row(
            f"{plain(station.name)}\n{each.id}",
            both(f"district.{station.district}", between="\n"),
            plain(station.properties.phone or "–"),
            _people(each.people),
            _in_both(partial(care_words, each)),
        )
    if len(care) > FIRST_STATIONS:
        table.caption = both("deep.others", count=f"{len(care) - FIRST_STATIONS:,}")
    return table


def _kinds(examined: Examination) -> Table:
    columns = ("severity", "what", "issues", "people", "first", "mend")
    table = _table("deep.title.kinds", columns, numbers=("issues", "people"))
    for kind in examined.kinds():
        worst = kind.issues[0]
        table.add_row(
            both(f"deep.severity.{kind.severity}", between="\n"),
            f"{_in_both(worst.what)}\n{kind.code}",
            f"{len(kind.issues):,}",
            _people(kind.people),
            _first(examined, kind),
            _in_both(worst.how_to_mend),
        )
    return table


def _trend(trend: Sequence[TrendPoint]) -> Table:
    shown = trend[-MAX_POINTS:]
    table = _table("deep.title.trend", ("what",), numbers=())
    for point in shown:
        table.add_column(f"{point.at:%Y-%m-%d}\n{point.revision[:8]}", justify="right")
    table.add_row(both("deep.all"), *(f"{point.total:,}" for point in shown))
    for code in dict.fromkeys(code for point in shown for code in sorted(point.counts)):
        table.add_row(both(f"finding.{code}"), *(f"{point.counts.get(code, 0):,}" for point in shown))
    return table


def _table(title: str, columns: Sequence[str], *, numbers: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(title=both(title), show_lines=True)
    for column in columns:
        table.add_column(
            both(f"deep.column.{column}", between="\n"),
            justify="right" if column in numbers else "left",
            overflow="fold",
        )
    return table


def _first(examined: Examination, kind: KindOfIssue) -> str:
    """Return the first stations of a kind, or the place in the file, with what was found."""
    lines = []
    for issue in kind.issues[:FIRST_OF_A_KIND]:
        named = examined.registry[issue.ids[0]].name if issue.ids and issue.fields else issue.where
        lines.append(plain(" ".join(filter(None, (named, issue.explained("zh"))))))
    return "\n".join(dict.fromkeys(lines))


def _in_both(words: Callable[[str], str], between: str = "\n") -> str:
    return between.join(dict.fromkeys(plain(words(language)) for language in LANGUAGES))


def _people(people: float | None) -> str:
    return "–" if people is None else f"{people:,.0f}"
