"""What is asked of all stations at once, a row of numbers and bits a station; `search.station_columns` asks them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.hours.schedule import ClosedPeriod
from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, STATUSES, WHO

if TYPE_CHECKING:
    from stationmap.registry.plain_lines import AnyStation

Before = NDArray[np.int64]
"""Of each station the row it had among earlier ones, -1 where it is new; shape (n,)."""
NEVER = 0
"""The day of what was never checked; the others are ordinals of the proleptic Gregorian calendar."""
ROW = np.dtype(
    [
        ("lons", np.float64),
        ("lats", np.float64),
        ("categories", np.uint8),
        ("who", np.uint8),
        ("statuses", np.uint8),
        ("present", np.uint64),
        ("missing", np.uint64),
        ("services", np.uint64),
        ("districts", np.int32),
        ("verified", np.int32),
        ("hours", np.int32),
    ]
)
"""Degrees; codes by their place in the list of codes; sets of codes, each a bit, which is its place there; adcodes as
numbers; days; places among distinct hours."""
NAMES = ROW.names or ()


class Hours(NamedTuple):
    """What a schedule is made of, whatever the calendar."""

    text: str | None
    closures: tuple[ClosedPeriod, ...]
    status: str


class StationRows(NamedTuple):
    """The members of `ROW` in the order of the stations, each an array of shape (n,), and the distinct hours."""

    columns: Mapping[str, NDArray[Any]]
    distinct_hours: tuple[Hours, ...]

    @classmethod
    def of(cls, stations: Iterable[AnyStation], *, count: int, known: Iterable[Hours] = ()) -> StationRows:
        """Read so many stations; hours that are not among those known are added to them."""
        hours_of = {hours: place for place, hours in enumerate(known)}
        rows = np.fromiter((row_of(station, hours_of) for station in stations), dtype=ROW, count=count)
        return cls.of_rows(rows, hours_of)

    @classmethod
    def of_rows(cls, rows: NDArray[Any], hours_of: Mapping[Hours, int]) -> StationRows:
        """Take rows of `ROW`, shape (n,), and the distinct hours in the order of the places they have in it."""
        return cls({name: np.ascontiguousarray(rows[name]) for name in NAMES}, tuple(hours_of))

    def succeeded(self, before: Before, new: StationRows) -> StationRows:
        """Return the rows of other stations: `new` are those that were not among these, and know the hours of these.

        `before`, shape (n,), is the row each had here, -1 where it is new. The distinct hours are named as they occur
        first, and none that no station has.
        """
        kept, made = before >= 0, {}
        for name in NAMES:
            made[name] = np.zeros(len(before), dtype=ROW[name])
            made[name][kept] = self.columns[name][before[kept]]
            made[name][~kept] = new.columns[name]
        return StationRows(made, new.distinct_hours).in_order_of_rows()

    def in_order_of_rows(self) -> StationRows:
        """Return the same with distinct hours as they occur first, and none that no station has."""
        hours = self.columns["hours"]
        first = np.full(len(self.distinct_hours), len(hours), dtype=np.int64)
        first[hours[::-1]] = np.arange(len(hours) - 1, -1, -1)
        order = np.argsort(first, kind="stable")
        kept = order[first[order] < len(hours)]
        place = np.zeros(len(first), dtype=np.int32)
        place[kept] = np.arange(len(kept))
        distinct = tuple(self.distinct_hours[at] for at in kept.tolist())
        return StationRows({**self.columns, "hours": place[hours]}, distinct)


def row_of(station: AnyStation, hours_of: dict[Hours, int]) -> tuple[Any, ...]:
    """Return a row of `ROW`; hours that are not among those known are added to them."""
    known = station.properties
    lon, lat = station.geometry.coordinates
    present = missing = services = 0
    for code, is_there in known.facilities.items():
        bit = _FACILITY.get(code, 0)  # of a code that only a later version knows nothing can be asked
        if is_there:
            present |= bit
        else:
            missing |= bit
    for code in known.services:
        services |= _SERVICE.get(code, 0)
    closures = tuple(ClosedPeriod(each.start, each.end, each.reason) for each in known.closures)
    hours = Hours(known.hours if isinstance(known.hours, str) else None, closures, known.status)
    return (
        lon,
        lat,
        _CATEGORY[known.category],
        _WHO[known.access.who],
        _STATUS[known.status],
        present,
        missing,
        services,
        int(known.district),
        known.verified.on.toordinal() if known.verified else NEVER,
        hours_of.setdefault(hours, len(hours_of)),
    )


def _bits(codes: tuple[str, ...]) -> dict[str, int]:
    return {code: 1 << place for place, code in enumerate(codes)}


def _places(codes: tuple[str, ...]) -> dict[str, int]:
    return {code: place for place, code in enumerate(codes)}


_FACILITY, _SERVICE = _bits(FACILITIES), _bits(SERVICES)
_CATEGORY, _WHO, _STATUS = _places(CATEGORIES), _places(WHO), _places(STATUSES)
