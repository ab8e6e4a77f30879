"""The parameter `datetime` of OGC API - Features: a moment, or an interval that may be open at either end."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, NamedTuple

from pydantic import PlainValidator, WithJsonSchema

from stationmap.hours.opening_hours import ZONE

_RULE = (
    "must be a day, a time with its offset, or an interval of them such as 2026-01-01/.. or "
    "2026-01-01T00:00:00Z/2026-06-30T23:59:59Z, the earlier end first"
)
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)([Zz]|[+-][0-9]{2}:[0-9]{2})|T)?"
)
_OPEN = ("", "..")


class Days(NamedTuple):
    """The days, where the stations are, that an interval touches; an end that is None is open."""

    first: date | None
    last: date | None

    def hold(self, day: date) -> bool:
        """Tell whether the interval touches a day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def read_days(value: object) -> Days:
    """Return the days of a `datetime`; raises ValueError, which says what it must be."""
    # Many programs forget to encode the + of an offset as %2B, so that it arrives as a space.
    parts = value.replace(" ", "+").split("/") if isinstance(value, str) and len(value) <= 100 else []
    if len(parts) == 1 and parts[0] not in _OPEN:
        found = _read(parts[0])
        return Days(found[0], found[0])
    if len(parts) != 2:
        raise ValueError(_RULE)
    first, last = (None if part in _OPEN else _read(part) for part in parts)
    # Of a day and a time nobody can say which is earlier but by their days.
    if first and last and (first[0] > last[0] or (first[1] and last[1] and first[1] > last[1])):
        raise ValueError(_RULE)
    return Days(first and first[0], last and last[0])


def _read(text: str) -> tuple[date, datetime | None]:
    """Return a day where the stations are, and the moment where the text says one."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(_RULE)
    day, clock, offset = found.groups()
    try:
        if clock is None:  # GDAL writes a day with a T at its end
            return date.fromisoformat(day), None
        moment = datetime.fromisoformat(f"{day}T{clock}{offset.upper()}")
        return moment.astimezone(ZONE).date(), moment
    except (ValueError, OverflowError):
        raise ValueError(_RULE) from None


_STAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
Interval = Annotated[
    Days,
    PlainValidator(read_days),
    WithJsonSchema({"type": "string", "pattern": rf"^({_STAMP}|({_STAMP}|\.\.)?/({_STAMP}|\.\.)?)$"}),
]
"""A moment or an interval, as the days it touches."""
