"""What the server says of itself, as JSON Schema describes it."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.openapi.made_of import MadeOf


class Health(AnswerModel):
    """The process answers."""

    status: Literal["ok"]


class Staleness(AnswerModel):
    """Whether a file has changed to something that cannot be served."""

    stale: bool
    stale_since: AwareDatetime | None
    findings: int
    finding_codes: list[str]


class AwaitedYear(AnswerModel):
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
    hearing: Literal["ok", "deaf", "away", "alone"]
    disk: Literal["ok", "low", "full"]
    refused: dict[str, int]
