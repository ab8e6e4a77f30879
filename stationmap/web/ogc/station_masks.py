"""Which stations meet the filters of the collection of stations, found by columns; stations are made for no more than
columns cannot answer.

`fields.READERS` is the definition: a station is found by a filter where its property is equal to the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

import numpy as np

from stationmap.errors import CancelCheck
from stationmap.formats.flat_properties import Value
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.adcodes import known_districts
from stationmap.registry.model import CATEGORIES, FACILITIES, STATUSES, WHO, Station
from stationmap.search.filter_index import Mask
from stationmap.search.folding import folded
from stationmap.search.query import Query
from stationmap.search.station_columns import NEVER, StationColumns
from stationmap.search.station_index import StationIndex
from stationmap.search.text_index import Rows
from stationmap.search.usability import STANDINGS
from stationmap.web.ogc.days import Days
from stationmap.web.ogc.fields import READERS

CHECKED = 1_024
"""Stations between two looks at the deadline."""
HAS = "has_"
_OPEN_NOW = {True: "open", False: "closed"}
_SEARCHED = ("name", "name_en", "address", "host", "managed_by")
"""Properties whose words stand in the texts that stations are searched by."""


def rows_matching(
    index: StationIndex, query: Query, filters: dict[str, Any], days: Days | None, at: datetime, check: CancelCheck
) -> Rows:
    """Return the ascending rows, shape (m,), of the stations that meet a query, filters by name, and days of checks.

    `at` is the aware moment of the filters about opening; `check` is called now and then and may raise.
    """
    rest = dict(filters)
    found = index.mask(query)
    for each in _masks(index, rest, days, at):
        found &= each
        check()
    rows = np.flatnonzero(found)
    if not rest:
        return rows
    tests = [_equals(READERS[name], _as_read(value)) for name, value in rest.items()]
    return rows[list(_each(index, rows, tests, check))]


def _masks(index: StationIndex, filters: dict[str, Any], days: Days | None, at: datetime) -> Iterator[Mask]:
    """Yield which stations meet what columns answer; what they answer wholly is taken out of the filters."""
    columns = index.columns
    state = filters.pop("state", None)
    if (is_open := filters.pop("open_now", None)) is not None:
        wanted = _OPEN_NOW[is_open]
        # Two questions that no station meets together are met by none.
        state = wanted if state in (None, wanted) else ""
    if state is not None:
        is_wanted = [each.status_at(at).state == state for each in index.distinct_schedules]
        yield np.array(is_wanted, dtype=bool)[columns.hours]
    if days is not None:
        yield _checked_within(columns, days)
    for name in tuple(filters):
        if (made := _BY_COLUMN.get(name)) is not None:
            yield made(columns, filters.pop(name))
        elif name.startswith(HAS):
            yield _has(columns, name.removeprefix(HAS), filters.pop(name))
        elif name in _SEARCHED:  # and compared as a whole then
            yield index.mask_of_words(folded(filters[name]).split())


def _each(
    index: StationIndex, rows: Rows, tests: Iterable[Callable[[Station], bool]], check: CancelCheck
) -> Iterator[bool]:
    for place, row in enumerate(rows.tolist()):
        if place % CHECKED == 0:
            check()
        station = index.stations[row]
        yield all(test(station) for test in tests)


def _equals(read: Callable[[Station], Value], value: Value) -> Callable[[Station], bool]:
    return lambda station: read(station) == value


def _as_read(value: Any) -> Value:
    return value.isoformat() if isinstance(value, date) else value


def _checked_within(columns: StationColumns, days: Days) -> Mask:
    # What has no time matches every time, by the standard and by sense: nobody knows when it was checked.
    found = columns.verified == NEVER
    first = days.first.toordinal() if days.first else date.min.toordinal()
    last = days.last.toordinal() if days.last else date.max.toordinal()
    return np.asarray(found | (columns.verified >= first) & (columns.verified <= last))


def _has(columns: StationColumns, code: str, is_there: bool) -> Mask:
    bit = np.uint64(1 << FACILITIES.index(code))
    return np.asarray((columns.present if is_there else columns.missing) & bit != 0)


def _by_code(column: str, codes: tuple[str, ...]) -> Callable[[StationColumns, str], Mask]:
    return lambda columns, code: np.array([each == code for each in codes], dtype=bool)[getattr(columns, column)]


def _in_district(columns: StationColumns, code: str) -> Mask:
    return _where_district(columns, lambda known: known == code)


def _in_named_district(columns: StationColumns, name: str) -> Mask:
    names = known_districts()
    return _where_district(columns, lambda known: names.name_of(known) == name)


def _where_district(columns: StationColumns, is_wanted: Callable[[str], bool]) -> Mask:
    known = np.unique(columns.districts)
    return np.array([is_wanted(f"{code:06}") for code in known.tolist()], dtype=bool)[
        np.searchsorted(known, columns.districts)
    ]


def _in_named_category(columns: StationColumns, name: str) -> Mask:
    names = (translate(DEFAULT_LANGUAGE, f"category.{code}") for code in CATEGORIES)
    return np.array([each == name for each in names], dtype=bool)[columns.categories]


def _with_hours(columns: StationColumns, text: str) -> Mask:
    return np.array([each.text == text for each in columns.distinct_hours], dtype=bool)[columns.hours]


def _checked_on(columns: StationColumns, day: date) -> Mask:
    return np.equal(columns.verified, day.toordinal())


_BY_COLUMN: dict[str, Callable[[StationColumns, Any], Mask]] = {
    "category": _by_code("categories", CATEGORIES),
    "category_name": _in_named_category,
    "who": _by_code("who", WHO),
    "status": _by_code("statuses", STATUSES),
    "riders": _by_code("standings", STANDINGS),
    "district": _in_district,
    "district_name": _in_named_district,
    "hours": _with_hours,
    "verified_on": _checked_on,
}
