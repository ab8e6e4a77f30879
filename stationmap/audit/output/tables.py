"""Outcomes as sheets: rows under columns named by codes that carry their unit, for tables, files and reports alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shapely.geometry.base import BaseGeometry

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.inputs.supply import CERTAINTY_CODES
from stationmap.i18n import DEFAULT_LANGUAGE, translate

if TYPE_CHECKING:
    from stationmap.audit.metrics.as_found import AsFound
    from stationmap.audit.metrics.coverage import Coverage, Figures
    from stationmap.audit.metrics.hourly_coverage import HourlyCoverage

Value = str | int | float | bool | None
ALL = "all"  # stands for the code of a district in rows that tell of all of them
SIDES = tuple(CERTAINTY_CODES.values())
PERCENT = " %"


@dataclass(frozen=True)
class Sheet:
    """One table of an outcome; `places` are the geometries of its rows, WGS-84 degrees, where it has a map."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    places: tuple[BaseGeometry, ...] | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    """Keys of the words over columns that tell something else here than under that name elsewhere."""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.name}: a row has not one value a column")
        if self.places is not None and len(self.places) != len(self.rows):
            raise ValueError(f"{self.name}: not one place a row")

    def records(self) -> list[dict[str, Value]]:
        """Return the rows as members by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def only(self, columns: Sequence[str]) -> Sheet:
        """Return the sheet with some of its columns."""
        at = [self.columns.index(column) for column in columns]
        return replace(self, columns=tuple(columns), rows=tuple(tuple(row[i] for i in at) for row in self.rows))

    def heading(self, column: str, language: str) -> str:
        """Return the words over a column of this sheet."""
        return translate(language, self.titles[column]) if column in self.titles else heading(column, language)


def coverage_sheet(
    coverage: Coverage, polygons: dict[str, BaseGeometry] | None = None, language: str = DEFAULT_LANGUAGE
) -> Sheet:
    """Return the figures of all districts together, then of each; with `polygons` by code, only of each, on a map."""
    figures = coverage.districts if polygons else {ALL: coverage.total, **coverage.districts}
    rows = tuple((code, district_name(code, language), *_cells(each)) for code, each in figures.items())
    places = tuple(polygons[code] for code in figures) if polygons else None
    return Sheet("coverage", ("district", "name", *COVERAGE_COLUMNS), rows, places)


_OF_A_REACH: dict[str, Callable[[Any], Value]] = {
    "share": lambda reach: reach.share,
    "covered_people": lambda reach: reach.people,
    "area_share": lambda reach: reach.area_share,
    "covered_km2": lambda reach: reach.area_km2,
    "mean_m": lambda reach: reach.mean_m,
    "p50_m": lambda reach: reach.p50_m,
    "p90_m": lambda reach: reach.p90_m,
    "p95_m": lambda reach: reach.p95_m,
    "share_2_or_more": lambda reach: reach.shares_by_count[1],
    "share_3_or_more": lambda reach: reach.shares_by_count[2],
    "share_4_or_more": lambda reach: reach.shares_by_count[3],
    "share_5_or_more": lambda reach: reach.shares_by_count[4],
}
COVERAGE_COLUMNS = ("people", "area_km2", *(f"{name}_{side}" for name in _OF_A_REACH for side in SIDES))


def _cells(figures: Figures) -> tuple[Value, ...]:
    reaches = (figures.confirmed, figures.possible)
    return (figures.people, figures.area_km2, *(tell(reach) for tell in _OF_A_REACH.values() for reach in reaches))


