"""Parameters as tables, for what is not yet a model of `web/parameters`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stationmap.datum import Datum
from stationmap.defaults import BYS, TRAVELS
from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, WHO
from stationmap.rules import MAX_NEIGHBOURS
from stationmap.web.param_types import (
    LATITUDE,
    LONGITUDE,
    Boolean,
    BoundingBox,
    Enum,
    Integer,
    Number,
    ParamType,
    Text,
    Timestamp,
)
from stationmap.web.parameters.faults import MAX_FAULTS, Fault, InvalidParametersError
from stationmap.web.parameters.reading import json_members, query_pairs
from stationmap.web.parameters.reading import refuse_parameters as require_none

__all__ = ["Fault", "InvalidParametersError", "json_members", "query_pairs", "require_none"]

MAX_POINTS = 10_000
MAX_STREET_POINTS = 200  # whose ways along streets are answered together; about 2 s in a network of a province
MAX_BATCH_ROWS = 100_000  # points times neighbours; about 20 MB of answer
MAX_LISTED = 1_000
EARTH_HALF_WAY_M = 20_100_000

FILTERS: dict[str, ParamType] = {
    "category": Enum(CATEGORIES, repeats=True),
    "facility": Enum(FACILITIES, repeats=True),
    "service": Enum(SERVICES, repeats=True),
    "who": Enum(WHO, repeats=True),
    "q": Text(200),
}
PLACE: dict[str, ParamType] = {"lon": LONGITUDE, "lat": LATITUDE}
NEAREST: dict[str, ParamType] = {
    **PLACE,
    "datum": Enum(tuple(Datum)),
    "k": Integer(1, MAX_NEIGHBOURS),
    "within_m": Number(0, EARTH_HALF_WAY_M),
    "open": Timestamp(),
    "always": Boolean(),
    "for_riders": Boolean(),
    "any_status": Boolean(),
    "facility_or_unknown": Boolean(),
    "speed_m_s": Number(0.1, 100),
    "detour": Number(1, 10),
    **FILTERS,
}
POSTED: dict[str, ParamType] = {**NEAREST, "by": Enum(BYS), "travel": Enum(TRAVELS)}
"""Of a body. Ways along streets are for bodies only, so that no address holds a position."""
ALONG: dict[str, ParamType] = {name: type_ for name, type_ in POSTED.items() if name not in (*PLACE, "within_m")}
"""Besides the ends of the route."""
STATIONS: dict[str, ParamType] = {
    "bbox": BoundingBox(),
    "limit": Integer(1, MAX_LISTED),
    "offset": Integer(0, 999_999_999),
    **FILTERS,
}


def read(
    types: Mapping[str, ParamType], given: Iterable[tuple[str, Any]], *, is_json: bool = False
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the values by name (a list for a parameter that repeats) and every fault found, up to `MAX_FAULTS`.

    `given` holds pairs of a name and a text of a query string, or of a name and a value of a JSON body.
    """
    given = list(given)
    values: dict[str, Any] = {}
    too_many = dict(_too_many(types, given))
    faults = list(too_many.values())
    seen: set[str] = set()
    for name, raw in given:
        if len(faults) >= MAX_FAULTS or name in too_many:
            continue
        param = types.get(name)
        if param is None:
            faults.append(Fault(_printable(name), "unknown", "is not a parameter here"))
        elif name in seen and not param.repeats:
            faults.append(Fault(name, "repeated", "must be given once"))
        else:
            seen.add(name)
            try:
                value = param.from_json(raw) if is_json else param.from_text(raw)
            except ValueError as problem:
                faults.append(Fault(name, "invalid", str(problem)))
                continue
            if param.repeats:
                values.setdefault(name, []).append(value)
            else:
                values[name] = value
    return values, list(dict.fromkeys(faults))


def _too_many(types: Mapping[str, ParamType], given: Sequence[tuple[str, Any]]) -> Iterator[tuple[str, Fault]]:
    """Yield each parameter that has more values than there are codes to choose from."""
    for name, count in Counter(name for name, _ in given).items():
        param = types.get(name)
        if isinstance(param, Enum) and param.repeats and count > len(param.known):
            yield name, Fault(name, "too_many", f"must be given at most {len(param.known)} times")


def _printable(name: str) -> str:
    # Input is never echoed: a name with digits in it could be a position.
    return name if name.isascii() and name.replace("_", "").isalpha() and len(name) <= 40 else "(unnamed)"
