"""The answers of the audit as JSON Schema describes them; tests hold answers to them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from stationmap.web.parameters.values import Maybe


class LockedHours(BaseModel):
    """A station whose door riders found locked, and what its door alone would bring back."""

    id: str
    hours: list[int]
    people_hours: float


class AsFound(BaseModel):
    """People in reach as riders found it."""

    sure: list[list[int]]
    stations: list[LockedHours]


class Hours(BaseModel):
    """Thousandths of people in reach of an open station, by district and hour from Monday 00:00."""

    stated: dict[str, Any]
    districts: list[str]
    sure: list[list[int]]
    possible: list[list[int]]
    people: list[int]
    found: AsFound | None


class Job(BaseModel):
    """How far a job is, and in the end its result or why it failed."""

    id: str
    kind: Literal["gaps", "sites"]
    status: Literal["waiting", "running", "done", "failed", "lost"]
    progress: float
    phase: str
    detail: Maybe[str | None] = None
    result: Maybe[dict[str, Any]] = None
