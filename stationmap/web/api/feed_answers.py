"""The feed and the marks in it, as JSON Schema describes them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime

from stationmap.web.api.answers import Confirmation, Mark
from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.openapi.made_of import MadeOf
from stationmap.web.parameters.values import Maybe


class Marks(AnswerModel):
    """Everything that riders' reports amount to, by station."""

    revision: str
    reported: dict[str, Mark]
    confirmed: dict[str, Confirmation]


class MarksNow(Marks):
    """The same, and the moment of it."""

    at: AwareDatetime


class FeedRules(AnswerModel):
    """Limits a phone needs."""

    little_left_min: float
    checked_days: int


class FeedSchedule(AnswerModel):
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
