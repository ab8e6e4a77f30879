"""Print the sheets of an audit on a terminal: the columns that fit, with two figures for two sets of stations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from stationmap.cli.terminal import console, plain
from stationmap.i18n import LANGUAGES

if TYPE_CHECKING:
    from rich.table import Table

    from stationmap.audit.output.tables import Sheet, Value

MAX_ROWS = 25
_BETWEEN = re.compile(r"(?<=\d)–(?=\d)")
MIN_WIDTH = 120  # without a terminal
SHOWN = {
    "gaps": (
        "rank",
        "gap_name",
        "people",
        "area_km2",
        "nearest_name",
        "nearest_m",
        "nearest_min",
        "hours",
        "site_people",
    ),
    "sites": (
        "rank",
        "name",
        "id",
        "lon",
        "lat",
        "people_added",
        "people_in_all",
        "open_hours",
        "shut_name",
        "shut_people",
    ),
    "lorenz": (),
    "difference": ("name", "share_before", "share_after", "share_change", "people_change"),
    "change": ("name", "people_before", "people_after", "people_change", "people_by_stations", "people_by_demand"),
    "locked": (
        "name",
        "people_hours_posted",
        "people_hours_found",
        "people_hours_lost",
        "weekday",
        "hour",
        "covered_people_lost",
    ),
    "coverage": (
        *("name", "people", "share", "area_share", "mean_m", "p50_m", "p90_m", "p95_m"),
        *("mean_min", "p50_min", "p90_min", "p95_min", "share_2_or_more"),
    ),
    "beside_straight": ("figure", "along", "straight"),
}
"""Columns of a sheet shown on a terminal; a column that exists for both sets of stations has its common name."""


def print_sheets(sheets: Iterable[Sheet]) -> None:
    """Print sheets one below the other."""
    screen = console()
    if not screen.is_terminal:
        screen.width = max(screen.width, MIN_WIDTH)
    for sheet in sheets:
        if not sheet.rows:
            screen.print(f"{_both(f'audit.sheet.{sheet.name}')}: {_both('audit.none')}")
        elif sheet.name == "hours":
            screen.print(_week_table(sheet, "audit.sheet.hours", ("share_sure", "share_possible")))
            if "share_found" in sheet.columns:
                screen.print(_week_table(sheet, "audit.sheet.hours_found", ("share_found", "share_possible")))
        elif SHOWN.get(sheet.name, sheet.columns):
            screen.print(_table(sheet))


def _table(sheet: Sheet) -> Table:
    from rich.table import Table

    shown = [column for column in SHOWN.get(sheet.name, sheet.columns) if _sources(sheet, column)]
    table = Table(title=_both(f"audit.sheet.{sheet.name}"))
    for column in shown:
        sources = _sources(sheet, column)
        numbers = any(isinstance(record[each], (int, float)) for record in sheet.records() for each in sources)
        words = dict.fromkeys(plain(sheet.heading(column, language)) for language in LANGUAGES)
        table.add_column("\n".join(words), justify="right" if numbers else "left", overflow="fold")
    for record in sheet.records()[:MAX_ROWS]:
        table.add_row(*(_cell(column, [record[each] for each in _sources(sheet, column)]) for column in shown))
    if len(sheet.rows) > MAX_ROWS:
        table.caption = f"其余 {len(sheet.rows) - MAX_ROWS:,} 行见 --out the other rows: --out"
    return table


def _week_table(sheet: Sheet, title: str, shares: tuple[str, str]) -> Table:
    """Return shares of all districts: a row an hour, a column a day, from one column to another."""
    from rich.table import Table

    table = Table(title=_both(title))
    table.add_column(_both("audit.column.hour"), justify="right")
    for day in range(7):
        table.add_column(_both(f"weekday.{day}", between="\n"), justify="right")
    records = sheet.records()[: 7 * 24]
    for hour in range(24):
        cells = [_cell("share", [record[each] for each in shares]) for record in records if record["hour"] == hour]
        table.add_row(f"{hour:02}", *cells)
    return table


def _sources(sheet: Sheet, column: str) -> list[str]:
    if column in sheet.columns:
        return [column]
    return [each for each in (f"{column}_sure", f"{column}_possible") if each in sheet.columns]


def _cell(column: str, values: list[Value]) -> str:
    from stationmap.audit.output.tables import coded, range_words
    from stationmap.i18n import LANGUAGES

    if isinstance(values[0], str):
        words = [str(coded(column, values[0], language)) for language in LANGUAGES]
    else:
        words = [range_words(column, values, language) for language in LANGUAGES]
    # Narrow columns break a range at its dash, and cut no number.
    return " ".join(dict.fromkeys(_BETWEEN.sub(" – ", plain(each)) for each in words))


def _both(key: str, *, between: str = " ") -> str:
    from stationmap.cli.bilingual import both

    return both(key, between=between)
