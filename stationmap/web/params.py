"""The parameters of the API: what each may be, and reading them with every problem reported at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from stationmap.datum import Datum
from stationmap.errors import StationmapError
from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, WHO
from stationmap.rules import MAX_NEIGHBOURS
from stationmap.web.param_types import LATITUDE, LONGITUDE, Box, Code, Kind, Moment, Number, Truth, Whole, Words

MOST_POINTS = 10_000
MOST_BATCH_ROWS = 100_000  # points times neighbours: some 20 MB of answer
MOST_LISTED = 1_000
MOST_FAULTS = 50
"""Told at once; who sends more than so many is not helped by more."""
EARTH_HALF_WAY_M = 20_100_000

FILTERS: dict[str, Kind] = {
    "category": Code(CATEGORIES, repeats=True),
    "facility": Code(FACILITIES, repeats=True),
    "service": Code(SERVICES, repeats=True),
    "who": Code(WHO, repeats=True),
    "q": Words(200),
}
PLACE: dict[str, Kind] = {"lon": LONGITUDE, "lat": LATITUDE}
NEAREST: dict[str, Kind] = {
    **PLACE,
    "datum": Code(tuple(Datum)),
    "k": Whole(1, MAX_NEIGHBOURS),
    "within_m": Number(0, EARTH_HALF_WAY_M),
    "open": Moment(),
    "always": Truth(),
    "for_riders": Truth(),
    "any_status": Truth(),
    "facility_or_unknown": Truth(),
    "speed_m_s": Number(0.1, 100),
    "detour": Number(1, 10),
    **FILTERS,
}
STATIONS: dict[str, Kind] = {
    "bbox": Box(),
    "limit": Whole(1, MOST_LISTED),
    "offset": Whole(0, 999_999_999),
    **FILTERS,
}


class Fault(NamedTuple):
    """What is wrong with a parameter: its name, a stable code, what it must be."""

    parameter: str
    code: str
    detail: str


class InvalidParametersError(StationmapError):
    """A request cannot be answered as it stands; carries its faults, the first of many, and no value that was sent."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = tuple(faults)
        beyond = [Fault("", "more", f"and {len(found) - MOST_FAULTS:,} more")] if len(found) > MOST_FAULTS else []
        self.faults = (*found[:MOST_FAULTS], *beyond)
        super().__init__("; ".join(f"{fault.parameter} {fault.detail}" for fault in self.faults))


def pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters of an address in their order, empty and repeated ones too."""
    return parse_qsl(query, keep_blank_values=True)


def members(body: bytes) -> dict[str, Any]:
    """Return the members of a JSON object, none given twice; InvalidParametersError for any other body."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise InvalidParametersError([Fault("body", "not_json", "must be a JSON object in UTF-8")])
    if repeated := _repeated(body):
        raise InvalidParametersError([Fault(name, "repeated", "must be given once") for name in repeated])
    return document


def nothing(query: str) -> None:
    """Accept no parameter at all; raises InvalidParametersError."""
    if faults := read({}, pairs(query))[1]:
        raise InvalidParametersError(faults)


def read(
    kinds: Mapping[str, Kind], given: Iterable[tuple[str, Any]], *, is_json: bool = False
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the values of parameters by name, lists of those that repeat, and every fault found, up to `MOST_FAULTS`.

    `given` are names with texts of an address, or with values of a JSON body.
    """
    given = list(given)
    values: dict[str, Any] = {}
    too_many = dict(_too_many(kinds, given))
    faults = list(too_many.values())
    seen: set[str] = set()
    for name, what in given:
        if len(faults) >= MOST_FAULTS or name in too_many:
            continue
        kind = kinds.get(name)
        if kind is None:
            faults.append(Fault(_printable(name), "unknown", "is not a parameter here"))
        elif name in seen and not kind.repeats:
            faults.append(Fault(name, "repeated", "must be given once"))
        else:
            seen.add(name)
            try:
                value = kind.from_json(what) if is_json else kind.from_text(what)
            except ValueError as problem:
                faults.append(Fault(name, "invalid", str(problem)))
                continue
            if kind.repeats:
                values.setdefault(name, []).append(value)
            else:
                values[name] = value
    return values, list(dict.fromkeys(faults))


def _too_many(kinds: Mapping[str, Kind], given: Sequence[tuple[str, Any]]) -> Iterator[tuple[str, Fault]]:
    """Yield the parameters with more values than there are to choose from."""
    for name, count in Counter(name for name, _ in given).items():
        kind = kinds.get(name)
        if isinstance(kind, Code) and kind.repeats and count > len(kind.known):
            yield name, Fault(name, "too_many", f"must be given at most {len(kind.known)} times")


def _printable(name: str) -> str:
    # What was sent is not sent back: a name with digits in it could be a position.
    return name if name.isascii() and name.replace("_", "").isalpha() and len(name) <= 40 else "(unnamed)"


def _repeated(body: bytes) -> list[str]:
    """Return the members an object gives more than once, of which the fast parser keeps the last without a word."""
    try:
        found = json.loads(body, object_pairs_hook=list)
    except RecursionError:
        return []  # so deep a value is no parameter, and is refused as one
    return [name for name, times in Counter(name for name, _ in found).items() if times > 1]
