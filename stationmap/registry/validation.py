"""What is wrong with one member of a registry: validation errors turned into findings with stable codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stationmap.errors import Finding
from stationmap.finding_codes import FindingCode
from stationmap.strict_json import step

_CODES: dict[str, FindingCode] = {
    "missing": "missing_member",
    "literal_error": "not_allowed",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "string_too_long": "too_long",
    "value_error": "bad_date",
    "timezone_aware": "bad_date",
}
_PATTERN_CODES: dict[str, FindingCode] = {"id": "bad_id", "district": "bad_adcode"}
_GEOMETRY, _COORDINATES = ("geometry",), ("geometry", "coordinates")


def findings(error: ValidationError, document: object, root: str, shown_id: str = "") -> Iterator[Finding]:
    """Yield one finding for each place in `document` that validation refused.

    `root` is the path of the document in the file; `shown_id`, for people, goes behind the path.
    """
    reported = set()
    for fault in error.errors(include_url=False):
        path = _path(fault, document)
        where = "".join(map(step, path))
        # A value that may have one of two types is refused once for each.
        if path in reported or _is_noise(path, document):
            continue
        reported.add(path)
        code, detail = _verdict(fault, path, document)
        yield Finding(f"{root}{where}".lstrip(".") + (f" ({shown_id})" if shown_id else ""), code, detail)


def label(station_id: object) -> str:
    """Return an id as people are shown it behind a path; nothing for what is none."""
    return station_id if isinstance(station_id, str) and len(station_id) <= 64 and station_id.isprintable() else ""


def duplicates(ids: Iterable[tuple[int, object]]) -> Iterator[Finding]:
    """Yield a finding for each id that stands in the file already, given places and ids in the order of the file."""
    first: dict[str, int] = {}
    for at, station_id in ids:
        if isinstance(station_id, str) and first.setdefault(station_id, at) != at:
            detail = f"{label(station_id)} is already the id of features[{first[station_id]}]"
            yield Finding(f"features[{at}].id", "duplicate_id", detail)


def _path(fault: ErrorDetails, document: object) -> tuple[str | int, ...]:
    """Return where the fault lies; pydantic's own path also names the alternatives it tried."""
    path: list[str | int] = []
    for part in fault["loc"]:
        if (isinstance(document, Mapping) and part in document) or (
            isinstance(document, list) and isinstance(part, int) and part < len(document)
        ):
            document = document[part]  # type: ignore[index]
            path.append(part)
        elif fault["type"] == "missing":
            path.append(part)
    return tuple(path)


def _is_noise(path: tuple[str | int, ...], document: object) -> bool:
    """Tell whether a fault only follows from another: the coordinates of what is not a point."""
    return path[:2] == _COORDINATES and _geometry_type(document) != "Point"


def _verdict(fault: ErrorDetails, path: tuple[str | int, ...], document: object) -> tuple[FindingCode, str]:
    kind, given = fault["type"], fault["input"]
    if path == _GEOMETRY and given is None:
        return "no_position", "has no geometry; a station needs a point"
    if path == (*_GEOMETRY, "type"):
        return "not_a_point", f"is a {_shown(given)}; a station is a Point"
    if path[:2] == _COORDINATES:
        return _coordinate_verdict(fault, document)
    if kind == "missing":
        return "missing_member", "is missing"
    if kind == "string_pattern_mismatch":
        code = _PATTERN_CODES.get(str(path[-1]), "blank")
    elif "date" in kind:
        code = "bad_date"
    else:
        code = _CODES.get(kind, "wrong_type")
    return code, f"{fault['msg'].removeprefix('Value error, ')}; given {_shown(given)}"


def _coordinate_verdict(fault: ErrorDetails, document: object) -> tuple[FindingCode, str]:
    coordinates: Any = document["geometry"].get("coordinates")  # type: ignore[index]
    if fault["type"] not in ("greater_than_equal", "less_than_equal"):
        return "bad_coordinates", f"must be two numbers, longitude then latitude; given {_shown(coordinates)}"
    lon, lat = coordinates
    if abs(lon) <= 90 < abs(lat) <= 180:
        return "swapped", f"{lat} is no latitude; longitude and latitude look swapped"
    return "out_of_range", f"longitude lies in [-180, 180] and latitude in [-90, 90]; given {_shown(coordinates)}"


def _geometry_type(document: object) -> object:
    geometry = document.get("geometry") if isinstance(document, Mapping) else None
    return geometry.get("type") if isinstance(geometry, Mapping) else None


def _shown(value: object) -> str:
    # A value may be as large as the file.
    if isinstance(value, dict):
        return f"an object of {len(value)} members"
    if isinstance(value, list) and len(value) > 4:
        return f"a list of {len(value)} elements"
    return repr(value[:60] if isinstance(value, str) else value)[:80]
