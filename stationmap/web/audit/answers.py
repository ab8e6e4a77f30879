"""The answers of the audit as JSON Schema describes them; tests hold answers to them."""

from __future__ import annotations

from typing import Any, Literal

from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.parameters.values import Maybe


class LockedHours(AnswerModel):
    """A station whose door riders found locked, and what its door alone would bring back."""

    id: str
    hours: list[int]
    people_hours: float


class AsFound(AnswerModel):
    """People in reach as riders found it."""

    sure: list[list[int]]
    stations: list[LockedHours]


class Hours(AnswerModel):
    """Thousandths of people in reach of an open station, by district and hour from Monday 00:00."""

    stated: dict[str, Any]
    districts: list[str]
    sure: list[list[int]]
    possible: list[list[int]]
    people: list[int]
    found: AsFound | None


class Job(AnswerModel):
    """How far a job is, and in the end its result or why it failed."""

    id: str
    kind: Literal["gaps", "sites"]
    status: Literal["waiting", "running", "done", "failed", "lost"]
    progress: float
    phase: str
    detail: Maybe[str | None] = None
    result: Maybe[dict[str, Any]] = None
