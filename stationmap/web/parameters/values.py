"""The types of parameters besides those of pydantic: each reads a value of JSON and describes itself as JSON Schema.

A wrong value raises an error that says what it must be and never repeats it: it may be somebody's position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from stationmap.errors import InvalidQueryError
from stationmap.hours.opening_hours import ZONE, local
from stationmap.registry.model import Latitude, Longitude
from stationmap.search.query import Bounds

NOW: Literal["now"] = "now"
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")

T = TypeVar("T")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_PATTERN = "2(00[1-9]|0[1-9][0-9]|[1-8][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
_TIME_PATTERN = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-](0[0-9]|1[01]):[0-5][0-9])"
"""Narrower than what is read: by whose description any text is one that is."""
_DAY_RULE = "must be a day of this century or a later one, such as 2026-11-23"
_TIME_RULE = 'must be "now" or a time with its offset, such as 2026-11-23T10:00+08:00'
_BOX_RULE = "must be west,south,east,north in degrees, south not above north"


@dataclass(frozen=True)
class Says:
    """What a parameter or member means, in Chinese and in English, and an example of it."""

    chinese: str
    english: str
    example: Any = None

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = dict(handler(schema)) | {"description": f"{self.chinese}\n{self.english}"}
        return found if self.example is None else found | {"examples": [self.example]}


@dataclass(frozen=True)
class Told:
    """What a value must be, said instead of what pydantic says of its parts."""

    rule: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(
            handler(source), custom_error_type="invalid", custom_error_message=self.rule
        )


@dataclass(frozen=True)
class OneOf:
    """One of some codes."""

    codes: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.codes))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": list(self.codes)}


@dataclass(frozen=True)
class SomeOf:
    """Some of some codes: a parameter that repeats, a list in JSON or one code."""

    codes: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        each = core_schema.literal_schema(list(self.codes))
        listed = core_schema.tuple_variable_schema(each, max_length=len(self.codes), strict=False)
        return core_schema.no_info_before_validator_function(_listed, listed)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        each = {"type": "string", "enum": list(self.codes)}
        return {"type": "array", "items": each, "maxItems": len(self.codes)}


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True)
class _Unsendable:
    """None is the absence of a parameter, which no request can send."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        nullable = handler(source)
        assert nullable["type"] == "nullable"
        inner: CoreSchema = nullable["schema"]
        return inner


Maybe = Annotated[T | None, _Unsendable()]
"""A parameter that may be left out, and then is None."""


@dataclass(frozen=True)
class Words:
    """Text of at most so many characters that is not blank."""

    max_length: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, min_length=1, max_length=self.max_length, pattern=r"\S")
        return core_schema.custom_error_schema(
            text,
            custom_error_type="invalid",
            custom_error_message=f"must be text of 1 to {self.max_length} characters",
        )


def _moment(value: object) -> datetime | Literal["now"]:
    if value == NOW:
        return NOW
    text = value if isinstance(value, str) else ""
    # Many programs forget to encode the + of an offset as %2B, so that it arrives as a space.
    normalised = text.replace(" ", "+") if "T" in text else text
    try:
        at = datetime.fromisoformat(normalised if normalised.isascii() else "")
        local(at)
    except (ValueError, InvalidQueryError):
        raise ValueError(_TIME_RULE) from None
    return at


def _day(value: object) -> date:
    text = value if isinstance(value, str) else ""
    try:
        day = date.fromisoformat(text if _DAY.fullmatch(text) else "")
        local(datetime.combine(day, time.min, ZONE))  # opening hours are known of some centuries only
    except (ValueError, InvalidQueryError):
        raise ValueError(_DAY_RULE) from None
    return day


def _box(value: object) -> Bounds:
    parts = value.split(",") if isinstance(value, str) else []
    numbers = [float(part) for part in parts if NUMBER.fullmatch(part)]
    if len(numbers) != len(parts) or len(numbers) != 4:
        raise ValueError(_BOX_RULE)
    bounds = Bounds(*numbers)
    # The comparisons are false for what is no finite number, too.
    if not (
        all(-180 <= lon <= 180 for lon in (bounds.west, bounds.east)) and -90 <= bounds.south <= bounds.north <= 90
    ):
        raise ValueError(_BOX_RULE)
    return bounds


Moment = Annotated[
    datetime | Literal["now"],
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": f"^({NOW}|{_DAY_PATTERN}T{_TIME_PATTERN})$"}),
]
"""The word "now", or an ISO 8601 date and time with its offset from UTC."""

Day = Annotated[
    date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DAY_PATTERN}$"})
]
"""A calendar date, ISO 8601."""

Box = Annotated[
    Bounds,
    PlainValidator(_box),
    WithJsonSchema({"type": "string", "pattern": "^" + ",".join([r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?"] * 4) + "$"}),
]
"""West, south, east, north in degrees; west may be greater than east, across the antimeridian."""

Place = Annotated[tuple[Longitude, Latitude], Field(strict=False), Told("must be [longitude, latitude] in degrees")]
"""Longitude and latitude in degrees, a list of two numbers."""
