"""The answers of the API about stations as JSON Schema describes them; what is registered is the registry's own model.

Nothing is checked by these while it is sent: tests hold answers to them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from stationmap.formats.geojson import DEMO_LABEL
from stationmap.hours.opening_hours import State
from stationmap.registry.model import Point, Properties, StationId
from stationmap.search.doubts import Doubt
from stationmap.search.usability import Standing
from stationmap.web.parameters.values import Maybe

Degrees = Annotated[float, Field(ge=-180, le=180)]
Metres = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


class MadeOf(BaseModel):
    """What an answer was made of: the revision of the registry, and whether that is demonstration data."""

    revision: str
    demo: bool
    label: Maybe[Literal["演示数据"]] = None


assert DEMO_LABEL == "演示数据"


class Mark(BaseModel):
    """What several riders reported of a station: left out by a reader once `until` is past."""

    kind: Literal["locked"]
    devices: int
    since: AwareDatetime
    until: AwareDatetime


class Confirmation(BaseModel):
    """When riders last found a station open, and on how many occasions."""

    on: str
    times: int


class Reported(BaseModel):
    """What riders reported of a station, absent where that is nothing."""

    reported: Maybe[Mark] = None
    confirmed: Maybe[Confirmation] = None


class Visit(BaseModel):
    """What a rider finds who sets out at `at`."""

    distance_m: Metres
    state: State
    until: AwareDatetime | None
    arrive_before_close: bool | None
    on_arrival: State
    travel_s: Seconds
    doubts: list[Doubt]
    network_m: Maybe[Metres | None] = None
    network_s: Maybe[Seconds | None] = None


class StationProperties(Properties, Reported):
    """What the registry knows of a station, and what riders reported of it."""


class FoundProperties(StationProperties, Visit):
    """What the registry knows of a station, and what a rider finds there."""

    riders: Standing
    then: State | None
    cautions: list[str]
    reason: str | None
    usual: str | None
    comment: str | None


class OnTheWayProperties(FoundProperties):
    """The same of a station near a way; `detour_s` is what it adds to it."""

    detour_s: float | None


class StationFeature(BaseModel):
    """A station, GeoJSON."""

    type: Literal["Feature"]
    id: StationId
    geometry: Point
    properties: StationProperties


class OneStation(StationFeature, MadeOf):
    """A station, GeoJSON, and what it was made of."""


class FoundFeature(BaseModel):
    """A station near a place, GeoJSON."""

    type: Literal["Feature"]
    id: StationId
    geometry: Point
    properties: FoundProperties


class OnTheWayFeature(BaseModel):
    """A station near a way, GeoJSON."""

    type: Literal["Feature"]
    id: StationId
    geometry: Point
    properties: OnTheWayProperties


class Streets(BaseModel):
    """The streets that ways were found along; `attribution` has to be shown."""

    date: str | None
    build: str
    attribution: str


class ByStreets(BaseModel):
    """Which ways an answer rests on: absent for straight lines."""

    by: Maybe[Literal["straight", "network"]] = None
    travel: Maybe[str] = None
    streets: Maybe[Streets] = None


class Asked(MadeOf, ByStreets):
    """When an answer was made, and the moment its states are for."""

    generated_at: AwareDatetime
    at: AwareDatetime


class Nearest(Asked):
    """Stations near a place, nearest first."""

    type: Literal["FeatureCollection"]
    features: list[FoundFeature]


class Along(Asked):
    """Stations near a way, those first that make it least longer; `direct_s` is the way without any."""

    type: Literal["FeatureCollection"]
    direct_s: Seconds | None
    features: list[OnTheWayFeature]


class Row(Visit, Reported):
    """A station near one of a batch of places."""

    id: StationId
    name: str
    lon: Degrees
    lat: Annotated[float, Field(ge=-90, le=90)]


class Batch(Asked):
    """For each place, in their order, the stations near it."""

    k: int
    results: list[list[Row]]


class Link(BaseModel):
    """A whole address of a page that keeps every other parameter."""

    rel: Literal["self", "prev", "next"]
    href: str


class StationsPage(MadeOf):
    """A page of stations in the order of their ids; `total` match."""

    type: Literal["FeatureCollection"]
    total: int
    limit: int
    offset: int
    links: list[Link]
    features: list[StationFeature]


class Marks(BaseModel):
    """Everything that riders' reports amount to, by station."""

    revision: str
    reported: dict[str, Mark]
    confirmed: dict[str, Confirmation]


class MarksNow(Marks):
    """The same, and the moment of it."""

    at: AwareDatetime


class FeedRules(BaseModel):
    """Limits a phone needs."""

    little_left_min: float
    checked_days: int


class FeedSchedule(BaseModel):
    """What some stations do: `stretches` are [from, to, state] in minutes since `start`, 1 open and 2 unknown."""

    hours: str | None
    status: str
    closures: list[list[Any]]
    stretches: list[tuple[int, int, Literal[1, 2]]]
    caution_days: list[int]
    usual: Maybe[dict[str, str | None]] = None


class Feed(MadeOf):
    """The registry as a phone keeps it: columns, and two weeks of opening times; see docs/api.md."""

    format: Literal[1]
    title: str | None
    city: str | None
    source: str | None
    licence: str | None
    updated: str | None
    start: AwareDatetime
    days: int
    calendar: str
    rules: FeedRules
    special_days: list[list[Any]]
    count: int
    too_large: bool
    readings: dict[str, str]
    districts: list[tuple[str, float, float, int]]
    schedules: list[FeedSchedule] | None
    stations: dict[str, Any] | None
    reports: Marks


class PlacesMadeOf(BaseModel):
    """Whose places these are; show `attribution` where you show them."""

    source: str
    licence: str
    attribution: str
    date: str | None
    build: str
    left_out: int


class PlaceProperties(BaseModel):
    """What a place is called, and how well that fits what was typed: 0 is best."""

    kind: str
    name: str
    name_en: str
    aliases: list[str] | str
    around: str
    around_en: str
    importance: int
    fit: int


class PlaceFeature(BaseModel):
    """A named place, GeoJSON."""

    type: Literal["Feature"]
    id: str | int
    geometry: Point
    properties: PlaceProperties


class PlacesFound(BaseModel):
    """Places by what somebody typed; `nearly` where they are only called nearly so."""

    type: Literal["FeatureCollection"]
    stationmap: PlacesMadeOf
    nearly: bool
    features: list[PlaceFeature]


class PlacesForPhones(BaseModel):
    """The most important places as columns."""

    format: int
    stationmap: PlacesMadeOf
    total: int
    readings: dict[str, str]
    kinds: list[str]
    arounds: list[tuple[str, str]]
    places: dict[str, list[Any]]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Staleness(BaseModel):
    """Whether a file has changed to something that cannot be served."""

    stale: bool
    stale_since: AwareDatetime | None
    findings: int
    finding_codes: list[str]


class AwaitedYear(BaseModel):
    """A year whose notice of holidays is missing."""

    year: int
    stations: int


class CalendarState(Staleness):
    """The calendar of holidays."""

    revision: str
    announced: list[int]
    awaited: list[AwaitedYear]
    note: str


class CityState(Staleness):
    """The files made of an extract."""

    build: str | None
    date: str | None
    files: list[str]


class Readiness(MadeOf, Staleness):
    """What is served, and how old it is."""

    status: Literal["ok"]
    stations: int
    loaded_at: AwareDatetime
    age_s: int
    checked_at: AwareDatetime
    calendar: CalendarState
    city: CityState
    journal: Literal["ok", "fault", "read_only"]
    disk: Literal["ok", "low", "full"]
    refused: dict[str, int]
