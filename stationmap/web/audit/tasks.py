"""A task of the audit, as plain values, and the context it is answered from. Both travel between processes."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter

from stationmap.audit.studies.question import StudyQuestion
from stationmap.hours.calendar import Calendar

if TYPE_CHECKING:
    from stationmap.web.audit.study_area import StudyArea

KINDS = ("gaps", "sites")
ENDED_EARLY = ("sites",)
"""Kinds of jobs that get better with time, of which the best so far can be had at any moment."""


class Task(NamedTuple):
    """A question and what is to be made of it; equal tasks have equal answers."""

    kind: str
    question: StudyQuestion
    options: tuple[tuple[str, Any], ...] = ()


@cache
def _tasks() -> TypeAdapter[Task]:
    return TypeAdapter(Task)


def task_text(task: Task) -> bytes:
    """Return a task as JSON from which `task_of` makes the same one."""
    return _tasks().dump_json(task)


def task_of(text: bytes) -> Task:
    """Return the task of `task_text`; raises ValidationError for what is none."""
    return _tasks().validate_json(text)


class Context(NamedTuple):
    """What tasks are answered from; `key` identifies it."""

    key: str
    registry: bytes
    calendar: Calendar
    area: StudyArea | None
    made_on: date
    city: Path | None
    extract: Path | None = None
    """The folder of what was made of an extract, streets among it."""
