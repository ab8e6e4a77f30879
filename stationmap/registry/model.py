"""A station as the registry keeps it: one GeoJSON Feature, validated, frozen, nothing dropped.

The models below *are* the file format (`docs/data.md`, `registry.json_schema`). Members the format does
not know are kept at every level and written back.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

from stationmap.errors import InvalidPositionError
from stationmap.hours.calendar import china
from stationmap.hours.schedule import ClosedPeriod, Schedule, Status
from stationmap.i18n import DEFAULT_LANGUAGE

Category = Literal["outdoor_worker", "carnation", "service_centre", "culture"]
Who = Literal["public", "registration", "members", "women", "staff", "unknown"]
How = Literal["walk_in", "scan", "face", "id_card", "ask"]
RegisterStatus = Literal["planned", "open", "suspended", "closed", "moved"]
Verifier = Literal["staff", "operator", "rider"]
Obtained = Literal["survey", "map_pick", "geocoded", "demo"]
SourceDatum = Literal["wgs84", "gcj02", "bd09"]

CATEGORIES: tuple[str, ...] = get_args(Category)
WHO: tuple[str, ...] = get_args(Who)
HOW: tuple[str, ...] = get_args(How)
STATUSES: tuple[str, ...] = get_args(RegisterStatus)
FACILITIES: tuple[str, ...] = tuple(
    "drinking_water hot_water microwave fridge air_conditioning heating seating phone_charging ebike_parking "
    "ebike_charging battery_swap tyre_pump repair_tools first_aid aed toilet accessible_toilet step_free wifi reading "
    "rain_gear lockers shower nursing_room sanitary_products women_area meals".split()
)
SERVICES: tuple[str, ...] = tuple(
    "membership hardship_aid legal_aid dispute_mediation mutual_insurance startup_loan skills_training job_placement "
    "counselling".split()
)

DECIMALS = 7  # of a degree: 11 mm, finer than any survey of a door
MAX_TEXT_LENGTH = 100_000  # characters


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: object) -> object:
    # pydantic would also read a number, or a text of digits, as seconds since 1970.
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("must be a date such as 2026-11-23")
    return value


def _moment(value: object) -> object:
    if not isinstance(value, str) or not _DAY.match(value):
        raise ValueError("must be a date, or a time with its offset such as 2026-11-23T08:00+08:00")
    return value


def _day_or_moment(value: object) -> str:
    return "day" if isinstance(value, date | str) and len(str(value)) <= len("2026-11-23") else "moment"


def _rounded(lon_lat: tuple[float, float]) -> tuple[float, float]:
    return round(lon_lat[0], DECIMALS), round(lon_lat[1], DECIMALS)


# Dates arrive as text; everything else must already have its JSON type.
# JSON Schema's formats need not be asserted; the patterns are, and tell a day from a moment.
Day = Annotated[
    date,
    BeforeValidator(_day),
    Field(strict=False),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    Field(strict=False),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"}),
]
DayOrMoment = Annotated[Annotated[Day, Tag("day")] | Annotated[Moment, Tag("moment")], Discriminator(_day_or_moment)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_LENGTH)]
Name = Annotated[str, StringConstraints(max_length=MAX_TEXT_LENGTH, pattern=r"\S")]
StationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Adcode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


def is_code(text: str) -> bool:
    """Tell whether a text has the form of a code: also one that only a later version knows, but nobody's name."""
    return re.fullmatch(r"[a-z][a-z0-9_]{0,39}", text) is not None


