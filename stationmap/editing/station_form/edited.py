"""What somebody made of a station by a form."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import orjson

from stationmap.editing.station_form.choices import (
    read_access,
    read_category,
    read_district,
    read_facilities,
    read_services,
    read_status,
    read_verified,
)
from stationmap.editing.station_form.closures import read_closures
from stationmap.editing.station_form.hours import read_hours
from stationmap.editing.station_form.new_ids import is_station_id
from stationmap.editing.station_form.place import read_place
from stationmap.editing.station_form.submission import FieldFault, Submission, Update
from stationmap.editing.station_form.texts import read_aliases, read_texts
from stationmap.registry.model import MAX_TEXT_LENGTH, Station
from stationmap.registry.revision import digest_of, line

_PARTS: Final[tuple[Callable[[Submission], Update], ...]] = (
    read_texts,
    read_aliases,
    read_category,
    read_district,
    read_place,
    read_access,
    read_hours,
    read_status,
    read_closures,
    read_facilities,
    read_services,
    read_verified,
)
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name",),
    "category": ("category",),
    "district": ("district",),
    "geometry": ("place", "lon", "lat", "datum", "place_datum"),
    "access": ("access",),
}
"""What every station has, and the fields of the form that say it."""


class Edited(NamedTuple):
    """A station with the changes of a form, the base itself where there are none; or what is wrong, field by field."""

    station: Station | None
    faults: tuple[FieldFault, ...] = ()


def edited(base: Station | None, sent: Mapping[str, Sequence[str]], *, today: date) -> Edited:
    """Return what the fields somebody sent make of the station they saw, None for a new one, whose `id` they name.

    Every fault of every field is found at once; where there is one there is no station.
    """
    submission = Submission(base, sent, today)
    updates = [_too_long(submission), *(read(submission) for read in _PARTS)]
    values = {name: value for update, _ in updates for name, value in update.items()}
    faults = [fault for _, found in updates for fault in found]
    if base is None:
        faults += _missing(submission, values, {fault.field for fault in faults})
    if faults:
        return Edited(None, tuple(dict.fromkeys(faults)))
    if base is not None and not values:
        return Edited(base)
    station = Station.model_validate(_feature(base, submission.text("id"), values))
    return Edited(base if base and digest_of(base) == digest_of(station) else station)


def _too_long(sent: Submission) -> Update:
    long = (name for name, texts in sent.sent.items() if any(len(text) > MAX_TEXT_LENGTH for text in texts))
    return {}, tuple(FieldFault(name, "too_long") for name in long)


def _missing(sent: Submission, values: Mapping[str, Any], named: Collection[str]) -> Iterator[FieldFault]:
    """Yield what a new station lacks, but for what something else is already said of."""
    if not is_station_id(sent.text("id")):
        yield FieldFault("id", "bad_id")
    for member, fields in _NEEDED.items():
        if member not in values and not any(field in named for field in fields):
            yield FieldFault(fields[0], "no_place" if member == "geometry" else "blank")


def _feature(base: Station | None, new_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    feature: dict[str, Any] = orjson.loads(line(base)) if base else {"type": "Feature", "id": new_id}
    # What is null stays null where nobody touched it; hours that are not known are written as null.
    known = {name: value for name, value in feature.get("properties", {}).items() if name not in values}
    known |= {name: value for name, value in values.items() if value is not None or name == "hours"}
    geometry = {**feature.get("geometry", {}), **known.pop("geometry", {})}
    return {**feature, "geometry": geometry, "properties": known}
