"""Where the three files that `stationmap city build` makes of an extract come from; it stands in each of them.

In `ground.pmtiles` it is the member `stationmap` of the metadata, in `places.geojson` the top-level member of that
name, in `streets.graph` that of the JSON header.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from stationmap.errors import Finding, InvalidCityFileError

MEMBER = "stationmap"
MAX_TEXT_LENGTH = 1_000  # characters of a licence or a name
_BUILD = re.compile(r"[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Bounds(NamedTuple):
    """A box in degrees, WGS-84: `west` < `east` and `south` < `north`."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, lon: float, lat: float) -> bool:
        """Tell whether a point lies in the box or on its border."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def shared_with(self, other: Bounds) -> Bounds | None:
        """Return the box that lies in both, None where there is none."""
        west, south = max(self.west, other.west), max(self.south, other.south)
        east, north = min(self.east, other.east), min(self.north, other.north)
        return Bounds(west, south, east, north) if west < east and south < north else None


class Rights(NamedTuple):
    """Whose data it is, under which licence, and what must be shown wherever it is used."""

    source: str
    licence: str
    attribution: str


OPENSTREETMAP = Rights("OpenStreetMap", "ODbL-1.0", "© OpenStreetMap contributors")


@dataclass(frozen=True)
class Provenance:
    """Where a file made of an extract comes from.

    `date` is the day of the data by the extract's header, UTC, None where it names none; `bounds` what was built of it;
    `extract` the name of its file and `sha256` that of its bytes, in hexadecimal; `built_at` is aware. The files of one
    build have one `build`, 12 hexadecimal digits, and those of another build have another.
    """

    rights: Rights
    date: date | None
    bounds: Bounds
    extract: str
    sha256: str
    built_at: datetime
    build: str

    def to_json(self) -> dict[str, object]:
        """Return what stands in a file."""
        return {
            **self.rights._asdict(),
            "date": self.date.isoformat() if self.date else None,
            "bounds": list(self.bounds),
            "extract": self.extract,
            "sha256": self.sha256,
            "built_at": self.built_at.isoformat(timespec="seconds"),
            "build": self.build,
        }


def read(member: object, file: str) -> Provenance:
    """Return what stands in a file of that name; raises InvalidCityFileError where it was not made by a build."""
    try:
        return _read(member)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidCityFileError((Finding(file, "not_built", NOT_BUILT),)) from error


NOT_BUILT = (
    "不是 stationmap city build 生成的文件：请重新生成 "
    "is no file that `stationmap city build` made, or a damaged one: build it again"
)


def _read(member: object) -> Provenance:
    if not isinstance(member, Mapping):
        raise TypeError(member)
    day, built_at = member["date"], datetime.fromisoformat(_text(member["built_at"]))
    if built_at.tzinfo is None:
        raise ValueError(built_at)
    return Provenance(
        rights=Rights(*(_text(member[name]) for name in Rights._fields)),
        date=None if day is None else date.fromisoformat(_text(day)),
        bounds=bounds_of(member["bounds"]),
        extract=_text(member["extract"]),
        sha256=_matching(_SHA256, member["sha256"]),
        built_at=built_at,
        build=_matching(_BUILD, member["build"]),
    )


def bounds_of(numbers: object) -> Bounds:
    """Return a box of its four numbers; raises TypeError or ValueError where they are none."""
    if not isinstance(numbers, list | tuple) or not all(type(each) in (int, float) for each in numbers):
        raise TypeError(numbers)
    west, south, east, north = map(float, numbers)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(numbers)
    return Bounds(west, south, east, north)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT_LENGTH:
        raise TypeError(value)
    return value


def _matching(pattern: re.Pattern[str], value: object) -> str:
    text = _text(value)
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text