def hours_sheet(
    week: HourlyCoverage, codes: Sequence[str], language: str = DEFAULT_LANGUAGE, found: AsFound | None = None
) -> Sheet:
    """Return people served at each hour of the week: of all districts together, then of each, Monday 00:00 first.

    What is confirmed is as posted; where doors were `found` locked, the same as found stands beside it.
    """
    rows: list[tuple[Value, ...]] = []
    for code, at in [(ALL, slice(None)), *((code, slice(i, i + 1)) for i, code in enumerate(codes))]:
        people = int(week.people[at].sum())
        served = zip(week.confirmed[at].sum(axis=0).tolist(), week.possible[at].sum(axis=0).tolist(), strict=True)
        as_found = found.found[at].sum(axis=0).tolist() if found else []
        for hour, pair in enumerate(served):
            known = (*pair, *as_found[hour : hour + 1])
            shares = [each / people if people else None for each in known]
            thousandths = [each / THOUSANDTHS for each in known]
            rows.append((code, district_name(code, language), hour // 24 + 1, hour % 24, *shares, *thousandths))
    kinds = (*SIDES, "found") if found else SIDES
    figures = [f"{figure}_{kind}" for figure in ("share", "covered_people") for kind in kinds]
    return Sheet("hours", ("district", "name", "weekday", "hour", *figures), tuple(rows))


def paired(record: dict[str, Value], columns: Sequence[str]) -> dict[str, tuple[Value, ...]]:
    """Return a record's values under columns; `share` stands for share_sure and share_possible, and holds both."""
    return {
        column: (record[column],) if column in record else tuple(record[f"{column}_{side}"] for side in SIDES)
        for column in columns
    }


def district_name(code: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the name of a district, of all of them, or the code itself where the catalogue has none."""
    return translate(language, "audit.all" if code == ALL else f"district.{code}")


def heading(column: str, language: str) -> str:
    """Return the words over a column: what it tells, and for which of the two sets of stations."""
    for side in SIDES:
        if column.endswith(f"_{side}"):
            label = translate(language, f"audit.column.{column.removesuffix(f'_{side}')}")
            return translate(language, f"audit.{side}_column", column=label)
    return translate(language, f"audit.column.{column}")


def format_of(column: str) -> str:
    """Return how a column's numbers are written: `share`, `degrees`, `whole`, `tenth`, `plain`."""
    if column.endswith(("lon", "lat")):
        return "degrees"
    if "share" in column:
        return "share"
    if column.endswith(("_km2", "_min")) or column in ("km2", "people_hours", "seconds"):
        return "tenth"
    return "whole" if column.endswith(("_m", "_s")) or "people" in column or column == "metres" else "plain"


_CODED = {
    "objective": "audit.objective",
    "unit": "audit.unit",
    "stations_counted": "audit.side",
    "what": "audit.what",
    "block": "audit.block",
    "figure": "audit.figure",
}


def coded(column: str, value: Value, language: str) -> Value:
    """Return the words a code stands for, in a column of codes; any other value as it is."""
    return translate(language, f"{_CODED[column]}.{value}") if column in _CODED else value


def words_of(column: str, value: Value) -> str:
    """Return a value for a reader; what is not known, or not defined, is a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, str):
        return value
    forms = {
        "degrees": f"{value:.5f}",
        "share": f"{value * 100:.1f}{PERCENT}",
        "tenth": f"{value:,.1f}",
        "whole": f"{value:,.0f}",
    }
    usual = f"{value:,}" if isinstance(value, int) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return forms.get(format_of(column), usual)


def range_words(column: str, values: Sequence[Value], language: str = DEFAULT_LANGUAGE) -> str:
    """Return what the sure and the possible set of stations give, low to high; once where both are written alike.

    Without a confirmed station there is no confirmed figure: a way is at least as long as to the possible ones.
    """
    known = [value for value in values if value is not None]
    if len(values) > 1 and known and values[0] is None:
        otherwise = "at_least" if column.endswith(("_m", "_min")) else "only_possible"
        return translate(language, f"audit.page.{otherwise}", value=words_of(column, known[-1]))
    numbers = [value for value in known if isinstance(value, (int, float)) and not isinstance(value, bool)]
    in_order: Sequence[Value] = sorted(numbers) if len(numbers) == len(known) else known
    words = list(dict.fromkeys(words_of(column, value) for value in in_order)) or [words_of(column, None)]
    # A dash beside a minus reads as a second one.
    between = " – " if any(word.startswith("-") for word in words) else "–"
    if all(word.endswith(PERCENT) for word in words):
        return between.join(word.removesuffix(PERCENT) for word in words) + PERCENT
    return between.join(words)
