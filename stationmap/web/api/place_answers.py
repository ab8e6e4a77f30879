"""Named places, as JSON Schema describes the answers of the API about them."""

from __future__ import annotations

from typing import Any, Literal

from stationmap.registry.model import Point
from stationmap.web.openapi.answer_model import AnswerModel


class PlacesMadeOf(AnswerModel):
    """Whose places these are; show `attribution` where you show them."""

    source: str
    licence: str
    attribution: str
    date: str | None
    build: str
    left_out: int


class PlaceProperties(AnswerModel):
    """What a place is called, and how well that fits what was typed: 0 is best."""

    kind: str
    name: str
    name_en: str
    aliases: list[str] | str
    around: str
    around_en: str
    importance: int
    fit: int


class PlaceFeature(AnswerModel):
    """A named place, GeoJSON."""

    type: Literal["Feature"]
    id: str | int
    geometry: Point
    properties: PlaceProperties


class PlacesFound(AnswerModel):
    """Places by what somebody typed; `nearly` where they are only called nearly so."""

    type: Literal["FeatureCollection"]
    stationmap: PlacesMadeOf
    nearly: bool
    features: list[PlaceFeature]


class PlacesForPhones(AnswerModel):
    """The most important places as columns."""

    format: int
    stationmap: PlacesMadeOf
    total: int
    readings: dict[str, str]
    kinds: list[str]
    arounds: list[tuple[str, str]]
    places: dict[str, list[Any]]
