"""Types of API parameters: each reads a value from a query string or from JSON and describes itself as JSON Schema.

A wrong value raises ValueError saying what it must be, never repeating the value: it may be somebody's position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from stationmap.errors import InvalidQueryError
from stationmap.hours.opening_hours import local
from stationmap.search.query import Bounds

NOW = "now"

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_INTEGER = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOX_NUMBERS = 4


class ParamType(Protocol):
    """The type of a parameter."""

    @property
    def repeats(self) -> bool:
        """Whether the parameter may be given more than once."""

    def from_text(self, text: str) -> Any:
        """Read one value of a query string; raises ValueError."""

    def from_json(self, value: object) -> Any:
        """Read one value of a JSON body; raises ValueError."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one value."""


@dataclass(frozen=True)
class Number:
    """A finite number from `low` to `high`, both inclusive."""

    low: float
    high: float
    repeats: bool = False

    def from_text(self, text: str) -> float:
        if not _NUMBER.fullmatch(text):
            raise ValueError(self._rule)
        return self.from_json(float(text))

    def from_json(self, value: object) -> float:
        # The comparison is also false for NaN.
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise ValueError(self._rule)
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}

    @property
    def _rule(self) -> str:
        return f"must be a number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Integer:
    """An integer from `low` to `high`, both inclusive."""

    low: int
    high: int
    repeats: bool = False

    def from_text(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise ValueError(self._rule)
        return self.from_json(int(text))

    def from_json(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise ValueError(self._rule)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    @property
    def _rule(self) -> str:
        return f"must be a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Enum:
    """One of the codes listed in `known`."""

    known: tuple[str, ...]
    repeats: bool = False

    def from_text(self, text: str) -> str:
        if text not in self.known:
            raise ValueError(f"must be one of: {', '.join(self.known)}")
        return text

    def from_json(self, value: object) -> str:
        return self.from_text(value if isinstance(value, str) else "")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.known)}


@dataclass(frozen=True)
class Boolean:
    """True or false."""

    repeats: bool = False

    def from_text(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise ValueError(_BOOLEAN_RULE)
        return text == "true"

    def from_json(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(_BOOLEAN_RULE)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Text:
    """Text of at most `max_length` characters that is not blank."""

    max_length: int
    repeats: bool = False

    def from_text(self, text: str) -> str:
        if not 0 < len(text.strip()) <= len(text) <= self.max_length:
            raise ValueError(f"must be text of 1 to {self.max_length} characters")
        return text

    def from_json(self, value: object) -> str:
        return self.from_text(value if isinstance(value, str) else "")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.max_length}


@dataclass(frozen=True)
class Timestamp:
    """The word "now", or an ISO 8601 date and time with its offset from UTC."""

    repeats: bool = False

    def from_text(self, text: str) -> datetime | str:
        if text == NOW:
            return NOW
        # Many programs forget to encode the + of an offset as %2B, so that it arrives as a space.
        normalised = text.replace(" ", "+") if "T" in text else text
        try:
            at = datetime.fromisoformat(normalised if normalised.isascii() else "")
            local(at)
        except (ValueError, InvalidQueryError):
            raise ValueError('must be "now" or a time with its offset, such as 2026-11-23T10:00+08:00') from None
        return at

    def from_json(self, value: object) -> datetime | str:
        return self.from_text(value if isinstance(value, str) else "")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": '"now" or ISO 8601 with offset', "example": "2026-11-23T10:00+08:00"}


@dataclass(frozen=True)
class Date:
    """A calendar date, ISO 8601."""

    repeats: bool = False

    def from_text(self, text: str) -> date:
        if not _DAY.fullmatch(text):
            raise ValueError(_DAY_RULE)
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(_DAY_RULE) from None

    def from_json(self, value: object) -> date:
        return self.from_text(value if isinstance(value, str) else "")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class BoundingBox:
    """West, south, east, north in degrees; west may be greater than east, across the antimeridian."""

    repeats: bool = False

    def from_text(self, text: str) -> Bounds:
        parts = text.split(",")
        if len(parts) != _BOX_NUMBERS:
            raise ValueError(_BOX_RULE)
        return self.from_json([float(part) if _NUMBER.fullmatch(part) else None for part in parts])

    def from_json(self, value: object) -> Bounds:
        if not isinstance(value, list) or len(value) != _BOX_NUMBERS:
            raise ValueError(_BOX_RULE)
        try:
            west, south, east, north = (each.from_json(part) for each, part in zip(_BOX_TYPES, value, strict=True))
        except ValueError:
            raise ValueError(_BOX_RULE) from None
        if south > north:
            raise ValueError(_BOX_RULE)
        return Bounds(west, south, east, north)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": "west,south,east,north", "example": "116.3,33.7,118.7,35.0"}


LONGITUDE = Number(-180, 180)
LATITUDE = Number(-90, 90)

_BOX_TYPES = (LONGITUDE, LATITUDE, LONGITUDE, LATITUDE)
_DAY_RULE = "must be a day such as 2026-11-23"
_BOOLEAN_RULE = "must be true or false"
_BOX_RULE = "must be west,south,east,north in degrees, south not above north"
