"""The answers of the API about stations as JSON Schema describes them; what is registered is the registry's own model.

Nothing is checked by these while it is sent: tests hold answers to them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from stationmap.hours.opening_hours import State
from stationmap.registry.model import Point, Properties, StationId
from stationmap.search.doubts import Doubt
from stationmap.search.usability import Standing
from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.openapi.made_of import MadeOf
from stationmap.web.parameters.values import Maybe

Degrees = Annotated[float, Field(ge=-180, le=180)]
Metres = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


class Mark(AnswerModel):
    """What several riders reported of a station: left out by a reader once `until` is past."""

    kind: Literal["locked"]
    devices: int
    since: AwareDatetime
    until: AwareDatetime


class Confirmation(AnswerModel):
    """When riders last found a station open, and on how many occasions."""

    on: str
    times: int


class Reported(AnswerModel):
    """What riders reported of a station, absent where that is nothing."""

    reported: Maybe[Mark] = None
    confirmed: Maybe[Confirmation] = None


class Visit(AnswerModel):
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


class StationFeature(AnswerModel):
    """A station, GeoJSON."""

    type: Literal["Feature"]
    id: StationId
    geometry: Point
    properties: StationProperties


class OneStation(StationFeature, MadeOf):
    """A station, GeoJSON, and what it was made of."""


class FoundFeature(AnswerModel):
    """A station near a place, GeoJSON."""

    type: Literal["Feature"]
    id: StationId
    geometry: Point
    properties: FoundProperties


class OnTheWayFeature(AnswerModel):
    """A station near a way, GeoJSON."""

    type: Literal["Feature"]
    id: StationId
    geometry: Point
    properties: OnTheWayProperties


class Streets(AnswerModel):
    """The streets that ways were found along; `attribution` has to be shown."""

    date: str | None
    build: str
    attribution: str


class ByStreets(AnswerModel):
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


class Link(AnswerModel):
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