@dataclass(frozen=True, slots=True)
class Position:
    """A point on WGS-84 in degrees, `lon` in [-180, 180] and `lat` in [-90, 90]; raises InvalidPositionError."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        # The comparison is false for NaN as well.
        if not (-180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0):
            problem = (
                "not a finite number" if not (math.isfinite(self.lon) and math.isfinite(self.lat)) else "out of range"
            )
            raise InvalidPositionError(f"longitude or latitude is {problem} (degrees, WGS-84, longitude first)")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)


class Header(_Record):
    """What a registry says about itself; a member of the file named `stationmap`."""

    format: Literal[1]
    title: Text | None = None
    city: Text | None = None
    demo: bool = False
    source: Text | None = None
    licence: Text | None = None
    updated: Day | None = None


class Access(_Record):
    """Who may enter, how, and what a visitor should know."""

    who: Who
    how: tuple[How, ...] = Field(default=(), strict=False)
    note: Text | None = None


class Closure(_Record):
    """A temporary closure from `from` to `to`, both inclusive when they are dates; no `to` means no end is known."""

    start: DayOrMoment = Field(alias="from")
    end: DayOrMoment | None = Field(default=None, alias="to")
    reason: Text = ""


class Verified(_Record):
    """When the record was last checked on the spot, by whom and how."""

    on: Day
    by: Verifier
    how: Text | None = None


class Located(_Record):
    """How the point was obtained and the datum its source gave (the point itself is WGS-84)."""

    how: Obtained | None = None
    datum: SourceDatum | None = None


class Properties(_Record):
    """What the registry knows about a station; an absent member is unknown."""

    name: Name
    name_en: Text | None = None
    aliases: tuple[Name, ...] = Field(default=(), strict=False)
    category: Category
    district: Adcode
    address: Text | None = None
    directions: Text | None = None
    access: Access
    hours: Text | None = None
    hours_source: Text | None = None
    closures: tuple[Closure, ...] = Field(default=(), strict=False)
    facilities: dict[str, bool] = {}
    services: tuple[str, ...] = Field(default=(), strict=False)
    phone: Text | None = None
    host: Text | None = None
    managed_by: Text | None = None
    level: Text | int | None = None
    capacity: Annotated[int, Field(ge=0)] | None = None
    area_m2: Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0)] | None = None
    photo: Text | None = None
    opened: Day | None = None
    status: RegisterStatus = "open"
    verified: Verified | None = None
    located: Located | None = Field(default=None, alias="position")


class Point(_Record):
    """A GeoJSON Point: longitude, then latitude, degrees on WGS-84."""

    type: Literal["Point"]
    coordinates: Annotated[tuple[Longitude, Latitude], Field(strict=False), AfterValidator(_rounded)]


class Station(_Record):
    """A station: its id, its point (`position`), and what the registry knows about it (`properties`)."""

    type: Literal["Feature"]
    id: StationId
    geometry: Point
    properties: Properties

    @property
    def position(self) -> Position:
        """The entrance, WGS-84."""
        return Position(*self.geometry.coordinates)

    @property
    def name(self) -> str:
        """Its name in Chinese."""
        return self.properties.name

    def name_in(self, language: str) -> str:
        """Return the name for who reads a language: the English one where there is one, else the one it has."""
        return (self.properties.name_en if language != DEFAULT_LANGUAGE else None) or self.name

    @property
    def category(self) -> Category:
        """The kind of station, a code of `CATEGORIES`."""
        return self.properties.category

    @property
    def district(self) -> str:
        """The adcode of the county-level unit."""
        return self.properties.district

    @property
    def access(self) -> Access:
        """Who may enter, and how."""
        return self.properties.access

    @property
    def hours(self) -> str | None:
        """OpenStreetMap opening_hours as registered, not yet parsed; None is unknown."""
        return self.properties.hours

    @property
    def closures(self) -> tuple[Closure, ...]:
        """Temporary closures, which end by themselves."""
        return self.properties.closures

    @property
    def status(self) -> RegisterStatus:
        """What the register says: a code of `STATUSES`, `open` where it says nothing."""
        return self.properties.status

    @property
    def verified(self) -> Verified | None:
        """The last check on the spot, None where there was none."""
        return self.properties.verified

    @property
    def facilities(self) -> dict[str, bool]:
        """Code to present (True) or absent (False); a code that is missing is unknown."""
        return self.properties.facilities

    @property
    def services(self) -> tuple[str, ...]:
        """Codes of the union programmes handled there."""
        return self.properties.services

    @property
    def schedule(self) -> Schedule:
        """What the station does over time; stations with the same hours share one schedule, which goes with them."""
        known = self.properties
        # No field of the format: kept for as long as the station is, its properties are, and the calendar in use is.
        kept: tuple[Properties, Schedule] | None = self.__dict__.get("_schedule")
        if kept is not None and kept[0] is known and kept[1].calendar is china():
            return kept[1]
        closures = tuple(ClosedPeriod(closure.start, closure.end, closure.reason) for closure in known.closures)
        made = Schedule.of(known.hours, closures, known.status)
        self.__dict__["_schedule"] = known, made
        return made

    def status_at(self, at: datetime) -> Status:
        """Tell whether the station is open at an aware moment, and until when."""
        return self.schedule.status_at(at)


class StationFile(_Record):
    """A registry file: a GeoJSON FeatureCollection whose features are stations, WGS-84, longitude first."""

    type: Literal["FeatureCollection"]
    stationmap: Header = Header(format=1)
    features: tuple[Station, ...] = Field(strict=False)
