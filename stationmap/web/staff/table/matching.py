"""Which stations a view of the table shows, in its order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

import numpy as np

from stationmap.editing.closures import has_begun, has_ended, holds
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import ClosedPeriod
from stationmap.registry.model import CATEGORIES, STATUSES, WHO
from stationmap.search.filter_index import Mask
from stationmap.search.station_columns import NEVER as NEVER_CHECKED
from stationmap.search.text_index import Rows
from stationmap.web.staff.table.columns import CHANGED, ID
from stationmap.web.staff.table.station_table import StationTable
from stationmap.web.staff.table.view import NEVER, View

_MONTHS, _DIGITS = 12, 6


class Circumstances(NamedTuple):
    """What an answer depends on besides stations: the moment, whose districts are one's own, issues, changes.

    `issues` are the ids of stations by kind of issue, `changed` the latest revision, by number, of each station.
    """

    at: datetime
    districts: tuple[str, ...] = ()
    issues: Callable[[str], Collection[str]] = lambda _: ()
    changed: Callable[[], Mapping[str, int]] = dict


def matching(table: StationTable, view: View, circumstances: Circumstances) -> Rows:
    """Return the rows of the stations that meet all conditions of a view, in its order."""
    found = np.ones(len(table.stations), dtype=bool)
    for mask in _masks(table, view, circumstances):
        found &= mask
    order = _order(table, view.sort, circumstances)
    rows = order[found[order]]
    return rows[::-1] if view.down else rows


def _order(table: StationTable, sort: str, circumstances: Circumstances) -> Rows:
    if sort == ID:
        return np.arange(len(table.stations))
    if sort != CHANGED:
        return table.order(sort)
    seqs = np.zeros(len(table.stations), dtype=np.int64)
    for station_id, seq in circumstances.changed().items():
        row = table.row_of(station_id)
        if row is not None:
            seqs[row] = seq
    return np.argsort(seqs, kind="stable")


def _masks(table: StationTable, view: View, circumstances: Circumstances) -> Iterator[Mask]:
    if view.q:
        yield table.containing(view.q)
    if view.district:
        yield _in_districts(table, (view.district,))
    if view.mine:
        yield _in_districts(table, circumstances.districts)
    for name, codes in (("category", CATEGORIES), ("status", STATUSES), ("access", WHO)):
        if wanted := getattr(view, name):
            yield table.numbers(name) == codes.index(wanted)
    if view.opening:
        yield _opening(table, view.opening, circumstances.at)
    if view.lacks:
        yield table.lacking(view.lacks)
    if view.unsaid:
        yield table.not_saying(view.unsaid)
    if view.checked:
        yield _checked(table, view.checked, circumstances.at)
    if view.issue:
        rows = map(table.row_of, circumstances.issues(view.issue))
        yield table.rows_as_mask([row for row in rows if row is not None])


def _in_districts(table: StationTable, codes: Collection[str]) -> Mask:
    """Tell which stations lie in districts, by adcode or its first digits, as `accounts.roles.is_in` does."""
    found, districts = np.zeros(len(table.stations), dtype=bool), table.numbers("district")
    for code in filter(None, codes):
        step = 10 ** (_DIGITS - len(code))
        found |= (districts >= int(code) * step) & (districts < (int(code) + 1) * step)
    return found


def _opening(table: StationTable, wanted: str, at: datetime) -> Mask:
    if wanted in ("closure", "closure_ahead"):
        accepts = holds if wanted == "closure" else _is_ahead
        return table.where_hours(lambda hours: any(accepts(each, at) for each in hours.closures))
    return table.in_state(wanted, at)


def _is_ahead(closure: ClosedPeriod, at: datetime) -> bool:
    return not has_begun(closure, at) and not has_ended(closure, at)


def _checked(table: StationTable, wanted: str, at: datetime) -> Mask:
    days = table.numbers("verified")
    latest = NEVER_CHECKED if wanted == NEVER else _months_before(at.astimezone(ZONE).date(), int(wanted)).toordinal()
    return np.asarray(days <= latest)


def _months_before(day: date, months: int) -> date:
    """Return the day so many months before, or the last of its month where there is none of that number."""
    at = day.year * _MONTHS + day.month - 1 - months
    if at < _MONTHS:
        return date.min
    year, month = divmod(at, _MONTHS)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError
